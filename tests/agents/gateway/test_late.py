"""Late answers: what they settle, and what was decided before they came."""

import pytest

from agents.beside import Beside
from agents.gateway.answers import Token
from agents.gateway.late import LateAnswers
from agents.gateway.status_log import StatusLog
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected
from schemas.status import State, Status
from streams.composing import status_of
from streams.sending.doubts import InDoubt, dropped, resent
from tests.agents.fakes import FakeConsumer
from tests.agents.gateway.test_dispatch import NOW, TOPICS, Bench

NO, YES = Rejected(0x08), Accepted("id")
NOW_MS = int(NOW * 1000)


class Late:
    """A bench whose late answers are heard."""

    def __init__(self, window: int = 5) -> None:
        self.bench = Bench(window=window)
        self.consumer = FakeConsumer(self.bench.kafka)
        self.answers = LateAnswers(
            self.bench.dispatch.outcomes, StatusLog(TOPICS.status.name, lambda: self.consumer),
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
    item.submission.unanswered(0, "no answer within 10 s")
    await late.hear((first, Accepted("id 1")))
    assert late.bench.states() == []
    late.bench.dispatch.on_answer(second, Accepted("id 2"))
    assert late.bench.states() == ["submitted"]
    late.bench.kafka.acknowledge()
    assert late.bench.finished == ["long"]


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
