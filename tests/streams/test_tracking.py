"""Submits × receipts by id: in either order, again, late, and at the end of their time."""

import pytest

from schemas.reason import Reason
from schemas.status import Segment, State, Status
from schemas.tracked import Tracked
from schemas.tracking import Outcome, doubt_key
from streams.sending.tracking import (
    KEPT_MS,
    OVERDUE_MS,
    SETTLED_MS,
    Seen,
    expect,
    expire,
    tell,
    verdict,
    waiting,
)
from tests.streams.tracks import PHONE, SMSC, T0, Joins, expected, told

NOW = T0 + 5000


@pytest.mark.parametrize(
    ("state", "final", "wanted", "why"),
    [
        ("delivrd", True, State.DELIVERED, "the good end"),
        ("expired", True, State.UNDELIVERED, "the phone was off for too long"),
        ("deleted", True, State.UNDELIVERED, "by the SMSC's people"),
        ("undeliv", True, State.UNDELIVERED, "as it says"),
        ("rejectd", True, State.UNDELIVERED, "by the network"),
        ("unknown", True, Seen.UNKNOWN, "final for the SMSC, open for us"),
        ("unknown", False, Seen.INTERMEDIATE, "an intermediate notification"),
        ("enroute", False, Seen.INTERMEDIATE, "on its way"),
        ("acceptd", False, Seen.INTERMEDIATE, "in the field: taken by the SMSC"),
        ("undeliv", False, Seen.INTERMEDIATE, "an intermediate notification: it is tried again"),
        ("other", False, Seen.UNKNOWN_WORD, "a word nobody knows"),
        ("a word of a newer gateway", True, Seen.UNKNOWN_WORD, "unknown to this version"),
    ],
)
def test_what_decides(state: str, final: bool, wanted: State | Seen, why: str) -> None:
    """And what is counted where it decides nothing."""
    receipt = told(state=state, final=final)
    assert verdict(receipt) is (wanted if isinstance(wanted, State) else None), why
    if isinstance(wanted, Seen):
        step = tell(Tracked(expected=expected()), receipt, 1, NOW)
        assert (step.changed, step.seen, step.result) == (False, wanted, None), why


def test_the_status_of_one_segment() -> None:
    joins = Joins([expected(), told(state="undeliv", err="0A1")]).run()
    (status,) = joins.statuses
    assert status.state is State.UNDELIVERED
    assert (status.reason, status.detail) == (Reason.NOT_DELIVERED, "UNDELIV 0A1")
    assert status.segments == [Segment(number=1, state=State.UNDELIVERED, smsc_id="A1")]
    assert (status.id, status.smsc, status.phone) == ("m", SMSC, PHONE)
    assert status.at.timestamp() * 1000 == T0 + 2000, "when the receipt came, also in a replay"


def test_a_segment_of_several_goes_on_to_the_second_join() -> None:
    joins = Joins([expected(segment=2, of=3), told(state="expired", err="7")])
    while joins.fact():
        pass
    assert joins.outcomes == [
        Outcome(
            segment=2, segments=3, smsc=SMSC, smsc_id="A1", state="undelivered", word="expired",
            err="7", status=expected().status, at=T0 + 2000,
        )
    ]  # fmt: skip
    assert joins.statuses == []


BAD, GOOD = told(state="undeliv"), told()
ORDERS = [
    ([expected(), GOOD], ["delivered"], "the answer, then the receipt"),
    ([GOOD, expected()], ["delivered"], "the receipt, then the answer"),
    ([GOOD, GOOD, expected(), expected(), GOOD], ["delivered"], "everything twice"),
    ([BAD, GOOD, expected()], ["delivered"], "both before the answer: delivered wins"),
    ([GOOD, BAD, expected()], ["delivered"], "in either order"),
    ([expected(), BAD, BAD], ["undelivered"], "again says nothing new"),
    ([expected(), BAD, GOOD, BAD], ["undelivered", "delivered"], "bettered once, never worsened"),
    ([expected(), GOOD, BAD], ["delivered"], "delivered stays"),
    ([expected(), told(state="enroute")], [], "intermediate only"),
    ([told(state="enroute"), expected(), GOOD], ["delivered"], "intermediate first"),
    ([expected(), GOOD, told(state="enroute")], ["delivered"], "intermediate after the end"),
    ([expected(), told(state="unknown"), GOOD], ["delivered"], "unknown leaves it open"),
    ([GOOD], [], "a receipt for somebody else's message"),
    ([expected("a1"), told("b2")], [], "another id"),
    ([expected("a1", "m"), GOOD, expected("a1", "n")], ["delivered"],
     "the id is used again: the receipt was the older one's"),
    ([expected("a1", "m"), expected("a1", "n"), GOOD], ["delivered"], "the newer one's receipt"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "states", "why"), ORDERS, ids=lambda one: str(one)[-40:])
def test_what_is_said(facts: list, states: list[str], why: str) -> None:  # type: ignore[type-arg]
    assert [status.state for status in Joins(facts).run().statuses] == states, why


def test_the_same_record_read_again_repeats_and_another_does_not() -> None:
    step = tell(Tracked(expected=expected()), GOOD, 7, NOW)
    assert isinstance(step.result, Status)
    assert tell(step.keep, GOOD, 7, NOW + 60_000).result == step.result, "to the letter"
    assert tell(step.keep, GOOD, 8, NOW).result is None
    early = expect(Tracked(told=GOOD), expected(), 7, NOW)
    assert expect(early.keep, expected(), 7, NOW).result == early.result == step.result
    assert expect(early.keep, expected(), 9, NOW).result is None


def test_how_long_it_took() -> None:
    assert tell(Tracked(expected=expected()), GOOD, 1, NOW).waited_ms == 2000
    early = told(at=T0 - 5)
    assert expect(Tracked(told=early), expected(), 1, NOW).waited_ms == 0, "no negative time"


def test_how_long_each_is_kept() -> None:
    sent = Tracked(expected=expected())
    for step, due, counted, why in [
        (expect(None, expected(), 1, NOW), NOW + KEPT_MS, "expected", "a phone may be off"),
        (tell(None, GOOD, 1, NOW), NOW + OVERDUE_MS, "early", "then its doubt is asked"),
        (tell(sent, GOOD, 1, NOW), NOW + SETTLED_MS, "", "it may come again"),
        (tell(sent, BAD, 1, NOW), NOW + KEPT_MS, "", "it may be bettered"),
    ]:
        assert step.keep is not None
        assert (step.due, waiting(step.keep)) == (due, counted), why


def test_the_end_of_its_time() -> None:
    assert expire(Tracked(expected=expected()), NOW).seen is Seen.MISSING
    settled = expire(Tracked(expected=expected(), told=GOOD, offset=3), NOW)
    assert (settled.keep, settled.seen, settled.result) == (None, None, None)


@pytest.mark.parametrize(
    ("phone", "reference", "forwarded", "why"),
    [
        ("33612345678", 7, True, "it says whom it is for, and echoes our reference"),
        ("", 7, False, "for whom?"),
        ("33612345678", None, False, "no reference: nothing to find it by"),
        ("33612345678", 0, True, "zero is a reference"),
    ],
)
def test_a_receipt_that_finds_no_submit(
    phone: str, reference: int | None, forwarded: bool, why: str
) -> None:
    receipt = told(phone=phone, reference=reference)
    step = expire(Tracked(told=receipt), NOW)
    assert step.keep is not None
    assert step.keep.overdue
    assert step.due == NOW + KEPT_MS, "it goes on waiting for its submit"
    assert (step.forward is not None) == forwarded, why
    if step.forward is not None:
        assert step.forward.key == doubt_key(SMSC, PHONE, reference or 0)
        assert step.forward.came_from == receipt.key
    late = expect(step.keep, expected(), 9, NOW)
    assert isinstance(late.result, Status)
    assert late.seen is Seen.MATCHED
    assert expire(step.keep, NOW).seen is Seen.UNMATCHED
