"""How fast an SMSC is sent to: the rate agreed, below it what its throttling answers teach.

Rules: segments are spread evenly, with no burst but what BURST_S brings; a share may be kept
for urgent, which the other lanes never use; where the SMSC says "slower" (0x58), additive
increase and multiplicative decrease, below the agreed rate. `now` is an argument, in
seconds of any steady clock.
"""

from typing import Final

from schemas.lane import Lane

BURST_S: Final = 0.02
"""A timer that is late by less costs no rate."""

_SLOWER = 0.75
_FASTER_PER_S = 0.1
_FLOOR_PER_S = 5.0
_FLOOR_SHARE = 0.1
_BETWEEN_CUTS_S = 0.5


class Pace:
    """`rate_per_s` is the rate of now, in segments; None is as fast as the window allows.

    `rate_segments_per_s` is the rate agreed, which is never passed: in any t seconds there
    are at most `rate × (t + BURST_S) + 1` segments. `urgent_share` (0 to below 1) of the
    rate is for urgent only, as far as there is a rate at all.
    """

    __slots__ = ("_accepted", "_agreed", "_counted_from", "_cut_at", "_due", "_floor",
                 "_others_due", "_others_share", "rate_per_s")  # fmt: skip

    def __init__(self, rate_segments_per_s: float | None = None, urgent_share: float = 0.0) -> None:
        self.rate_per_s = self._agreed = rate_segments_per_s
        self._others_share = 1.0 - urgent_share
        self._floor = _FLOOR_PER_S
        if rate_segments_per_s is not None:
            self._floor = min(_FLOOR_PER_S, rate_segments_per_s * _FLOOR_SHARE)
        self._due = self._others_due = float("-inf")
        self._cut_at = float("-inf")
        self._counted_from = 0.0
        self._accepted = 0

    def wait_s(self, now: float, lane: Lane = Lane.URGENT) -> float:
        """Seconds until the next segment of the lane may go; 0 where it may go now."""
        if self.rate_per_s is None:
            return 0.0
        due = self._due if lane is Lane.URGENT else max(self._due, self._others_due)
        return max(0.0, due - BURST_S - now)

    def sent(self, now: float, lane: Lane = Lane.URGENT) -> None:
        """A segment goes out."""
        if self.rate_per_s is None:
            return
        self._due = max(now, self._due) + 1.0 / self.rate_per_s
        if lane is not Lane.URGENT:
            rate = self.rate_per_s * self._others_share
            self._others_due = max(now, self._others_due) + 1.0 / rate

    def throttled(self, now: float) -> None:
        """The SMSC said "slower". Answers already on their way cut the rate once only."""
        if now - self._cut_at < _BETWEEN_CUTS_S:
            return
        seen = self._accepted / max(now - self._counted_from, 0.05)
        base = seen if self.rate_per_s is None else self.rate_per_s
        self.rate_per_s = max(base * _SLOWER, self._floor)
        self._cut_at = self._counted_from = now
        self._due = now + BURST_S + 1.0 / self.rate_per_s
        self._accepted = 0

    def accepted(self, now: float) -> None:
        """The SMSC took a segment: a tenth faster for every second of it."""
        if now - self._counted_from > 1.0:
            self._counted_from, self._accepted = now, 0
        self._accepted += 1
        if self.rate_per_s is None:
            return
        self.rate_per_s += _FASTER_PER_S
        if self._agreed is not None:
            self.rate_per_s = min(self.rate_per_s, self._agreed)
