"""What a worker has read and not yet finished, in one assignment.

Rules: a record begins when it is read, before any agent sees it, so that one an agent never
takes holds the commit back instead of being lost; an assignment that has ended answers
everybody with "not alive" and commits nothing more; on internal topics no offset may be
missing.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import NamedTuple

from agents.kafka.errors import KafkaFailure
from streams.watermark import Watermark


class Place(NamedTuple):
    """A partition; equal to Faust's TP and aiokafka's TopicPartition of the same names."""

    topic: str
    partition: int


class Ticket:
    """An agent's hold on one record: `done` when all that follows from it is in Kafka."""

    __slots__ = ("_give_back", "_offset", "_open", "_watermark")

    def __init__(self, watermark: Watermark, offset: int, give_back: Callable[[], None]) -> None:
        self._watermark = watermark
        self._offset = offset
        self._give_back = give_back
        self._open = True

    @property
    def alive(self) -> bool:
        """False after the partition was taken away: drop what belongs to this record."""
        return self._watermark.alive

    def done(self) -> None:
        """In any order, any number of times, also after the end: it only counts once."""
        if self._open:
            self._open = False
            self._watermark.done(self._offset)
            self._give_back()

    def leave(self) -> None:
        """It can't be done in this assignment: nobody waits for it any more, nothing is
        committed past it, and who comes next reads it again."""
        if self._open:
            self._open = False
            self._give_back()


class Positions:
    """All partitions of one assignment. `strict(topic)`: offsets must follow each other."""

    def __init__(self, strict: Callable[[str], bool] = lambda topic: False) -> None:
        self._strict = strict
        self._marks: dict[Place, Watermark] = {}
        self._next: dict[Place, int] = {}
        self._committed: dict[Place, int] = {}
        self._tickets = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self, place: Place, offset: int) -> None:
        """Reading begins at `offset`, which is what the group has on record, or the first."""
        self._marks[place] = Watermark()
        if self._strict(place.topic):
            self._next[place] = offset
        self._committed[place] = offset

    def begin(self, place: Place, offset: int) -> None:
        """A record was read. Raises KafkaFailure where records before it are missing."""
        expected = self._next.get(place)
        if expected is not None:
            if offset != expected:
                raise KafkaFailure(_gap(place, expected, offset))
            self._next[place] = offset + 1
        try:
            self._marks[place].begin(offset)
        except ValueError as error:
            raise KafkaFailure(
                f"{place.topic} [{place.partition}]: {error}; was the topic deleted and made "
                f"anew? Start the worker again to read it from its first record"
            ) from error

    def ticket(self, place: Place, offset: int) -> Ticket:
        """For a record of this assignment; of any other it is not alive."""
        watermark = self._marks.get(place)
        if watermark is None or not watermark.alive:
            return dead_ticket()
        self._tickets += 1
        self._idle.clear()
        return Ticket(watermark, offset, self._given_back)

    def _given_back(self) -> None:
        self._tickets -= 1
        if not self._tickets:
            self._idle.set()

    @property
    def tickets(self) -> int:
        """Taken by agents and not yet done."""
        return self._tickets

    async def idle(self) -> None:
        """Until every ticket taken is done."""
        await self._idle.wait()

    def committable(self) -> dict[Place, int]:
        """What may be committed and is not yet."""
        return {
            place: mark.position
            for place, mark in self._marks.items()
            if mark.alive and mark.position is not None and mark.position != self._committed[place]
        }

    def committed(self, offsets: dict[Place, int]) -> None:
        """These are on record now."""
        self._committed.update(offsets)

    def stands_at(self, place: Place) -> int:
        """The last commit of this partition, or where reading began."""
        return self._committed[place]

    @property
    def places(self) -> Collection[Place]:
        """The partitions that are being read."""
        return self._marks.keys()

    def end(self) -> None:
        """The assignment is over."""
        for mark in self._marks.values():
            mark.end()


def dead_ticket() -> Ticket:
    """For a record that is nobody's: it was read before the partition was taken away."""
    watermark = Watermark()
    watermark.end()
    return Ticket(watermark, 0, lambda: None)


def _gap(place: Place, expected: int, found: int) -> str:
    where = f"{place.topic} [{place.partition}]"
    if found < expected:
        return (
            f"{where}: offset {found} came where {expected} was due: the topic was deleted and "
            f"made anew. Set the group's offset to {found} to read it from there"
        )
    return (
        f"{where}: offset {found} came where {expected} was due: {found - expected} records "
        f"are gone from Kafka (retention too short, or deleted). To go on without them, set "
        f"the group's offset of this partition to {found} (kafka-consumer-groups.sh "
        f"--reset-offsets --to-offset {found})"
    )
