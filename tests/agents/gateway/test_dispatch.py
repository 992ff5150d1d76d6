"""Dispatch against a window that the test answers: order, retries, and who is told when."""

import asyncio
import json
from typing import cast

import pytest

from agents.gateway.dispatch import UNWRITTEN, Dispatch, Item
from agents.gateway.receipts import Receipts
from agents.metrics import Metrics
from agents.smpp.client import Link
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Unsent
from agents.statuses import Statuses
from schemas.lane import Lane
from schemas.message import Message
from schemas.origin import Origin
from streams.sending.submission import Submission
from streams.text.segment import encode, payloads
from tests.agents.fakes import FakeLink, FakeProducer

NOW = 1_795_428_000.0


class Bench:
    """One dispatch, its link and its Kafka, and a clock that the test moves."""

    def __init__(self, window: int = 1) -> None:
        self.now = NOW
        self.link, self.kafka = FakeLink(window), FakeProducer()
        self.finished: list[str] = []
        metrics = Metrics()
        statuses = Statuses(self.kafka, metrics, "sms.status", lambda: self.now)
        receipts = Receipts("smsc", statuses, metrics, lambda _: None)
        self.dispatch = Dispatch(
            "smsc", statuses, receipts, metrics, lambda: self.now, lambda: self.now
        )
        self.dispatch.link = cast(Link, self.link)

    def offer(self, name: str, lane: Lane = Lane.NORMAL, text: str = "", **more: object) -> Item:
        """One message; its name is its text, and is told when it is finished."""
        text = text or name
        message = Message.model_validate(
            {
                "id": "6f1c9a52-6a7e-5f0b-9c57-2d8f6c1e4b3a", "lane": lane, "template": "t",
                "version": "v", "phone": "+33612345678", "locale": "en", "sender": "Chappe",
                "text": text, "encoding": "gsm7", "segments": 1, "reference": 7,
                "event_time": int(NOW * 1000), "decided_at": int(NOW * 1000),
                "deadline": int(NOW * 1000) + 600_000, "in_doubt": "hold",
                "origin": Origin(topic="t", partition=0, offset=0, event_id="e",
                                 event_source="/s", event_type="x"),
                **more,
            }
        )  # fmt: skip
        submission = Submission(message, payloads(encode(text), 7))
        item = Item(submission, 3, lambda: self.finished.append(name))
        self.dispatch.offer(item)
        self.dispatch.pump()
        return item

    def answer(self, answer: Answer) -> str:
        """Answer the oldest submit; its text."""
        submit, token = self.link.out.pop(0)
        self.dispatch.on_answer(token, answer)
        self.dispatch.pump()
        return submit.short_message.decode("latin-1")

    def states(self) -> list[str]:
        """Of the statuses written so far."""
        return [json.loads(value or b"")["state"] for _, value, _ in self.kafka.records]


async def test_submitting_waits_for_kafka_when_too_many_outcomes_are_not_written() -> None:
    bench = Bench()
    for number in range(UNWRITTEN + 2):
        bench.offer(str(number))
    for number in range(UNWRITTEN):
        bench.answer(Accepted(str(number)))
    assert not bench.link.out
    bench.kafka.acknowledge()
    assert bench.answer(Accepted("x")) == str(UNWRITTEN)


async def test_urgent_waits_for_one_slot_at_most() -> None:
    bench = Bench()
    for number in range(3):
        bench.offer(f"bulk {number}", Lane.BULK)
    bench.offer("normal")
    bench.offer("code", Lane.URGENT)
    order = [bench.answer(Accepted(str(number))) for number in range(5)]
    assert order == ["bulk 0", "code", "normal", "bulk 1", "bulk 2"]


async def test_urgent_goes_between_the_segments_of_a_long_one() -> None:
    bench = Bench()
    bench.offer("long", Lane.BULK, text="a" * 400)
    bench.offer("code", Lane.URGENT)
    sizes = [len(bench.answer(Accepted(str(number)))) for number in range(4)]
    assert sizes == [159, 4, 159, 100], "and the long one keeps its place"


async def test_finished_only_when_its_status_is_in_kafka() -> None:
    bench = Bench()
    bench.offer("a")
    bench.answer(Accepted("1"))
    assert (bench.states(), bench.finished) == (["submitted"], [])
    bench.kafka.acknowledge()
    assert bench.finished == ["a"]
    assert not bench.dispatch.live[Lane.NORMAL]


@pytest.mark.parametrize(
    ("answer", "states", "resubmitted", "why"),
    [
        (Rejected(0x0B), ["failed"], False, "an address that is wrong stays wrong"),
        (Rejected(0x0A), ["failed"], False, "the sender: failed, and an alert"),
        (Rejected(0x58), [], False, "throttled: the pace decides when, it is no step of its life"),
        (Rejected(0x14), ["retrying"], False, "a full queue: in a minute"),
        (Doubt("no answer"), ["in_doubt"], False, "held: an operator or a receipt decides"),
        (Unsent("not bound"), [], True, "as if it had never been submitted"),
    ],
)
async def test_what_an_answer_leads_to(
    answer: Answer, states: list[str], resubmitted: bool, why: str
) -> None:
    bench = Bench()
    bench.offer("a")
    bench.answer(answer)
    assert bench.states() == states, why
    assert bool(bench.link.out) == resubmitted


async def test_doubt_under_resend_goes_again() -> None:
    bench = Bench()
    bench.offer("a", Lane.URGENT, in_doubt="resend")
    bench.answer(Doubt("the link was lost"))
    assert bench.states() == ["retrying"]
    assert bench.answer(Accepted("1")) == "a"


async def test_what_is_late_is_refused_and_not_sent() -> None:
    bench = Bench()
    bench.offer("first")
    bench.offer("late", deadline=int(NOW * 1000) + 1000)
    bench.now += 2.0
    bench.answer(Accepted("1"))
    assert bench.states() == ["submitted", "refused"]
    assert not bench.link.out


async def test_a_sender_that_no_pdu_can_carry_refuses_that_message_only() -> None:
    bench = Bench()

    def refuse(submit: object, token: object) -> None:
        raise ValueError("source_addr: 20 characters at most")

    real, bench.link.submit = bench.link.submit, refuse  # type: ignore[method-assign]
    bench.offer("a")
    bench.link.submit = real  # type: ignore[method-assign]
    bench.offer("b")
    assert bench.states() == ["refused"]
    assert bench.answer(Accepted("1")) == "b"


async def test_a_throttled_bind_slows_down() -> None:
    bench = Bench(window=2)
    for number in range(4):
        bench.offer(str(number))
    bench.answer(Rejected(0x58))
    assert len(bench.link.out) == 1, "the free slot waits for the pace"
    bench.now += 1.0
    async with asyncio.timeout(5):
        while len(bench.link.out) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_dropped_items_are_not_sent() -> None:
    bench = Bench()
    bench.offer("out")
    gone = bench.offer("gone")
    bench.offer("stays")
    bench.dispatch.drop([gone])
    bench.answer(Accepted("1"))
    assert bench.answer(Accepted("2")) == "stays"


@pytest.mark.parametrize(
    ("in_doubt", "states", "why"),
    [
        ("hold", ["in_doubt"], "another gateway must not send it: the SMSC may have it"),
        ("resend", [], "it is given back, and sent again"),
    ],
)
async def test_what_is_out_when_its_partition_goes_is_in_doubt(
    in_doubt: str, states: list[str], why: str
) -> None:
    bench = Bench()
    item = bench.offer("a", in_doubt=in_doubt)
    bench.dispatch.drop([item])
    assert bench.states() == states, why
    bench.answer(Accepted("1"))
    assert bench.states() == states, "a late answer changes nothing"
    bench.kafka.acknowledge()
    assert bench.finished == (["a"] if states else [])
