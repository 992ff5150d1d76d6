"""What gateways tell `chappe receipts`: what the SMSC took, what it says became of it.

Rules: one record a fact, each on `chappe.receipts` at the partition of its `key`, so that a
receipt meets its submit wherever and whenever either comes; a record read twice says nothing
new. On these topics a record without a value is a tick: it brings nothing but its time.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.record import Millis, Record
from schemas.status import Status


class Expected(Record):
    """The SMSC took a segment; a receipt for it may come, or have come.

    `key` is its SMSC and the id that the SMSC gave it, see `id_key`. `status` is the
    message's `submitted` status without segments, `partition` its place on `sms.status`.
    `several`: other copies of it may have been taken, or it was in doubt: what the receipts of
    all of them say is joined by message id. `guessed`: it is one of several segments in doubt,
    in the order in which they were heard of.
    """

    kind: Literal["expected"] = "expected"
    key: str
    smsc: str
    smsc_id: str
    segment: int
    segments: int
    partition: int
    status: Status
    several: bool = False
    guessed: bool = False
    at: Millis


class Doubted(Record):
    """Segments were submitted and their answers lost: only a receipt can tell.

    `key` is SMSC, phone and our reference, see `doubt_key`; `segments` how many are in doubt,
    `numbers` which, from 1, of all `of` (old records have neither: those of the status).
    `copies`: how often it may have been taken, at this SMSC or another, where it is doubted
    too. `taken`: the SMSC did answer, without an id. `single`: it sends one receipt for the
    whole message.
    """

    kind: Literal["doubted"] = "doubted"
    key: str
    smsc: str
    segments: int
    numbers: list[int] | None = None
    of: int | None = None
    copies: int = 1
    taken: bool = False
    single: bool = False
    partition: int
    status: Status
    at: Millis


class Told(Record):
    """A receipt from the SMSC, as read. `state` is a word of `ReceiptState`.

    `key` as in Expected, or as in Doubted where it has no id; `phone` is who was written to, in
    digits, where it says so; `reference` our user_message_reference, where the SMSC echoes it.
    `came_from` is set where it was sent on to a doubt key: the key it came under.
    """

    kind: Literal["told"] = "told"
    key: str
    smsc: str
    smsc_id: str
    state: str
    final: bool
    err: str = ""
    done_date: str = ""
    phone: str = ""
    reference: int | None = None
    came_from: str | None = None
    at: Millis


Tracking = Annotated[Expected | Doubted | Told, Field(discriminator="kind")]
TRACKING: TypeAdapter[Expected | Doubted | Told] = TypeAdapter(Tracking)


class Outcome(Record):
    """What became of one segment: from the join of ids to the join of a message's segments.

    On `chappe.segments`, at the partition of the message's phone number. `state` is
    `delivered` or `undelivered`; `word` and `err` as the receipt has them. `several` and
    `guessed` as in Expected.
    """

    segment: int
    segments: int
    smsc: str
    smsc_id: str
    state: Literal["delivered", "undelivered"]
    word: str | None = None
    err: str = ""
    status: Status
    several: bool = False
    guessed: bool = False
    at: Millis


def id_key(smsc: str, normal_id: str) -> str:
    """Of Expected and Told: the SMSC's name and the id as `smsc_id.IdRule` makes it."""
    return f"{smsc}/{normal_id}"


def unnamed_key(smsc: str, key: str, offset: int) -> str:
    """Of a receipt without an id, which came under the doubt key `key` at `offset`: like
    `id_key`, and no `IdRule` gives it to an id."""
    return id_key(smsc, f"told:{key}:{offset}")


def doubt_key(smsc: str, phone: str, reference: int) -> str:
    """Of Doubted: SMSC, digits of the phone number, user_message_reference."""
    return f"{smsc}?{phone.removeprefix('+')}?{reference}"


def is_doubt_key(key: str) -> bool:
    """Whether `doubt_key` made it; an SMSC's name has neither a / nor a ?."""
    return "?" in key.partition("/")[0]
