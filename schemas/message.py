"""Message: worded and decided, to be submitted. Written by compose, read by dispatch."""

from typing import Literal

from pydantic import Field

from schemas.lane import Lane
from schemas.origin import Origin
from schemas.record import Millis, Record
from schemas.request import Request

Encoding = Literal["gsm7", "ucs2"]
InDoubt = Literal["resend", "hold"]
ReferenceBits = Literal[8, 16]
"""Width of the reference that joins the segments of one message."""


class Message(Record):
    """One SMS, of one or more segments.

    `reference` is the UDH reference of its segments, of `reference_bits` (3GPP TS 23.040,
    9.2.3.24.1 and 9.2.3.24.8).
    `deadline` ends its worth: past it the message is refused, never sent stale.
    `send_before`, where set, gives it back to compose to be decided again, as `request`.
    `again` says that an earlier copy may have been sent: look before you submit, in
    the statuses written since `decided_at`.
    `attempt` tells copies of it apart: one more at each stay in `chappe.retries` (the last
    ends at `due`) and each decision. `tried` counts what the SMSC refused for now, by
    command_status; `unanswered` how often it was sent again, or is to be, without an answer.
    `taken` are the segments that `smsc` has already, by number: they are not sent again.
    """

    id: str
    lane: Lane
    template: str
    version: str
    phone: str
    locale: str
    sender: str
    text: str
    encoding: Encoding
    segments: int
    reference: int
    reference_bits: ReferenceBits = 8
    event_time: Millis
    decided_at: Millis
    deadline: Millis
    send_before: Millis | None = None
    in_doubt: InDoubt
    keep_text: bool = False
    again: bool = False
    request: Request | None = None
    attempt: int = 0
    tried: dict[int, int] = Field(default_factory=dict)
    unanswered: int = 0
    due: Millis | None = None
    smsc: str | None = None
    taken: dict[int, str] = Field(default_factory=dict)
    origin: Origin
