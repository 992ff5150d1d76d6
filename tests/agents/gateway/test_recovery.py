"""Recovery: what the gateway before us left, of two partitions of one number and their statuses."""

from typing import Any

import pytest
from aiokafka import TopicPartition

from agents.gateway.partition import Assigned, Batch
from agents.gateway.recovery import Recovery
from agents.gateway.status_log import StatusLog
from agents.smpp.submit import Accepted
from schemas.message import Message
from schemas.status import State
from streams.composing import status_of
from streams.sending.intent import Intent, Past, Then, read_intent, write_intent
from tests.agents.fakes import FakeConsumer, FakeProducer
from tests.agents.gateway.reading import NORMAL, RETRIES
from tests.agents.gateway.test_dispatch import NOW, message, texts
from tests.agents.gateway.test_starting import Started

NUMBER = 3
LANE, LATER = TopicPartition(NORMAL, NUMBER), TopicPartition(RETRIES, NUMBER)


class Offsets:
    """What the group committed as metadata, and where the partitions end."""

    def __init__(self, left: dict[TopicPartition, Intent | None], end: int) -> None:
        self._left, self._end = left, end

    async def stored(self, places: Any) -> dict[Any, tuple[int | None, str]]:
        """At position 0 each."""
        return {place: (0, write_intent(self._left[TopicPartition(*place)])) for place in places}

    async def ends(self, places: Any) -> dict[Any, int]:
        """All the same."""
        return dict.fromkeys(places, self._end)


def said(kafka: FakeProducer, messages: list[Message]) -> None:
    """They were submitted, one after the other."""
    for one in messages:
        status = status_of(one, State.SUBMITTED, int(NOW * 1000))
        kafka.produce("sms.status", status.to_bytes(), partition=NUMBER)
    kafka.acknowledge()


async def recovered(
    left: dict[TopicPartition, Intent | None], messages: list[Message], end: int = 100
) -> tuple[list[Assigned], dict[int, int]]:
    """Of these partitions, where `messages` were said to be submitted; and the status ends."""
    kafka, status_ends = FakeProducer(), dict[int, int]()
    said(kafka, messages)
    log = StatusLog("sms.status", lambda: FakeConsumer(kafka))
    offsets: Any = Offsets(left, end)
    partitions = [Assigned(tp) for tp in left]
    await Recovery(offsets, log, status_ends).run(partitions, lambda: None)
    return partitions, status_ends


@pytest.mark.parametrize(
    ("lane", "later", "known", "why"),
    [
        (Intent((0,), 0), Intent((0,), 2), 0, "the lane has an older batch open"),
        (Intent((0,), 2), Intent((0,), 0), 0, "or the retries have"),
        (Intent((0,), 1), None, 1, "only one of them left something"),
        (None, Intent((0,), 1), 1, "or the other"),
        (Intent((0,), 1), Intent((0,), 1), 1, "from one place"),
        (None, None, 3, "nothing was open: nothing of what is said matters"),
    ],
)
async def test_statuses_are_read_from_the_earliest_place_that_an_intent_has(
    lane: Intent | None, later: Intent | None, known: int, why: str
) -> None:
    """They are read once for all partitions of a number, from the place `known` to the end."""
    messages = [message() for _ in range(3)]
    found, ends = await recovered({LANE: lane, LATER: later}, messages)
    thens = [Then.DOUBT] * known + [Then.DONE] * (3 - known)
    for one in found:
        assert [one.past.judge(each, intended=True) for each in messages] == thens, why
        assert (one.recovered, one.past_end) == (True, 3), "what is said later is read from there"
    assert ends == {NUMBER: 3}, "for the intents of ours"


@pytest.mark.parametrize(
    ("end", "left_open", "intended", "why"),
    [
        (8, {2, 7}, [True, False, True], "both are there"),
        (7, {2}, [True, False, False], "what comes at 7 is another record, and was never opened"),
        (0, set(), [False] * 3, "all that was there is lost"),
    ],
)
async def test_what_an_intent_names_beyond_the_end_is_none_of_ours(
    end: int, left_open: set[int], intended: list[bool], why: str
) -> None:
    """A Kafka that lost its last records, or a topic that was made anew: a batch that comes at
    such a place is not in doubt, and reading does not go on for one that never comes."""
    (one,), _ = await recovered({LANE: Intent((2, 7), 0)}, [], end)
    assert one.left_open == left_open, why
    one.read(6)
    assert one.reached is (max(left_open, default=0) <= 6)
    for offset in (2, 6, 7):
        one.begin(Batch.of(offset, [message()]))
    for batch in list(one.openable(0)):
        one.opening(batch, 0)
    assert [one.open[at].intended for at in (2, 6, 7)] == intended, why


@pytest.mark.parametrize(
    ("finished", "left", "why"),
    [
        ([], Intent((1, 3), 5), "as it was found"),
        ([1, 3], Intent((), 5), "2 may be finished: only its status tells who reads it again"),
        ([1, 3, 0], Intent((), 5), "it still is above the position"),
        ([0, 1, 2, 3], Intent((), 5), "4 was there, and no intent names what is finished"),
        ([0, 1, 2, 3, 4], None, "nothing that the other had is above the position"),
    ],
)
def test_the_place_of_before_is_kept_while_something_of_before_may_be_read_again(
    finished: list[int], left: Intent | None, why: str
) -> None:
    """Of six records five were there when it was assigned."""
    one = Assigned(LANE)
    one.inherit(Intent((1, 3), 5), Past(), 9, 5)
    for offset in range(6):
        one.read(offset)
        one.begin(Batch.of(offset, [message()]))
    for offset in finished:
        one.finish(offset)
    _, metadata = one.to_commit() or (0, "")
    assert read_intent(metadata) == left, why


@pytest.mark.parametrize("told", [0, 1, 2])
async def test_a_batch_that_an_intent_names_is_opened_when_the_statuses_are_read_on(
    told: int,
) -> None:
    """A gateway that was only asleep says `told` of two when it wakes up, after recovery; it is
    read from where recovery came to, each time."""
    messages = [message(text=f"{number}", in_doubt="resend") for number in range(2)]
    started = Started(2, window=5)
    for number, one in enumerate(messages):
        said(started.bench.kafka, messages[number : min(number + 1, told)])
        started.open(one)
        await started.looked_up()
        assert started.assigned.past_end == min(number + 1, told)
    assert texts(started.bench.link) == [one.text for one in messages[told:]]
    while started.bench.link.out:
        started.bench.answer(Accepted("1"))
    started.bench.kafka.acknowledge()
    assert started.assigned.to_commit() == (2, ""), "both are finished"
