"""Status: one step in a message's life, on the public topic `sms.status`."""

from enum import StrEnum

from schemas.lane import Lane
from schemas.origin import Origin
from schemas.reason import Reason
from schemas.record import Moment, Record


class State(StrEnum):
    """`held → queued → submitted → delivered | undelivered`, and the ways out.

    `refused`: we never sent it. `failed`: the SMSC refused the submit. `undelivered`: a
    final receipt said so. `in_doubt`: submitted, and the answer was lost. `retrying`
    counts as not sent.
    """

    HELD = "held"
    QUEUED = "queued"
    RETRYING = "retrying"
    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    CANCELLED = "cancelled"


OUTCOMES: frozenset[State] = frozenset(
    {
        State.SUBMITTED,
        State.DELIVERED,
        State.UNDELIVERED,
        State.REFUSED,
        State.FAILED,
        State.IN_DOUBT,
        State.CANCELLED,
    }
)
"""States after which the message must not be submitted (again)."""


class Segment(Record):
    """What became of one segment: its number from 1, and what the SMSC calls it."""

    number: int
    state: State
    smsc_id: str | None = None
    command_status: int | None = None


class Status(Record):
    """One step of one message. Keyed by phone number.

    `text` is there only where the template says `keep_text`. `attempt` stands with
    `retrying` and `held` where the message left its batch, for a later copy of it; and with
    `in_doubt`, for the copy that is.
    """

    id: str
    state: State
    reason: Reason | None = None
    detail: str | None = None
    at: Moment
    phone: str
    lane: Lane
    template: str
    version: str | None = None
    locale: str | None = None
    text: str | None = None
    smsc: str | None = None
    attempt: int | None = None
    segments: list[Segment] | None = None
    event_time: Moment
    origin: Origin
