"""The producer, topics and offsets, each on the broker it is for."""

import asyncio
from types import SimpleNamespace
from typing import Any

import aiokafka
import pytest
from aiokafka.structs import OffsetAndMetadata

from agents.kafka.admin import BROKER_DEFAULT, Wanted, ensure, ensure_topics
from agents.kafka.connection import aiokafka as aiokafka_settings
from agents.kafka.embedded import PARTITIONS, EmbeddedBroker
from agents.kafka.errors import KafkaFailure
from agents.kafka.group_offsets import GroupOffsets
from agents.kafka.producer import KafkaProducer
from schemas.topics import Topics
from tests.kafka.java_producer import Compression, publish

pytestmark = pytest.mark.integration


@pytest.fixture(params=["kafka", "embedded"])
def bootstrap(request: pytest.FixtureRequest) -> Any:
    if request.param == "kafka":
        return request.getfixturevalue("kafka").bootstrap
    broker = EmbeddedBroker()
    request.addfinalizer(lambda: broker)
    return broker.bootstrap


def producer(bootstrap: str, failures: list[KafkaFailure]) -> KafkaProducer:
    return KafkaProducer(bootstrap, client_id="t", security={}, on_failure=failures.append)


async def test_acknowledged_in_order_and_counted(bootstrap: str, unique: str) -> None:
    await ensure(bootstrap, {}, [Wanted(unique, PARTITIONS, {})], BROKER_DEFAULT)
    failures: list[KafkaFailure] = []
    writer, offsets = producer(bootstrap, failures), list[int]()
    for _ in range(500):
        writer.produce(unique, b"v", partition=2, on_done=offsets.append)
    assert writer.in_flight == 500
    await writer.flush(10)
    assert offsets == list(range(500))
    assert writer.in_flight == 0
    assert (await GroupOffsets(bootstrap, {}, unique).ends([(unique, 2)])) == {(unique, 2): 500}
    await writer.close()
    assert not failures


async def test_one_failed_delivery_is_the_end(bootstrap: str, unique: str) -> None:
    await ensure(bootstrap, {}, [Wanted(unique, PARTITIONS, {})], BROKER_DEFAULT)
    failures: list[KafkaFailure] = []
    writer = producer(bootstrap, failures)
    writer.produce(unique, b"v", partition=PARTITIONS + 3)
    writer.produce(unique, b"v", partition=0)
    with pytest.raises(KafkaFailure, match=rf"refused a record for {unique} \[7\]"):
        await writer.flush(10)
    assert len(failures) == 1
    with pytest.raises(KafkaFailure):
        writer.produce(unique, b"v")
    with pytest.raises(KafkaFailure):
        await writer.room()
    with pytest.raises(KafkaFailure):
        await writer.flush(1)
    await writer.close()


async def test_what_follows_an_acknowledgement_may_not_fail_silently(
    bootstrap: str, unique: str
) -> None:
    await ensure(bootstrap, {}, [Wanted(unique, PARTITIONS, {})], BROKER_DEFAULT)
    failures: list[KafkaFailure] = []
    writer = producer(bootstrap, failures)

    def broken(_: int) -> None:
        raise ZeroDivisionError

    writer.produce(unique, b"v", partition=0, on_done=broken)
    with pytest.raises(KafkaFailure, match="ZeroDivisionError"):
        await writer.flush(10)
    await writer.close()


@pytest.mark.parametrize("offset", [-1001, None])
async def test_a_delivery_without_an_offset_is_a_failure(
    bootstrap: str, unique: str, offset: int | None
) -> None:
    """So librdkafka reports what it only infers (decision 11). Kafka can't be asked for it."""
    await ensure(bootstrap, {}, [Wanted(unique, PARTITIONS, {})], BROKER_DEFAULT)
    failures: list[KafkaFailure] = []
    done: list[int] = []
    writer = producer(bootstrap, failures)
    inferred: Any = SimpleNamespace(
        topic=lambda: unique, partition=lambda: 0, offset=lambda: offset
    )
    writer.produce(unique, b"v", partition=0)
    writer._answered(0, done.append, None, inferred)
    with pytest.raises(KafkaFailure, match=rf"{unique} \[0\] counts as written"):
        await writer.flush(10)
    await writer.close()
    assert (done, len(failures)) == ([], 1)


async def test_topics_are_made_once_and_checked(bootstrap: str, unique: str) -> None:
    topics = Topics(f"{unique}.sms.", f"{unique}.chappe.").all()
    domain = [f"{unique}.domain"]
    for _ in range(2):
        await ensure_topics(bootstrap, {}, topics, PARTITIONS, BROKER_DEFAULT, domain=domain)
    ends = await GroupOffsets(bootstrap, {}, unique).ends([(domain[0], 0)])
    assert ends == {(domain[0], 0): 0}
    with pytest.raises(KafkaFailure, match=f"set CHAPPE_PARTITIONS={PARTITIONS}"):
        await ensure_topics(bootstrap, {}, topics, PARTITIONS + 1, BROKER_DEFAULT)


async def test_a_kafka_that_is_not_there_is_told(unique: str) -> None:
    with pytest.raises(KafkaFailure, match="Kafka can't be reached"):
        await ensure("127.0.0.1:1", {}, [Wanted(unique, 1, {})], BROKER_DEFAULT)


async def test_the_producer_outlives_a_killed_broker(own_kafka: Any, unique: str) -> None:
    """SIGKILL under it, restart on the same data: everything arrives, once and in order."""
    bootstrap = own_kafka.bootstrap
    await ensure(bootstrap, {}, [Wanted(unique, 1, {})], BROKER_DEFAULT)
    failures: list[KafkaFailure] = []
    writer = producer(bootstrap, failures)
    writer.produce(unique, b"0", partition=0)
    await writer.flush(10)
    own_kafka.kill()
    for number in range(1, 100):
        writer.produce(unique, b"%d" % number, partition=0)
    await asyncio.to_thread(own_kafka.start)
    await writer.flush(60)
    await writer.close()
    assert not failures
    assert await read(bootstrap, unique, 100) == [b"%d" % number for number in range(100)]


@pytest.mark.parametrize("compression", ["none", "gzip", "lz4", "zstd", "snappy"])
async def test_java_compresses_and_we_read(
    kafka: Any, unique: str, compression: Compression
) -> None:
    await ensure(kafka.bootstrap, {}, [Wanted(unique, 1, {})], BROKER_DEFAULT)
    records = [("k", "é" * number) for number in range(1, 20)]
    written = await asyncio.to_thread(
        publish, kafka.bootstrap, unique, records, compression=compression
    )
    assert written == 19
    values = await read(kafka.bootstrap, unique, 19)
    assert values == [value.encode() for _, value in records]


async def read(bootstrap: str, topic: str, count: int) -> list[bytes]:
    """Exactly the first `count` values, and none after them within half a second."""
    reader = aiokafka.AIOKafkaConsumer(**aiokafka_settings(bootstrap, {}))
    await reader.start()
    reader.assign([aiokafka.TopicPartition(topic, 0)])
    await reader.seek_to_beginning()
    values: list[bytes] = []
    while len(values) < count:
        values.append((await asyncio.wait_for(reader.getone(), 10)).value)
    more = await reader.getmany(timeout_ms=500)
    await reader.stop()
    assert not more
    return values


async def test_what_a_group_stored_comes_back_to_the_octet(bootstrap: str, unique: str) -> None:
    """Of every length: what librdkafka's admin client gives has no end of its own."""
    await ensure(bootstrap, {}, [Wanted(unique, PARTITIONS, {})], BROKER_DEFAULT)
    place = aiokafka.TopicPartition(unique, 1)
    offsets = GroupOffsets(bootstrap, {}, unique)
    kafka = aiokafka.AIOKafkaConsumer(
        **aiokafka_settings(bootstrap, {}), group_id=unique, enable_auto_commit=False
    )
    await kafka.start()
    try:
        kafka.assign([place])
        for length in (0, 1, 7, 64, *range(78, 90), 1000):
            await kafka.commit({place: OffsetAndMetadata(length, "x" * length)})
            stored = await offsets.stored([(unique, 1), (unique, 0)])
            assert stored == {(unique, 1): (length, "x" * length), (unique, 0): (None, "")}
    finally:
        await kafka.stop()
