"""Opened batches: what a lost gateway may have submitted, by what the statuses say of it."""

import asyncio
from typing import Any

import pytest
from aiokafka import TopicPartition

from agents.beside import Beside
from agents.gateway.partition import Assigned, Batch
from agents.gateway.starting import Starting
from agents.gateway.status_log import StatusLog
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Unsent
from schemas.message import Message
from schemas.status import Segment, State, Status
from streams.composing import status_of
from streams.sending.doubts import InDoubt, resent
from streams.sending.intent import Intent, Past
from tests.agents.fakes import FakeConsumer
from tests.agents.gateway.test_dispatch import NOW, TOPICS, Bench, message, texts
from tests.streams.test_intent import noted

TP = TopicPartition("chappe.outbound.normal", 3)
NOW_MS = int(NOW * 1000)


class Started:
    """A partition that another gateway had before us, its batches 0 to `left` - 1 open."""

    def __init__(self, left: int, past: Past | None = None, **bench: Any) -> None:
        self.bench, self.may_text = Bench(**bench), True
        self.consumer = FakeConsumer(self.bench.kafka)
        log = StatusLog(TOPICS.status.name, lambda: self.consumer)
        self.beside = Beside(list[BaseException]().append)
        self.starting = Starting(
            self.bench.dispatch, self.bench.dispatch.outcomes, log, self.bench.metrics,
            lambda _: self.may_text, self.beside,
        )  # fmt: skip
        self.assigned = Assigned(TP)
        self.assigned.inherit(Intent(tuple(range(left)), 0), past or Past(), 0, left)
        self.offset = 0

    def open(self, *messages: Message) -> None:
        """A batch of these is read, and opened."""
        batch = Batch.of(self.offset, list(messages))
        self.assigned.watermark.begin(self.offset)
        self.assigned.begin(batch)
        self.assigned.opening(batch, 0)
        self.starting.start(self.assigned, batch)
        self.offset += 1

    async def looked_up(self) -> None:
        """All that was asked of the statuses is known."""
        for task in list(self.beside._tasks):
            await task
        self.bench.dispatch.pump()


def partly_sent(one: Message, smsc: str) -> Status:
    """The first of its segments is with this SMSC, the second was refused and is tried again."""
    segments = [
        Segment(number=1, state=State.SUBMITTED, smsc_id="id 1"),
        Segment(number=2, state=State.RETRYING),
    ]
    return status_of(one, State.RETRYING, NOW_MS, smsc=smsc, segments=segments)


async def test_what_is_sent_again_is_the_rest_of_it_and_by_the_same_smsc() -> None:
    """Its route prefers another one, whose segments might be cut elsewhere."""
    one = message(text="a" * 300, in_doubt="resend")
    started = Started(1, noted([partly_sent(one, "b")]), names=("a", "b"), window=5)
    started.open(one)
    await started.looked_up()
    assert texts(started.bench.link) == []
    (rest,) = texts(started.bench.links["b"][0])
    assert rest.startswith("\x05\0\x03\x07\x02\x02"), "the second of two"


async def test_what_is_held_is_kept_with_what_is_known_of_it() -> None:
    """An operator who has it sent again sends the rest of it only."""
    one = message(text="a" * 300)
    started = Started(1, noted([partly_sent(one, "b")]), names=("a", "b"))
    started.open(one)
    await started.looked_up()
    (kept,) = started.bench.records("chappe.in-doubt")
    started.bench.kafka.acknowledge()
    assert (kept["smsc"], kept["taken"]) == ("b", {"1": "id 1"})
    (said,) = started.bench.records("sms.status")
    assert (said["state"], said["smsc"]) == ("in_doubt", "b")


async def test_a_rest_whose_smsc_cuts_into_more_segments() -> None:
    """No euro in Latin-1: UCS-2, three segments there and one elsewhere."""
    one = message(text="€" + "a" * 149, in_doubt="resend")
    sent = partly_sent(one, "a").model_copy(
        update={"segments": [Segment(number=n, state=State.SUBMITTED) for n in (1, 3)]}
    )
    started = Started(1, noted([sent]), window=5, default_alphabet="latin1")
    started.open(one)
    await started.looked_up()
    ((submit, _),) = started.bench.link.out
    assert submit.short_message[:6] == bytes((5, 0, 3, 7, 3, 2))


async def test_batches_that_are_opened_together_read_the_statuses_once() -> None:
    """And a gateway that was only asleep is heard: it had an answer to write."""
    messages = [message(text=f"{number}", in_doubt="resend") for number in range(10)]
    started = Started(10, window=20)
    told = status_of(messages[3], State.SUBMITTED, NOW_MS)
    started.bench.kafka.produce("sms.status", told.to_bytes(), partition=3)
    started.bench.kafka.acknowledge()
    for one in messages:
        started.open(one)
    await started.looked_up()
    assert texts(started.bench.link) == [*"012456789"]
    assert started.consumer.reads == 1


@pytest.mark.parametrize(
    ("beside", "why"),
    [
        ([], "compose was killed too, and repeats what it had decided"),
        ([message(again=True)], "the batch has something to be looked up for itself"),
    ],
)
async def test_a_copy_does_not_overtake_one_that_is_in_doubt(
    beside: list[Message], why: str
) -> None:
    one = message(text="once")
    started = Started(1, window=20)
    started.open(*beside, one)
    started.open(one.model_copy(update={"again": True}))
    await started.looked_up()
    started.bench.kafka.acknowledge()
    assert "once" not in texts(started.bench.link), why
    said = [each["state"] for each in started.bench.records("sms.status") if each["id"] == one.id]
    assert said == ["in_doubt"], why


async def test_of_copies_that_were_all_open_the_first_is_sent() -> None:
    """None of them waits for another one for ever."""
    one = message(text="twice", in_doubt="resend")
    started = Started(2, window=20)
    started.open(one)
    started.open(one.model_copy(update={"again": True}))
    await started.looked_up()
    assert texts(started.bench.link) == ["twice"]


async def test_what_is_opened_later_is_read_for_again() -> None:
    started = Started(2, window=20)
    first, second = (message(in_doubt="resend") for _ in range(2))
    started.open(first)
    await started.looked_up()
    told = status_of(second, State.SUBMITTED, NOW_MS)
    started.bench.kafka.produce("sms.status", told.to_bytes(), partition=3)
    started.bench.kafka.acknowledge()
    started.open(second)
    await started.looked_up()
    assert len(started.bench.link.out) == 1
    assert started.consumer.reads == 2


async def test_an_id_that_is_no_uuid_is_a_fault_of_who_wrote_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    started = Started(0)
    started.open(message(id="order-7"), message(text="fine"))
    started.bench.dispatch.pump()
    assert texts(started.bench.link) == ["fine"]
    (said,) = started.bench.records("sms.status")
    assert (said["state"], said["reason"]) == ("refused", "unsendable")
    assert caplog.messages == [
        "chappe.outbound.normal[3]@0: not sent to +3361…78, mend who wrote it: "
        "the message's id is no UUID, and compose gives no other"
    ]


async def test_a_later_copy_is_sent_whatever_a_dead_gateway_left_of_the_one_before() -> None:
    """It had left its batch: its status says so, or its copy alone where no status was written."""
    for past in (Past(), None):
        one = message(text="once")
        later = one.model_copy(update={"attempt": 1})
        told = past or noted([status_of(one, State.RETRYING, NOW_MS, attempt=1)])
        started = Started(1, told, window=20)
        started.open(one)
        started.open(later)
        await started.looked_up()
        started.bench.kafka.acknowledge()
        assert texts(started.bench.link) == ["once"]
        assert started.bench.states() == [], "nobody says that it is in doubt"
        assert started.assigned.watermark.position == 1


@pytest.mark.parametrize("beside", [[], [message(again=True, text="beside")]])
async def test_a_later_copy_that_comes_back_before_the_status_of_the_one_before(
    beside: list[Message],
) -> None:
    """Kafka has the copy, and not yet the status that says so; a look-up is under way or not."""
    started = Started(0, window=20)
    one = message(text="once")
    started.open(one)
    started.bench.dispatch.pump()
    started.bench.answer(Rejected(0x14))
    started.bench.kafka.acknowledge()
    ((copy,),) = started.bench.records("chappe.retries")
    started.open(*beside, Message.model_validate(copy))
    await asyncio.sleep(0)
    assert started.bench.states() == ["retrying"], "and Kafka has not got it"
    started.bench.kafka.acknowledge()
    await started.looked_up()
    assert "once" in texts(started.bench.link)
    assert started.assigned.watermark.position == 1, "the first has left its batch"
    again = one.model_copy(update={"attempt": 1, "again": True})
    started.open(again)
    await started.looked_up()
    assert texts(started.bench.link).count("once") == 1, "a copy of the second is none"
    while started.bench.link.out:
        started.bench.answer(Accepted("1"))
    started.bench.kafka.acknowledge()
    assert started.assigned.watermark.position == started.offset
    assert not started.assigned.live
    assert not started.assigned.items


async def test_what_an_operator_sends_again_is_sent_by_who_knows_of_its_doubt() -> None:
    """The decision came after it had read the statuses."""
    one = message(text="once")
    bench = Bench()
    bench.offer("once")
    bench.answer(Doubt("no answer within 10 s"))
    bench.kafka.acknowledge()
    said = Status.model_validate(bench.records("sms.status")[0]).model_copy(update={"id": one.id})
    again, _ = resent(InDoubt(one, 3, said), NOW_MS)
    started = Started(0, noted([said]))
    started.open(one)
    started.open(again)
    await started.looked_up()
    assert texts(started.bench.link) == ["once"]
    (item,) = started.assigned.items.values()
    assert item.submission.message.attempt == 1


@pytest.mark.parametrize("left", [1, 0])
async def test_a_later_copy_is_sent_while_the_one_before_is_only_said_to_be_in_doubt(
    left: int,
) -> None:
    """Who wrote it was cut off, or an operator was quick; the status has not come back yet."""
    one = message(text="once")
    started = Started(left, window=20)
    started.open(one)
    if left:
        await started.looked_up()
    else:
        started.bench.dispatch.pump()
        started.bench.answer(Doubt("the link was lost"))
    started.bench.kafka.acknowledge()
    assert started.bench.states() == ["in_doubt"], "and Kafka has not got it"
    started.open(one.model_copy(update={"attempt": 1}))
    started.bench.dispatch.pump()
    assert texts(started.bench.link) == ["once"]
    started.bench.answer(Accepted("1"))
    started.bench.kafka.acknowledge()
    assert started.assigned.watermark.position == 2


@pytest.mark.parametrize(
    ("answer", "sent", "why"),
    [
        (Accepted("1"), [], "it has its outcome"),
        (Rejected(0x14), ["once"], "it has left its batch: the later one is the message"),
    ],
)
async def test_a_later_copy_waits_behind_the_one_before_that_is_in_hand(
    answer: Answer, sent: list[str], why: str
) -> None:
    """Its status may come later: dropped now, and after a crash there would be neither."""
    one = message(text="once", in_doubt="resend")
    started = Started(1, window=20)
    started.open(one)
    await started.looked_up()
    started.open(one.model_copy(update={"attempt": 1}))
    started.bench.dispatch.pump()
    assert texts(started.bench.link) == ["once"]
    (_, unfinished) = started.assigned._states()
    assert [each.attempt for each in unfinished.unfinished] == [1], "what would be given back"
    started.bench.answer(answer)
    for _ in range(2):
        started.bench.kafka.acknowledge()
    assert texts(started.bench.link) == sent, why
    assert len(started.assigned.batches) == len(sent)


async def test_a_copy_that_stands_before_one_that_was_given_back_sends_the_rest_only() -> None:
    """Compose repeated it; the gateway before us had a part of it taken, and said so."""
    one = message(text="a" * 300)
    before = Bench(window=1)
    item = before.offer("long", text=one.text)
    before.answer(Accepted("id 1"))
    before.link.bound = False
    before.answer(Unsent("the link was lost"))
    before.dispatch.drop([item], ours=True)
    (said,) = before.records("sms.status")
    assert said["state"] == "retrying"
    started = Started(0, window=5)
    told = Status.model_validate(said).model_copy(update={"id": one.id, "phone": one.phone})
    started.bench.kafka.produce("sms.status", told.to_bytes(), partition=3)
    started.bench.kafka.acknowledge()
    started.open(one.model_copy(update={"again": True}))
    await started.looked_up()
    (rest,) = texts(started.bench.link)
    assert rest.startswith("\x05\0\x03\x07\x02\x02"), "the second of two"


@pytest.mark.parametrize(
    ("left", "states", "why"),
    [
        (1, ["in_doubt"], "its gateway may have sent it before it died"),
        (0, ["refused"], "nobody had it open: it never left"),
    ],
)
async def test_what_is_to_be_sent_again_and_too_late(
    left: int, states: list[str], why: str
) -> None:
    started = Started(left)
    started.open(message(in_doubt="resend", deadline=NOW_MS - 1))
    await started.looked_up()
    started.bench.kafka.acknowledge()
    assert started.bench.states() == states, why


@pytest.mark.parametrize(
    ("left", "unanswered", "states", "why"),
    [
        (1, 0, ["in_doubt"], "its gateway may have sent it, in another mode"),
        (0, 1, ["in_doubt"], "so may one before"),
        (0, 0, ["refused"], "nobody has"),
    ],
)
async def test_what_may_not_be_sent_in_test_mode(
    left: int, unanswered: int, states: list[str], why: str
) -> None:
    started = Started(left)
    started.may_text = False
    started.open(message(in_doubt="resend", unanswered=unanswered))
    await started.looked_up()
    started.bench.kafka.acknowledge()
    assert started.bench.states() == states, why
