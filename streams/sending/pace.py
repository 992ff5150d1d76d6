"""How fast a bind may send, learnt from the SMSC's throttling answers.

Rules: no limit until the SMSC asks for one (0x58); then additive increase, multiplicative
decrease, segments spread evenly; `now` is an argument, in seconds of any steady clock.
"""

from dataclasses import dataclass

_SLOWER = 0.75
_FASTER_PER_S = 0.1
_FLOOR_PER_S = 5.0
_BETWEEN_CUTS_S = 0.5


@dataclass(slots=True)
class Pace:
    """`rate_per_s` is in segments a second; None is as fast as the window allows."""

    rate_per_s: float | None = None
    _due: float = 0.0
    _cut_at: float = float("-inf")
    _counted_from: float = 0.0
    _accepted: int = 0

    def throttled(self, now: float) -> None:
        """The SMSC said "slower". Answers already on their way cut the rate once only."""
        if now - self._cut_at < _BETWEEN_CUTS_S:
            return
        seen = self._accepted / max(now - self._counted_from, 0.05)
        base = seen if self.rate_per_s is None else self.rate_per_s
        self.rate_per_s = max(base * _SLOWER, _FLOOR_PER_S)
        self._cut_at = self._counted_from = now
        self._due = now + 1.0 / self.rate_per_s
        self._accepted = 0

    def accepted(self, now: float) -> None:
        """The SMSC took a segment: a tenth faster for every second of it."""
        if now - self._counted_from > 1.0:
            self._counted_from, self._accepted = now, 0
        self._accepted += 1
        if self.rate_per_s is not None:
            self.rate_per_s += _FASTER_PER_S

    def wait_s(self, now: float) -> float:
        """Seconds until the next segment may go; 0 where it may go now."""
        return 0.0 if self.rate_per_s is None else max(0.0, self._due - now)

    def sent(self, now: float) -> None:
        """A segment goes out."""
        if self.rate_per_s is not None:
            self._due = max(now, self._due) + 1.0 / self.rate_per_s
