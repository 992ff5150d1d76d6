"""What a transport under Chappe must keep, on a real Kafka.

Rules: each promise is one test, run on ours and on stock Faust with equal settings; stock
must fail it (strict), else the promise needs no transport of ours or the test proves nothing.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from agents.kafka.admin import Wanted, ensure
from agents.kafka.embedded import EmbeddedBroker
from agents.kafka.errors import KafkaFailure
from agents.kafka.group_offsets import GroupOffsets
from agents.kafka.producer import KafkaProducer
from tests.contract.workers import INTERNAL, Kind, Plan, Worker, until, working

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[2]

BOTH = pytest.mark.parametrize(
    "kind",
    [
        "ours",
        pytest.param("stock", marks=pytest.mark.xfail(strict=True, raises=AssertionError)),
    ],
)


class Kafka:
    """The broker, with what tests do to it."""

    def __init__(self, bootstrap: str, unique: str) -> None:
        self.bootstrap = bootstrap
        self.group = unique
        self.admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
        self.offsets = GroupOffsets(bootstrap, {}, unique)
        self.producer = KafkaProducer(
            bootstrap, client_id="test", security={}, on_failure=lambda failure: None
        )

    async def topic(self, name: str, partitions: int = 1, **config: str) -> str:
        dotted = {key.replace("_", "."): value for key, value in config.items()}
        await ensure(self.bootstrap, {}, [Wanted(name, partitions, dotted)], -1)
        return name

    async def write(
        self, topic: str, values: Iterable[bytes], *, partitions: int = 1, **more: Any
    ) -> None:
        for number, value in enumerate(values):
            await self.producer.room()
            self.producer.produce(topic, value, key=value, partition=number % partitions, **more)
        await self.producer.flush(20)

    async def committed(self, topic: str, partition: int = 0) -> int | None:
        found = await self.offsets.committed([(topic, partition)])
        return found[topic, partition]

    async def until_committed(self, topic: str, offset: int) -> None:
        """Gives up after 30 s, or 4 s without a change: the assertions after it tell."""
        last, still = None, 0
        for _ in range(300):
            found = await self.committed(topic)
            still = still + 1 if found == last else 0
            if found == offset or still > 40:
                return
            last = found
            await asyncio.sleep(0.1)

    async def commit_by_hand(self, topic: str, offset: int) -> None:
        place = TopicPartition(topic, 0, offset)
        asked = [ConsumerGroupTopicPartitions(self.group, [place])]
        for done in self.admin.alter_consumer_group_offsets(asked).values():
            await asyncio.wrap_future(done)

    async def delete_before(self, topic: str, offset: int) -> None:
        for done in self.admin.delete_records([TopicPartition(topic, 0, offset)]).values():
            await asyncio.wrap_future(done)


@pytest.fixture
async def at(kafka: Any, unique: str) -> AsyncIterator[Kafka]:
    broker = Kafka(kafka.bootstrap, unique)
    yield broker
    await broker.producer.close()


@pytest.fixture
def internal(unique: str) -> str:
    return f"{INTERNAL}{unique}"


@BOTH
async def test_nothing_is_lost_to_pauses(kind: Kind, at: Kafka, internal: str) -> None:
    """20,000 records through 12 pauses: each offset once, and all committed."""
    topic, count, seen = await at.topic(internal), 20_000, Counter[int]()
    pauses: list[asyncio.Task[None]] = []

    async def resume(worker: Worker, event: Any) -> None:
        await asyncio.sleep(0.05)
        worker.release(event)

    async def handle(worker: Worker, event: Any) -> None:
        held = worker.take(event)
        seen[event.message.offset] += 1
        if sum(seen.values()) % (count // 13) == 0 and len(pauses) < 12:
            worker.hold(event)
            pauses.append(asyncio.ensure_future(resume(worker, event)))
        held.done()

    await at.write(topic, (b"%d" % number for number in range(count)))
    async with working(kind, Plan(at.bootstrap, at.group, {topic: handle})):
        await at.until_committed(topic, count)
    assert len(seen) == count, f"{count - len(seen)} lost"
    assert set(seen.values()) == {1}
    assert len(pauses) >= 10
    assert await at.committed(topic) == count


@BOTH
async def test_no_commit_passes_what_is_unfinished(kind: Kind, at: Kafka, internal: str) -> None:
    """Offsets 0 to 5, finished in an odd order; the commit is the lowest unfinished."""
    topic, holds = await at.topic(internal), dict[int, Any]()

    async def handle(worker: Worker, event: Any) -> None:
        holds[event.message.offset] = worker.take(event)

    await at.write(topic, [b"%d" % number for number in range(6)])
    async with working(kind, Plan(at.bootstrap, at.group, {topic: handle})) as worker:
        await until(lambda: len(holds) == 6, 10, "six records are taken")
        # finished now, committed after, why
        for finished, committed, why in [
            (5, None, "5 alone at the head"),
            (1, None, "0 is still open"),
            (0, 2, "0 and 1 are finished"),
            (3, 2, "2 is open"),
            (2, 4, "up to 3"),
            (4, 6, "all"),
        ]:
            holds[finished].done()
            await worker.commit()
            assert await at.committed(topic) == committed, why


@BOTH
async def test_a_rebalance_doubles_nothing_finished(kind: Kind, at: Kafka, internal: str) -> None:
    """A second worker joins in the middle, and leaves, while hundreds of records are open:
    each record is finished once."""
    topic, count, finished = await at.topic(internal, 4), 6_000, Counter[tuple[int, int]]()
    by: Counter[str] = Counter()
    finishing: set[asyncio.Task[None]] = set()

    def handle(name: str) -> Any:
        async def finish(held: Any, place: tuple[int, int]) -> None:
            await asyncio.sleep(0.2)
            if held.alive:
                finished[place] += 1
                by[name] += 1
                held.done()

        async def begin(worker: Worker, event: Any) -> None:
            place = event.message.partition, event.message.offset
            task = asyncio.ensure_future(finish(worker.take(event), place))
            finishing.add(task)
            task.add_done_callback(finishing.discard)
            if place[1] % 20 == 0:
                await asyncio.sleep(0.02)

        return begin

    def plan(name: str) -> Plan:
        return Plan(at.bootstrap, at.group, {topic: handle(name)}, partitions=4)

    await at.write(topic, (b"%d" % number for number in range(count)), partitions=4)
    async with working(kind, plan("first")):
        await until(lambda: by["first"] > 500, 10, "the first worker works")
        async with working(kind, plan("second")):
            await until(lambda: by["second"] > 200, 15, "the second worker works")
        before = by["first"]
        await until(lambda: by["first"] > before + 100, 15, "the first worker goes on")
        await until(lambda: len(finished) == count, 20, "everything is finished")
    doubled = sum(times - 1 for times in finished.values())
    assert doubled == 0, f"{doubled} finished twice"


@BOTH
async def test_an_aborted_transaction_is_never_seen(kind: Kind, at: Kafka, unique: str) -> None:
    topic, seen = await at.topic(unique), list[bytes]()

    async def handle(worker: Worker, event: Any) -> None:
        seen.append(event.message.value)
        worker.take(event).done()

    def abort() -> None:
        upstream = confluent_kafka.Producer(
            {"bootstrap.servers": at.bootstrap, "transactional.id": unique, "log_level": 2}
        )
        upstream.init_transactions(20)
        upstream.begin_transaction()
        for _ in range(5):
            upstream.produce(topic, b"aborted", partition=0)
        upstream.flush(10)
        upstream.abort_transaction(20)

    await asyncio.to_thread(abort)
    await at.write(topic, [b"after"] * 5)
    async with working(kind, Plan(at.bootstrap, at.group, {topic: handle})):
        await until(lambda: seen.count(b"after") == 5, 10, "the records after it are seen")
    assert seen == [b"after"] * 5


@BOTH
async def test_a_failed_changelog_write_stops_the_worker(
    kind: Kind, at: Kafka, internal: str
) -> None:
    """The changelog takes no record of this size: no commit may follow."""
    topic = await at.topic(internal)

    async def handle(worker: Worker, event: Any) -> None:
        held = worker.take(event)
        key = "k" if kind == "ours" else b"k"
        worker.table[key] = b"x" * 1000
        held.done()

    plan = Plan(at.bootstrap, at.group, {topic: handle}, table=f"{at.group}-table")
    await at.topic(plan.changelog, max_message_bytes="200", cleanup_policy="compact")
    async with working(kind, plan) as worker:
        await at.write(topic, [b"one"])
        deadline = time.monotonic() + 10
        while worker.crashed is None and await at.committed(topic) is None:
            assert time.monotonic() < deadline, "neither stopped nor committed"
            await asyncio.sleep(0.05)
    assert isinstance(worker.crashed, KafkaFailure), "the worker went on"
    assert plan.changelog in str(worker.crashed)
    assert await at.committed(topic) is None


@BOTH
async def test_urgent_is_served_while_another_waits(kind: Kind, at: Kafka, internal: str) -> None:
    """2,000 bulk records can't go on; an urgent one comes and is served at once."""
    bulk, urgent = await at.topic(f"{internal}.bulk"), await at.topic(f"{internal}.urgent")
    gate, waiting, served = asyncio.Event(), list[tuple[Any, Any]](), list[int]()

    async def wait(worker: Worker, event: Any) -> None:
        waiting.append((worker.take(event), event))
        if not gate.is_set():
            await worker.wait_in_agent(event, gate)

    async def serve(worker: Worker, event: Any) -> None:
        served.append(event.message.offset)
        worker.take(event).done()

    await at.write(bulk, (b"%d" % number for number in range(2_000)))
    agents = {bulk: wait, urgent: serve}
    plan = Plan(at.bootstrap, at.group, agents, urgent=frozenset({urgent}))
    async with working(kind, plan) as worker:
        await until(lambda: waiting, 10, "bulk waits")
        await at.write(urgent, [b"otp"])
        try:
            await until(lambda: served, 2, "the urgent record is served")
            taken = len(waiting)
            assert taken < 1_000, "the hold did not act from the next fetch"
        finally:
            gate.set()
        worker.release(waiting[0][1])
        await until(lambda: len(waiting) == 2_000, 10, "all of bulk comes after the release")


@BOTH
async def test_a_gap_on_an_internal_topic_stops_the_worker(
    kind: Kind, at: Kafka, internal: str
) -> None:
    topic, seen = await at.topic(internal), list[int]()

    async def handle(worker: Worker, event: Any) -> None:
        seen.append(event.message.offset)
        worker.take(event).done()

    await at.write(topic, [b"%d" % number for number in range(10)])
    await at.commit_by_hand(topic, 3)
    await at.delete_before(topic, 8)
    async with working(kind, Plan(at.bootstrap, at.group, {topic: handle})) as worker:
        await until(lambda: worker.crashed or seen, 10, "the worker reads")
    assert isinstance(worker.crashed, KafkaFailure), f"read over the gap: {seen}"
    assert f"{topic} [0]: offset 8 came where 3 was due: 5 records are gone" in str(worker.crashed)
    assert await at.committed(topic) == 3


@BOTH
async def test_latest_begins_at_the_start_of_the_worker(kind: Kind, at: Kafka, unique: str) -> None:
    """The first record not older than the worker's start, known to Kafka at once."""
    topic, seen, now = await at.topic(unique, 2), list[bytes](), int(time.time() * 1000)

    async def handle(worker: Worker, event: Any) -> None:
        seen.append(event.message.value)
        worker.take(event)

    await at.write(topic, [b"old"] * 4, timestamp_ms=now - 60_000)
    await at.write(topic, [b"new"] * 3, timestamp_ms=now + 1)
    plan = Plan(
        at.bootstrap, at.group, {topic: handle}, partitions=2, start="latest", started_at_ms=now
    )
    async with working(kind, plan):
        await until(lambda: len(seen) >= 3, 3, "what came since the start is read")
        assert await at.committed(topic, 0) == 4, "the first new record"
        assert await at.committed(topic, 1) == 0, "the end of a partition without a record"
    assert seen == [b"new"] * 3


async def test_earliest_begins_at_the_first_record(at: Kafka, unique: str, internal: str) -> None:
    """Domain topics by policy, internal ones always; a restart goes on where it was."""
    domain, inner = await at.topic(unique), await at.topic(internal)
    seen: list[bytes] = []

    async def handle(worker: Worker, event: Any) -> None:
        seen.append(event.message.value)
        worker.take(event).done()

    agents = {domain: handle, inner: handle}
    for start, wanted, why in [
        ("earliest", [b"1", b"2"], "all there is, on both"),
        ("latest", [b"3", b"4"], "what is committed wins over the policy"),
    ]:
        seen.clear()
        await at.write(domain, wanted[:1])
        await at.write(inner, wanted[1:])
        plan = Plan(at.bootstrap, at.group, agents, start=start)  # type: ignore[arg-type]
        plan.started_at_ms = int(time.time() * 1000) + 60_000
        async with working("ours", plan):
            await until(lambda: len(seen) >= 2, 10, why)
        assert sorted(seen) == wanted, why


async def test_a_broker_that_restarts_in_the_middle(
    own_kafka: Any, unique: str, internal: str
) -> None:
    """SIGKILL and a new start under a working app: it goes on, nothing lost or doubled."""
    at = Kafka(own_kafka.bootstrap, unique)
    topic, seen = await at.topic(internal, 4), Counter[bytes]()

    async def handle(worker: Worker, event: Any) -> None:
        held = worker.take(event)
        if held.alive:
            seen[event.message.value] += 1
            worker.table[event.message.key.decode()] = event.message.value
            worker.table.after_writes(event.message.partition, held.done)

    plan = Plan(at.bootstrap, at.group, {topic: handle}, partitions=4, table="table")
    async with working("ours", plan) as worker:
        await at.write(topic, (b"a%d" % number for number in range(100)), partitions=4)
        await until(lambda: len(seen) == 100, 10, "the first hundred")
        await worker.commit()
        await asyncio.to_thread(own_kafka.restart, at_once=True)
        await at.write(topic, (b"b%d" % number for number in range(100)), partitions=4)
        await until(lambda: len(seen) == 200, 30, "the second hundred")
        for _ in range(20):
            if await at.committed(topic) == 50:
                break
            await asyncio.sleep(0.5)
        assert worker.crashed is None
    assert set(seen.values()) == {1}
    assert await at.committed(topic) == 50
    await at.producer.close()


async def test_an_open_batch_is_written_out_before_the_end(at: Kafka, internal: str) -> None:
    """At the stop the agent is asked to finish what it holds, and that is committed."""
    topic, batch = await at.topic(internal), list[Any]()

    async def handle(worker: Worker, event: Any) -> None:
        batch.append(worker.take(event))

    async def write_out() -> None:
        for held in batch:
            held.done()

    await at.write(topic, [b"%d" % number for number in range(7)])
    async with working("ours", Plan(at.bootstrap, at.group, {topic: handle})) as worker:
        worker.app.drain_hook = write_out
        await until(lambda: len(batch) == 7, 10, "the batch is open")
        assert await at.committed(topic) is None
    assert await at.committed(topic) == 7
    assert not batch[0].alive


async def test_a_record_of_5_mb_is_read_and_starves_nobody(
    at: Kafka, unique: str, internal: str
) -> None:
    """Larger than any share of a fetch, in two partitions of three."""
    large, small = await at.topic(unique, 3, max_message_bytes="10000000"), await at.topic(internal)
    sizes: list[int] = []

    async def handle(worker: Worker, event: Any) -> None:
        sizes.append(len(event.message.value))
        worker.take(event).done()

    at.producer.produce(large, b"x" * 5_000_000, partition=0)
    at.producer.produce(large, b"x" * 5_000_000, partition=1)
    at.producer.produce(large, b"x", partition=2)
    await at.write(small, [b"xx"] * 10)
    plan = Plan(at.bootstrap, at.group, {large: handle, small: handle}, partitions=3)
    async with working("ours", plan):
        await until(lambda: len(sizes) == 13, 10, "all are read")
    assert sorted(sizes) == [1] + [2] * 10 + [5_000_000] * 2


async def test_the_embedded_broker_serves_as_well(unique: str, internal: str) -> None:
    """Consume, write a table, commit; start again, recover it."""
    broker = EmbeddedBroker()
    at = Kafka(broker.bootstrap, unique)
    topic, got = await at.topic(internal), dict[str, bytes | None]()

    async def handle(worker: Worker, event: Any) -> None:
        key, held = event.message.key.decode(), worker.take(event)
        got[key] = worker.table.get(key)
        worker.table[key] = event.message.value + b"!"
        worker.table.after_writes(event.message.partition, held.done)

    for round_, kept in enumerate([None, b"a!"]):
        got.clear()
        await at.write(topic, [b"a"])
        plan = Plan(at.bootstrap, at.group, {topic: handle}, partitions=4, table="table")
        async with working("ours", plan):
            await until(lambda: got, 10, "the record is read")
        assert got == {"a": kept}
        assert await at.committed(topic) == round_ + 1
    await at.producer.close()
