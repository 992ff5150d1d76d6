"""A Kafka for gateways that crash: its logs, lines to it that are cut, who writes and looks up.

Rules: the logs survive every crash; time is the loop's, and the test moves it; a request takes
some turns of the loop each way; a record is in Kafka before its writer hears so.
"""

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from agents.kafka.errors import KafkaFailure
from schemas.message import Message
from schemas.status import Status
from tests.agents.fakes import Places
from tests.agents.gateway.test_dispatch import NOW, TOPICS
from tests.streams.test_intent import noted

PARTITIONS = 2
DRAIN_S = 5.0


class Loop(asyncio.SelectorEventLoop):
    """The test never waits for anything but its next turn, so that this loop never does."""

    now = NOW

    def time(self) -> float:
        """Moved by the test."""
        return self.now


class Record(NamedTuple):
    """`timestamp` in seconds: when its writer handed it over."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: float


class Kafka:
    """`calm`: nothing goes wrong any more. `octets`: how long an intent may be. `troubles`: what
    went wrong so far, and may have cost an answer or a process."""

    def __init__(self, loop: Loop, chance: random.Random, octets: int) -> None:
        self.loop, self.chance, self.octets = loop, chance, octets
        self.logs: defaultdict[TopicPartition, list[Record]] = defaultdict(list)
        self.committed: dict[TopicPartition, tuple[int, str]] = {}
        self.calm = False
        self.troubles = 0

    def decided(self, number: int, message: Message) -> bool:
        """What its statuses say now: this copy is in no doubt."""
        log = self.logs[TopicPartition(TOPICS.status.name, number)]
        return noted(Status.from_bytes(one.value or b"") for one in log).decided(message)

    def append(
        self, tp: TopicPartition, key: bytes | None, value: bytes | None, at: float | None = None
    ) -> int:
        """The offset of the new record."""
        log = self.logs[tp]
        at = self.loop.now if at is None else at
        log.append(Record(tp.topic, tp.partition, len(log), key, value, at))
        return len(log) - 1

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Around a hand-over: one that waits for answers until it gives up is a trouble."""
        timer = self.loop.call_later(DRAIN_S - 0.01, self._gave_up)
        yield
        timer.cancel()

    def _gave_up(self) -> None:
        self.troubles += 1

    def fails(self, share: float) -> bool:
        """So often, while it is not calm."""
        return not self.calm and self.chance.random() < share


class Line:
    """From one process to Kafka: cut and mended, or dead."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka, self.up, self.dead = kafka, asyncio.Event(), False
        self.up.set()

    @property
    def works(self) -> bool:
        """A request sent now would arrive."""
        return self.up.is_set() and not self.dead

    def cut(self) -> None:
        """Nothing comes through, until it is mended."""
        self.kafka.troubles += self.up.is_set()
        self.up.clear()

    async def reach(self) -> None:
        """One way; for ever where the process is dead."""
        for _ in range(self.kafka.chance.randint(0, 2)):
            await asyncio.sleep(0)
        await self.up.wait()
        if self.dead:
            await asyncio.Event().wait()

    async def ask(self) -> None:
        """There and back. Raises KafkaFailure now and then."""
        await self.reach()
        if self.kafka.fails(0.05):
            raise KafkaFailure("no answer")


class _Sent(NamedTuple):
    number: int
    key: bytes | None
    value: bytes | None
    at: float
    on_done: Callable[[int], None] | None


class Producer:
    """In order on each partition, and in none between them: first Kafka has a record, then the
    process hears so."""

    def __init__(self, line: Line) -> None:
        self._line, self._numbers = line, count()
        self._unsent: defaultdict[TopicPartition, deque[_Sent]] = defaultdict(deque)
        self._unheard: defaultdict[TopicPartition, deque[tuple[_Sent, int]]] = defaultdict(deque)

    def produce(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        headers: list[tuple[str, bytes]] | None = None,
        timestamp_ms: int | None = None,
        on_done: Callable[[int], None] | None = None,
    ) -> None:
        """On its way."""
        assert partition is not None, "by key nothing is written here"
        if not self._line.dead:
            one = _Sent(next(self._numbers), key, value, self._line.kafka.loop.now, on_done)
            self._unsent[TopicPartition(topic, partition)].append(one)

    @property
    def idle(self) -> bool:
        """Nothing is on its way."""
        return not any(self._unsent.values()) and not any(self._unheard.values())

    def arrive(self) -> None:
        """Kafka takes some records of one partition."""
        places = [tp for tp, records in self._unsent.items() if records]
        if places and self._line.up.is_set():
            tp = self._line.kafka.chance.choice(places)
            for _ in range(self._line.kafka.chance.randint(1, len(self._unsent[tp]))):
                one = self._unsent[tp].popleft()
                offset = self._line.kafka.append(tp, one.key, one.value, one.at)
                self._unheard[tp].append((one, offset))

    def hear(self) -> None:
        """Some of what Kafka took of one partition is acknowledged."""
        places = [tp for tp, records in self._unheard.items() if records]
        if places and self._line.works:
            tp = self._line.kafka.chance.choice(places)
            for _ in range(self._line.kafka.chance.randint(1, len(self._unheard[tp]))):
                one, offset = self._unheard[tp].popleft()
                if one.on_done is not None:
                    one.on_done(offset)

    async def flush(self, timeout_s: float) -> None:
        """All that was handed over before. Raises KafkaFailure where that takes too long."""
        before = next(self._numbers)
        if self._line.kafka.fails(0.1):
            self._line.cut()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._oldest() < before:
                    self.arrive()
                    self.hear()
                    await asyncio.sleep(0)
                return
        raise KafkaFailure("not acknowledged in time")

    def _oldest(self) -> float:
        firsts = [records[0].number for records in self._unsent.values() if records]
        firsts += [records[0][0].number for records in self._unheard.values() if records]
        return min(firsts, default=float("inf"))

    def last_words(self) -> None:
        """The process is killed: some of it is in Kafka, and nobody hears so."""
        for _ in range(self._line.kafka.chance.randint(0, 3)):
            self.arrive()


class Offsets:
    """What the group committed, and where partitions end."""

    def __init__(self, line: Line) -> None:
        self._line, self._kafka = line, line.kafka

    async def stored(self, places: Iterable[Any]) -> dict[Any, tuple[int | None, str]]:
        """Position and metadata."""
        await self._line.ask()
        nothing: tuple[int | None, str] = (None, "")
        return {at: self._kafka.committed.get(TopicPartition(*at), nothing) for at in places}

    async def ends(self, places: Iterable[Any]) -> dict[Any, int]:
        """As they are."""
        await self._line.ask()
        return {at: len(self._kafka.logs[TopicPartition(*at)]) for at in places}


class LogReader(Places):
    """A consumer outside of any group."""

    def __init__(self, line: Line) -> None:
        self._line, self._kafka = line, line.kafka

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """As of now."""
        await self._line.reach()
        return {tp: len(self._kafka.logs[tp]) for tp in tps}

    async def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[Any, Record | None]:
        """The first that is not older."""
        await self._line.reach()
        return {tp: next((one for one in self._kafka.logs[tp] if one.timestamp * 1000 >= ms), None)
                for tp, ms in times.items()}  # fmt: skip

    async def getmany(self, tp: TopicPartition, timeout_ms: int) -> dict[Any, list[Record]]:
        """All there is."""
        await self._line.reach()
        found, self._at = self._kafka.logs[tp][self._at :], len(self._kafka.logs[tp])
        return {tp: found}
