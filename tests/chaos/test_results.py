"""The table says what was seen, and the page is written between its marks only."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.chaos.judge import Asked, Submit, Trouble, judge
from tests.chaos.results import Row, Rows, report, table, turns, write

LOST = judge([Asked("a", "hold")], [], {}, [])
DOUBLED = judge(
    [Asked("a", "resend"), Asked("b", "resend")],
    [Submit(1, 1.0, "a"), Submit(2, 3.0, "a"), Submit(3, 1.0, "b")],
    {}, [Trouble("killed", 2.0, 2.0, 120)],
)  # fmt: skip


def row(seed: int = 7) -> Row:
    return Row.of("killed", seed, 1, 120, [6.0, 8.06], DOUBLED)


def test_a_row() -> None:
    assert table([row()]).splitlines()[-1] == (
        "| killed | 1 | 2 | 0 | 0 | 1 | 1 (120) | 0 | 7.0 (8.1) |"
    )


def test_rounds_of_the_same_are_one_row() -> None:
    both = row(7) + row(8)
    assert both.cells()[1:] == ["2", "4", "0", "0", "2", "1 (120)", "0", "7.0 (8.1)"]
    assert both.seeds == (7, 8)


def test_rounds_are_added_up_as_they_come() -> None:
    """A later round that fails takes nothing away from those before it."""
    kept: list[Row] = []
    for seed in (7, 8):
        Rows(kept).show(row(seed))
        Rows(kept).show(Row.of("other", seed, 1, None, [], DOUBLED))
    with pytest.raises(AssertionError):
        Rows(kept).keep(Row.of("killed", 9, 1, 120, [], LOST))
    assert [(one.name, one.times, one.lost) for one in kept] == [
        ("killed", 3, 1), ("other", 2, 0)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kills", "found", "why"),
    [
        (12, [12], "on one installation"),
        (25, [25], "that many in a row"),
        (200, [25] * 8, "and then on the next"),
        (30, [25, 5], "which has the rest"),
    ],
)
def test_kills_in_rounds(kills: int, found: list[int], why: str) -> None:
    assert [turn.kills for turn in turns(kills)] == found, why


def test_what_recovers_from_nothing_and_has_no_bound() -> None:
    assert Row.of("none", 7, 0, None, [], DOUBLED).cells()[-3:] == ["1 (–)", "0", "–"]


def test_a_broken_promise_fails_and_is_in_the_table() -> None:
    kept: list[Row] = []
    with pytest.raises(AssertionError, match=r"killed, seeds \(7,\):\n1 lost:\n  #a \(hold"):
        Rows(kept).keep(Row.of("killed", 7, 1, 120, [], LOST))
    said = report(kept, "1234567", datetime(2026, 1, 31, tzinfo=UTC))
    assert said.startswith("2026-01-31, commit 1234567. **1 of 1 broke a promise.**")


def test_the_page_outside_its_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- a: begin -->\nold\n<!-- a: end -->\nafter\n")
    write(page, "a", "new")
    assert page.read_text() == "before\n<!-- a: begin -->\nnew\n<!-- a: end -->\nafter\n"
    with pytest.raises(ValueError, match=r"page\.md: the table goes between <!-- b: begin -->"):
        write(page, "b", "new")
