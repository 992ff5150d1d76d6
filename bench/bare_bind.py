"""Our own link to an SMSC and nothing behind it: what simulator, loop and PDUs cost alone."""

import asyncio
import sys
import time
from typing import Any

import uvloop

from agents.smpp.client import Link
from agents.smpp.smsc_settings import parse_smsc_url
from agents.smpp.submit import Answer, Submit

SUBMIT = Submit("Chappe", 5, 0, "33600000000", 1, 1, 0, 0, b"Hello, your package has arrived.")
WARM_S = 1.0
"""Bound, and at its pace."""


async def run(url: str, seconds: float) -> float:
    """Answers a second, the window being full all the time."""
    answers = 0

    def fill() -> None:
        while link.free:
            link.submit(SUBMIT, None)

    def answered(_: Any, __: Answer) -> None:
        nonlocal answers
        answers += 1
        fill()

    link = Link(parse_smsc_url(url), on_answer=answered, on_deliver=print, on_change=fill)
    running = asyncio.create_task(link.run())
    await asyncio.sleep(WARM_S)
    before, began = answers, time.monotonic()
    await asyncio.sleep(seconds)
    rate = (answers - before) / (time.monotonic() - began)
    running.cancel()
    return rate


def main() -> None:
    """`url seconds`: prints the rate."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(run(sys.argv[1], float(sys.argv[2]))))


if __name__ == "__main__":
    main()
