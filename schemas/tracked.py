"""What `chappe receipts` keeps between two facts, in its tables and their changelogs.

Rules: one record a key; each knows the offset of the record that settled it, so that the
same record read again after a crash is told from another that says the same.
"""

from typing import Literal

from pydantic import Field

from schemas.record import Record
from schemas.status import Status
from schemas.tracking import Doubted, Expected, Told

Heard = Literal["delivered", "undelivered"]


class Tracked(Record):
    """Under an id key: the submit, the receipt, or both.

    `told` is the receipt that counts: final, and delivered rather than not. `offset` is that
    of the record that brought the two together, or bettered the receipt; -1 before.
    `overdue`: the receipt has waited long for its submit, and its doubt was asked.
    """

    expected: Expected | None = None
    told: Told | None = None
    offset: int = -1
    overdue: bool = False


class Doubt(Record):
    """Under a doubt key: the submit whose answer was lost, and receipts that may be its.

    `keys` are the id keys found so far, `numbers` the segment that each is of (old records
    have none: the segments in doubt, in order); `told` the receipts that came before the doubt
    did. One without an id has a key of its own.
    """

    doubted: Doubted | None = None
    told: list[Told] = Field(default_factory=list)
    keys: list[str] = Field(default_factory=list)
    numbers: list[int] = Field(default_factory=list)


class SegmentHeard(Record):
    """What the receipts say of one segment. `detail` tells why it did not arrive; `guessed` as
    in Expected."""

    segment: int
    smsc_id: str
    state: Heard
    detail: str | None = None
    guessed: bool = False


class Gathered(Record):
    """Under a message id: its segments, as far as they are heard of, and what was said.

    `said` is the last status that was written of them, `offset` that of the record it
    followed from. `several`: a receipt of another copy may come yet, see Expected;
    `named`: such a receipt was for a segment that is known.
    """

    heard: list[SegmentHeard] = Field(default_factory=list)
    said: Status | None = None
    several: bool = False
    named: bool = False
    offset: int = -1
