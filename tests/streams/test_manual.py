"""What docs/catalog.md says by example is what the code does."""

import datetime
import json
import re
import shlex
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.catalog import load_catalog
from agents.cli.main import main
from streams.catalog.editor_schema import catalog_schema, defaults_schema
from streams.proof.rules import CATALOG_RULES, LOADS, RULES
from streams.text.filters import DATE_FORMS, WORDS, filters, plural_forms
from streams.text.formats import Value, with_currency
from streams.text.measure import measure
from streams.text.texts import compile_text
from streams.text.transliterate import READINGS, reading

MANUAL = (Path(__file__).parents[2] / "docs" / "catalog.md").read_text(encoding="utf-8")
FILTER_SOURCES = [
    "{{ amount }}", "{{ count }}", "{{ count | number(0) }}", "{{ count | number(2) }}",
    '{{ count | money("USD") }}', "{{ day }}", '{{ day | date("short") }}',
    '{{ day | date("long") }}', '{{ day | date("full") }}', '{{ day | date("day") }}',
    '{{ day | date("weekday") }}', "{{ hour }}",
]  # fmt: skip
VALUES: dict[str, Value] = {
    "count": Decimal("1234.5"),
    "amount": with_currency(Decimal("-1234.5"), "EUR"),
    "day": datetime.date(2026, 11, 25),
    "hour": datetime.time(14, 30),
}


def table(head: str) -> list[list[str]]:
    """The cells below the first line that begins with `head`, as they are written."""
    lines = MANUAL[MANUAL.index(f"\n{head}") + 1 :].split("\n\n")[0].splitlines()[2:]
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in lines
    ]


def filtered(locale: str, source: str) -> str:
    """What a text of these values prints."""
    return compile_text(locale, source, frozenset(VALUES)).render(VALUES)


def test_the_uses_are_the_shipped_templates() -> None:
    shipped = {name: ", ".join(one.texts) for name, one in load_catalog().templates.items()}
    assert {name.strip("`"): locales for _, name, locales in table("| use |")} == shipped


def test_what_values_print_is_what_the_table_says() -> None:
    rows = table("| in the text |")
    assert [source.strip("`") for source, *_ in rows] == FILTER_SOURCES
    for source, *cells in rows:
        found = [filtered(locale, source.strip("`")) for locale in ("en", "fr", "de", "ar")]
        assert found == cells


def test_every_filter_is_named() -> None:
    words = {word for cell, *_ in table("| filter |") for word in re.findall(r"`(\w+)`", cell)}
    assert words == set(filters("en"))
    assert set(WORDS) < words
    (forms,) = (takes for cell, _, takes in table("| filter |") if cell == "`date`")
    assert tuple(re.findall(r"`(\w+)`", forms)) == DATE_FORMS


@pytest.mark.parametrize("row", table("| locale | categories"), ids=lambda row: str(row[0]))
def test_the_categories_of_plural(row: list[str]) -> None:
    locale, categories = row
    assert set(re.findall(r"`(\w+)`", categories)) == plural_forms(locale.strip("`")) | {"other"}


def test_the_readings_are_all_in_the_table() -> None:
    found: dict[str, str] = {}
    for said, written in table("| read as |"):
        read = {"a space": " ", "nothing": ""}.get(said, said.strip("`"))
        for word in written.split():
            found[chr(int(word[2:], 16)) if word.startswith("U+") else word] = read
    assert found == READINGS


def test_the_letters_named_below_it() -> None:
    said = MANUAL[MANUAL.index("A letter with marks") : MANUAL.index("## How a text is counted")]
    for letter, read in re.findall(r"`(.)`(?: is read)? as `(.)`", said):
        assert reading(letter) == read
    stay = re.findall(r"`(.)`", said.rpartition(". ")[2])
    assert len(stay) == 10
    assert measure("".join(stay)).encoding == "gsm7"


@pytest.mark.parametrize(("encoding", "char"), [("gsm7", "a"), ("ucs2", "я")])
def test_the_sizes_of_segments(encoding: str, char: str) -> None:
    ((_, _, *sizes),) = (row for row in table("| encoding |") if row[0] == f"`{encoding}`")
    alone, narrow, wide = map(int, sizes)
    assert measure(char * alone).segments == 1
    assert measure(char * (alone + 1)).segments == 2
    for size, bits in ((narrow, 8), (wide, 16)):
        assert measure(char * size * 3, bits).segments == 3  # type: ignore[arg-type]
        assert measure(char * (size * 3 + 1), bits).segments == 4  # type: ignore[arg-type]


def test_the_characters_that_take_two_septets() -> None:
    (said,) = re.findall(r"`(\^ [^`]*)` take two septets", MANUAL)
    assert len(said.split()) == 9, "all but the form feed, which can't be seen"
    assert all(measure(char).units == 2 for char in said.split())


@pytest.mark.parametrize(
    "block", re.findall(r"```\n\$ chappe (.*?)```", MANUAL, re.DOTALL), ids=lambda it: it[:12]
)
def test_what_commands_print(block: str) -> None:
    command, _, printed = block.partition("\n")
    assert CliRunner().invoke(main, shlex.split(command)).output == printed


def test_the_keys_of_a_count() -> None:
    counted = CliRunner().invoke(main, ["text", "--json", "a" * 1_001]).stdout
    assert list(json.loads(counted)) == [
        "encoding", "characters", "units", "segments", "forced_by", "error",
    ]  # fmt: skip


def test_every_key_is_named() -> None:
    template, defaults = catalog_schema(), defaults_schema()
    purpose = defaults["$defs"]["PurposeShape"]["properties"]
    to, event, budget, test = (
        template["$defs"][name]["properties"]
        for name in ("To", "OnEvent", "BudgetShape", "TestShape")
    )
    keys = {*defaults["properties"], *purpose, *to, *event, *budget, *test}
    assert {key for key in keys if f"`{key}`" not in MANUAL} == set()


def test_every_rule_of_check_is_explained() -> None:
    named = {row[0].strip("`") for row in table("| rule | fault |")}
    assert named == {LOADS, *RULES, *CATALOG_RULES}
