"""docs/demo.md and README have screens that the demo shows today, but for the figures on them.

Rule: `make screens` takes them anew; this file puts them into the pages.
"""

import re
from pathlib import Path

import pytest

from agents.demo.show import Scene
from agents.demo.view import view
from tests.agents.demo.rounds import NOW_MS, in_the_middle

DOCS = Path(__file__).parents[3] / "docs"
PAGES = {DOCS / "demo.md": 3, DOCS.parent / "README.md": 1}
"""With how many screens there are on each."""
BLOCK = re.compile(r"<!-- (screens/\S+) -->\n```\n(.*?)```", re.DOTALL)
SCREENS = [("demo-80x24", 80, 24), ("demo-80x24-killed", 80, 24), ("demo-160x50", 160, 50)]


def with_screens(page: str) -> str:
    """The page with the files' content in its blocks."""
    return BLOCK.sub(
        lambda it: f"<!-- {it[1]} -->\n```\n{(DOCS / it[1]).read_text('utf-8')}```", page
    )


def shown(name: str) -> list[str]:
    """The lines of a screen."""
    return (DOCS / "screens" / f"{name}.txt").read_text("utf-8").splitlines()


def scene() -> Scene:
    """With all parts."""
    return in_the_middle()


@pytest.mark.parametrize(("path", "count"), PAGES.items())
def test_the_page_has_the_screens(path: Path, count: int) -> None:
    page = path.read_text("utf-8")
    assert len(BLOCK.findall(page)) == count
    assert with_screens(page) == page


@pytest.mark.parametrize(("name", "width", "height"), SCREENS)
def test_a_screen_looks_as_it_does_now(name: str, width: int, height: int) -> None:
    now = [line.plain.rstrip() for line in view(scene(), NOW_MS, width, height)]
    then = shown(name)
    assert len(then) == len(now) == height
    assert max(map(len, then)) <= width
    figures = re.compile(r"\d[\d.:,]*")
    assert figures.sub("0", then[0]) == figures.sub("0", now[0])
    assert then[1].startswith("campaign ━") and " waiting, " in then[1]
    assert re.fullmatch(r"code \d+ ms(, while \d+ campaign messages wait)?", then[2])
    rules = [at for at, line in enumerate(now) if set(line) == {"─"}]
    assert set(then[rules[0]]) == {"─"}
    columns = now[4].split("+")[0].split()
    assert then[4].split()[: len(columns)] == columns
    assert then[-1] == now[-1]


def test_the_killed_gateway_recovered_without_loss() -> None:
    said = " ".join(shown("demo-80x24-killed"))
    assert "the gateway was killed: recovered, sending again after" in said
    assert "lost 0, doubled 0" in said and "sent again" in said


def test_the_lines_are_those_of_a_round() -> None:
    lines = shown("demo-once")
    ends = [line for line in lines if re.match(r"[0-9a-f]{6}-\d\d  domain\.", line)]
    assert len(ends) == 21
    assert sum("┃" in line for line in lines) == 17
    assert any(line.startswith("5 codes went past a campaign") for line in lines)
    assert any(line.startswith("117 SMS, each exactly the text expected") for line in lines)


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(with_screens(each.read_text("utf-8")), "utf-8")
