"""The reading half of a gateway on a Kafka in memory: partitions, commits, and who is paused."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from agents.batches import MESSAGES
from agents.beside import Beside
from agents.gateway.intents import Intents
from agents.gateway.outbound import Outbound
from agents.gateway.partition import Assigned
from agents.gateway.recovery import Recovery
from agents.gateway.starting import Starting
from schemas.lane import Lane
from schemas.message import Message
from streams.sending.intent import Past
from tests.agents.fakes import FakeProducer
from tests.agents.gateway.test_dispatch import TOPICS, Bench

NORMAL, RETRIES = TOPICS.outbound[Lane.NORMAL].name, TOPICS.retries.name


class FakeConsumer:
    """What of aiokafka's consumer is needed; it gives as many records at once as it is asked
    for, partition by partition."""

    def __init__(self) -> None:
        self.log: dict[TopicPartition, list[list[Message]]] = defaultdict(list)
        self.first: dict[TopicPartition, int] = defaultdict(int)
        self.position: dict[TopicPartition, int] = {}
        self.committed: dict[TopicPartition, tuple[int, str]] = {}
        self.paused: set[TopicPartition] = set()
        self.commits = 0

    def subscribe(self, topics: list[str], listener: object) -> None:
        """Partitions are assigned by the test."""

    async def getmany(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        """At once, whatever there is."""
        await asyncio.sleep(0)
        fetched: dict[TopicPartition, list[Any]] = {}
        for tp, log in self.log.items():
            if tp in self.paused or not max_records:
                continue
            start = self.position.get(tp, self.first[tp])
            records = log[start - self.first[tp] :][:max_records]
            if records:
                fetched[tp] = [_record(tp, at, one) for at, one in enumerate(records, start)]
                self.position[tp] = start + len(records)
                max_records -= len(records)
        return fetched

    async def commit(self, offsets: dict[TopicPartition, OffsetAndMetadata]) -> None:
        """As Kafka's default has it, no more than 4,096 octets of metadata."""
        self.commits += 1
        for tp, (offset, metadata) in offsets.items():
            assert len(metadata) <= 4_096
            self.committed[tp] = offset, metadata

    def pause(self, *tps: TopicPartition) -> None:
        """Nothing is fetched of these."""
        self.paused |= set(tps)

    def resume(self, *tps: TopicPartition) -> None:
        """Again."""
        self.paused -= set(tps)

    def highwater(self, tp: TopicPartition) -> int:
        """The end."""
        return self.first[tp] + len(self.log[tp])


def _record(tp: TopicPartition, offset: int, messages: list[Message]) -> Any:
    value = MESSAGES.dump_json(messages, exclude_none=True)
    return SimpleNamespace(topic=tp.topic, partition=tp.partition, offset=offset, value=value)


class FakeOffsets:
    """What the group committed, and where partitions end."""

    def __init__(self, consumer: FakeConsumer) -> None:
        self._consumer = consumer

    async def stored(self, places: Any) -> dict[Any, tuple[int | None, str]]:
        """Of the gateway before."""
        return {place: self._consumer.committed.get(TopicPartition(*place), (None, ""))
                for place in places}  # fmt: skip

    async def ends(self, places: Any) -> dict[Any, int]:
        """As they are."""
        return {place: self._consumer.highwater(TopicPartition(*place)) for place in places}


class FakeStatusLog:
    """Nothing was ever said. Not `answers`: Kafka does not answer. `fault`: what it meets."""

    answers = True
    fault: Exception | None = None

    async def end(self, number: int) -> int:
        """It is empty."""
        if self.fault is not None:
            raise self.fault
        return 0

    async def read_on(self, number: int, position: int, past: object) -> int:
        """It stays empty."""
        if not self.answers:
            await asyncio.Event().wait()
        return position

    async def since(self, number: int, since_ms: int) -> Past:
        """Nothing."""
        if self.fault is not None:
            raise self.fault
        return Past()


class FlushedProducer(FakeProducer):
    """Acknowledges what was written when it is flushed. `fails`: from there on Kafka is gone.
    `also` are the others that write over the same connection; `meanwhile` happens in a flush."""

    fails: Exception | None = None

    def __init__(self) -> None:
        super().__init__()
        self.also: list[FakeProducer] = []
        self.meanwhile: Callable[[], None] = lambda: None

    async def flush(self, timeout_s: float) -> None:
        """All that was written before, or none: what follows from it is not awaited."""
        if self.fails is not None:
            raise self.fails
        for one in (self, *self.also):
            one.acknowledge()
        self.meanwhile()


class Stand:
    """A gateway with one bind, whose loop is turned by `turn`."""

    def __init__(self, consumer: FakeConsumer, window: int = 1) -> None:
        self.bench = bench = Bench(window)
        self.consumer, self.producer = consumer, FlushedProducer()
        self.failed: list[BaseException] = []
        beside = Beside(self.failed.append)
        status_log: Any = FakeStatusLog()
        self.status_log: FakeStatusLog = status_log
        offsets: Any = FakeOffsets(consumer)
        reader: Any = consumer
        writer: Any = self.producer
        self.outbound = Outbound(
            reader, writer, bench.dispatch, Recovery(offsets, status_log, {}),
            lambda *_: None, TOPICS, bench.metrics, 0.01, beside,
        )  # fmt: skip
        starting = Starting(
            bench.dispatch, bench.dispatch.outcomes, status_log, bench.metrics, lambda _: True,
            beside,
        )  # fmt: skip
        self.intents = Intents(
            reader, bench.dispatch, bench.lease, window, starting.start,
            self.outbound.fenced, {}, lambda: bench.now, lambda: bench.now,
        )  # fmt: skip
        self.outbound.intents = self.intents
        starting.on_finished = self.intents.finished

    async def assign(self, *tps: TopicPartition) -> None:
        """These are ours now, and recovered."""
        await self.outbound.on_partitions_assigned(tps)
        for _ in range(20):
            await asyncio.sleep(0)
        assert all(one.recovered for one in self.partitions)

    @property
    def partitions(self) -> list[Assigned]:
        """Those assigned."""
        return list(self.outbound._partitions.values())

    async def read(self, turns: int) -> None:
        """So many turns of the reading loop."""
        reading = asyncio.create_task(self.outbound.run())
        for _ in range(2 * turns):
            await asyncio.sleep(0)
        reading.cancel()

    async def open(self, times: int = 1) -> None:
        """Opens what there is room for, and lets look-ups end."""
        for _ in range(times):
            await self.intents.open()
            for _ in range(5):
                await asyncio.sleep(0)

    def written(self, topic: str) -> list[list[Message]]:
        """Records of a topic, as messages."""
        return [MESSAGES.validate_json(value or b"") for to, value, _ in self.producer.records
                if to == topic]  # fmt: skip
