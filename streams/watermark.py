"""How far a partition is finished, when its records finish in any order.

Rules: a watermark belongs to one partition of one assignment and starts at the first
record given to it; it only moves forward; a position is committable when every record
below it is done. Who asks with an older watermark after a rebalance asks a dead object.
"""

from collections import deque


class Watermark:
    """Records begin in offset order and are done in any order.

    `position` is the lowest offset that is not done: what may be committed (Kafka's
    commit names the next record to read). None until a first record has begun.
    """

    __slots__ = ("_begun", "_unfinished", "alive", "position")

    def __init__(self) -> None:
        self._begun: deque[int] = deque()
        self._unfinished: set[int] = set()
        self.position: int | None = None
        self.alive = True

    def begin(self, offset: int) -> None:
        """Raises ValueError where `offset` is not above all that has begun."""
        last = self._begun[-1] if self._begun else (self.position or 0) - 1
        if offset <= last:
            raise ValueError(f"offset {offset} begun after {last}")
        if not self._begun:
            self.position = offset
        self._begun.append(offset)
        self._unfinished.add(offset)

    def done(self, offset: int) -> bool:
        """True where the position moved. What is not unfinished here changes nothing."""
        if offset not in self._unfinished:
            return False
        self._unfinished.remove(offset)
        moved = False
        while self._begun and self._begun[0] not in self._unfinished:
            finished = self._begun.popleft()
            self.position = self._begun[0] if self._begun else finished + 1
            moved = True
        return moved

    @property
    def unfinished(self) -> int:
        """Records begun and not done."""
        return len(self._unfinished)

    def end(self) -> None:
        """The partition is no longer ours: whoever still holds this learns so here."""
        self.alive = False
