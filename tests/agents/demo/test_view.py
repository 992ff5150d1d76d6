"""The screen, at sizes that people have.

Rule: the screens that are recorded beside this file are written anew with
`.venv/bin/python -m tests.agents.demo.test_view`, and looked at.
"""

import io
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.console import Console, Group

from agents.demo.board import Board
from agents.demo.show import Lines, Scene, hints
from agents.demo.view import HINT_MS, view
from schemas.lane import Lane
from tests.agents.demo.rounds import NOW_MS, in_the_middle

HERE = Path(__file__).parent
RECORDED = ((80, 24), (160, 50), (50, 12), (40, 10))
AFTER_MS = 21_500


def drawn(scene: Scene, width: int, height: int, **console: bool | str) -> str:
    """As rich writes it to a terminal of this size."""
    out = io.StringIO()
    screen = Console(file=out, width=width, height=height, highlight=False, **console)  # type: ignore[arg-type]
    screen.print(Group(*view(scene, NOW_MS + AFTER_MS, width, height)))
    return out.getvalue()


def plain(width: int, height: int) -> str:
    """Of the scene that is recorded, without blanks at the ends of lines."""
    lines = drawn(in_the_middle(), width, height).splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def recorded(width: int, height: int) -> Path:
    """The file of a size."""
    return HERE / f"screen-{width}x{height}.txt"


@pytest.mark.parametrize(("width", "height"), RECORDED)
def test_the_screen_is_the_recorded_one(width: int, height: int) -> None:
    assert plain(width, height) == recorded(width, height).read_text("utf-8")


@pytest.mark.parametrize("width", [1, 8, 20, 40, 75, 76, 80, 119, 120, 160, 300])
@pytest.mark.parametrize("height", [1, 2, 5, 10, 15, 16, 24, 50])
def test_it_fits_whatever_the_size(width: int, height: int) -> None:
    for scene in (in_the_middle(), Scene(Board()), Scene(Board(), smsc="127.0.0.1:1")):
        lines = view(scene, NOW_MS + AFTER_MS, width, height)
        assert len(lines) <= height
        assert max((line.cell_len for line in lines), default=0) <= width


def test_without_colour_it_says_the_same() -> None:
    coloured = drawn(in_the_middle(), 80, 24, force_terminal=True, color_system="truecolor")
    none = drawn(in_the_middle(), 80, 24, force_terminal=True, no_color=True)
    assert re.search(r"\x1b\[[0-9;]*3\dm", coloured)
    assert not re.search(r"\x1b\[[0-9;]*[34]\dm", none)
    without = [re.sub(r"\x1b\[[0-9;]*m", "", shown) for shown in (coloured, none)]
    assert without[0] == without[1]


def test_what_ended_otherwise_is_marked() -> None:
    scene = in_the_middle()
    row = scene.board.recent[0]
    row.due = row.due._replace(ends="refused")
    assert f"{row.state} ✗" in drawn(scene, 80, 24)


@pytest.mark.parametrize(
    ("tried", "hint", "why"),
    [
        (set(), "k kills the gateway", "nothing was tried"),
        ({"cut"}, "k kills the gateway", "another trouble"),
        ({"kill"}, "in a second terminal", "k was pressed"),
        ({"kill", "catalog"}, "in a second terminal", "the catalog is one's own, too"),
    ],
)
def test_no_tip_is_what_was_tried(tried: set[str], hint: str, why: str) -> None:
    scene = in_the_middle()
    scene.tried = frozenset(tried)
    assert hints(scene)[0].startswith(hint), why
    shown = [
        " ".join(line.plain for line in view(scene, NOW_MS + at * HINT_MS, 80, 24))
        for at in range(4)
    ]
    assert any("next: k kills" in one for one in shown) == ("kill" not in tried), why
    assert any("next: your own" in one for one in shown) == ("catalog" not in tried), why


@pytest.mark.parametrize(
    ("lanes", "lines", "low"),
    [
        (Lane, ["no campaign yet", "no code yet"], "no campaign yet · no code yet"),
        (
            [Lane.NORMAL],
            [
                "no campaign: no template here has the lane bulk and a text to test",
                "no code: no template here has the lane urgent and a text to test",
            ],
            "no lane bulk · no lane urgent",
        ),
    ],
    ids=["they will come", "they never will"],
)
def test_why_there_is_none_is_said(lanes: Iterable[Lane], lines: list[str], low: str) -> None:
    scene = Scene(Board(), smsc="127.0.0.1:1", began_ms=NOW_MS, lanes=frozenset(lanes))
    assert [line.plain for line in view(scene, NOW_MS, 80, 24)][1:3] == lines
    assert view(scene, NOW_MS, 40, 10)[0].plain == f"0:00 · {low}"


def test_a_small_screen_has_how_it_ended_and_the_keys() -> None:
    scene = in_the_middle()
    scene.trouble = "the gateway was killed: recovered; lost 0, doubled 0, as the phones show"
    scene.short = "gateway killed: lost 0, doubled 0"
    low = [line.plain for line in view(scene, NOW_MS, 40, 10)]
    assert low[-2:] == [scene.short, "t throttle  c cut  k kill  q quit"]
    assert [line.plain for line in view(scene, NOW_MS, 80, 10)][-2] == scene.trouble
    assert view(scene, NOW_MS, 20, 10)[-1].plain == "t c k q"


def lined() -> str:
    """The same scene in lines, over some seconds."""
    written: list[str] = []
    lines = Lines(written.append)
    scene = in_the_middle()
    for row in scene.board.rows:
        if row.over:
            lines.over(row)
    for after_ms in (2000, 2100, 4100):
        lines.tick(scene, NOW_MS + after_ms)
    return "\n".join(written) + "\n"


def test_lines_say_what_became_of_each_event_and_have_no_control_codes() -> None:
    assert lined() == (HERE / "lines.txt").read_text("utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", lined())


def _write() -> None:
    (HERE / "lines.txt").write_text(lined(), "utf-8")
    for width, height in RECORDED:
        recorded(width, height).write_text(plain(width, height), "utf-8")


if __name__ == "__main__":
    _write()
