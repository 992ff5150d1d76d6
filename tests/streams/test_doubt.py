"""Lost answers × receipts that find no submit, by our own reference."""

from typing import Any

import pytest

from schemas.status import Segment, State
from schemas.tracked import Doubt, Tracked
from schemas.tracking import Expected, Told
from streams.sending.doubt import NEAR_MS, RECEIPTS, doubt, tell
from streams.sending.tracking import expire
from tests.streams.tracks import T0, Joins, doubted, told, unnamed


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
