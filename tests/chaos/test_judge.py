"""The judge must see what it is there to see: one row, one message."""

from typing import NamedTuple

import pytest

from schemas.status import State
from tests.chaos.judge import Asked, Judgement, Said, Submit, Trouble, judge

S = State
KILL = Trouble("killed", began=10.0, ended=11.0, bound=1)
LATER = Trouble("killed", began=20.0, ended=21.0, bound=1)
ONE, HELD = Asked("a", "resend"), Asked("a", "hold")
LONG, LONG_HELD = Asked("a", "resend", 2), Asked("a", "hold", 2)


def at(*times: float, segment: int = 1, token: str = "a") -> list[Submit]:
    return [Submit(n, time, token, segment) for n, time in enumerate(times)]


def told(**states: list[State]) -> dict[str, list[Said]]:
    """One a second."""
    return {
        token: [Said(state, n + 1.0, "why") for n, state in enumerate(its)]
        for token, its in states.items()
    }


class Row(NamedTuple):
    why: str
    asked: Asked
    submits: list[Submit]
    steps: list[State]
    wrong: dict[str, object]


ROWS = [
    Row("sent", ONE, at(1), [S.QUEUED, S.SUBMITTED, S.DELIVERED], {}),
    Row("sent, no receipt", HELD, at(1), [S.QUEUED, S.SUBMITTED], {}),
    Row("we say sent, the SMSC has nothing", ONE, [], [S.SUBMITTED], {"lost": ["a"]}),
    Row("never heard of again", ONE, [], [S.QUEUED], {"lost": ["a"], "silent": ["a"]}),
    Row("sent, and we don't know it", ONE, at(1), [S.QUEUED], {"silent": ["a"]}),
    Row("a receipt is no outcome of ours", ONE, at(1), [S.DELIVERED], {"silent": ["a"]}),
    Row("a segment is missing", LONG, at(1), [S.SUBMITTED], {"lost": ["a"]}),
    Row("both segments", LONG, at(1) + at(1, segment=2), [S.SUBMITTED], {}),
    Row("half of it went out, and we say so", LONG, at(1), [S.FAILED], {}),
    Row("too late", ONE, [], [S.REFUSED], {}),
    Row("refused, and yet sent", ONE, at(1), [S.REFUSED], {"contradicted": ["a"]}),
    Row("held", HELD, [], [S.IN_DOUBT], {"in_doubt": ["a"]}),
    Row("held, and it had arrived", HELD, at(1), [S.IN_DOUBT], {"in_doubt": ["a"]}),
    Row("nobody holds a code", ONE, [], [S.IN_DOUBT], {"in_doubt": ["a"], "lost": ["a"]}),
    Row("a doubt that was settled", HELD, at(1), [S.IN_DOUBT, S.SUBMITTED], {}),
    Row("a doubt after the fact", HELD, at(1), [S.SUBMITTED, S.IN_DOUBT],
        {"in_doubt": ["a"], "contradicted": ["a"]}),
    Row("sent and refused", ONE, at(1), [S.SUBMITTED, S.FAILED], {"contradicted": ["a"]}),
    Row("again, after a kill", ONE, at(9, 12), [S.SUBMITTED], {"doubled": {0: {"a"}}}),
    Row("its copy came while the killed one's octets were read", ONE, at(10.5, 12), [S.SUBMITTED],
        {"doubled": {0: {"a"}}}),
    Row("by the one that was thought dead", ONE, at(10.2, 10.8), [S.SUBMITTED],
        {"doubled": {0: {"a"}}}),
    Row("twice again, by two kills", ONE, at(9, 12, 22), [S.SUBMITTED],
        {"doubled": {0: {"a"}, 1: {"a"}}}),
    Row("the first kill's, however late", ONE, at(9, 30), [S.SUBMITTED], {"doubled": {0: {"a"}}}),
    Row("nothing happened in between", ONE, at(12, 13), [S.SUBMITTED], {"unexplained": ["a"]}),
    Row("doubled before the kill too", ONE, at(8, 9, 12), [S.SUBMITTED],
        {"doubled": {0: {"a"}}, "unexplained": ["a"]}),
    Row("held means never twice", HELD, at(9, 12), [S.SUBMITTED], {"doubled_held": ["a"]}),
    Row("nor a segment of it", LONG_HELD, at(9, 12) + at(13, segment=2), [S.SUBMITTED],
        {"doubled_held": ["a"]}),
    Row("a segment again", LONG, at(9, 12) + at(13, segment=2), [S.SUBMITTED],
        {"doubled": {0: {"a"}}}),
    Row("both segments again are one message", LONG, at(9, 12) + at(9.1, 13, segment=2),
        [S.SUBMITTED], {"doubled": {0: {"a"}}}),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.why)
def test_one_message(row: Row) -> None:
    found = judge([row.asked], row.submits, told(a=row.steps), [KILL, LATER])
    names = ("lost", "doubled_held", "doubled", "unexplained", "in_doubt", "silent", "contradicted")
    assert {name: value for name in names if (value := getattr(found, name))} == row.wrong
    fair = {"doubled", "in_doubt"}
    assert bool(found.faults()) is bool(row.wrong.keys() - fair)


def two(*tokens: str, trouble: Trouble = KILL) -> Judgement:
    """Each of them sent again after one kill."""
    asked = [Asked(token, "resend") for token in tokens]
    submits = [one for token in tokens for one in at(9, 12, token=token)]
    return judge(asked, submits, told(**{key: [S.SUBMITTED] for key in tokens}), [trouble])


def test_the_bound_is_a_bound() -> None:
    assert two("a").faults() == []
    (said,) = two("a", "b").faults()
    assert "doubled 2 messages under resend, more than the 1 published: ['a', 'b']" in said
    assert (two("a", "b").worst, two("a", "b").doubled_resent) == (2, 2)


def test_what_nobody_asked_for() -> None:
    assert (
        "1 messages that nobody asked for: ['b']" in judge([], at(1, token="b"), {}, []).faults()[0]
    )


def test_a_fault_names_the_message_and_the_lines_of_the_log() -> None:
    (said,) = judge([HELD], at(9, 12), told(a=[S.SUBMITTED]), [KILL]).faults()
    assert (
        "#a (hold, 1 segments): taken in line 0 (segment 1, 9.000), line 1 (segment 1, 12" in said
    )
    assert "we said submitted (1.000, why)" in said
