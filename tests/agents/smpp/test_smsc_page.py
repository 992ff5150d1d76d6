"""docs/smsc.md says what the code does: its examples are read, its tables are ours."""

import re
import tomllib
from pathlib import Path

import pytest

from agents.smpp.backoff import ALERTS, WAITS, Trouble
from agents.smpp.keys import READERS, read_value
from agents.smpp.smsc_settings import parse_smsc_tables
from streams.sending.route import Routes
from streams.sending.verdict import VERDICTS, Verdicts
from streams.sending.verdict_words import FLAGS, SHORT, parse, parse_verdicts, words

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "smsc.md").read_text("utf-8")
EXAMPLES = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]


def rows(first: str) -> list[list[str]]:
    """The cells of the table whose head begins with `first`."""
    _, _, behind = PAGE.partition(f"\n| {first} |")
    lines = behind.split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_examples_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "main").write_text("hunter2\n")
    whole, routes, carrier = EXAMPLES
    names = [smsc.label for smsc in parse_smsc_tables(whole["smsc"])]
    Routes.parse(whole["route"], names)
    Routes.parse(routes["route"], [*names, "french"])
    parse_verdicts(carrier["smsc"]["verdicts"])


def test_every_key_has_a_row_with_its_default() -> None:
    table = {key.strip("`"): default for key, _, default in rows("key")}
    assert table.keys() - {"url"} == READERS.keys()
    for key, default in table.items():
        if re.fullmatch(r"`\w+`|[0-9]+", default):
            read_value(key, default.strip("`"))


def test_the_verdicts_are_those_of_the_table() -> None:
    told: dict[int, str] = {}
    for statuses, text in rows("command_status"):
        for first, last in re.findall(r"0x([0-9A-F]{2})\b(?:–0x([0-9A-F]{2}))?", statuses):
            for status in range(int(first, 16), int(last or first, 16) + 1):
                told[status] = text.strip("`")
    assert told == {status: words(each) for status, each in VERDICTS.items()}
    *_, below, above = (text.strip("`") for _, text in rows("command_status"))
    assert (parse(below), parse(above)) == (Verdicts().of(0x3FF), Verdicts().of(0x400))


def test_every_word_of_a_verdict_is_told() -> None:
    told = {cell.strip("`").split()[0] for cell, _ in rows("word")}
    assert told == {*SHORT, "retry", "elsewhere"}
    behind = PAGE.partition("Behind `retry`")[2]
    assert [flag for flag in FLAGS if f"| `{flag}` |" not in behind] == []


def test_every_reason_of_a_bind_that_is_down_is_told() -> None:
    units = {"s": 1, "min": 60}
    for reason, _, waits, what in rows("reason"):
        trouble = Trouble(reason.strip("`"))
        first, first_unit, last, last_unit = re.findall(
            r"(\d+)(?: (s|min))? to (\d+) (\w+)", waits
        )[0]
        told = int(first) * units[first_unit or last_unit], int(last) * units[last_unit]
        assert told == WAITS[trouble]
        assert ("**alert.**" in what) == (trouble in ALERTS)
    assert len(rows("reason")) == len(Trouble)
