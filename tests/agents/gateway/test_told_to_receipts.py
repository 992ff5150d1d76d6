"""What a gateway tells `chappe receipts`, and what receipts can make of it."""

from typing import Any

import pytest

from agents.gateway.item import Item, untold
from agents.gateway.to_receipts import left_of
from agents.smpp.submit import Accepted, Answer, Doubt
from schemas.message import Message
from schemas.status import State
from schemas.tracking import TRACKING, Doubted, Expected, Told, doubt_key, id_key
from streams.composing import status_of
from streams.sending.doubt import doubt
from streams.sending.doubt import expire as expire_doubt
from streams.sending.doubt import waiting as waits
from streams.sending.gathering import Speaks
from streams.sending.submit import message_reference
from streams.sending.tracking import KEPT_MS, Seen, expire, tell, waiting
from streams.sending.verdict import SENT
from tests.agents.gateway.test_dispatch import NOW, Bench, message
from tests.agents.gateway.test_starting import NOW_MS, Started, partly_sent
from tests.streams.test_intent import noted
from tests.streams.tracks import Joins

AT_MS = int(NOW * 1000) + 2000


def facts(bench: Bench) -> list[Any]:
    """What was written to chappe.receipts so far."""
    return [TRACKING.validate_python(one) for one in bench.records("chappe.receipts")]


def told(bench: Bench) -> list[tuple[str, str, list[int], int, bool]]:
    """Kind, key, which segments of how many, and whether they were taken without an id."""
    return [
        (one.kind, one.key, [one.segment], one.segments, False) if isinstance(one, Expected)
        else (one.kind, one.key, one.numbers, one.of, one.taken)
        for one in facts(bench)
    ]  # fmt: skip


def doubt_of(one: Message, smsc: str = "a") -> str:
    return doubt_key(smsc, one.phone, message_reference(one.id))


def late(of: Message, smsc: str, smsc_id: str, state: str = "delivrd") -> list[Told]:
    """A receipt that has waited in vain for its submit, and is sent on to its doubt."""
    receipt = Told(
        key=id_key(smsc, f"text:{smsc_id}"), smsc=smsc, smsc_id=smsc_id, state=state, final=True,
        phone=of.phone[1:], reference=message_reference(of.id), at=AT_MS,
    )  # fmt: skip
    forwarded = expire(tell(None, receipt, 0, AT_MS).keep, AT_MS).forward  # type: ignore[arg-type]
    assert forwarded is not None
    return [receipt, forwarded]


@pytest.mark.parametrize(
    ("names", "heard", "states", "why"),
    [
        (("a",), [("a", "delivrd")], ["delivered"], "the only SMSC there is"),
        (("a", "b"), [("a", "delivrd")], ["delivered"], "the preferred one took it"),
        (("a", "b"), [("b", "delivrd")], ["delivered"], "that one was down, and the next took it"),
        (("a", "b"), [("b", "undeliv")], ["undelivered"], "a bad end"),
        (("a", "b"), [("a", "delivrd"), ("b", "delivrd")], ["delivered"], "at both: said once"),
        (("a", "b"), [("b", "delivrd"), ("a", "undeliv")], ["delivered"], "and delivered stays"),
        (("a", "b"), [("a", "undeliv"), ("b", "delivrd")], ["undelivered", "delivered"],
         "bettered, as within one SMSC"),
        (("a", "b"), [("c", "delivrd")], [], "no SMSC of its route"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("doubt_first", [True, False])
async def test_a_receipt_settles_what_a_killed_gateway_left(
    names: tuple[str, ...], heard: list[tuple[str, str]], states: list[str], why: str,
    doubt_first: bool,
) -> None:  # fmt: skip
    one = message()
    started = Started(1, names=names)
    started.open(one)
    await started.looked_up()
    doubts = facts(started.bench)
    assert [doubted.smsc for doubted in doubts] == list(names), why
    receipts = [each for smsc, state in heard for each in late(one, smsc, f"x{smsc}", state)]
    both = [*doubts, *receipts] if doubt_first else [*receipts, *doubts]
    ended = Joins(both).run().statuses
    if doubt_first:
        assert [status.state for status in ended] == states, why
    assert [status.state for status in ended][-1:] == states[-1:], why
    assert {status.id for status in ended} <= {one.id}


async def test_what_a_killed_gateway_left_is_doubted_where_the_rest_of_it_can_be() -> None:
    """One SMSC has its first segment, whose receipt may come: nobody else was given the second."""
    one = message(text="a" * 300)
    started = Started(1, noted([partly_sent(one, "b")]), names=("a", "b"))
    started.open(one)
    await started.looked_up()
    assert told(started.bench) == [
        ("expected", "b/text:id 1", [1], 2, False), ("doubted", doubt_of(one, "b"), [2], 2, False),
    ]  # fmt: skip


async def test_the_doubt_is_said_when_receipts_and_operators_can_settle_it() -> None:
    """Else a gateway that is killed between the two leaves a doubt that no receipt finds."""
    started = Started(1, names=("a", "b"))
    started.open(message())
    await started.looked_up()
    assert [topic for topic, _, _ in started.bench.kafka.records] == [
        "chappe.in-doubt", "chappe.receipts", "chappe.receipts",
    ]  # fmt: skip
    started.bench.kafka.acknowledge()
    assert started.bench.states() == ["in_doubt"]


def test_an_alphabet_of_its_own_means_segments_of_its_own() -> None:
    """No euro in Latin-1: UCS-2 there."""
    bench = Bench(default_alphabet="latin1")
    one = message(text="€" + "a" * 149)
    status = status_of(one, State.IN_DOUBT, NOW_MS)
    reached = bench.dispatch.placing.reaches(one)
    (doubted,) = left_of(one, reached, 3, status, NOW_MS)
    assert isinstance(doubted, Doubted)
    assert doubted.numbers == [1, 2, 3]


E, D, T = "expected", "doubted", "taken"
ONE, TWO, THREE = "text", "a" * 300, "a" * 400


@pytest.mark.parametrize(
    ("receipts", "text", "answers", "wanted", "why"),
    [
        ("every", ONE, ["x"], [(E, [1])], "an id"),
        ("every", ONE, [""], [(T, [1])], "taken without an id: by our reference"),
        ("every", ONE, [None], [(D, [1])], "no answer"),
        ("every", TWO, ["x", "y"], [(E, [1]), (E, [2])], "one receipt for each"),
        ("every", TWO, ["", ""], [(T, [1, 2])], "no ids: one record, since the reference is one"),
        ("every", THREE, ["x", "", "z"], [(E, [1]), (E, [3]), (T, [2])], "some with, some without"),
        ("every", TWO, ["x", None], [(E, [1]), (D, [2])],
         "the first has an id: its receipt is not the second's"),
        ("every", TWO, ["", None], [(D, [1, 2])], "no id, no answer: both by the reference"),
        ("first", THREE, ["x", "y", "z"], [(E, [1])], "no receipt will come for the others"),
        ("last", THREE, ["x", "y", "z"], [(E, [3])], "no receipt will come for the others"),
        ("last", THREE, ["", "", ""], [(T, [3])], "nor without ids"),
        ("last", ONE, ["x"], [(E, [1])], "the only one is the last"),
        ("first", TWO, [None, None], [(D, [1])], "the receipt to come is the first's"),
        ("last", TWO, [None, None], [(D, [2])], "the receipt to come is the last's"),
        ("first", TWO, ["x", None], [], "the first's says nothing of the other"),
    ],
)  # fmt: skip
async def test_what_is_told(
    receipts: str, text: str, answers: list[str | None], wanted: list[Any], why: str
) -> None:
    bench = Bench(window=5, receipts=receipts)
    one = bench.offer("m", text=text).submission.message
    for smsc_id in answers:
        bench.answer(Doubt("no answer") if smsc_id is None else Accepted(smsc_id))
    of = len(answers)
    assert told(bench) == [
        (kind.replace(T, D), f"a/text:{answers[numbers[0] - 1]}" if kind == E else doubt_of(one),
         numbers, of, kind == T)
        for kind, numbers in wanted
    ], why  # fmt: skip


@pytest.mark.parametrize("receipts", ["first", "last"])
async def test_one_receipt_for_several_segments_leaves_none_missing(receipts: str) -> None:
    bench = Bench(window=5, receipts=receipts)
    one = bench.offer("m", text=THREE).submission.message
    for smsc_id in "xyz":
        bench.answer(Accepted(smsc_id))
    spoken = "x" if receipts == "first" else "z"
    joins = Joins([*facts(bench), late(one, "a", spoken)[0]], Speaks(receipts)).run()
    assert [status.state for status in joins.statuses] == ["delivered"]
    assert len(joins.statuses[0].segments or ()) == 3
    assert [waiting(tracked) for tracked in joins.tracked.values()] == [""], "nothing waits"


@pytest.mark.parametrize("receipts", ["first", "last"])
async def test_one_receipt_for_several_segments_settles_their_doubt(receipts: str) -> None:
    """It is the speaker's, whichever that is."""
    bench = Bench(window=5, receipts=receipts)
    one = bench.offer("m", text=TWO).submission.message
    for _ in range(2):
        bench.answer(Doubt("no answer"))
    joins = Joins([*facts(bench), *late(one, "a", "x")], Speaks(receipts)).run()
    assert [status.state for status in joins.statuses] == ["delivered"]


@pytest.mark.parametrize(
    ("text", "ids", "states", "seen", "why"),
    [
        (ONE, ["x"], ["delivered"], ["matched"], "the id is in the receipt only"),
        (ONE, ["x", "y"], ["delivered"], ["matched"], "another id: of no segment of ours"),
        (TWO, ["x"], [], ["matched"], "of two segments one"),
        (TWO, ["x", "y"], ["delivered"], ["matched"] * 2, "ids in receipts tell segments apart"),
        (TWO, ["x", "x"], [], ["again", "matched"], "the same one, sent again"),
        (ONE, [], [], [], "none came"),
    ],
)
async def test_a_receipt_finds_a_submit_that_was_answered_without_an_id(
    text: str, ids: list[str], states: list[str], seen: list[str], why: str
) -> None:
    bench = Bench(window=5)
    one = bench.offer("m", text=text).submission.message
    while bench.link.out:
        bench.answer(Accepted(""))
    receipts = [each for smsc_id in ids for each in late(one, "a", smsc_id)]
    joins = Joins([*facts(bench), *receipts]).run()
    assert [status.state for status in joins.statuses] == states, why
    assert sorted(joins.seen) == sorted(seen), why
    (kept,) = joins.doubts.values()
    silent = max(0, (1 if text == ONE else 2) - len(set(ids)))
    assert expire_doubt(kept) == (Seen.MISSING,) * silent, "the rest is missing"


def sent_again(bench: Bench, item: Item) -> None:
    """What waits for a late answer waits no more."""
    if item.due is not None:
        item.due.cancel()
        bench.later(10)
        bench.dispatch._due(item)


NO, CUT = Doubt("no answer", awaited=True), Doubt("the link was lost")


@pytest.mark.parametrize(
    ("in_doubt", "before", "answers", "wanted", "why"),
    [
        ("hold", 0, [CUT], ("doubted", 1), "the only one there was"),
        ("hold", 1, [CUT], ("doubted", 2), "an operator had it sent again"),
        ("hold", 0, [Accepted("x")], ("expected", False), "no doubt of it"),
        ("hold", 1, [Accepted("x")], ("expected", True), "the copy before may tell of itself"),
        ("hold", 1, [Accepted("")], ("doubted", 2), "taken, and perhaps before"),
        ("resend", 0, [NO] * 4, ("doubted", 4), "each of them"),
        ("resend", 0, [NO, Accepted("x")], ("expected", True), "the first may have been taken"),
        ("resend", 1, [Accepted("x")], ("expected", True), "a gateway that was killed had it"),
    ],
)  # fmt: skip
async def test_copies_are_told(
    in_doubt: str, before: int, answers: list[Answer], wanted: tuple[str, int], why: str
) -> None:
    bench = Bench()
    item = bench.offer("m", in_doubt=in_doubt, unanswered=before)
    for answer in answers:
        sent_again(bench, item)
        bench.answer(answer)
    (fact,) = facts(bench)
    assert (fact.kind, fact.several if isinstance(fact, Expected) else fact.copies) == wanted, why


@pytest.mark.parametrize(
    ("in_doubt", "before", "keys", "why"),
    [
        ("resend", 0, "ba", "from a to b, where it is in doubt: either may have it"),
        ("hold", 0, "a", "it was nowhere else"),
        ("hold", 1, "ab", "an operator had it sent again, after b perhaps had it"),
    ],
)
async def test_a_doubt_is_told_wherever_a_copy_may_be(
    in_doubt: str, before: int, keys: str, why: str
) -> None:
    bench = Bench(names=("a", "b"))
    item = bench.offer("m", in_doubt=in_doubt, unanswered=before, deadline=int(NOW * 1000) + 60_000)
    one = item.submission.message
    bench.links["b"][0].window = 0
    bench.link.bound = False
    bench.answer(CUT)
    bench.dispatch.look()
    bench.later(61)
    bench.links["b"][0].window = 1
    bench.dispatch.look()
    doubts = facts(bench)
    assert [fact.key for fact in doubts] == [doubt_of(one, name) for name in keys], why
    for name in keys:
        joins = Joins([*doubts, *late(one, name, "x")]).run()
        assert [status.state for status in joins.statuses] == ["delivered"], why


async def test_what_was_answered_of_a_message_goes_with_what_is_found_of_its_doubt() -> None:
    """Of three segments the first was answered: each id that is heard of is one of the others."""
    bench = Bench(window=5)
    one = bench.offer("m", text=THREE).submission.message
    for answer in (Accepted("x"), CUT, CUT):
        bench.answer(answer)
    receipts = [late(one, "a", "x")[0], *late(one, "a", "y"), *late(one, "a", "z")]
    for order in (receipts, receipts[::-1]):
        joins = Joins([*facts(bench), *order]).run()
        assert [status.state for status in joins.statuses] == ["delivered"]


async def test_what_a_killed_gateway_left_may_have_been_taken_before_it() -> None:
    """An operator had it sent again, and the gateway that had it then was killed."""
    started = Started(1)
    started.open(message(in_doubt="hold", unanswered=1))
    await started.looked_up()
    (fact,) = facts(started.bench)
    assert fact.copies == 2


async def test_a_late_yes_is_joined_by_message() -> None:
    """Its doubt is still told of: an id that is another sender's worsens nothing."""
    bench = Bench()
    item = bench.offer("m")
    one = item.submission.message
    bench.answer(CUT)
    yes = item.submission.settled(0, 0, SENT, "x")
    assert yes is not None
    bench.kafka.acknowledge()
    bench.dispatch.outcomes.end(item, yes, untold)
    receipts = [late(one, "a", "x")[0], *late(one, "a", "y", "expired")]
    joins = Joins([*facts(bench), *receipts]).run()
    assert [status.state for status in joins.statuses] == ["delivered"]


async def test_a_late_answer_without_an_id_takes_the_place_of_the_doubt() -> None:
    """It was in doubt for an hour; now its receipt may come for three days."""
    bench = Bench()
    item = bench.offer("m")
    bench.answer(Doubt("no answer"))
    late_answer = item.submission.settled(0, 0, SENT, "")
    assert late_answer is not None
    bench.kafka.acknowledge()
    bench.dispatch.outcomes.end(item, late_answer, untold)
    doubted, taken = facts(bench)
    step = doubt(doubt(None, doubted, NOW_MS).keep, taken, NOW_MS)
    assert (step.keep.doubted, waits(step.keep)) == (taken, "expected")
    assert step.due == NOW_MS + KEPT_MS
    assert not doubt(step.keep, doubted, NOW_MS).changed, "the doubt, read again"
