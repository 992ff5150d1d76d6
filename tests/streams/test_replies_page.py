"""docs/replies.md against what it tells of. Run as a module to write its table anew:
`python -m tests.streams.test_replies_page`.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from babel import Locale

from schemas.topics import DAY_MS, Topics
from streams.sending import optout
from streams.sending.reassembly import PATIENCE_S
from streams.sending.replying import PURPOSE, REMEMBERED_MS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "replies.md"
WORDS = re.compile(r"(?<=<!-- words -->\n).*?(?=<!-- words end -->)", re.DOTALL)
COLUMNS: list[Mapping[str, str]] = [optout.STRONG, optout.WEAK, optout.START, optout.HELP]


def table() -> str:
    """English first, then by code."""
    head = "| | STOP | STOP, alone only | START | HELP |\n|---|---|---|---|---|\n"
    codes = sorted(optout.LANGUAGES, key=lambda code: (code != "en", code))
    rows = [
        f"| {Locale(code).english_name} (`{code}`) | "
        + " | ".join(column.get(code, "") for column in COLUMNS)
        for code in codes
    ]
    return "\n" + head + "".join(f"{re.sub(r' +', ' ', row)} |\n" for row in rows) + "\n"


def test_the_table_is_that_of_the_reader() -> None:
    assert WORDS.findall(PAGE.read_text("utf-8")) == [table()]


def test_the_examples_are_those_that_are_tested() -> None:
    blocks = re.findall(
        r"<!-- (\S+\.json) -->\n```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    assert len(blocks) == 2
    for name, block in blocks:
        assert block == (ROOT / name).read_text("utf-8"), name


def test_the_figures_are_those_of_the_code() -> None:
    page = PAGE.read_text("utf-8")
    assert f"within {PATIENCE_S:.0f} s of the last one" in page
    assert f"within {REMEMBERED_MS // 1000} s have one id" in page.replace("\n", " ")
    assert f"So do more than {optout.MOST_CHARACTERS} characters" in page
    assert f"**STOP ends `{PURPOSE}`**" in page
    topics = Topics()
    assert (topics.inbound.kept_ms, topics.consents.kept_ms) == (30 * DAY_MS, None)


if __name__ == "__main__":
    PAGE.write_text(WORDS.sub(lambda _: table(), PAGE.read_text("utf-8")), "utf-8")
