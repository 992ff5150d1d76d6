"""A gateway that stops: what it writes back, and what it leaves in its last commit."""

import pytest
from aiokafka import TopicPartition

from agents.batches import ITEMS, OCTETS
from agents.kafka.errors import KafkaFailure
from agents.smpp.submit import Accepted, Doubt, Rejected, Unsent
from schemas.message import Message
from streams.sending.intent import Intent, read_intent, write_intent
from tests.agents.gateway.reading import NORMAL, RETRIES, FakeConsumer, Stand
from tests.agents.gateway.test_dispatch import NOW, message

LANE, LATER = TopicPartition(NORMAL, 0), TopicPartition(RETRIES, 0)


async def begun(
    tp: TopicPartition, *records: list[Message], committed: str = "", told: bool = True
) -> Stand:
    """A gateway that has read these and opened what it may; one submit is out. Not `told`: what
    was sent before can't be read again just now."""
    consumer = FakeConsumer()
    consumer.log[tp] = list(records)
    if committed:
        consumer.committed[tp] = 0, committed
    stand = Stand(consumer)
    await stand.assign(tp)
    await stand.read(3)
    stand.status_log.answers = told
    await stand.open()
    return stand


async def test_records_are_small_enough_for_kafka() -> None:
    long = [message(text="a" * 1_000, in_doubt="resend") for _ in range(1_000)]
    stand = await begun(LANE, long)
    while stand.bench.states() == []:
        stand.bench.answer(Accepted("1"))
    stand.bench.kafka.acknowledge()
    await stand.outbound.hand_over()
    records = stand.written(NORMAL)
    assert [one.id for record in records for one in record] == [one.id for one in long[1:]]
    assert max(len(record) for record in records) <= ITEMS
    values = [value or b"" for topic, value, _ in stand.producer.records if topic == NORMAL]
    assert max(map(len, values)) <= OCTETS + 1_000
    assert stand.consumer.committed[LANE] == (1, "")


async def test_what_waits_for_a_late_answer_is_given_back_with_its_count() -> None:
    """At once: another gateway is not to wait for the partition as long."""
    stand = await begun(LANE, [message(in_doubt="resend")])
    stand.bench.answer(Doubt("no answer within 10 s", awaited=True))
    assert not stand.outbound._unfinished()
    await stand.outbound.hand_over()
    ((back,),) = stand.written(NORMAL)
    assert (back.again, back.unanswered) == (True, 1)


async def test_a_retry_keeps_its_own_due_time() -> None:
    """One record is due when the last of its messages is."""
    now = int(NOW * 1000)
    dues = [now + 3_600_000, now, now + 60_000, now - 1]
    retries = [[message(due=due)] for due in dues]
    stand = await begun(LATER, *retries)
    stand.bench.answer(Accepted("1"))
    stand.bench.answer(Accepted("2"))
    stand.producer.acknowledge()
    stand.bench.kafka.acknowledge()
    await stand.outbound.hand_over()
    assert [[one.due for one in record] for record in stand.written(RETRIES)] == [
        [dues[0]], [dues[2]],
    ]  # fmt: skip


async def test_where_a_copy_is_not_in_kafka_no_position_passes_it() -> None:
    stand = await begun(LANE, [message(in_doubt="resend") for _ in range(250)])
    stand.bench.answer(Accepted("1"))
    before = stand.consumer.committed[LANE]
    stand.producer.fails = KafkaFailure("gone")
    with pytest.raises(KafkaFailure):
        await stand.outbound.hand_over()
    assert stand.consumer.committed[LANE] == before, "its batch is still named"


async def test_what_a_dead_gateway_left_in_doubt_stays_so() -> None:
    """A copy, or a position behind it, would say to the next that it was never sent."""
    left, ours = [message(in_doubt="hold")], [message(in_doubt="resend") for _ in range(2)]
    stand = await begun(LANE, left, ours, committed=write_intent(Intent((0,), 7)), told=False)
    stand.bench.answer(Accepted("1"))
    stand.bench.kafka.acknowledge()
    await stand.outbound.hand_over()
    assert stand.written(NORMAL) == []
    position, metadata = stand.consumer.committed[LANE]
    assert (position, read_intent(metadata)) == (0, Intent((0, 1), 0))


async def test_a_doubt_that_is_settled_while_it_stops_hides_nothing_that_was_sent() -> None:
    """What was to be given back was decided before: what was sent is known by its status only."""
    left, ours = [message(in_doubt="hold")], [message(in_doubt="hold") for _ in range(2)]
    stand = await begun(LANE, left, committed=write_intent(Intent((0,), 7)), told=False)
    stand.consumer.log[LANE].append(ours)
    await stand.read(3)
    await stand.open()
    stand.bench.answer(Accepted("1"))
    stand.bench.kafka.acknowledge()
    (one,) = stand.partitions
    asked = one.to_give_back()
    one.settle(one.open[0], left[0].id)
    one.finish(0)
    one.given_back(asked[1])
    position, metadata = one.to_commit() or (0, "")
    assert (position, read_intent(metadata)) == (1, Intent((), 0))


async def test_what_leaves_its_batch_at_the_last_moment_is_not_read_again() -> None:
    """Its copy is in Kafka, and the status that says so follows it."""
    stand = await begun(LANE, [message(in_doubt="hold") for _ in range(3)])
    stand.bench.answer(Rejected(0x14))
    stand.producer.also.append(stand.bench.kafka)
    stand.bench.dispatch.stopping = True
    while stand.bench.link.out:
        stand.bench.answer(Unsent("stops"))
    await stand.outbound.hand_over()
    assert stand.bench.states() == ["retrying"]
    assert [len(record) for record in stand.written(NORMAL)] == [2]
    assert stand.consumer.committed[LANE] == (1, "")


async def test_who_is_fenced_while_it_stops_commits_nothing() -> None:
    stand = await begun(LANE, [message(in_doubt="resend") for _ in range(3)])
    stand.bench.answer(Accepted("1"))
    stand.bench.kafka.acknowledge()
    before = stand.consumer.committed[LANE]

    def fence() -> None:
        if stand.written(NORMAL):
            stand.outbound.fenced("another has them")

    stand.producer.meanwhile = fence
    await stand.outbound.hand_over()
    assert stand.consumer.committed[LANE] == before
