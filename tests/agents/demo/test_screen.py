"""What is left on the terminal when the screen is given back."""

import io

from rich.console import Console

from agents.demo.screen import LEFT_BEHIND, Screen


def left_behind(*said: tuple[str, str]) -> list[str]:
    """The lines after the screen, of what was said meanwhile and about what."""
    out = io.StringIO()
    screen = Screen(Console(file=out, width=80))
    with screen.open():
        for line, about in said:
            screen.say(line, about)
        out.seek(0)
        out.truncate()
    return out.getvalue().splitlines()


def test_of_each_trouble_only_the_last_word_is_left() -> None:
    assert left_behind(
        ("starting", ""),
        ("killed", "trouble 1"),
        ("killed: lost 0", "trouble 1"),
        ("one trouble at a time", ""),
        ("killed: 22 sent again; lost 0", "trouble 1"),
        ("killed once more", "trouble 2"),
        ("killed: 77 sent again; lost 0", "trouble 2"),
        ("the end", ""),
    ) == [
        "starting",
        "one trouble at a time",
        "killed: 22 sent again; lost 0",
        "killed: 77 sent again; lost 0",
        "the end",
    ]


def test_the_last_lines_are_left() -> None:
    said = [f"line {number}" for number in range(LEFT_BEHIND + 3)]
    assert left_behind(*((line, "") for line in said)) == said[3:]
