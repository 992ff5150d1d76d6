"""One partition of `chappe.replies` in one assignment: what is open, and what may be finished.

Rules: after the assignment everything here is dead and nothing comes out of it; a record is
finished when its reply is in Kafka and no older part of a stored reply waits behind it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from agents.kafka.positions import Ticket
from schemas.inbound import Part
from streams.sending.reassembly import Reassembly, Reply
from streams.sending.together import Together
from streams.text.decode import DefaultAlphabet


class Token(NamedTuple):
    """A part, and the record that it came in."""

    part: Part
    message: Any


class Place:
    """Made for the first record of the partition; `ticket` is that record's."""

    def __init__(
        self, ticket: Ticket, alphabets: Mapping[str, DefaultAlphabet], patience_s: float
    ) -> None:
        self._any = ticket  # they all die together
        self._alphabets, self._patience_s = alphabets, patience_s
        self._tickets: dict[int, Ticket] = {}
        self._together = Together()
        self._reassemblies: dict[str, Reassembly] = {}
        self._in_flight: set[int] = set()
        self._leaving = False

    @property
    def alive(self) -> bool:
        """False after the partition was taken away."""
        return self._any.alive

    def begin(self, offset: int, ticket: Ticket) -> None:
        """A record was taken."""
        self._tickets[offset] = ticket
        self._together.begin(offset)

    def add(self, token: Token, now: float) -> Reply | None:
        """The reply that comes out by this part; parts over all binds of an SMSC meet here."""
        part = token.part
        reassembly = self._reassemblies.get(part.smsc)
        if reassembly is None:
            reassembly = self._reassemblies[part.smsc] = Reassembly(
                default=self._alphabets.get(part.smsc, "gsm7"), patience_s=self._patience_s
            )
        return reassembly.add(
            token,
            sender=part.sender,
            recipient=part.recipient,
            esm_class=part.esm_class,
            data_coding=part.data_coding,
            message=part.message,
            tlvs=part.tlvs,
            now=now,
        )

    def expire(self, now: float) -> Iterator[Reply]:
        """Replies that have waited long enough; none when the partition is given away."""
        for reassembly in self._reassemblies.values():
            if self.alive and not self._leaving:
                yield from reassembly.expire(now)

    def handed_over(self, offsets: Sequence[int]) -> None:
        """What follows from these is with the producer."""
        self._in_flight.update(offsets)

    def stored(self, offsets: Sequence[int]) -> None:
        """What follows from these, one reply, is in Kafka."""
        self._in_flight.difference_update(offsets)
        for offset in self._together.stored(offsets):
            self._tickets.pop(offset).done()
        self._let_go()

    def leave(self) -> None:
        """The partition is about to be given away: parts whose others may never come are
        not waited for, and are read again."""
        self._leaving = True
        self._let_go()

    def _let_go(self) -> None:
        if self._leaving and not self._in_flight:
            for ticket in self._tickets.values():
                ticket.leave()
