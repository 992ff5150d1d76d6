"""Late answers: what they settle, and what was decided before they came."""

import asyncio

import pytest

from agents.beside import Beside
from agents.gateway.answers import Token
from agents.gateway.carrier import Bind, Carrier
from agents.gateway.late import LateAnswers
from agents.gateway.status_log import StatusLog
from agents.smpp.config import BindConfig, SmscConfig
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Unsent
from schemas.status import State, Status
from streams.composing import status_of
from streams.sending.doubts import InDoubt, dropped, resent
from streams.sending.submission import RESENDS
from tests.agents.fakes import FakeConsumer, FakeLink
from tests.agents.gateway.test_dispatch import NOW, TOPICS, Bench

NO, YES = Rejected(0x08), Accepted("id")
NOW_MS = int(NOW * 1000)


class Late:
    """A bench whose late answers are heard."""

    def __init__(self, window: int = 5) -> None:
        self.bench = Bench(window=window)
        self.consumer = FakeConsumer(self.bench.kafka)
        self.answers = LateAnswers(
            self.bench.dispatch, StatusLog(TOPICS.status.name, lambda: self.consumer),
            self.bench.metrics, lambda: self.bench.now, lambda: self.bench.now,
            Beside(list[BaseException]().append),
        )  # fmt: skip

    def doubt(self, name: str) -> Token:
        """A message in doubt, as Kafka knows."""
        self.bench.offer(name)
        token: Token = self.bench.link.out[0][1]
        self.bench.answer(Doubt("no answer within 10 s"))
        for _ in range(2):  # what an operator is to have, then the status
            self.bench.kafka.acknowledge()
        return token

    async def hear(self, *heard: tuple[Token, Answer]) -> None:
        """At once; until what they settle is in Kafka."""
        for token, answer in heard:
            self.answers.hear(token, answer)
        if self.answers._settling is not None:
            await self.answers._settling
        for _ in range(3):  # what an operator is to have, the copy, the status that says so
            self.bench.kafka.acknowledge()

    def counted(self) -> list[int]:
        """Late answers: settled, unused."""
        value = self.bench.metrics.registry.get_sample_value
        labels = ({"smsc": "a", "outcome": outcome} for outcome in ("settled", "unused"))
        return [int(value("chappe_late_answers_total", each) or 0) for each in labels]


@pytest.mark.parametrize(
    ("answer", "states", "why"),
    [
        (YES, ["in_doubt", "submitted"], "the doubt is settled"),
        (NO, ["in_doubt", "retrying"], "not taken: it can be sent after all"),
    ],
)
async def test_a_late_answer_settles_a_doubt(answer: Answer, states: list[str], why: str) -> None:
    late = Late()
    token = late.doubt("a")
    assert late.bench.finished == ["a"]
    await late.hear((token, answer))
    assert late.bench.states() == states, why
    assert len(late.bench.records("chappe.retries")) == (states[-1] == "retrying")
    assert late.bench.finished == ["a"], "its batch was done, and is not told again"
    await late.hear((token, answer))
    assert late.bench.states() == states, "once"
    assert late.counted() == [1, 1]


async def test_each_segment_in_doubt_has_its_late_answer() -> None:
    late = Late()
    late.bench.offer("long", text="a" * 300)
    tokens = [token for _, token in late.bench.link.out]
    for _ in tokens:
        late.bench.answer(Doubt("no answer within 10 s", awaited=True))
    late.bench.kafka.acknowledge()
    late.bench.kafka.acknowledge()
    await late.hear(*((token, YES) for token in tokens))
    assert late.bench.states() == ["in_doubt", "submitted"]
    assert late.counted() == [2, 0]


@pytest.mark.parametrize("answer", [YES, NO])
@pytest.mark.parametrize(
    "decision", ["resend", "drop", State.DELIVERED, State.UNDELIVERED, State.SUBMITTED]
)
async def test_what_was_decided_meanwhile_stands(decision: str | State, answer: Answer) -> None:
    """An operator sent it again or gave it up; or a receipt settled it."""
    late = Late()
    token = late.doubt("a")
    message = token.item.submission.message
    status = Status.model_validate(late.bench.records("sms.status")[-1])
    if isinstance(decision, State):
        decided = status_of(message, decision, NOW_MS)
    elif decision == "resend":
        _, decided = resent(InDoubt(message, 3, status), NOW_MS)
    else:
        decided = dropped(InDoubt(message, 3, status), NOW_MS)
    late.bench.kafka.produce(
        "sms.status", decided.to_bytes(), key=message.phone.encode(), partition=3
    )
    late.bench.kafka.acknowledge()
    await late.hear((token, answer))
    assert late.bench.states() == ["in_doubt", decided.state]
    assert late.bench.records("chappe.retries") == []
    assert late.counted() == [0, 1]


async def test_a_window_full_of_late_answers_is_one_question() -> None:
    late = Late()
    tokens = [late.doubt(str(number)) for number in range(5)]
    await late.hear(*((token, YES) for token in tokens))
    assert late.bench.states() == ["in_doubt"] * 5 + ["submitted"] * 5
    assert late.consumer.reads == 1


@pytest.mark.parametrize(("answer", "state"), [(YES, "submitted"), (NO, "retrying")])
async def test_a_doubt_that_is_not_in_kafka_yet_is_settled(answer: Answer, state: str) -> None:
    """Behind it: the last word is the one that ends it."""
    late = Late()
    late.bench.offer("a")
    token = late.bench.link.out[0][1]
    late.bench.answer(Doubt("no answer within 10 s"))
    await late.hear((token, answer))
    assert late.bench.states() == ["in_doubt", state]
    assert late.bench.finished == ["a"]


async def test_a_late_yes_while_another_segment_is_out_leaves_the_end_to_it() -> None:
    late = Late()
    item = late.bench.offer("long", text="a" * 300)
    first, second = (token for _, token in late.bench.link.out)
    item.submission.silent(0, "no answer within 10 s")
    await late.hear((first, Accepted("id 1")))
    assert late.bench.states() == []
    late.bench.dispatch.on_answer(second, Accepted("id 2"))
    assert late.bench.states() == ["submitted"]
    late.bench.kafka.acknowledge()
    assert late.bench.finished == ["long"]


SILENCE = Doubt("no answer within 10 s", awaited=True)


class Slow(Late):
    """A message under `resend`, of which the first copy was not answered in time."""

    def __init__(self, within_s: int = 600, text: str = "a") -> None:
        super().__init__(window=1)
        deadline = NOW_MS + within_s * 1000
        self.item = self.bench.offer("a", text=text, in_doubt="resend", deadline=deadline)
        self.first: Token = self.bench.link.out[0][1]
        self.bench.answer(SILENCE)

    def wait(self) -> None:
        """Until it is sent again."""
        assert self.item.due is not None
        self.item.due.cancel()
        self.bench.dispatch._due(self.item)


async def test_what_is_sent_again_waits_for_a_late_yes_first() -> None:
    slow = Slow()
    assert not slow.bench.link.out
    assert slow.item.due is not None
    assert 9 < slow.item.due.when() - asyncio.get_running_loop().time() <= 10
    await slow.hear((slow.first, YES))
    assert slow.bench.states() == ["retrying", "submitted"]
    assert slow.bench.finished == ["a"]
    assert slow.item.due is None
    slow.bench.dispatch.pump()
    assert not slow.bench.link.out, "one copy"
    assert slow.counted() == [1, 0]


async def test_where_the_link_is_lost_no_answer_is_waited_for() -> None:
    late = Late()
    late.bench.offer("a", in_doubt="resend")
    late.bench.answer(Doubt("the link was lost"))
    assert len(late.bench.link.out) == 1


@pytest.mark.parametrize("second", [YES, NO, SILENCE, Unsent("not bound")])
async def test_a_late_yes_ends_what_is_out_again(second: Answer) -> None:
    slow = Slow()
    slow.wait()
    (token,) = (token for _, token in slow.bench.link.out)
    await slow.hear((slow.first, Accepted("first")))
    slow.bench.answer(second)
    assert slow.bench.states() == ["retrying", "submitted"]
    assert slow.bench.finished == ["a"]
    assert not slow.bench.link.out
    (expected,) = slow.bench.records("chappe.receipts")
    assert expected["smsc_id"] == "first"
    if second is SILENCE:
        await slow.hear((token, YES))
        assert slow.bench.states() == ["retrying", "submitted"]


@pytest.mark.parametrize(
    ("status", "states", "retries", "waits", "why"),
    [
        (0x08, ["retrying"] * 2, [{"8": 1}], False, "in half a minute, from chappe.retries"),
        (0x58, ["retrying"], [], True, "throttled: in a fifth of a second"),
        (0x0B, ["retrying", "failed"], [], False, "never"),
    ],
)
async def test_a_late_no_counts_as_a_no(
    status: int, states: list[str], retries: list[dict[str, int]], waits: bool, why: str
) -> None:
    slow = Slow()
    await slow.hear((slow.first, Rejected(status)))
    assert slow.bench.states() == states, why
    assert [one["tried"] for (one,) in slow.bench.records("chappe.retries")] == retries
    assert (slow.item.due is not None) == waits
    assert not slow.bench.link.out


async def test_a_late_no_to_what_is_held_is_judged_too() -> None:
    """Else what is refused for ever would be sent for ever."""
    for status, last, due in ((0x0B, "failed", []), (0x14, "retrying", [60_000])):
        late = Late()
        token = late.doubt("a")
        await late.hear((token, Rejected(status)))
        assert late.bench.states() == ["in_doubt", last]
        assert [one["due"] - NOW_MS for (one,) in late.bench.records("chappe.retries")] == due


async def test_a_late_no_whose_retry_would_come_too_late() -> None:
    late = Late()
    late.bench.offer("a", deadline=NOW_MS + 30_000)
    token = late.bench.link.out[0][1]
    late.bench.answer(SILENCE)
    await late.hear((token, Rejected(0x14)))
    assert late.bench.states() == ["in_doubt", "failed"]


async def test_an_smsc_that_never_answers_has_four_copies() -> None:
    slow = Slow()
    for _ in range(RESENDS):
        slow.wait()
        slow.bench.answer(SILENCE)
    slow.bench.kafka.acknowledge()
    assert slow.bench.states() == ["retrying"] * RESENDS + ["in_doubt"]
    assert not slow.bench.link.out
    (kept,) = slow.bench.records("chappe.in-doubt")
    assert kept["unanswered"] == RESENDS + 1
    await slow.hear((slow.first, YES))
    assert slow.bench.states()[-1] == "submitted"


async def test_past_its_deadline_what_was_not_answered_is_in_doubt() -> None:
    slow = Slow(within_s=15)
    slow.bench.later(16)
    slow.wait()
    slow.bench.kafka.acknowledge()
    assert slow.bench.states() == ["retrying", "in_doubt"]


def elsewhere(slow: Slow) -> Carrier:
    """It waits at another SMSC now."""
    other = Carrier(SmscConfig("h", 1, BindConfig("me", "secret"), label="b"))
    slow.bench.dispatch.carriers["b"] = other
    if slow.item.due is not None:
        slow.item.due.cancel()
        slow.item.due = None
    other.put(slow.item)
    return other


async def test_another_smsc_is_to_send_it_and_the_first_says_no() -> None:
    """What the first means by it is not the second's business."""
    slow = Slow()
    other = elsewhere(slow)
    await slow.hear((slow.first, Rejected(0x0B)))
    assert slow.bench.states() == ["retrying"]
    assert list(other.waiting()) == [slow.item]
    assert not slow.item.submission.unsure


async def test_another_smsc_is_to_send_it_and_the_first_has_a_part() -> None:
    """Whoever has a part of it gets the rest."""
    slow = Slow(text="a" * 300)
    other = elsewhere(slow)
    await slow.hear((slow.first, Accepted("1")))
    assert not list(other.waiting())
    ((submit, _),) = slow.bench.link.out
    assert submit.short_message[:6] == bytes((5, 0, 3, 7, 2, 2)), "the second of two"
    slow.bench.answer(Accepted("2"))
    (*_, status) = slow.bench.records("sms.status")
    assert (status["state"], status["smsc"]) == ("submitted", "a")


@pytest.mark.parametrize("second", [Rejected(0x0B), SILENCE, Rejected(0x58), YES])
async def test_another_smsc_has_begun_it_and_the_first_says_yes(second: Answer) -> None:
    """Whatever that one says then."""
    slow = Slow()
    other = elsewhere(slow)
    link = FakeLink(1)
    other.binds.append(Bind(link))
    slow.bench.dispatch.pump()
    assert len(link.out) == 1
    await slow.hear((slow.first, Accepted("first")))
    slow.bench.answer(second, link)
    slow.bench.kafka.acknowledge()
    assert slow.bench.states() == ["retrying", "submitted"]
    assert slow.bench.records("sms.status")[-1]["smsc"] == "a"
    assert slow.bench.finished == ["a"]
    assert not link.out


async def test_what_has_failed_does_not_fail_twice() -> None:
    """Its second segment was in no answer yet; Kafka does not have its status."""
    late = Late()
    item = late.bench.offer("long", text="a" * 300)
    first, second = (token for _, token in late.bench.link.out)
    item.submission.silent(1, "no answer within 10 s")
    late.bench.dispatch.on_answer(first, Rejected(0x0B))
    await late.hear((second, Rejected(0x0B)))
    assert late.bench.states() == ["failed"]
    assert late.counted() == [0, 1]


async def test_another_smsc_had_a_copy_too_and_the_first_says_yes() -> None:
    """Both were silent, and it is in doubt."""
    slow = Slow()
    other = elsewhere(slow)
    found = other.next(NOW, lambda _: True)
    assert found is None, "it has no bind: its copy is made here"
    slow.item.leave()
    slow.item.submission.unanswered = RESENDS
    slow.item.submission.submitted(0)
    conclusion = slow.item.submission.silent(0, "the link was lost")
    assert conclusion is not None
    slow.bench.dispatch.end(slow.item, conclusion)
    for _ in range(2):
        slow.bench.kafka.acknowledge()
    await slow.hear((slow.first, Accepted("first")))
    assert slow.bench.states() == ["retrying", "in_doubt", "submitted"]
    assert slow.bench.records("sms.status")[-1]["smsc"] == "a"


async def test_another_smsc_sends_it_and_the_first_says_yes() -> None:
    """The first has it: nothing of the second's is waited for where it has not begun."""
    slow = Slow()
    other = elsewhere(slow)
    await slow.hear((slow.first, Accepted("first")))
    (status,) = slow.bench.records("sms.status")[1:]
    assert (status["state"], status["smsc"]) == ("submitted", "a")
    assert not list(other.waiting())


@pytest.mark.parametrize(
    ("answer", "state", "why"),
    [
        (Rejected(0x14), "failed", "its retry, in a minute, would come after its deadline"),
        (Rejected(0x58), "", "a fifth of a second is soon enough"),
    ],
)
async def test_a_retry_that_would_come_too_late_is_not_waited_for(
    answer: Answer, state: str, why: str
) -> None:
    late = Late()
    late.bench.offer("a", deadline=NOW_MS + 30_000)
    late.bench.answer(answer)
    late.bench.kafka.acknowledge()
    assert late.bench.states() == ([state] if state else []), why
    assert late.bench.finished == (["a"] if state else [])
    assert not late.bench.records("chappe.retries")


async def test_time_outs_are_counted_beside_answers() -> None:
    slow = Slow()
    value = slow.bench.metrics.registry.get_sample_value
    labels = {"smsc": "a", "command_status": "no_answer"}
    assert value("chappe_submit_answers_total", labels) == 1


@pytest.mark.parametrize("answer", [YES, NO])
@pytest.mark.parametrize(
    ("ours", "states", "why"),
    [
        (True, ["in_doubt"], "the doubt was said; what settles it is for who has it now"),
        (False, [], "the next gateway says what it makes of it"),
    ],
)
async def test_a_late_answer_for_what_went_to_another_gateway_is_not_used(
    ours: bool, states: list[str], why: str, answer: Answer
) -> None:
    """A copy of a "no", or a word that ends it, would stand beside what the other does."""
    late = Late()
    item = late.bench.offer("a")
    token = late.bench.link.out[0][1]
    late.bench.dispatch.drop([item], ours=ours)
    late.bench.answer(Doubt("no answer within 10 s"))
    await late.hear((token, answer))
    assert late.bench.states() == states, why
    assert late.bench.records("chappe.retries") == []
    assert late.counted() == [0, 1]
