"""Message: worded and decided, to be submitted. Written by compose, read by dispatch."""

from typing import Literal

from schemas.lane import Lane
from schemas.origin import Origin
from schemas.record import Millis, Record

Encoding = Literal["gsm7", "ucs2"]
InDoubt = Literal["resend", "hold"]


class Message(Record):
    """One SMS, of one or more segments.

    `reference` is the UDH reference of its segments (3GPP TS 23.040, 9.2.3.24.1).
    `deadline` ends its worth: past it the message is refused, never sent stale.
    `send_before`, where set, gives it back to compose to be decided again.
    `again` says that an earlier copy may have been sent: look before you submit, in
    the statuses written since `decided_at`.
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
    event_time: Millis
    decided_at: Millis
    deadline: Millis
    send_before: Millis | None = None
    in_doubt: InDoubt
    keep_text: bool = False
    again: bool = False
    attempt: int = 0
    origin: Origin
