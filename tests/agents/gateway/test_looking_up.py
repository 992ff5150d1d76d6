"""Looking up what was said: from where on `sms.status` is read, of several questions at once."""

from types import SimpleNamespace
from typing import Any

import pytest

from agents.gateway.status_log import SLACK_MS, StatusLog
from agents.smpp.submit import Rejected
from schemas.message import Message
from schemas.status import State, Status
from streams.composing import status_of
from streams.sending.intent import Past
from tests.agents.fakes import FakeConsumer, FakeProducer
from tests.agents.gateway.test_dispatch import NOW, TOPICS, message, texts
from tests.agents.gateway.test_late import Late
from tests.agents.gateway.test_starting import Started

NOW_MS = int(NOW * 1000)
MINUTE_MS = 60_000


class TimedConsumer(FakeConsumer):
    """Knows the time of each record, which is that of its status."""

    async def offsets_for_times(self, times: dict[Any, int]) -> dict[Any, Any]:
        """The first that is not older, as Kafka."""
        return {tp: next((self._place(one) for one in self._kept(tp) if _at(one) >= ms), None)
                for tp, ms in times.items()}  # fmt: skip

    @staticmethod
    def _place(record: Any) -> Any:
        return SimpleNamespace(offset=record.offset)


def _at(record: Any) -> float:
    return Status.from_bytes(record.value).at.timestamp() * 1000


def told(kafka: FakeProducer, one: Message, at_ms: int, state: State = State.SUBMITTED) -> None:
    """Kafka has it. Something is said at the end, since a place that no record is behind is the
    beginning."""
    last = message(phone="+33687654321")
    for status in (status_of(one, state, at_ms), status_of(last, State.SUBMITTED, NOW_MS)):
        kafka.produce("sms.status", status.to_bytes(), key=status.phone.encode(), partition=3)
    kafka.acknowledge()


@pytest.mark.parametrize(
    ("said_at", "known", "why"),
    [
        (0, True, "in the same moment"),
        (-SLACK_MS, True, "the clock of who wrote it is behind"),
        (-SLACK_MS - 1, False, "not read: it can't be about what is asked"),
    ],
)
@pytest.mark.parametrize("of_these", [False, True])
async def test_clocks_of_two_machines_differ(
    of_these: bool, said_at: int, known: bool, why: str
) -> None:
    kafka, one, asked = FakeProducer(), message(), NOW_MS - MINUTE_MS
    told(kafka, one, asked + said_at)
    log = StatusLog("sms.status", lambda: TimedConsumer(kafka))
    past = await (log.past_of(3, asked, [one]) if of_these else log.since(3, asked))
    assert past.decided(one) is known, why


@pytest.mark.parametrize(
    ("asks", "reads", "why"),
    [
        ([0], [1], "the first time"),
        ([-MINUTE_MS, 0], [1, 2], "what is known is not read again"),
        ([0, 0], [1, 2], "nor where the same is asked"),
        ([0, -2 * MINUTE_MS], [1, 0], "who asks from an earlier place is told what is there"),
    ],
)
async def test_what_was_read_for_one_is_kept_for_who_asks_from_no_earlier(
    asks: list[int], reads: list[int], why: str
) -> None:
    """Two statuses, of two minutes ago and of now; `reads`: from which place on, each time."""
    kafka, one, places = FakeProducer(), message(), list[int]()
    told(kafka, one, NOW_MS - 2 * MINUTE_MS)

    class Sought(TimedConsumer):
        """Says where it is sent to."""

        def seek(self, tp: Any, place: int) -> None:
            """Noted."""
            places.append(place)
            super().seek(tp, place)

    log = StatusLog("sms.status", lambda: Sought(kafka))
    past = Past()
    for ask in asks:
        past = await log.since(3, NOW_MS + ask)
    assert places == reads, why
    assert past.decided(one) is (0 in reads), why


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_copies_of_one_batch_are_looked_up_from_the_oldest_decision(
    order: tuple[int, int],
) -> None:
    """What was sent at once after the older decision stands before the newer one."""
    old = message(text="old", again=True, decided_at=NOW_MS - 10 * MINUTE_MS)
    new = message(text="new", again=True, decided_at=NOW_MS - MINUTE_MS)
    started = Started(0, window=5)
    started.consumer = TimedConsumer(started.bench.kafka)
    told(started.bench.kafka, old, old.decided_at + 1_000)
    started.open(*([old, new][at] for at in order))
    await started.looked_up()
    assert texts(started.bench.link) == ["new"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_late_answers_of_one_question_are_looked_up_from_the_first_submit(
    order: tuple[int, int],
) -> None:
    """An operator gave the first up before the second was submitted."""
    late = Late()
    late.consumer = TimedConsumer(late.bench.kafka)
    first = late.doubt("first")
    given_up = first.item.submission.message
    told(late.bench.kafka, given_up, int(late.bench.now * 1000) + 1_000, State.CANCELLED)
    late.bench.later(60.0)
    second = late.doubt("second")
    tokens = [first, second]
    await late.hear(*((tokens[at], Rejected(0x08)) for at in order))
    assert late.counted() == [1, 1]
    ((retried,),) = late.bench.records(TOPICS.retries.name)
    assert retried["id"] == second.item.submission.message.id


@pytest.mark.parametrize(
    ("said", "sent", "why"),
    [
        ([(State.IN_DOUBT, 0), (State.RETRYING, 1)], ["once"], "an operator decided so"),
        ([(State.SUBMITTED, None), (State.IN_DOUBT, 0), (State.RETRYING, 1)], [],
         "another gateway had this copy taken, while who says the rest was cut off"),
        ([(State.IN_DOUBT, 0), (State.RETRYING, 1), (State.SUBMITTED, None)], [], "in their order"),
    ],
)  # fmt: skip
async def test_a_copy_that_was_given_back_is_sent_where_it_has_no_outcome(
    said: list[tuple[State, int | None]], sent: list[str], why: str
) -> None:
    """Marked `again`, it is looked up: what was said of the copy before it does not reopen it."""
    copy = message(text="once", again=True, attempt=1)
    started = Started(0)
    for state, attempt in said:
        status = status_of(copy, state, NOW_MS, attempt=attempt)
        started.bench.kafka.produce("sms.status", status.to_bytes(), partition=3)
    started.bench.kafka.acknowledge()
    started.open(copy)
    await started.looked_up()
    assert texts(started.bench.link) == sent, why
    assert started.assigned.watermark.position == (0 if sent else 1)
