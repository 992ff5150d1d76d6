"""How much work waits in one outbound partition, and whether more may be added.

Rules: about 5 s of work may wait, so that consent and quiet hours are decided close to
the sending; what is counted is messages, not records; `now` is an argument.
"""

from collections import deque
from dataclasses import dataclass, field

WORK_S = 5.0
FLOOR = 200
"""Messages that may always wait: enough to learn how fast the gateway is."""


@dataclass(slots=True)
class Backlog:
    """One partition, written by one compose and finished by one gateway."""

    waiting: int = 0
    rate_per_s: float = 0.0
    _batches: deque[tuple[int, int]] = field(default_factory=deque)
    _at: float | None = None

    def produced(self, offset: int, items: int) -> None:
        """A batch of `items` messages was acknowledged at `offset`."""
        self._batches.append((offset, items))
        self.waiting += items

    def committed(self, position: int, now: float) -> None:
        """The gateway is finished with all below `position`."""
        drained = 0
        while self._batches and self._batches[0][0] < position:
            drained += self._batches.popleft()[1]
        self.waiting -= drained
        if self._at is not None and now > self._at:
            measured = drained / (now - self._at)
            # An emptied partition says how much was offered, not how fast the gateway is.
            starved = self.waiting == 0 and drained == 0
            self.rate_per_s = self.rate_per_s if starved else (self.rate_per_s + measured) / 2
        self._at = now

    @property
    def allowance(self) -> int:
        """Messages that may wait."""
        return max(FLOOR, int(self.rate_per_s * WORK_S))

    @property
    def full(self) -> bool:
        """No more for now."""
        return self.waiting >= self.allowance

    @property
    def drained(self) -> bool:
        """Room again; a gap below `full`, so that a partition is not held and let go each time."""
        return self.waiting < 0.8 * self.allowance
