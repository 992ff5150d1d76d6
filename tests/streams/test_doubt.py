"""Lost answers × receipts that find no submit, by our own reference."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.status import Segment, State
from schemas.tracked import Doubt, Tracked
from schemas.tracking import Expected, Told
from streams.sending.doubt import NEAR_MS, RECEIPTS, doubt, tell, waiting
from streams.sending.doubt import expire as expire_doubt
from streams.sending.tracking import KEPT_MS, SETTLED_MS, Seen, expire
from tests.streams.tracks import T0, Joins, doubted, expected, told, unnamed


def forwarded(smsc_id: str = "a1", state: str = "delivrd", at: int = T0 + 2000) -> Told:
    """As the first join sends it on when it has waited in vain."""
    receipt = told(smsc_id, state, at, phone="33612345678", reference=7)
    found = expire(Tracked(told=receipt), at).forward
    assert found is not None
    return found


def with_original(one: Told) -> list[Told]:
    return [told(one.smsc_id, one.state, one.at, phone=one.phone, reference=one.reference), one]


@pytest.mark.parametrize(
    ("facts", "states", "why"),
    [
        ([doubted(), *with_original(forwarded())], ["delivered"], "the doubt, then the receipt"),
        ([*with_original(forwarded()), doubted()], ["delivered"], "the receipt, then the doubt"),
        ([doubted(), *with_original(forwarded(state="expired"))], ["undelivered"], "a bad end"),
        ([doubted(), doubted(), *with_original(forwarded()) * 2], ["delivered"], "all twice"),
        ([doubted(), *with_original(forwarded(at=T0 + NEAR_MS))], ["delivered"], "an hour after"),
        ([doubted(), *with_original(forwarded(at=T0 + NEAR_MS + 1))], [], "too long after"),
        ([doubted(), *with_original(forwarded(at=T0 - NEAR_MS - 1))], [], "too long before"),
        ([doubted(reference=8), *with_original(forwarded())], [], "another message's reference"),
        ([doubted(), *with_original(forwarded("a1")), *with_original(forwarded("b2"))],
         ["delivered"], "a second id: no segment is left in doubt"),
        ([doubted(segments=2), *with_original(forwarded("a1"))], [], "one of two"),
        ([doubted(segments=2), *with_original(forwarded("a1")), *with_original(forwarded("b2"))],
         ["delivered"], "both of two"),
        ([doubted("old"), doubted("new"), *with_original(forwarded())], ["delivered"],
         "of two messages under one key the newer"),
    ],
)  # fmt: skip
def test_what_is_found_out(facts: list[Any], states: list[str], why: str) -> None:
    assert [status.state for status in Joins(facts).run().statuses] == states, why


def heard(smsc_id: str, state: str = "delivrd", at: int = T0 + 2000) -> list[Told]:
    """One receipt, as the gateway wrote it and as it came to its doubt."""
    return with_original(forwarded(smsc_id, state, at))


MIN = 60_000
COPY = expected("b2", several=True)
"""The operator had it sent again, and that one was answered."""
TWICE, LONG_TWICE = doubted(copies=2), doubted(segments=2, of=2, copies=2)
SPOKEN = doubted(numbers=[1], of=2, single=True, copies=2)
LONG_COPY = [expected(f"c{n}", "m", n, 2, several=True) for n in (1, 2)]
ONLY_2 = doubted(at=T0 + MIN, numbers=[2], of=2)


@pytest.mark.parametrize(
    ("facts", "states", "why"),
    [
        ([doubted(), COPY, *heard("b2"), *heard("a1", "expired")], ["delivered"],
         "the first copy ran out after the second had arrived"),
        ([doubted(), COPY, *heard("a1"), *heard("b2", "expired")], ["delivered"],
         "and the other way round"),
        ([doubted(), COPY, *heard("a1", "expired"), *heard("b2")], ["undelivered", "delivered"],
         "one ran out, then the other arrived"),
        ([doubted(), COPY, *heard("a1"), *heard("b2")], ["delivered"], "both arrived: said once"),
        ([doubted(), COPY, *heard("a1", "expired"), *heard("b2", "expired")], ["undelivered"],
         "neither did: said once"),
        ([TWICE, *heard("a1", "rejectd"), *heard("b2")], ["undelivered", "delivered"],
         "both in doubt: the second id is another copy's"),
        ([TWICE, *heard("a1"), *heard("b2", "rejectd")], ["delivered"], "delivered stays"),
        ([*heard("a1", "rejectd"), *heard("b2"), TWICE], ["undelivered", "delivered"],
         "the receipts before their doubt"),
        ([TWICE, unnamed("undeliv"), unnamed()], ["undelivered", "delivered"], "without ids"),
        ([SPOKEN, *heard("a1", "rejectd"), *heard("b2")], ["undelivered"],
         "one receipt for each copy of the message: see the gathering"),
        ([LONG_TWICE, *heard("a1"), *heard("b2")], [], "of two segments, or of one of them twice"),
        ([LONG_TWICE, *heard("a1", "rejectd"), *heard("b2", "rejectd")], [],
         "a bad end, of which the other copy may have arrived"),
        ([LONG_TWICE, unnamed("undeliv")], [], "nor without an id"),
        ([doubted(), doubted(at=T0 + 50 * MIN), *heard("a1", at=T0 + 70 * MIN)], ["delivered"],
         "the hour runs from the last doubt"),
        ([doubted(), *heard("a1", "expired"), doubted(at=T0 + MIN, copies=2), *heard("b2")],
         ["undelivered", "delivered"], "a second doubt, and the copy that it is of"),
        ([doubted(at=T0 + MIN), doubted(), *heard("a1", at=T0 + MIN + NEAR_MS)], ["delivered"],
         "the first doubt, read again, changes nothing"),
        ([doubted(segments=2), *heard("a1"), ONLY_2, *heard("b2")], ["delivered"],
         "what was found is kept, and the rest is the other"),
        ([doubted(segments=2), *heard("a1"), *LONG_COPY, told("c2"), told("c1", "expired")],
         ["undelivered"], "the first copy's segment may have been the second"),
    ],
)  # fmt: skip
def test_copies(facts: list[Any], states: list[str], why: str) -> None:
    joins = Joins([])
    for one in facts:  # what follows from one is there before the next comes
        joins.facts.append(one)
        joins.run()
    assert [status.state for status in joins.statuses] == states, why


def test_a_second_doubt_keeps_what_was_found() -> None:
    first = tell(doubt(None, doubted(copies=3), T0).keep, forwarded(), 1, T0).keep
    later = doubted(at=T0 + MIN, numbers=[1], copies=2)
    step = doubt(first, later, T0 + MIN)
    assert (step.changed, step.due) == (True, T0 + MIN + NEAR_MS)
    assert (step.keep.keys, step.keep.numbers) == (["main/a1"], [1])
    assert step.keep.doubted == later.model_copy(update={"copies": 3}), "there are no fewer copies"
    assert not doubt(step.keep, later, T0 + MIN).changed, "read again"
    assert not doubt(step.keep, doubted(), T0 + MIN).changed, "the first, read again"


def test_a_record_of_an_earlier_version_knows_its_segments() -> None:
    """Its keys are the first of the segments in doubt."""
    old = Doubt(doubted=doubted(numbers=[2, 3], of=3, segments=2), keys=["main/a1"])
    (found,) = tell(old, forwarded("b2"), 1, T0).found
    assert isinstance(found, Expected) and found.segment == 3
    assert doubt(old, doubted(at=T0 + 1, numbers=[3], of=3), T0).keep.numbers == [2]


def test_ids_of_copies_are_bounded() -> None:
    known = doubt(None, TWICE, T0).keep
    for number in range(40):
        known = tell(known, forwarded(f"{number}", "expired"), number, T0).keep
    assert len(known.keys) == RECEIPTS


GOOD, BAD = unnamed(), unnamed("undeliv")


@pytest.mark.parametrize(
    ("facts", "states", "seen", "why"),
    [
        ([doubted(), GOOD], ["delivered"], ["matched"], "the doubt, then the receipt"),
        ([GOOD, doubted()], ["delivered"], ["matched"], "the receipt, then the doubt"),
        ([doubted(), BAD], ["undelivered"], ["matched"], "a bad end"),
        ([doubted(), BAD, GOOD], ["undelivered", "delivered"], ["matched", "corrected"],
         "bettered, as with an id"),
        ([doubted(), GOOD, GOOD, BAD], ["delivered"], ["matched", "again", "again"],
         "sent again, and never worsened"),
        ([doubted(), *with_original(forwarded()), GOOD], ["delivered"], ["matched", "again"],
         "with an id, then without: it is the same segment's"),
        ([doubted(), unnamed("enroute")], [], ["intermediate"], "it decides nothing"),
        ([doubted(), unnamed(reference=8)], [], [], "another message's reference"),
        ([doubted(), unnamed(at=T0 + NEAR_MS + 1)], [], ["unmatched"], "too long after"),
        ([doubted(segments=2), GOOD, GOOD], [], ["unnamed", "unnamed"],
         "of two segments, or one of them twice: nobody can tell"),
        ([doubted(segments=2), GOOD, BAD], ["undelivered"], ["unnamed", "matched"],
         "one bad end is the message's"),
        ([doubted(numbers=[1], of=2, single=True), GOOD, GOOD], [], ["matched", "again"],
         "one receipt speaks for the message: see the gathering"),
    ],
)  # fmt: skip
def test_receipts_without_an_id(
    facts: list[Any], states: list[str], seen: list[str], why: str
) -> None:
    joins = Joins(facts).run()
    assert [status.state for status in joins.statuses] == states, why
    assert joins.seen == seen, why


@settings(max_examples=200)
@given(st.data())
def test_killed_anywhere(data: st.DataObject) -> None:
    """Two workers are: tables and logs are durable each up to a point of their own behind the
    last commit, and the next one reads again from there. The last word is the same."""
    receipts = data.draw(st.lists(st.sampled_from([GOOD, BAD, unnamed("enroute")]), max_size=4))
    taken = data.draw(st.booleans())
    joins = Joins(data.draw(st.permutations([*[doubted(taken=taken)] * 2, *receipts])))
    for _ in range(2):
        committed, written = list(joins.read), len(joins.facts)
        tables = [(dict(joins.tracked), dict(joins.doubts))]
        for _ in range(data.draw(st.integers(0, 8))):
            joins.fact()
            tables.append((dict(joins.tracked), dict(joins.doubts)))
        joins.tracked = data.draw(st.sampled_from(tables))[0].copy()
        joins.doubts = data.draw(st.sampled_from(tables))[1].copy()
        least = max(written, joins.read[0])
        del joins.facts[data.draw(st.integers(least, len(joins.facts))) :]
        joins.read = committed
    said = [status.state for status in joins.run().statuses]
    wanted = ["delivered"] if GOOD in receipts else ["undelivered"] if BAD in receipts else []
    assert said[-1:] == wanted


def test_what_is_found_out_is_the_answer_that_was_lost() -> None:
    (found,) = tell(doubt(None, doubted(), T0).keep, forwarded(), 1, T0).found
    assert isinstance(found, Expected)
    assert (found.key, found.smsc_id, found.partition) == ("main/a1", "a1", 3)
    assert (found.segment, found.segments, found.at) == (1, 1, T0)
    assert (found.status.state, found.status.reason) == (State.SUBMITTED, None)


def test_only_the_segments_in_doubt_are_taken() -> None:
    """Of three the second and third were answered; or the status says nothing of them."""
    segments = [
        Segment(number=n, state=state)
        for n, state in enumerate([State.SUBMITTED, State.IN_DOUBT, State.IN_DOUBT], start=1)
    ]
    partly = doubted(segments=2)
    partly = partly.model_copy(
        update={"status": partly.status.model_copy(update={"segments": segments})}
    )
    step = doubt(None, partly, T0)
    first = tell(step.keep, forwarded("a1"), 1, T0)
    found = (*first.found, *tell(first.keep, forwarded("b2"), 2, T0).found)
    told_of = [(one.segment, one.segments) for one in found if isinstance(one, Expected)]
    assert told_of == [(2, 3), (3, 3)]


def test_receipts_that_wait_are_bounded_and_each_counts_once() -> None:
    known: Doubt | None = None
    for number in range(40):
        known = tell(known, forwarded(f"{number // 2}"), number, T0).keep
    assert known is not None
    assert [one.smsc_id for one in known.told] == [f"{n}" for n in range(20 - RECEIPTS, 20)]


@pytest.mark.parametrize(
    ("facts", "label", "seen", "why"),
    [
        ([doubted()], "doubted", [], "it stays in doubt"),
        ([doubted(), GOOD], "", [], "settled"),
        ([doubted(segments=2), forwarded()], "doubted", [], "one of two is not"),
        ([doubted(taken=True, segments=2)], "expected", ["missing"] * 2, "none came"),
        ([doubted(taken=True, segments=2), forwarded()], "expected", ["missing"], "one came"),
        ([doubted(taken=True), GOOD], "", [], "it came"),
        ([GOOD, BAD], "early", ["unmatched"] * 2, "no submit of ours"),
        ([forwarded()], "", [], "counted under its own id"),
    ],
)
def test_what_waits_and_what_is_given_up(
    facts: list[Any], label: str, seen: list[str], why: str
) -> None:
    (known,) = Joins(facts).run().doubts.values()
    assert (waiting(known), list(expire_doubt(known))) == (label, seen), why


def test_how_long_each_is_kept() -> None:
    taken = doubted(taken=True)
    for step, due, why in [
        (doubt(None, doubted(), T0), T0 + NEAR_MS, "in doubt: the reference may mean another"),
        (doubt(None, taken, T0), T0 + KEPT_MS, "taken: a phone may be off for days"),
        (tell(doubt(None, taken, T0).keep, GOOD, 1, T0), T0 + SETTLED_MS, "it may come again"),
        (tell(None, GOOD, 1, T0), T0 + NEAR_MS, "a receipt waits for its submit"),
    ]:
        assert step.due == due, why
    days = tell(doubt(None, taken, T0).keep, unnamed(at=T0 + KEPT_MS), 1, T0)
    assert days.seen == () and len(days.found) == 2, "three days later"


def test_of_two_messages_under_one_key_the_older_is_missing() -> None:
    older, newer = (doubted(name, taken=True) for name in ("older", "newer"))
    step = doubt(doubt(None, older, T0).keep, newer, T0)
    assert (step.keep.doubted, step.seen) == (newer, (Seen.MISSING,))


def test_a_doubt_that_is_read_again_finds_the_same() -> None:
    """The store outlived a crash, and what was found did not."""
    receipt = forwarded()
    waits = tell(None, receipt, 0, T0 + 2000).keep
    first = doubt(waits, doubted(), T0 + 3000)
    assert first.found
    again = doubt(first.keep, doubted(), T0 + 9000)
    assert (again.found, again.changed) == (first.found, False)
    assert not expire_doubt(first.keep), "it is not given up with the doubt"


def test_receipts_that_waited_for_one_message_are_not_the_next_one_s() -> None:
    waits = tell(None, forwarded(), 0, T0 + 2000).keep
    of_old = doubt(waits, doubted("old"), T0 + 3000).keep
    of_new = doubt(of_old, doubted("new"), T0 + 4000)
    assert not of_new.found
    assert not of_new.keep.told
