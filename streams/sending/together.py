"""Which records of a partition may be finished, where several make one reply.

Rule: what is finished never ends between two parts of one reply. A commit there, and a
crash, would bring the second part back alone, and it would be told as a fragment.
"""

import heapq
from collections.abc import Sequence
from typing import Final

MOST_HELD: Final = 10_000
"""Stored records that wait for older ones, above which replies no longer hold each other
back: bounded memory and bounded reading after a crash are worth a fragment."""


class Together:
    """Offsets begin in order and are stored in any; `stored` says what may be finished."""

    __slots__ = ("_held", "_most_held", "_open", "_spans")

    def __init__(self, *, most_held: int = MOST_HELD) -> None:
        self._most_held = most_held
        self._open: dict[int, None] = {}
        self._held: list[int] = []  # a heap
        self._spans: list[tuple[int, int]] = []  # first and last of a stored reply

    def begin(self, offset: int) -> None:
        """A record was taken; above all that were."""
        self._open[offset] = None

    def stored(self, offsets: Sequence[int]) -> list[int]:
        """These are one reply, and it is stored. The offsets that may be finished now."""
        for offset in offsets:
            if offset in self._open:
                del self._open[offset]
                heapq.heappush(self._held, offset)
        if len(offsets) > 1:
            self._spans.append((min(offsets), max(offsets)))
        first_open = next(iter(self._open), None)
        if first_open is not None and (not self._held or self._held[0] > first_open):
            return []  # the usual case while a part waits for its others
        cut = self._cut(first_open)
        self._spans = [span for span in self._spans if cut is not None and span[0] >= cut]
        out = []
        while self._held and (cut is None or self._held[0] < cut):
            out.append(heapq.heappop(self._held))
        return out

    def _cut(self, first_open: int | None) -> int | None:
        """Everything below it may be finished; None for everything.

        From the first open record downwards, past every reply that lies across.
        """
        cut = first_open
        if cut is None or len(self._held) > self._most_held:
            return cut
        for first, last in sorted(self._spans, key=lambda span: span[1], reverse=True):
            if first < cut <= last:
                cut = first
        return cut
