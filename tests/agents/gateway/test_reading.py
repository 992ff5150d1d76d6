"""What a gateway reads, opens and names: wide windows, long waits, many partitions."""

from uuid import UUID

import pytest
from aiokafka import TopicPartition

from agents.gateway.flow import IN_HAND
from schemas.lane import Lane
from schemas.message import Message
from streams.sending.intent import LONGEST, Intent, write_intent
from tests.agents.gateway.reading import NORMAL, RETRIES, FakeConsumer, Stand
from tests.agents.gateway.test_dispatch import NOW, message

LANE = TopicPartition(NORMAL, 0)
FAR = 10**12
"""Where a partition of an old installation is: twelve digits a place."""


def singles(count: int, due: int | None = None) -> list[list[Message]]:
    """Batches of one, as light traffic makes them: each has to be named."""
    one = message(due=due)
    return [[one.model_copy(update={"id": str(UUID(int=number))})] for number in range(count)]


def done(stand: Stand, tp: TopicPartition, offset: int) -> None:
    """A batch is finished, whatever became of it."""
    one = stand.outbound._partitions[tp]
    batch = one.open[offset]
    for item in [one.items[each] for each in batch.unfinished]:
        stand.bench.dispatch.live[Lane.NORMAL].discard(item)
        item.finished()


async def test_a_wide_window_opens_no_more_than_a_commit_can_name() -> None:
    """5,000 in one partition, and every third finishes: the rest is far apart, and few fit."""
    consumer = FakeConsumer()
    consumer.log[LANE], consumer.first[LANE] = singles(12_000), FAR
    stand = Stand(consumer, window=5_000)
    await stand.assign(LANE)
    (one,) = stand.partitions
    finished = 0
    for at in range(FAR, FAR + 12_000):
        if len(one.waiting) < 500:
            await stand.read(100)
        if at not in one.open:
            await stand.open()
        if at % 3 == 0 and at in one.open:
            done(stand, LANE, at)
            finished += 1
        if one.committed is not None:
            assert len(one.committed[1]) <= LONGEST
        if at not in one.open and at % 3:
            break
    assert len(one.open) > 900, "and still many"
    commits = consumer.commits
    await stand.open(50)
    assert consumer.commits - commits <= 1, "what does not fit is not tried again and again"
    for at in list(one.open)[: len(one.open) // 4]:
        done(stand, LANE, at)
    before = len(one.open)
    await stand.open()
    assert len(one.open) > before, "there is room again"


async def test_a_full_intent_of_a_dead_gateway_is_settled_however_far_it_reaches() -> None:
    """It had a wide window: what it left is far behind the first that is not finished."""
    consumer = FakeConsumer()
    consumer.log[LANE] = singles(5_000)
    left = Intent((0, *range(1_100, 4_840, 2)), 0)
    assert LONGEST - 40 < len(write_intent(left)) <= LONGEST - 18, "full, with a place of 19 digits"
    consumer.committed[LANE] = 0, write_intent(left)
    stand = Stand(consumer)
    await stand.assign(LANE)
    (one,) = stand.partitions
    for _ in range(80):
        await stand.read(10)
        await stand.open()
        stand.bench.kafka.acknowledge()
    assert not one.left_open, "all of its doubts are settled"
    assert stand.bench.states() == ["in_doubt"] * len(left.offsets)
    assert one.open, "and what it had not opened is sent"
    assert LANE in consumer.paused, "now that all was read again"


async def test_what_is_due_in_an_hour_does_not_stop_the_retries_behind_it() -> None:
    consumer, tp = FakeConsumer(), TopicPartition(RETRIES, 0)
    hour = int(NOW * 1000) + 3_600_000
    now = message(text="now", due=int(NOW * 1000))
    consumer.log[tp] = [*singles(2 * IN_HAND, due=hour), [now]]
    stand = Stand(consumer)
    await stand.assign(tp)
    await stand.read(100)
    await stand.open()
    assert [submit.short_message for submit, _ in stand.bench.link.out] == [b"now"]


@pytest.mark.parametrize("partitions", [1, 12])
async def test_no_partition_waits_until_the_others_are_done(partitions: int) -> None:
    consumer = FakeConsumer()
    tps = [TopicPartition(NORMAL, number) for number in range(partitions)]
    for tp in tps:
        consumer.log[tp] = [[message() for _ in range(5)] for _ in range(250)]
    stand = Stand(consumer)
    await stand.assign(*tps)
    await stand.read(100)
    assert all(one.held for one in stand.partitions)
    assert consumer.paused == set(tps), "all have enough"
    assert sum(one.held for one in stand.partitions) <= IN_HAND + partitions * 25 * 5


@pytest.mark.parametrize("when", ["recovery", "look-up"])
async def test_a_fault_where_nobody_waits_is_told(when: str) -> None:
    """What was sent before is not known: the batch would stay open for ever, and no word of it."""
    consumer, fault = FakeConsumer(), ZeroDivisionError("a fault")
    consumer.log[LANE] = [[message(again=True)]]
    stand = Stand(consumer)
    if when == "recovery":
        stand.status_log.fault = fault
        await stand.outbound.on_partitions_assigned([LANE])
    else:
        await stand.assign(LANE)
        await stand.read(1)
        stand.status_log.fault = fault
    await stand.open(2)
    assert stand.failed == [fault]
    assert not stand.bench.link.out
