"""Recipient: what compose remembers of one phone number, in its table and changelog."""

from typing import NamedTuple

from pydantic import Field

from schemas.lane import Lane
from schemas.reason import Reason
from schemas.record import Millis, Record


class Seen(NamedTuple):
    """A message id that was decided, in hexadecimal without dashes.

    `lane` and `offset` name the request that brought it (its partition is the table's
    own): the same offset read again repeats the decision, another one is a duplicate.
    `refused` is the reason where it was not sent. `reference` is its UDH reference.
    """

    id: str
    lane: Lane
    offset: int
    decided_at: Millis
    reference: int
    refused: Reason | None


class Recipient(Record):
    """One phone number's memory. `reference` is the next UDH reference, 0 to 65,535."""

    reference: int = 0
    seen: list[Seen] = Field(default_factory=list)
