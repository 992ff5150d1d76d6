"""Binds of an SMSC, lost and bound again while messages of several segments are out."""

import asyncio
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.beside import Beside
from agents.gateway.item import Item
from agents.gateway.late import LateAnswers, concerns, said
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Unsent
from schemas.lane import LANES, Lane
from streams.sending.verdict import SENT
from tests.agents.fakes import FakeLink
from tests.agents.gateway.test_dispatch import NOW, Bench, texts


def numbers(link: FakeLink) -> list[int]:
    """Of the segments that are out."""
    return [submit.short_message[5] for submit, _ in link.out]


async def test_a_begun_message_goes_on_also_while_another_bind_has_more_room() -> None:
    bench = Bench(binds=2)
    first, second = bench.links["a"]
    second.bound, second.window = False, 5
    bench.offer("long", text="a" * 400)
    second.bound = True
    for number in (1, 2, 3):
        assert (numbers(first), second.out) == ([number], [])
        bench.answer(Accepted(str(number)), first)
    assert bench.states() == ["submitted"]


async def test_a_more_urgent_one_goes_before_what_another_bind_has_begun() -> None:
    bench = Bench(binds=2)
    first, second = bench.links["a"]
    second.bound = False
    bench.offer("long", Lane.BULK, text="a" * 400)
    bench.offer("code", Lane.URGENT)
    second.bound = True
    bench.answer(Accepted("1"), first)
    assert (texts(first), second.out) == (["code"], [])
    bench.answer(Accepted("2"), first)
    assert numbers(first) == [2]


async def test_what_two_segments_of_a_lost_bind_put_back_waits_once() -> None:
    """Twice in a queue, the second would take the place of another message."""
    bench = Bench(binds=2, window=2)
    first, second = bench.links["a"]
    second.bound = False
    bench.offer("long", text="a" * 200)
    bench.offer("x")
    bench.offer("y")
    first.bound = False
    while first.out:
        bench.answer(Unsent("the link was lost"), first)
    second.bound = True
    bench.dispatch.look()
    while second.out:
        bench.answer(Accepted("id"), second)
    bench.kafka.acknowledge()
    assert sorted(bench.finished) == ["long", "x", "y"]
    assert bench.states() == ["submitted"] * 3


async def test_the_rest_waits_for_what_is_out_on_a_bind_that_goes() -> None:
    """Unbinding takes its time; under `hold` its silence would leave half a message sent."""
    bench = Bench(binds=2)
    first, second = bench.links["a"]
    second.bound = False
    bench.offer("long", text="a" * 200)
    first.bound, second.bound = False, True
    bench.dispatch.look()
    assert second.out == []
    bench.answer(Accepted("1"), first)
    assert numbers(second) == [2]


async def test_what_a_lost_bind_had_begun_goes_on_though_another_is_up() -> None:
    bench = Bench(binds=2, rate_segments_per_s=1.0)
    first, second = bench.links["a"]
    second.bound = False
    bench.offer("long", text="a" * 200)
    bench.answer(Accepted("1"), first)
    assert first.out == [], "the rest waits for the pace"
    first.bound, second.bound = False, True
    bench.later(5.0)
    bench.dispatch.look()
    assert numbers(second) == [2]


async def test_a_throttled_rest_ends_with_its_deadline() -> None:
    bench = Bench(window=2)
    bench.offer("long", text="a" * 400, deadline=int(NOW * 1000) + 10_000)
    bench.answer(Accepted("1"))
    bench.answer(Rejected(0x58))
    assert numbers(bench.link) == [3]
    bench.later(11.0)
    bench.answer(Accepted("3"))
    (status,) = bench.records("sms.status")
    assert (status["state"], status["reason"]) == ("failed", "too_late")
    assert [one["state"] for one in status["segments"]] == ["submitted", "queued", "submitted"]
    assert bench.link.out == []


async def test_past_the_deadline_an_answer_that_is_due_is_awaited() -> None:
    bench = Bench()
    bench.offer("long", text="a" * 400, deadline=int(NOW * 1000) + 10_000)
    bench.offer("next")
    bench.later(11.0)
    bench.dispatch.pump()
    bench.link.window = 2
    bench.dispatch.pump()
    assert (len(bench.link.out), bench.states()) == (2, []), "next goes, and nothing is concluded"
    bench.answer(Accepted("1"))
    (status,) = bench.records("sms.status")
    assert (status["state"], status["reason"]) == ("failed", "too_late")


async def test_a_late_yes_lets_the_rest_go_on() -> None:
    """It left its queue when its first segment was in doubt."""
    bench = Bench(window=2)
    bench.offer("long", text="a" * 400)
    first, second = (token for _, token in bench.link.out)
    del bench.link.out[0]
    bench.dispatch.on_answer(first, Doubt("no answer within 10 s"))
    bench.dispatch.pump()
    assert first.submission.answered_late(0, 0, SENT, "1") is None, "the second has no answer yet"
    bench.link.out.clear()
    bench.dispatch.on_answer(second, Accepted("2"))
    assert numbers(bench.link) == [3]
    bench.answer(Accepted("3"))
    assert bench.states() == ["submitted"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Doubt("no answer"), "under resend it goes again, and now"),
        (Unsent("the window is full"), "as if it had not been submitted"),
    ],
)
async def test_what_is_sent_again_at_once_waits_for_no_timer(answer: Answer, why: str) -> None:
    bench = Bench()
    bench.offer("a", in_doubt="resend")
    _, token = bench.link.out.pop()
    bench.dispatch.on_answer(token, answer)
    assert texts(bench.link) == ["a"], why


class Walk:
    """Steps drawn by chance; `taken` counts what the SMSC took, by text and segment."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        names = chance.choice([("a",), ("a", "b")])
        self.bench = Bench(window=chance.randint(1, 3), binds=2, names=names)
        unused: Any = None
        self.settled = LateAnswers(
            self.bench.dispatch, unused, self.bench.metrics, lambda: self.bench.now,
            lambda: self.bench.now, Beside(list[BaseException]().append),
        )  # fmt: skip
        self.links = [link for links in self.bench.links.values() for link in links]
        self.items: list[Item] = []
        self.taken: Counter[tuple[str, int]] = Counter()
        self.late: list[Any] = []
        self.doubts: set[str] = set()

    def offer(self) -> None:
        name = f"{len(self.items):03}"
        segments = self.chance.randint(1, 3)
        text = name if segments == 1 else name * (45 * segments)
        in_doubt = self.chance.choice(["hold", "resend"])
        lane = self.chance.choice(LANES)
        self.items.append(self.bench.offer(name, lane, text, in_doubt=in_doubt))

    def give(self, link: FakeLink, answer: Answer) -> None:
        _, token = link.out.pop(self.chance.randrange(len(link.out)))
        name = token.item.submission.message.text[:3]
        if isinstance(answer, Accepted):
            self.taken[name, token.index] += 1
        elif isinstance(answer, Doubt):
            self.doubts.add(name)
            self.late.append(token)
        self.bench.dispatch.on_answer(token, answer)
        if self.chance.random() < 0.5:
            self.bench.dispatch.pump()

    def answer(self) -> None:
        answers: tuple[Answer, ...] = (
            Accepted("id"), Accepted("id"), Rejected(0x58), Rejected(0x0B), Rejected(0x04),
            Rejected(0x14), Rejected(0x08), Rejected(0x0D), Doubt("silence"), Unsent("full"),
        )  # fmt: skip
        if busy := [link for link in self.links if link.out]:
            self.give(self.chance.choice(busy), self.chance.choice(answers))

    def lose(self) -> None:
        """At once, or in good order: then what is out is answered later."""
        link = self.chance.choice(self.links)
        link.bound = False
        while link.out and self.chance.random() < 0.8:
            answers: tuple[Answer, ...] = (Doubt("lost"), Unsent("lost"))
            self.give(link, self.chance.choice(answers))

    def bind(self) -> None:
        link = self.chance.choice(self.links)
        if not link.out:
            link.bound = True
            self.bench.dispatch.pump()

    def hear_late(self) -> None:
        if self.late:
            token = self.late.pop(self.chance.randrange(len(self.late)))
            answer = self.chance.choice((Accepted("late"), Rejected(8)))
            if not concerns(token) or token.item.in_hand:
                self.settled.hear(token, answer)
                return
            conclusion = token.submission.settled(token.index, *said(token, answer))
            if conclusion is not None:  # `sms.status` is not asked here
                self.settled.conclude(token, conclusion)

    def due(self) -> None:
        for item in self.items:
            if item.due is not None:
                item.due.cancel()
                self.bench.dispatch._due(item)

    def look(self) -> None:
        self.bench.later(self.chance.choice([0.1, 1.0]))
        self.bench.kafka.acknowledge()
        self.bench.dispatch.look()

    def run_out(self) -> None:
        """All is well from here on."""
        for _ in range(2000):
            if len(self.bench.finished) == len(self.items):
                return
            for link in self.links:
                while link.out:
                    self.give(link, Accepted("id"))
                link.bound = True
            self.due()
            self.look()

    def one_bind(self) -> None:
        """What waits is in one queue; what is out of a message is out on one bind."""
        carriers = self.bench.dispatch.carriers.values()
        queued = Counter(item for carrier in carriers for item in carrier.waiting())
        assert all(count == 1 for count in queued.values())
        assert set(queued) == {item for item in self.items if item.queue is not None}
        binds: dict[Item, set[object]] = {}
        for link in self.links:
            for _, token in link.out:
                if token.index + 1 not in token.submission.taken:  # else a late yes came for it
                    binds.setdefault(token.item, set()).add(token.bind)
        assert all(len(each) == 1 for each in binds.values())


STEPS = {"offer": 5, "answer": 12, "lose": 2, "bind": 4, "hear_late": 2, "due": 2, "look": 3}
"""How often, each beside the others."""


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.integers(0, 120))
def test_nothing_is_lost_between_binds_and_nothing_taken_goes_again(seed: int, length: int) -> None:
    async def walk() -> None:
        chance = Random(seed)
        one = Walk(chance)
        for step in chance.choices(list(STEPS), list(STEPS.values()), k=length):
            getattr(one, step)()
            one.one_bind()
        one.run_out()
        messages = [item.submission.message for item in one.items]
        assert sorted(one.bench.finished) == [each.text[:3] for each in messages]
        again = {each.text[:3] for each in messages if each.in_doubt == "resend"} & one.doubts
        for (name, index), times in one.taken.items():
            assert times == 1 or name in again, (name, index)

    asyncio.run(walk())
