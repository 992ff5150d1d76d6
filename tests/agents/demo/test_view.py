"""The screen, at sizes that people have.

Rule: the screens that are recorded beside this file are written anew with
`.venv/bin/python -m tests.agents.demo.test_view`, and looked at.
"""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console, Group

from agents.demo.board import Board
from agents.demo.show import Lines, Scene
from agents.demo.view import view
from tests.agents.demo.rounds import NOW_MS, in_the_middle

HERE = Path(__file__).parent
RECORDED = ((80, 24), (160, 50), (50, 12))
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
