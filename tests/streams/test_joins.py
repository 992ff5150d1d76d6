"""Both joins together: any order, any repetition, killed anywhere, the same end.

What is held: without a crash each change of a message's state is said exactly once; after a
crash what was not committed may be said again, identically, and the last word is the same.
"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.reason import Reason
from schemas.status import Segment, State
from schemas.tracking import Expected, Told
from streams.sending.gathering import COPIES_MS, Speaks, gather
from streams.sending.tracking import KEPT_MS, SETTLED_MS
from tests.streams.tracks import T0, Joins, expected, told

RECEIPTS = ["delivrd", "undeliv", "expired", "enroute", "unknown"]


@st.composite
def facts(draw: st.DrawFn) -> list[Any]:
    """Some messages' submits and receipts, shuffled, some of them again."""
    found: list[Any] = []
    for number, segments in enumerate(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))):
        for segment in range(1, segments + 1):
            smsc_id = f"{number}{segment}"
            found.append(expected(smsc_id, f"m{number}", segment, segments))
            for state in draw(st.lists(st.sampled_from(RECEIPTS), max_size=3)):
                found.append(told(smsc_id, state, at=T0 + len(found)))
    again = draw(st.lists(st.sampled_from(found), max_size=4))
    return draw(st.permutations(found + again))


def ends(records: list[Any]) -> dict[str, State]:
    """What must be said last of each message, from the facts alone. (Where nothing need be:
    `undelivered` may have been said of a segment that was bettered, and another is silent.)"""
    heard: dict[str, set[str]] = {}
    for one in records:
        if isinstance(one, Told):
            heard.setdefault(one.key, set()).add(one.state)
    segments: dict[str, dict[int, State | None]] = {}
    for one in records:
        if isinstance(one, Expected):
            states = heard.get(one.key, set())
            bad = State.UNDELIVERED if states & {"undeliv", "expired"} else None
            mine = segments.setdefault(one.status.id, {})
            mine[one.segment] = State.DELIVERED if "delivrd" in states else bad
    said = {}
    for message, states_of in segments.items():
        if State.UNDELIVERED in states_of.values():
            said[message] = State.UNDELIVERED
        elif None not in states_of.values():
            said[message] = State.DELIVERED
    return said


def assert_ends(last: dict[str, State], records: list[Any]) -> None:
    wanted = ends(records)
    assert {message: last.get(message) for message in wanted} == wanted
    assert {last[message] for message in last.keys() - wanted.keys()} <= {State.UNDELIVERED}


@given(facts())
def test_any_order_and_any_repetition(records: list[Any]) -> None:
    statuses = Joins(records).run().statuses
    last = {status.id: status.state for status in statuses}
    assert_ends(last, records)
    said = Counter((status.id, status.state) for status in statuses)
    assert set(said.values()) <= {1}, "each change exactly once"
    for status in statuses:
        if status.state is State.DELIVERED:
            assert last[status.id] is State.DELIVERED, "nothing worsens"


@settings(max_examples=300)
@given(st.data())
def test_killed_anywhere(data: st.DataObject) -> None:
    """Three lives. What the killed one wrote to its tables and what it said are durable each
    up to a point of their own; the next life reads again from the last commit."""
    records = data.draw(facts())
    undisturbed = Joins(records).run().statuses
    joins = Joins(records)
    for _ in range(2):
        committed = list(joins.read)
        tables = [(dict(joins.tracked), dict(joins.gathered))]
        said, outcomes = len(joins.statuses), len(joins.outcomes)
        for turn in data.draw(st.lists(st.booleans(), max_size=12)):
            (joins.fact if turn else joins.outcome)()
            tables.append((dict(joins.tracked), dict(joins.gathered)))
        joins.tracked = data.draw(st.sampled_from(tables))[0].copy()
        joins.gathered = data.draw(st.sampled_from(tables))[1].copy()
        del joins.statuses[data.draw(st.integers(said, len(joins.statuses))) :]
        kept = data.draw(st.integers(max(outcomes, joins.read[1]), len(joins.outcomes)))
        del joins.outcomes[kept:]
        joins.read = committed
    statuses = joins.run().statuses
    assert_ends({status.id: status.state for status in statuses}, records)
    if all(one.segments == 1 for one in records if isinstance(one, Expected)):
        assert all(status in undisturbed for status in statuses), "repeated to the letter"


def said(records: list[Any], speaks: Speaks = Speaks.EVERY) -> list[str]:
    return [str(status.state) for status in Joins(records, speaks).run().statuses]


E1, E2, E3 = (expected(f"{n}", "m", n, 3) for n in (1, 2, 3))
G1, G2, G3 = (told(f"{n}") for n in (1, 2, 3))
B1, B2, B3 = (told(f"{n}", "undeliv", err="9") for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("records", "speaks", "states", "why"),
    [
        ([E1, E2, E3, G1, G2], "every", [], "one is still to come"),
        ([E1, E2, E3, G1, G2, G3], "every", ["delivered"], "all are there"),
        ([E1, E2, E3, G3, G1, G2], "every", ["delivered"], "in any order"),
        ([E1, E2, E3, B2], "every", ["undelivered"], "one is enough"),
        ([E1, E2, E3, B2, B3, G1], "every", ["undelivered"], "it is said once"),
        ([E1, E2, E3, B2, G1, G2], "every", ["undelivered"], "bettered, but one is missing"),
        ([E1, E2, E3, B2, G1, G2, G3], "every", ["undelivered", "delivered"], "bettered"),
        ([E1, E2, E3, G1], "first", ["delivered"], "the first speaks for all"),
        ([E1, E2, E3, G1, B2], "first", ["delivered"], "another is not asked"),
        ([E1, E2, E3, B1, G1], "first", ["undelivered", "delivered"], "the speaker is bettered"),
        ([E1, E2, E3, B2], "first", [], "not the speaker"),
        ([E1, E2, E3, G3], "last", ["delivered"], "the last speaks for all"),
        ([E1, E2, E3, G1], "last", [], "not the speaker"),
    ],
)
def test_segments(records: list[Any], speaks: str, states: list[str], why: str) -> None:
    assert said(records, Speaks(speaks)) == states, why


C1, C2 = (expected(f"{n}", "m", n, 2, several=True) for n in (1, 2))
X1, X2 = (expected(f"x{n}", "m", n, 2, several=True, guessed=True) for n in (1, 2))
XG1, XG2, XB2 = told("x1"), told("x2"), told("x2", "undeliv")
LONGER = expected("y2", "m", 2, 2, several=True)


@pytest.mark.parametrize(
    ("records", "states", "why"),
    [
        ([X1, X2, XG1, XG2], ["delivered"], "guesses alone: each is one of them"),
        ([X1, XG1, C1, C2, G2, B1], ["undelivered"],
         "what was guessed to be the first may be the second"),
        ([C1, C2, G2, X1, XG1, B1], ["undelivered"], "in any order"),
        ([X1, XG1, C1, C2, G1, G2], ["delivered"], "the copy arrived"),
        ([X1, X2, XG1, XB2, C1, C2, G1, G2], ["undelivered", "delivered"], "and corrects it"),
        ([X1, X2, XG1, XG2, C1, C2, B1, B2], ["delivered"], "delivered stays"),
        ([expected("1", several=True), G1, LONGER, told("y2", "undeliv")], ["delivered"],
         "a copy in an alphabet in which it is longer"),
    ],
)  # fmt: skip
def test_copies_of_long_messages(records: list[Any], states: list[str], why: str) -> None:
    assert said(records) == states, why


@pytest.mark.parametrize(
    ("several", "kept_ms", "why"),
    [
        (False, SETTLED_MS, "its receipt may come again"),
        (True, COPIES_MS, "another copy may run out after three days"),
    ],
)
def test_how_long_delivered_is_known(several: bool, kept_ms: int, why: str) -> None:
    (outcome,) = Joins([expected("1", "m", 1, 2), G1]).run().outcomes
    outcome = outcome.model_copy(update={"segments": 1, "several": several})
    step = gather(None, outcome, 1, T0, Speaks.EVERY)
    assert step.due == T0 + kept_ms, why
    assert kept_ms > KEPT_MS or not several, "longer than its submit waits"
    late = outcome.model_copy(update={"state": "undelivered"})
    assert gather(step.keep, late, 2, T0, Speaks.EVERY).status is None


def test_what_the_status_says_of_each_segment() -> None:
    (status,) = Joins([E1, E2, E3, G1, B2]).run().statuses
    assert status.segments == [
        Segment(number=1, state=State.DELIVERED, smsc_id="1"),
        Segment(number=2, state=State.UNDELIVERED, smsc_id="2"),
        Segment(number=3, state=State.SUBMITTED),
    ]
    assert (status.reason, status.detail) == (Reason.NOT_DELIVERED, "UNDELIV 9")
    (spoken,) = Joins([E1, E2, E3, G1], Speaks.FIRST).run().statuses
    assert [one.state for one in spoken.segments or ()] == [State.DELIVERED] * 3
