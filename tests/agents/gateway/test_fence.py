"""The fence and the lease: who may have lost its partitions does nothing more for them."""

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaError
from aiokafka.structs import OffsetAndMetadata

from agents.gateway.lease import LEASE_S
from agents.kafka.connection import SESSION_S
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Unsent
from schemas.message import Message
from tests.agents.gateway.reading import NORMAL, FakeConsumer, Stand
from tests.agents.gateway.test_dispatch import NOW, message

LANE = TopicPartition(NORMAL, 0)


class Commits(FakeConsumer):
    """`takes_s`: how long Kafka has a commit before it answers. `fault`: what it answers then."""

    takes_s = 0.0
    fault: Exception | None = None
    stand: Stand

    def __init__(self, *records: list[Message]) -> None:
        super().__init__()
        self.log[LANE] = list(records)

    async def commit(self, offsets: dict[TopicPartition, OffsetAndMetadata]) -> None:
        """The test's clock goes on meanwhile."""
        self.stand.bench.now += self.takes_s
        if self.fault is not None:
            self.commits += 1
            raise self.fault
        await super().commit(offsets)


async def opened(*records: list[Message], window: int = 1) -> tuple[Stand, Commits]:
    """A gateway that has read these and opened what it may."""
    consumer = Commits(*records)
    stand = consumer.stand = Stand(consumer, window)
    await stand.assign(LANE)
    await stand.read(3)
    await stand.open()
    return stand, consumer


# --- the lease ---


@pytest.mark.parametrize(
    ("takes_s", "after_s", "stands", "why"),
    [
        (0.0, LEASE_S - 0.01, True, "Kafka answers at once"),
        (0.0, LEASE_S, False, "and that long it stands"),
        (3.0, LEASE_S - 0.01, True, "the answer is slow, and the lease stands still"),
        (3.0, LEASE_S, False, "counted from the answer, it would stand 3 s longer"),
        (SESSION_S, SESSION_S, False, "the answer comes when another may have them already"),
    ],
)
async def test_the_lease_counts_from_when_the_commit_was_sent(
    takes_s: float, after_s: float, stands: bool, why: str
) -> None:
    """What Kafka heard, it heard at the earliest then, and it may be long before its answer."""
    stand, consumer = await opened([message()])
    stand.bench.now = sent = NOW + 100.0
    consumer.takes_s = takes_s
    assert await stand.intents.commit(even_unchanged=True)
    assert stand.bench.lease.stands(sent + after_s) is stands, why


@pytest.mark.parametrize(
    ("fault", "stands", "why"),
    [
        (KafkaError("no answer"), True, "until its time is over: they are ours still"),
        (CommitFailedError("another has them"), False, "whatever Kafka said a moment ago"),
    ],
)
async def test_what_a_commit_that_is_not_taken_leaves_of_the_lease(
    fault: Exception, stands: bool, why: str
) -> None:
    stand, consumer = await opened([message()])
    consumer.fault = fault
    assert not await stand.intents.commit(even_unchanged=True)
    assert stand.bench.lease.stands(NOW) is stands, why
    assert not stand.bench.lease.stands(NOW + LEASE_S), "and nothing was added to it"


# --- the fence ---


async def test_who_is_fenced_submits_nothing_more_though_its_lease_is_there_again() -> None:
    """It joins again, with other partitions, while it still knows what it had in hand."""
    stand, _ = await opened([message() for _ in range(3)])
    (one,) = stand.partitions
    stand.outbound.fenced("another has them")
    stand.bench.later(0.0)
    stand.bench.answer(Accepted("1"))
    stand.bench.dispatch.look()
    assert not stand.bench.link.out
    assert not any(stand.bench.dispatch.live.values())
    assert stand.partitions == []
    assert not one.alive, "a look-up that is under way starts nothing"


@pytest.mark.parametrize(
    ("answer", "states", "why"),
    [
        (Accepted("1"), ["submitted"], "true, whoever has it now"),
        (Doubt("no answer"), [], "the next gateway says so, and by its intent"),
        (Rejected(0x14), [], "it is the next one's to try again"),
        (Rejected(0x0B), [], "and to be refused"),
        (Unsent("not bound"), [], "never written"),
    ],
)
async def test_what_a_fenced_gateway_says_of_what_was_out(
    answer: Answer, states: list[str], why: str
) -> None:
    stand, consumer = await opened([message() for _ in range(3)])
    before = consumer.committed[LANE]
    stand.outbound.fenced("another has them")
    assert stand.bench.states() == [], "nothing is said for being fenced"
    stand.bench.answer(answer)
    for _ in range(3):
        stand.bench.kafka.acknowledge()
        await asyncio.sleep(0)
    await stand.open()
    assert stand.bench.states() == states, why
    assert stand.bench.records("chappe.retries") == []
    assert consumer.committed[LANE] == before, "the last intent holds"


# --- giving back ---


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (KafkaError("no answer"), "they may be another's by now"),
        (CommitFailedError("another has them"), "they are"),
    ],
)
@pytest.mark.parametrize("done", [0, 1])
async def test_who_may_have_lost_its_partitions_gives_nothing_back(
    done: int, fault: Exception, why: str
) -> None:
    """The commit is asked for also where nothing is new (not `done`): what was out would be said
    to be in doubt, and the rest be there twice, beside what the next gateway makes of both."""
    stand, consumer = await opened([message(in_doubt="hold") for _ in range(3)])
    for _ in range(done):
        stand.bench.answer(Accepted("1"))
        stand.bench.kafka.acknowledge()
    before = consumer.committed[LANE]
    consumer.fault = fault
    await stand.outbound.hand_over()
    for _ in range(2):
        stand.bench.kafka.acknowledge()
    assert stand.bench.states() == ["submitted"] * done, why
    assert stand.producer.records == []
    assert consumer.committed[LANE] == before, "the last intent holds"
    assert stand.partitions == [], "and they are let go all the same"
