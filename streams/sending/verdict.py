"""What an SMSC's command_status means for the message: the one table.

Rules: any negative answer means "not taken", so that sending again can't double; only
silence is doubt, and it is not in this table. Source: SMPP 3.4, 5.1.3, and what carriers
are seen to mean by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.reason import Reason


class Then(StrEnum):
    """What to do with the segment."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`retries` after the first try, `delay_s` apart. `slow`: lower the bind's rate.
    `rebind`: the session is of no use. `alert`: the next message would fail as well.
    """

    then: Then
    reason: Reason | None = None
    delay_s: float = 0.0
    retries: int = 0
    slow: bool = False
    rebind: bool = False
    alert: bool = False


SENT = Verdict(Then.SENT)
_FAILED = Verdict(Then.FAILED, Reason.REFUSED_BY_SMSC)
_OURS = Verdict(Then.FAILED, Reason.REFUSED_BY_SMSC, alert=True)
_VENDOR = Verdict(Then.RETRY, Reason.SMSC_ERROR, delay_s=60, retries=2, alert=True)
_SYSTEM = Verdict(Then.RETRY, Reason.SMSC_ERROR, delay_s=30, retries=3)
_SUBMIT_FAILED = Verdict(Then.RETRY, Reason.SMSC_ERROR, delay_s=60, retries=2)

MANY = 1_000_000
"""Retries that only the message's deadline ends."""

VERDICTS: dict[int, Verdict] = {
    0x00: SENT,
    0x58: Verdict(Then.RETRY, Reason.THROTTLED, delay_s=0.2, retries=MANY, slow=True),
    0x14: Verdict(Then.RETRY, Reason.QUEUE_FULL, delay_s=60, retries=5),
    0x08: _SYSTEM,
    0x64: _SYSTEM,
    0x45: _SUBMIT_FAILED,
    0xFF: _SUBMIT_FAILED,
    0x04: Verdict(Then.RETRY, Reason.SMSC_ERROR, retries=MANY, rebind=True),
    0x0A: Verdict(Then.FAILED, Reason.REFUSED_BY_SMSC, alert=True),
    0x0B: _FAILED,
    0x65: _FAILED,
    0x66: _FAILED,
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


def verdict(command_status: int) -> Verdict:
    """Standard codes that are not in the table fail; vendor codes (0x400 on) are retried."""
    known = VERDICTS.get(command_status)
    if known is not None:
        return known
    return _FAILED if command_status < 0x400 else _VENDOR


def status_words(command_status: int) -> str:
    """`0x00000058 (throttled)`."""
    name = NAMES.get(command_status)
    return f"0x{command_status:08X} ({name})" if name else f"0x{command_status:08X}"
