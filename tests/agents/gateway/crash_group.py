"""The group of the gateways on the Kafka of the model: who has which partitions, and commits.

Rules: who is not heard of for SESSION_S is no member any more, and hears so when it can; a
commit of another generation is refused; one may be refused for nothing, or be taken and its
answer lost.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaError

from agents.kafka.connection import REBALANCE_S, SESSION_S
from agents.kafka.errors import KafkaFailure
from tests.agents.gateway.crash_kafka import PARTITIONS, Kafka, Line, Record


class Reader:
    """The group's consumer of one process; `getmany` waits until `turn` lets it read.

    `heard`: when Kafka last heard of it. `leaving`: it gives its partitions away.
    """

    def __init__(self, group: "Group", line: Line) -> None:
        self._group, self._line, self._kafka = group, line, line.kafka
        self.listener: Any
        self.positions: dict[TopicPartition, int] = {}
        self.generation, self.heard = -1, line.kafka.loop.now
        self.leaving: asyncio.Task[None] | None = None
        self._assigning: asyncio.Task[None] | None = None
        self._paused: set[TopicPartition] = set()
        self._turn, self._in_order = asyncio.Event(), asyncio.Lock()

    @property
    def reachable(self) -> bool:
        """It hears of the group."""
        return self._line.works

    def subscribe(self, topics: list[str], listener: object) -> None:
        """Partitions come from the group."""

    def turn(self) -> None:
        """It may read some records."""
        self._turn.set()

    async def getmany(
        self, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Record]]:
        """A few, of all that is not paused."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_ms / 1000):
                await self._turn.wait()
        if not self._turn.is_set():
            return {}
        self._turn.clear()
        await self._line.reach()
        fetched = {}
        for tp, position in self.positions.items():
            some = self._kafka.chance.randint(1, 3)
            if tp not in self._paused and (new := self._kafka.logs[tp][position:][:some]):
                fetched[tp] = new
                self.positions[tp] = position + len(new)
        return fetched

    async def commit(self, offsets: dict[TopicPartition, Any]) -> None:
        """Whoever stops waiting does not take it back."""
        await asyncio.shield(asyncio.ensure_future(self._commit(offsets, self.generation)))

    async def _commit(self, offsets: dict[TopicPartition, Any], generation: int) -> None:
        async with self._in_order:
            await self._line.reach()
            if self not in self._group.members or generation != self._group.generation:
                raise CommitFailedError("another has them")
            self._fail(0.05, "not taken")
            for tp, (offset, metadata) in offsets.items():
                assert len(metadata) <= self._kafka.octets
                self._kafka.committed[tp] = offset, metadata
            self.heard = self._kafka.loop.now
        await self._line.reach()
        self._fail(0.05, "taken, and the answer lost")

    def _fail(self, share: float, why: str) -> None:
        """Raises KafkaError: who stops at this moment leaves its doubts to the next."""
        if self._kafka.fails(share):
            self._kafka.troubles += 1
            raise KafkaError(why)

    def pause(self, *tps: TopicPartition) -> None:
        """Nothing is fetched of these."""
        self._paused |= set(tps)

    def resume(self, *tps: TopicPartition) -> None:
        """Again."""
        self._paused -= set(tps)

    def highwater(self, tp: TopicPartition) -> int:
        """The end."""
        return len(self._kafka.logs[tp])

    def assign(self, tps: list[TopicPartition]) -> None:
        """They are its own from now on."""
        self.leaving, self.heard = None, self._kafka.loop.now
        self._assigning = asyncio.ensure_future(self._assign(tps))

    async def _assign(self, tps: list[TopicPartition]) -> None:
        """Nothing is read before the listener knows."""
        self._paused = set()
        self.positions = {tp: self._kafka.committed.get(tp, (0, ""))[0] for tp in tps}
        await self.listener.on_partitions_assigned(tps)

    async def leave(self) -> None:
        """As aiokafka, which goes on where the listener fails."""
        if self._assigning is not None:
            await self._assigning
        with suppress(KafkaFailure), self._kafka.patience():
            await self.listener.on_partitions_revoked(list(self.positions))
        self.positions = {}


class Group:
    """Gives partition p of all topics to one member, and only to who is heard of."""

    def __init__(self, kafka: Kafka, topics: Iterable[str]) -> None:
        self._kafka, self._topics = kafka, list(topics)
        self.readers: list[Reader] = []
        self.members: list[Reader] = []
        self.generation = 0
        self.owners: dict[int, Reader] = {}
        self._since: float | None = None

    def beat(self) -> None:
        """A second has passed."""
        for one in self.members:
            if one.reachable:
                one.heard = self._kafka.loop.now

    def leave(self, reader: Reader) -> None:
        """It says so, or is not heard of."""
        self.readers.remove(reader)
        self.drop(reader)

    def drop(self, reader: Reader) -> None:
        """A member no more; it hears so when it can."""
        if reader in self.members:
            self.members.remove(reader)
            self._begin()

    def _begin(self) -> None:
        self._since = self._kafka.loop.now if self._since is None else self._since

    def look(self) -> None:
        """What is due now."""
        now = self._kafka.loop.now
        for one in [each for each in self.members if now - each.heard >= SESSION_S]:
            self.drop(one)
        for one in self.readers:
            is_member = one in self.members
            if one.reachable and one.leaving is None and (self._since is not None or not is_member):
                one.leaving = asyncio.ensure_future(one.leave())
            if one.reachable and not is_member and one.leaving and one.leaving.done():
                one.leaving.result()
                one.heard = now
                self.members.append(one)
                self._begin()
        if self._since is not None and now - self._since >= REBALANCE_S:
            for one in [each for each in self.members if not _ready(each)]:
                self.drop(one)
        if self._since is not None and all(map(_ready, self.members)):
            self._assign()

    def _assign(self) -> None:
        self._since, self.generation = None, self.generation + 1
        for place, one in enumerate(self.members):
            numbers = range(place, PARTITIONS, len(self.members))
            self.owners.update(dict.fromkeys(numbers, one))
            one.generation = self.generation
            one.assign([TopicPartition(topic, n) for topic in self._topics for n in numbers])


def _ready(reader: Reader) -> bool:
    return reader.leaving is not None and reader.leaving.done()
