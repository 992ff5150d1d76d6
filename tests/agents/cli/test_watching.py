"""Watching: shown once, then after each change, whatever the change is."""

from pathlib import Path

import pytest

from agents.cli.watching import Stamps, stamps, watch


def ends() -> None:
    raise KeyboardInterrupt


def shown(looks: list[Stamps]) -> int:
    """How often it is shown at these looks."""
    left, times = list(looks), 0

    def look() -> Stamps:
        return left.pop(0)

    def show() -> None:
        nonlocal times
        times += 1

    watch(look, show, lambda: None if left else ends())
    return times


ONE, TWO = {"a": (1, 1, 1)}, {"a": (2, 1, 1)}


@pytest.mark.parametrize(
    ("looks", "times", "why"),
    [
        ([ONE], 1, "shown at once"),
        ([ONE, ONE, ONE], 1, "and not again"),
        ([ONE, TWO, TWO], 2, "a change"),
        ([ONE, {}, ONE], 3, "gone and come back"),
        ([{}], 1, "nothing there yet"),
    ],
)
def test_shown_at_each_change(looks: list[Stamps], times: int, why: str) -> None:
    assert shown(looks) == times, why


def test_ctrl_c_while_it_is_shown() -> None:
    watch(lambda: ONE, ends, lambda: None)


def test_what_tells_a_file_from_its_later_self(tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    folder.mkdir()
    text, event = folder / "a.yaml", tmp_path / "event.json"
    seen = [stamps(folder, event)]

    def changed() -> bool:
        seen.append(stamps(folder, event))
        return seen[-1] != seen[-2]

    text.write_text("1")
    assert changed(), "a new file"
    assert not changed()
    text.write_text("22")
    assert changed(), "another length"
    event.write_text("{}")
    assert changed(), "the event"
    beside = tmp_path / "beside"
    beside.write_text("22")
    beside.replace(text)
    assert changed(), "replaced, as editors do"
    (folder / ".a.yaml.swp").write_text("x")
    assert not changed(), "an editor's own file"
    text.unlink()
    assert changed(), "gone"
    assert stamps(tmp_path / "nowhere") == {}, "a folder that is gone"
