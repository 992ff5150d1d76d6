"""What an SMSC's command_status means for the message: one table, and a carrier's on top.

Rules: any negative answer means "not taken", so that sending again can't double; only
silence is doubt, and it is not in this table. Source: SMPP 3.4, 5.1.3, and what carriers
are seen to mean by it. How a carrier's own table is written: `verdict_words`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.reason import Reason


class Then(StrEnum):
    """What to do with the segment."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`retries` after the first try, `delay_s` apart, or growing from it to `most_s`.

    - `slow`: lower the rate. `rebind`: the session is of no use, bind anew.
    - `stop`: the carrier does not want this account: leave it alone for long.
    - `elsewhere`: the next SMSC of its route, before this one again.
    - `full`: a queue is full there, perhaps this recipient's only: when it comes back, the
      message goes behind the others, not to the head.
    - `alert`: the next message would fail as well. `breaker`: many of these in a row, and
      the SMSC counts as down for a while.
    """

    then: Then
    delay_s: float = 0.0
    retries: int = 0
    most_s: float = 0.0
    slow: bool = False
    rebind: bool = False
    stop: bool = False
    elsewhere: bool = False
    full: bool = False
    alert: bool = False
    breaker: bool = False

    @property
    def reason(self) -> Reason | None:
        """For the status; None where it is sent."""
        if self.then is Then.SENT:
            return None
        if self.then is Then.FAILED:
            return Reason.REFUSED_BY_SMSC
        if self.slow:
            return Reason.THROTTLED
        return Reason.QUEUE_FULL if self.full else Reason.SMSC_ERROR

    def wait_s(self, retry: int) -> float:
        """Seconds before the `retry`-th one, from 1: evenly from `delay_s` up to `most_s`."""
        if self.most_s <= self.delay_s or self.retries < 2:
            return self.delay_s
        share = min(1.0, (retry - 1) / (self.retries - 1))
        return self.delay_s + share * (self.most_s - self.delay_s)


MANY = 1_000_000
"""Retries that only the message's deadline ends."""

SENT = Verdict(Then.SENT)
FAILED = Verdict(Then.FAILED)
SLOW = Verdict(Then.RETRY, delay_s=0.2, retries=MANY, slow=True)
REBIND = Verdict(Then.RETRY, delay_s=1, retries=MANY, rebind=True)
STOP = Verdict(Then.RETRY, delay_s=1, retries=MANY, stop=True, elsewhere=True, alert=True)
"""The bind is gone by then; without a wait, an answer that comes while it goes would turn round."""
_OURS = Verdict(Then.FAILED, alert=True)
_VENDOR = Verdict(Then.RETRY, delay_s=60, retries=2, alert=True)
_SYSTEM = Verdict(Then.RETRY, delay_s=30, retries=3, elsewhere=True, breaker=True)
_SUBMIT_FAILED = Verdict(Then.RETRY, delay_s=60, retries=2)

VERDICTS: dict[int, Verdict] = {
    0x00: SENT,
    0x58: SLOW,
    0x14: Verdict(Then.RETRY, delay_s=60, most_s=180, retries=5, elsewhere=True, full=True),
    0x08: _SYSTEM,
    0x64: _SYSTEM,
    0x45: _SUBMIT_FAILED,
    0xFF: _SUBMIT_FAILED,
    0x04: REBIND,
    **dict.fromkeys((0x05, 0x0D, 0x0E, 0x0F, 0x53), STOP),
    0x0A: _OURS,
    0x0B: FAILED,
    0x65: FAILED,
    0x66: FAILED,
    **dict.fromkeys((0x01, 0x02, 0x03, 0x06, 0x07, 0x15, 0x43, 0x62), _OURS),
    **dict.fromkeys(range(0x48, 0x52), _OURS),
    **dict.fromkeys(range(0xC0, 0xC5), _OURS),
}

NAMES: Mapping[int, str] = {
    0x01: "message length", 0x02: "command length", 0x03: "command id",
    0x04: "wrong bind state", 0x05: "already bound", 0x08: "system error",
    0x0A: "source address", 0x0B: "destination address", 0x0D: "bind failed",
    0x0E: "wrong password", 0x0F: "wrong system_id", 0x14: "queue full", 0x15: "service type",
    0x45: "submit failed", 0x53: "wrong system_type", 0x58: "throttled",
    0x64: "application error", 0xFF: "unknown error",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The table of one SMSC: `own` is what its carrier means, over VERDICTS."""

    own: Mapping[int, Verdict] = field(default_factory=dict)

    def of(self, command_status: int) -> Verdict:
        """Standard codes in no table fail; vendor codes (0x400 on) are retried."""
        known = self.own.get(command_status) or VERDICTS.get(command_status)
        if known is not None:
            return known
        return FAILED if command_status < 0x400 else _VENDOR

    def label(self, command_status: int) -> str:
        """For metrics: as `0x58`, or `other` for a code in neither table."""
        known = command_status in VERDICTS or command_status in self.own
        return f"0x{command_status:02X}" if known else "other"


def status_words(command_status: int) -> str:
    """`0x00000058 (throttled)`."""
    name = NAMES.get(command_status)
    return f"0x{command_status:08X} ({name})" if name else f"0x{command_status:08X}"
