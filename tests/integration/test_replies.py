"""Parts on a real Kafka → sms.inbound and sms.consents, over workers that stop and die.

Rule: the app has this one agent, so that what is tried is the agent, not its process.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.kafka.admin import ensure_topics
from agents.kafka.connection import consumer_settings
from agents.kafka.consumer import Consumer
from agents.kafka.faust_app import faust_app, run
from agents.kafka.group_offsets import GroupOffsets
from agents.kafka.partition import partition_of
from agents.kafka.producer import KafkaProducer
from agents.metrics import Metrics
from agents.receipts.replies import Replies
from schemas.inbound import Consent, Inbound, Part
from schemas.topics import Topics
from streams.sending.replying import phone_of
from tests.agents.receipts.running import in_parts, part
from tests.contract.workers import until

pytestmark = pytest.mark.integration
PARTITIONS = 4
PHONE = "+33612345678"


class Counting(Replies):
    """Tells how many records it took."""

    taken = 0

    def take(self, message: Any, consumer: Consumer) -> None:
        super().take(message, consumer)
        self.taken += 1


class Running:
    """What is known of one worker."""

    def __init__(self, bootstrap: str, topics: Topics, patience_s: float) -> None:
        self.app = faust_app(
            topics.receipts_group, bootstrap=bootstrap, security={}, partitions=PARTITIONS,
            replication=-1, domain_topics=[], internal_prefix=topics.internal, start="earliest",
            started_at_ms=0, urgent_topics=[], drain_s=5.0,
        )  # fmt: skip
        producer = self.app.producer.kafka
        self.replies = replies = Counting(
            topics, PARTITIONS, producer, Metrics(), time.monotonic, patience_s=patience_s
        )

        async def replying(stream: Any) -> None:
            await replies.run(stream, self.app.consumer, producer)

        channel = self.app.topic(topics.replies.name, key_type=bytes, value_type=bytes)
        self.app.agent(channel, name="replies")(replying)
        self.app.drain_hook = replies.drain


class World:
    """The topics of one test, its gateway and its data team."""

    def __init__(self, bootstrap: str, unique: str) -> None:
        self.bootstrap = bootstrap
        self.topics = Topics(f"{unique}.sms.", f"{unique}.chappe.")
        self.producer = KafkaProducer(
            bootstrap, client_id="test", security={}, on_failure=lambda failure: None
        )
        self.offsets = GroupOffsets(bootstrap, {}, self.topics.receipts_group)

    async def write(self, *parts: Part) -> None:
        """As the gateway does, before it answers deliver_sm."""
        for each in parts:
            place = partition_of(phone_of(each.sender), PARTITIONS)
            self.producer.produce(self.topics.replies.name, each.to_bytes(), partition=place)
        await self.producer.flush(20)

    async def committed(self) -> int:
        """Records of PHONE that are finished."""
        place = self.topics.replies.name, partition_of(PHONE, PARTITIONS)
        return (await self.offsets.committed([place]))[place] or 0

    async def until_committed(self, offset: int) -> None:
        """Commits come every second."""
        for _ in range(100):
            if await self.committed() == offset:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{await self.committed()} are committed, not {offset}")

    async def read(self, topic: str) -> list[Any]:
        """Everything that is there, as (partition, key, value)."""
        settings = consumer_settings(self.bootstrap, {}, group="", client_id="tests")
        consumer = AIOKafkaConsumer(**{**settings, "group_id": None})
        await consumer.start()
        try:
            places = [TopicPartition(topic, n) for n in range(PARTITIONS)]
            consumer.assign(places)
            missing = sum((await consumer.end_offsets(places)).values())
            await consumer.seek_to_beginning()
            found: list[Any] = []
            while len(found) < missing:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found += [(r.partition, r.key, r.value) for r in records]
            return found
        finally:
            await consumer.stop()

    async def inbound(self) -> list[Inbound]:
        """In the order of their partition."""
        return [
            Inbound.from_bytes(value) for _, _, value in await self.read(self.topics.inbound.name)
        ]

    @contextlib.asynccontextmanager
    async def working(self, patience_s: float = 60.0) -> AsyncIterator[Running]:
        """A worker while the block runs; then it is stopped, in order."""
        running, stop = Running(self.bootstrap, self.topics, patience_s), asyncio.Event()
        watching = asyncio.ensure_future(running.replies.watch())
        task = asyncio.ensure_future(run(running.app, stop))
        try:
            await until(
                lambda: task.done() or (running.app.started and running.app.consumer.ready),
                20, "it works",
            )  # fmt: skip
            yield running
        finally:
            stop.set()
            await task
            watching.cancel()


@pytest.fixture
async def world(kafka: Any, unique: str) -> AsyncIterator[World]:
    world = World(kafka.bootstrap, unique)
    await ensure_topics(kafka.bootstrap, {}, world.topics.all(), PARTITIONS, -1)
    yield world
    await world.producer.close()


async def test_stop_is_a_consent_in_the_partition_of_its_number(world: World) -> None:
    await world.write(part(b"STOP"), part(b"Stop by at 5?"))
    async with world.working():
        await world.until_committed(2)
    place = partition_of(PHONE, PARTITIONS)
    stop, other = await world.inbound()
    assert (stop.intent, other.intent) == ("stop", None)
    ((partition, key, value),) = await world.read(world.topics.consents.name)
    assert (partition, key) == (place, PHONE.encode())
    consent = Consent.from_bytes(value)
    assert (consent.state, consent.evidence, consent.evidence_id) == ("opted_out", "STOP", stop.id)
    assert {(p, k) for p, k, _ in await world.read(world.topics.inbound.name)} == {(partition, key)}


async def test_a_reply_whose_worker_stops_between_its_parts(world: World) -> None:
    """The stop does not wait for the open part; the next worker reads it again."""
    first, second, third = in_parts([b"Hello ", b"there, ", b"you"], 7)
    await world.write(third, first, part(b"ok"))
    async with world.working() as running:
        await until(lambda: running.replies.taken == 3, 10, "all are taken")
        began = time.monotonic()
    assert time.monotonic() - began < 5.0, "it waited for a part that could not come"
    assert await world.committed() == 0
    await world.write(second)
    async with world.working():
        await world.until_committed(4)
    found = await world.inbound()
    assert {inbound.text for inbound in found} == {"Hello there, you", "ok"}
    assert len({inbound.id for inbound in found}) == 2, "stored again, with the same id"


async def test_a_second_worker_takes_over_open_parts(world: World) -> None:
    """By range, two workers of one topic share its partitions; then one leaves again."""
    senders = [f"3361234567{n}" for n in range(8)]
    whole = {sender: in_parts([b"a", b"b"], 7, sender=sender) for sender in senders}
    await world.write(*(parts[0] for parts in whole.values()))
    async with world.working() as one:
        await until(lambda: one.replies.taken == 8, 10, "all first parts are taken")
        async with world.working() as other:
            await until(lambda: other.replies.taken, 15, "some are taken over")
            await world.write(*(parts[1] for parts in whole.values()))
            async with asyncio.timeout(20):
                while len(await world.inbound()) < 8:  # noqa: ASYNC110 (Kafka tells nobody)
                    await asyncio.sleep(0.2)
    found = await world.inbound()
    assert {inbound.phone for inbound in found} == {f"+{sender}" for sender in senders}
    assert {(inbound.text, inbound.parts) for inbound in found} == {("ab", 2)}
    assert len({inbound.id for inbound in found}) == 8


async def test_what_is_not_whole_comes_in_time(world: World) -> None:
    await world.write(in_parts([b"a", b"b"], 7)[0])
    async with world.working(patience_s=1.0):
        await world.until_committed(1)
    (inbound,) = await world.inbound()
    assert (inbound.text, inbound.parts, inbound.total) == ("a", 1, 2)
