"""Dispatch against windows that the test answers: order, routes, retries, who is told when."""

import asyncio
import gc
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from agents.gateway.carrier import BREAKER_AFTER, BREAKER_S, Bind, Carrier
from agents.gateway.dispatch import Dispatch
from agents.gateway.item import Item
from agents.gateway.lease import LEASE_S, Lease
from agents.gateway.outcomes import UNWRITTEN, Outcomes
from agents.metrics import Metrics
from agents.smpp.config import BindConfig, SmscConfig
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Submit, Unsent
from agents.statuses import Statuses
from schemas.lane import Lane
from schemas.message import Message
from schemas.origin import Origin
from schemas.request import Request
from schemas.topics import Topics
from streams.sending.route import Routes
from tests.agents.fakes import FakeLink, FakeProducer

NOW = 1_795_428_000.0
TOPICS = Topics()


def message(lane: Lane = Lane.NORMAL, text: str = "text", **more: object) -> Message:
    return Message.model_validate(
        {
            "id": str(uuid.uuid4()), "lane": lane, "template": "t", "version": "v",
            "phone": "+33612345678", "locale": "en", "sender": "Chappe", "text": text,
            "encoding": "gsm7", "segments": 1, "reference": 7,
            "event_time": int(NOW * 1000), "decided_at": int(NOW * 1000),
            "deadline": int(NOW * 1000) + 600_000, "in_doubt": "hold",
            "origin": Origin(topic="t", partition=0, offset=0, event_id="e",
                             event_source="/s", event_type="x"),
            **more,
        }
    )  # fmt: skip


class Bench:
    """One dispatch, its SMSCs (each with binds of one window) and its Kafka, and a clock
    that the test moves."""

    def __init__(
        self, window: int = 1, binds: int = 1, names: tuple[str, ...] = ("a",),
        soon: Callable[[Callable[[], None]], object] = lambda callback: callback(), **smsc: Any,
    ) -> None:  # fmt: skip
        self.now = NOW
        self.kafka, self.metrics, self.lease = FakeProducer(), Metrics(), Lease()
        self.finished: list[str] = []
        statuses = Statuses(self.kafka, self.metrics, "sms.status", lambda: self.now)
        outcomes = Outcomes(self.kafka, statuses, TOPICS, 12, self.metrics, lambda: self.now, soon)
        bind = BindConfig("me", "secret")
        carriers = [Carrier(SmscConfig("h", 1, bind, label=name, **smsc)) for name in names]
        self.links = {
            carrier.name: [FakeLink(window) for _ in range(binds)] for carrier in carriers
        }
        for carrier in carriers:
            carrier.binds += [Bind(link) for link in self.links[carrier.name]]
            carrier.suspends += [link.suspend for link in self.links[carrier.name]]
        self.link = self.links["a"][0]
        self.dispatch = Dispatch(
            carriers, Routes(names), outcomes, self.metrics,
            lambda: self.now, lambda: self.now, self.lease,
        )  # fmt: skip
        outcomes.reaches = self.dispatch.placing.reaches
        self.lease.confirm(NOW)

    def offer(self, name: str, lane: Lane = Lane.NORMAL, text: str = "", **more: object) -> Item:
        """One message; its name is its text, and is told when it is finished."""
        one = message(lane, text or name, **more)
        alphabet = self.dispatch.placing.alphabet(one)
        item = Item.of(one, 3, lambda: self.finished.append(name), alphabet)
        self.dispatch.offer(item)
        self.dispatch.pump()
        return item

    def answer(self, answer: Answer, link: FakeLink | None = None) -> str:
        """Answer the oldest submit; its text."""
        submit, token = (link or self.link).out.pop(0)
        self.dispatch.on_answer(token, answer)
        self.dispatch.pump()
        return submit.short_message.decode("latin-1")

    def later(self, seconds: float) -> None:
        """Time passes, and Kafka confirms the lease."""
        self.now += seconds
        self.lease.confirm(self.now)

    def records(self, topic: str) -> list[Any]:
        """What was written to a topic so far."""
        return [json.loads(value or b"") for to, value, _ in self.kafka.records if to == topic]

    def states(self) -> list[str]:
        """Of the statuses written so far."""
        return [status["state"] for status in self.records("sms.status")]


def texts(link: FakeLink) -> list[str]:
    return [submit.short_message.decode("latin-1") for submit, _ in link.out]


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
        (Rejected(0x14), ["retrying"], False, "a full queue: in a minute, from chappe.retries"),
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
    bench.kafka.acknowledge()
    assert bench.states() == states, why
    assert bool(bench.link.out) == resubmitted


async def test_a_doubt_is_said_when_an_operator_can_decide_about_it() -> None:
    """Said before, by a gateway that is killed, nobody could: its words would be nowhere."""
    bench = Bench()
    bench.offer("a")
    bench.answer(Doubt("no answer"))
    assert len(bench.records("chappe.in-doubt")) == 1
    assert bench.states() == []
    bench.kafka.acknowledge()
    assert (bench.states(), bench.finished) == (["in_doubt"], [])
    bench.kafka.acknowledge()
    assert bench.finished == ["a"]


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
    bench.later(2.0)
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
    bench.later(1.0)
    async with asyncio.timeout(5):
        while len(bench.link.out) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_dropped_items_are_not_sent() -> None:
    bench = Bench()
    bench.offer("out")
    gone = bench.offer("gone")
    bench.offer("stays")
    bench.dispatch.drop([gone], ours=True)
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
    bench.dispatch.drop([item], ours=True)
    bench.answer(Accepted("1"))
    for _ in range(2):  # what an operator is to have, then the status
        bench.kafka.acknowledge()
    assert bench.states() == [*states, "submitted"], f"{why}; and what is sent is said"
    assert bench.finished == (["a"] if states else [])


@pytest.mark.parametrize(
    ("in_doubt", "first", "states", "why"),
    [
        ("hold", Rejected(0x0B), ["failed"], "sent again, its second segment could go twice"),
        ("resend", Rejected(0x0B), ["failed"], "refused for ever, whatever the answer will be"),
        ("hold", Rejected(0x14), ["in_doubt"], "the second may be there"),
        ("resend", Rejected(0x14), [], "it is given back, and both are sent again"),
        ("hold", Doubt("no answer"), ["in_doubt"], "both may be there"),
        ("hold", Accepted("1"), ["in_doubt"], "one is, and one may be"),
    ],
)
async def test_what_is_half_out_when_its_partition_goes_is_not_sent_by_the_next_under_hold(
    in_doubt: str, first: Answer, states: list[str], why: str
) -> None:
    bench = Bench(window=2)
    item = bench.offer("long", text="a" * 200, in_doubt=in_doubt)
    bench.answer(first)
    bench.dispatch.drop([item], ours=True)
    for _ in range(2):
        bench.kafka.acknowledge()
    assert bench.states() == states, why
    assert bench.finished == (["long"] if states else [])
    assert not item.submission.outstanding


async def test_what_is_refused_already_is_not_said_to_be_in_doubt() -> None:
    bench = Bench()

    def refuse(submit: object, token: object) -> None:
        raise ValueError("source_addr: 20 characters at most")

    bench.link.submit = refuse  # type: ignore[method-assign]
    item = bench.offer("a")
    bench.dispatch.drop([item], ours=True)
    assert bench.states() == ["refused"]


async def test_nothing_is_submitted_while_the_lease_does_not_stand() -> None:
    """A gateway that was stopped and wakes up does not know what became of its partitions."""
    bench = Bench()
    bench.offer("a")
    bench.offer("b")
    bench.now += LEASE_S
    bench.answer(Accepted("1"))
    assert not bench.link.out
    bench.later(0)
    bench.dispatch.pump()
    assert texts(bench.link) == ["b"]


async def test_all_segments_of_a_message_go_on_one_bind_and_others_flow_beside() -> None:
    bench = Bench(binds=2)
    bench.offer("long", text="a" * 400)
    bench.offer("b")
    bench.offer("c")
    first, second = bench.links["a"]
    assert [len(each) for each in texts(first)] == [159]
    assert texts(second) == ["b"]
    bench.answer(Accepted("1"), second)
    assert texts(second) == ["c"], "the long one waits for its own bind"
    for number in range(3):
        assert len(bench.answer(Accepted(str(number)), first)) in (159, 100)
    assert bench.states() == ["submitted", "submitted"]


async def test_what_a_lost_bind_had_begun_goes_on_with_another() -> None:
    bench = Bench(binds=2)
    bench.offer("long", text="a" * 400)
    first, second = bench.links["a"]
    bench.answer(Accepted("1"), first)
    submit, token = first.out.pop()
    first.bound = False
    bench.dispatch.on_answer(token, Unsent("the link was lost"))
    bench.dispatch.look()
    assert [submit for submit, _ in second.out] == [submit], "the second segment, the same"


async def test_messages_that_wait_for_an_smsc_that_is_down_go_to_the_next() -> None:
    bench = Bench(names=("a", "b"))
    for name in "123":
        bench.offer(name)
    first, second = bench.links["a"][0], bench.links["b"][0]
    assert (texts(first), texts(second)) == (["1"], [])
    first.bound = False
    bench.dispatch.look()
    assert texts(second) == ["2"]
    first.bound = True
    bench.offer("4")
    bench.dispatch.on_answer(first.out.pop()[1], Doubt("the link was lost"))
    bench.dispatch.pump()
    assert texts(first) == ["4"], "new ones go to the preferred one again"


async def test_a_full_queue_sends_a_message_elsewhere_first_and_then_waits() -> None:
    bench = Bench(names=("a", "b"))
    bench.offer("1")
    bench.answer(Rejected(0x14), bench.links["a"][0])
    assert texts(bench.links["b"][0]) == ["1"]
    assert bench.states() == [], "it was no step in its life"
    bench.answer(Rejected(0x14), bench.links["b"][0])
    assert bench.states() == [], "Kafka has the copy first: alone the status would end it"
    bench.kafka.acknowledge()
    assert bench.states() == ["retrying"]
    ((retry,),) = bench.records("chappe.retries")
    assert (retry["attempt"], retry["tried"], retry["due"] - int(NOW * 1000)) == (
        1, {"20": 2}, 90_000,
    )  # fmt: skip


async def test_a_message_of_which_a_part_was_taken_is_not_sent_elsewhere() -> None:
    bench = Bench(names=("a", "b"))
    bench.offer("long", text="a" * 400)
    bench.answer(Accepted("id 1"))
    bench.answer(Rejected(0x14))
    assert not bench.links["b"][0].out
    ((retry,),) = bench.records("chappe.retries")
    assert (retry["taken"], retry["smsc"]) == ({"1": "id 1"}, "a")
    again = Item.of(Message.model_validate(retry), 3, lambda: None)
    bench.dispatch.offer(again)
    bench.dispatch.pump()
    assert [submit.short_message[:6] for submit, _ in bench.link.out] == [b"\5\0\3\7\3\2"]
    bench.answer(Accepted("id 2"))
    bench.answer(Accepted("id 3"))
    (*_, last) = bench.records("sms.status")
    assert [each["smsc_id"] for each in last["segments"]] == ["id 1", "id 2", "id 3"]


async def test_a_retry_past_its_deadline_ends_as_what_it_is() -> None:
    bench = Bench()
    for taken, state in (({}, "refused"), ({1: "id"}, "failed")):
        late = message(text="a" * 200, deadline=int(NOW * 1000) - 1, taken=taken)
        bench.dispatch.offer(Item.of(late, 3, lambda: None))
        bench.dispatch.pump()
        assert bench.states()[-1] == state
    assert not bench.link.out


async def test_errors_of_the_smsc_in_a_row_give_it_a_rest() -> None:
    bench = Bench(names=("a", "b"))
    for number in range(BREAKER_AFTER):
        bench.offer(str(number))
    while bench.link.out:
        bench.answer(Rejected(0x08))
    bench.offer("next")
    assert "next" in texts(bench.links["b"][0]) or bench.links["b"][0].out
    assert not bench.link.out
    bench.later(BREAKER_S + 1)
    bench.offer("later")
    assert texts(bench.link) == ["later"]


@pytest.mark.parametrize(
    ("status", "left"),
    [
        (0x04, "rebind: a answers 0x00000004"),
        (0x0D, "suspend: a answers 0x0000000D"),
    ],
)
async def test_a_bind_that_is_of_no_use_is_left(status: int, left: str) -> None:
    bench = Bench()
    item = bench.offer("1")
    bench.answer(Rejected(status))
    assert bench.link.left == [left]
    bench.link.bound = True
    assert item.due is not None
    item.due.cancel()
    bench.dispatch._due(item)
    assert texts(bench.link) == ["1"], "not taken, so it is sent when there is a bind again"


@pytest.mark.parametrize("names", [("a",), ("a", "b")])
async def test_a_long_message_that_is_concluded_is_not_sent_from_where_it_was(
    names: tuple[str, ...],
) -> None:
    """Its first segment was refused: a copy waits, or another SMSC has it, and nobody else."""
    bench = Bench(names=names)
    bench.offer("long", text="a" * 400)
    bench.offer("next")
    bench.answer(Rejected(0x14))
    assert texts(bench.link) == ["next"]
    bench.answer(Accepted("1"))
    assert not bench.link.out
    if len(names) > 1:
        assert [len(each) for each in texts(bench.links["b"][0])] == [159]


async def test_what_is_in_doubt_is_kept_for_receipts_and_operators() -> None:
    bench = Bench()
    item = bench.offer("a")
    bench.answer(Doubt("no answer within 10 s"))
    (doubted,) = bench.records("chappe.receipts")
    assert (doubted["kind"], doubted["segments"], doubted["partition"]) == ("doubted", 1, 3)
    assert [one["state"] for one in doubted["status"]["segments"]] == ["in_doubt"]
    (kept,) = bench.records("chappe.in-doubt")
    assert kept["id"] == item.submission.message.id


async def test_each_segment_that_was_taken_is_told_to_receipts() -> None:
    bench = Bench(window=5)
    bench.offer("long", text="a" * 400)
    for number in range(3):
        bench.answer(Accepted(f"ID{number}"))
    found = bench.records("chappe.receipts")
    assert [(one["key"], one["segment"], one["segments"]) for one in found] == [
        ("a/text:id0", 1, 3), ("a/text:id1", 2, 3), ("a/text:id2", 3, 3),
    ]  # fmt: skip
    assert bench.finished == []
    bench.kafka.acknowledge()
    assert bench.finished == ["long"]


async def test_a_carrier_whose_default_alphabet_is_latin_1() -> None:
    bench = Bench(window=5, default_alphabet="latin1")
    bench.offer("a", text="é @ {")
    bench.offer("b", text="€5")
    sent: list[Submit] = [submit for submit, _ in bench.link.out]
    assert [(one.data_coding, one.short_message) for one in sent] == [
        (0, "é @ {".encode("latin-1")),
        (8, "€5".encode("utf-16-be")),
    ]


async def test_what_waited_too_long_is_composes_again_and_is_not_sent() -> None:
    bench = Bench()
    request = Request(
        id="r", lane=Lane.BULK, template="t", phone="+33612345678", given={}, given_back=7,
        event_time=0, attempt=1, origin=message().origin,
    )  # fmt: skip
    fresh: dict[str, Any] = {
        "send_before": int(NOW * 1000) + 1_000,
        "request": request,
        "attempt": 1,
    }
    bench.offer("first", Lane.BULK)
    bench.offer("a", Lane.BULK, **fresh)
    bench.later(2.0)
    bench.answer(Accepted("1"))
    assert not bench.link.out
    ((again,),) = bench.records("chappe.requests.bulk")
    assert (again["id"], again["given_back"], again["attempt"]) == ("r", 7, 2)
    bench.kafka.acknowledge()
    (*_, held) = bench.records("sms.status")
    assert (held["state"], held["attempt"]) == ("held", 2)
    bench.kafka.acknowledge()
    assert bench.finished == ["first", "a"]


async def test_what_was_not_answered_is_not_decided_anew() -> None:
    """Another wording of what the SMSC may have would be a second text."""
    bench = Bench()
    request = Request(
        id="r", lane=Lane.NORMAL, template="t", phone="+33612345678", given={}, given_back=7,
        event_time=0, origin=message().origin,
    )  # fmt: skip
    fresh: dict[str, Any] = {"send_before": int(NOW * 1000) + 1_000, "request": request}
    bench.offer("a", in_doubt="resend", **fresh)
    bench.later(2.0)
    bench.answer(Doubt("the link was lost"))
    assert texts(bench.link) == ["a"]


async def test_no_route_is_a_refusal() -> None:
    bench = Bench()
    bench.dispatch.placing.routes = Routes.parse([{"to": ["a"], "prefix": "+44"}], ["a"])
    bench.offer("a")
    assert [one["reason"] for one in bench.records("sms.status")] == ["no_route"]


async def test_no_route_for_what_may_have_been_sent_is_a_doubt() -> None:
    bench = Bench()
    bench.dispatch.placing.routes = Routes.parse([{"to": ["a"], "prefix": "+44"}], ["a"])
    bench.offer("a", unanswered=1)
    bench.kafka.acknowledge()
    (status,) = bench.records("sms.status")
    assert (status["state"], status["reason"]) == ("in_doubt", "no_answer")


async def test_the_window_is_filled_before_statuses_are_written() -> None:
    put_off: list[Callable[[], None]] = []
    bench = Bench(window=UNWRITTEN, soon=put_off.append)
    for number in range(2 * UNWRITTEN + 1):
        bench.offer(f"{number}")
    for _ in range(UNWRITTEN):
        bench.answer(Accepted("1"))
    assert (bench.states(), len(bench.link.out)) == ([], UNWRITTEN - 1), "they count as unwritten"
    assert len(put_off) == 1
    put_off.pop()()
    assert bench.states() == ["submitted"] * UNWRITTEN
    bench.kafka.acknowledge()
    assert len(bench.link.out) == UNWRITTEN


async def test_who_gives_a_partition_away_writes_first_what_was_taken() -> None:
    put_off: list[Callable[[], None]] = []
    bench = Bench(soon=put_off.append)
    item = bench.offer("a")
    bench.answer(Accepted("1"))
    bench.dispatch.drop([item], ours=True)
    assert bench.states() == ["submitted"]
    put_off.pop()()
    assert bench.states() == ["submitted"], "once"


async def test_what_is_finished_waits_for_no_garbage_collector() -> None:
    """A cycle for each message makes a pause now and then, in which nothing is submitted."""
    bench = Bench(window=100)
    gc.collect()
    gc.disable()
    try:
        for number in range(50):
            bench.offer(f"{number}")
        while bench.link.out:
            bench.answer(Accepted("1"))
        bench.kafka.acknowledge()
        assert len(bench.finished) == 50
        assert gc.collect() == 0
    finally:
        gc.enable()
