"""Things to do later: one heap, one timer of the loop, however many wait.

Rule: what is due is done in the order it was due, then in the order it was given.
"""

import asyncio
import heapq
from collections.abc import Callable
from typing import Any


class Wheel:
    """`at` is the loop's time, in seconds."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._given = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0  # a timer of uvloop that is due at once can't be asked

    def call_at(self, at: float, callback: Callable[..., None], *args: Any) -> None:
        """Calls `callback(*args)` at `at`, or at once in the next turn where that is past."""
        self._given += 1
        heapq.heappush(self._heap, (at, self._given, callback, args))
        if self._timer is None or at < self._timer_at:
            self._set(at)

    def stop(self) -> None:
        """Nothing more is called."""
        self._heap.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_at = self._loop.call_at(at, self._turn), at

    def _turn(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._heap and self._heap[0][0] <= now:
            _, _, callback, args = heapq.heappop(self._heap)
            callback(*args)
        if self._heap:  # also where a callback has set the timer, to what it gave itself
            self._set(self._heap[0][0])
