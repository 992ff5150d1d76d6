"""What every command says of itself, and that its examples are lines one may type."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from agents.cli.contents import Contents
from agents.cli.main import COMMANDS
from tests.agents.cli.terminal import piped
from tests.agents.cli.tree import COLUMNS, Place, tree

ROOT = Path(__file__).parents[3]
EXAMPLE = re.compile(r"\n  Example:  (.*?)(?=\n\n|\Z)", re.DOTALL)
PLACES = {place.path: place for place in tree()}
EVERY = pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.path)


def examples(place: Place) -> list[str]:
    """One a line, a line that ends with a backslash with the next."""
    found = EXAMPLE.search(place.help.rstrip("\n"))
    assert found, f"{place.path} has no `Example:` in its help"
    joined = re.sub(r"\\\n\s*", "", found[1])
    return [line.strip() for line in joined.splitlines()]


def typed(line: str) -> tuple[Place, list[str]]:
    """The command in it and what that is given, without settings before and a pipe after."""
    words = shlex.split(re.split(r" [|<>] ", line)[0])
    words = words[words.index("chappe") :]
    named = max(n for n in range(1, len(words) + 1) if " ".join(words[:n]) in PLACES)
    return PLACES[" ".join(words[:named])], words[named:]


@EVERY
def test_every_command_has_an_example_that_can_be_typed(place: Place) -> None:
    found = [typed(line) for line in examples(place)]
    assert any(f"{one.path} ".startswith(f"{place.path} ") for one, _ in found)
    for one, words in found:
        # raises where it has no such option, or one lacks its value
        one.command.make_parser(one.context).parse_args(words)


@EVERY
def test_help_fits_a_terminal(place: Place) -> None:
    assert max(map(len, place.help.splitlines())) <= COLUMNS


@EVERY
def test_every_option_says_what_it_does(place: Place) -> None:
    options = [one for one in place.command.get_params(place.context)
               if isinstance(one, click.Option)]  # fmt: skip
    bare = [one.opts[-1] for one in options if not (one.help or "").rstrip("]").strip()]
    assert bare == []


@EVERY
def test_a_table_says_in_one_line_what_a_command_does(place: Place) -> None:
    if not isinstance(place.command, Contents):
        return
    lines = place.help.splitlines()
    for heading, section in place.command.table.items():
        assert f"{heading}:" in lines
        for name, (_, words) in section.items():
            (row,) = [line for line in lines if line.startswith(f"  {name} ")]
            assert row.endswith(f"  {words}") and words.endswith("."), row


def test_names_stand_under_one_heading_each() -> None:
    names = [name for section in COMMANDS.values() for name in section]
    assert len(names) == len(set(names))


def test_help_imports_nothing_that_takes_its_time() -> None:
    source = (
        "import sys; from click.testing import CliRunner; from agents.cli.main import main; "
        "CliRunner().invoke(main, ['--help']); "
        "heavy = {'faust', 'aiokafka', 'confluent_kafka', 'pydantic', 'jinja2', 'asyncio'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "words", [("--help",), ("-h",), ("text", "-h"), ("in-doubt", "list", "-h")]
)
def test_help_goes_to_stdout_and_is_no_failure(words: tuple[str, ...]) -> None:
    found = piped(*words)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.startswith("Usage: ")
