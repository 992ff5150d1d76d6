"""A worker to be killed: writes each record's value to its table, finishes none.

Says `N written` when Kafka has acknowledged all of its changelog.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from tests.contract.workers import Plan, Worker, working


async def main(bootstrap: str, group: str, topic: str, table: str, folder: str = "") -> None:
    """Runs until it is killed. `folder` is for a table on disk."""
    acknowledged: list[str] = []

    async def handle(worker: Worker, event: Any) -> None:
        worker.take(event)
        key = event.message.key.decode()
        worker.table[key] = b"seen " + event.message.value
        worker.table.after_writes(event.message.partition, lambda: said(key))

    def said(key: str) -> None:
        acknowledged.append(key)
        if len(acknowledged) == 100:
            sys.stdout.write("100 written\n")
            sys.stdout.flush()

    plan = Plan(bootstrap, group, {topic: handle}, partitions=4, table=table,
                folder=Path(folder) if folder else None)  # fmt: skip
    async with working("ours", plan):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
