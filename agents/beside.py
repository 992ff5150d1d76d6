"""Tasks that nobody awaits: what looks something up, keeps gauges, waits for Kafka.

Rules: an error in one is logged with where it comes from, and told at once to who ends the
process: without its task it would go on half alive; to be cancelled is no error.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

logger = logging.getLogger(__name__)

Failed = Callable[[BaseException], None]
"""Ends the process."""


class Beside:
    """`failed` is told each error."""

    def __init__(self, failed: Failed) -> None:
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        """Begin it; `what` is its name in the log."""
        task = asyncio.get_running_loop().create_task(work, name=what)
        self._tasks.add(task)  # the loop itself would let it be collected
        task.add_done_callback(self._ended)
        return task

    def cancel(self) -> None:
        """None of them is needed any more."""
        for task in self._tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        logger.error("%s: a fault of Chappe's own, the process ends", task.get_name(),
                     exc_info=error)  # fmt: skip
        self._failed(error)
