"""`chappe init`: the starter is right as it stands, and nothing is ever written over."""

import json
import re
from importlib.metadata import version
from pathlib import Path

import jsonschema
import pytest
import yaml

from agents.cli.init import STARTER
from agents.settings import load_settings
from tests.agents.cli.terminal import ROOT, piped

FILES = {
    ".github/workflows/catalog.yml", "README.md", "_defaults.yaml", "chappe.toml",
    "events/order-ready.json", "order-ready.yaml", "schema/defaults.json",
    "schema/template.json",
}  # fmt: skip


@pytest.fixture
def started(tmp_path: Path) -> Path:
    """The starter in a folder of its own."""
    folder = tmp_path / "texts"
    result = piped("init", str(folder))
    assert result.exit_code == 0, result.output
    return folder


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_everything_is_there_and_said(started: Path) -> None:
    assert names(started) == FILES
    said = piped("init", str(started.parent / "more")).stdout
    assert {line.strip() for line in said.splitlines()} >= FILES


def test_the_three_commands_are_commands(started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(started.parent)
    lines = piped("init", "my texts").stdout.partition("Next:\n")[2].splitlines()
    assert [line.strip() for line in lines] == [
        "cd 'my texts' && chappe catalog check .",
        "chappe try events/order-ready.json",
        "chappe demo --catalog . --once",
    ]
    monkeypatch.chdir("my texts")
    assert piped("catalog", "check", ".").exit_code == 0
    assert piped("try", "events/order-ready.json").exit_code == 0


def test_check_has_nothing_to_say_against_it(started: Path) -> None:
    result = piped("catalog", "check", str(started))
    assert result.exit_code == 0
    assert "1 template, 2 locales, no fault" in result.stdout
    found = piped("catalog", "check", str(started), "--output-format", "json")
    assert json.loads(found.stdout)["faults"] == []


def test_its_event_gives_the_text_of_its_first_test(started: Path) -> None:
    event = str(started / "events" / "order-ready.json")
    result = piped("try", event, "--catalog", str(started), "--json")
    (answer,) = json.loads(result.stdout)["answers"]
    template = yaml.safe_load((started / "order-ready.yaml").read_text())
    expected = template["tests"][0]["expect"]
    assert {text["locale"]: text["text"] for text in answer["texts"]} == expected


def test_the_settings_beside_it_are_read_and_name_it(
    started: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(started)
    assert load_settings({}).catalog.resolve() == started.resolve()
    every = re.sub(r"^# (?=\w+ = )", "", Path("chappe.toml").read_text(), flags=re.MULTILINE)
    Path("chappe.toml").write_text(every)
    settings = load_settings({})
    assert settings.kafka == "localhost:9092" and settings.test_numbers.allow("+33612345678")


@pytest.mark.parametrize(
    ("name", "schema"),
    [("order-ready.yaml", "template.json"), ("_defaults.yaml", "defaults.json")],
)
def test_the_schema_for_editors_is_reachable_and_the_shipped_one(
    started: Path, name: str, schema: str
) -> None:
    first, *_ = (started / name).read_text().splitlines()
    assert first == f"# yaml-language-server: $schema=schema/{schema}"
    there = (started / "schema" / schema).read_text()
    assert there == (ROOT / "docs" / "schemas" / schema).read_text()
    jsonschema.validate(yaml.safe_load((started / name).read_text()), json.loads(there))


def test_the_workflow_runs_commands_that_there_are(
    started: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = yaml.safe_load((started / ".github" / "workflows" / "catalog.yml").read_text())
    steps = [step["run"] for step in workflow["jobs"]["catalog"]["steps"] if "run" in step]
    install, *commands = steps
    assert install == f"pip install chappe=={version('chappe')}"
    monkeypatch.chdir(started)
    for command in commands:
        arguments = command.partition(" >> ")[0].split()[1:]
        assert piped(*arguments).exit_code == 0, command


@pytest.mark.parametrize(
    ("there", "named", "why"),
    [
        (["order-ready.yaml"], "order-ready.yaml", "one of ours"),
        (["schema/template.json"], "schema/template.json", "one below"),
        (["notes.txt"], "notes.txt", "another catalog may be there"),
        (["notes.txt", "README.md"], "README.md", "the one that would be written over"),
    ],
)
def test_what_is_there_is_left_alone(
    tmp_path: Path, there: list[str], named: str, why: str
) -> None:
    for name in there:
        path = tmp_path / "texts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    result = piped("init", str(tmp_path / "texts"))
    assert result.exit_code == 1
    assert f"{tmp_path / 'texts' / named} is there already, and nothing" in result.stderr, why
    assert names(tmp_path / "texts") == set(there), why


def test_no_folder_is_made_above_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = piped("init", "tests/slip/texts")
    assert result.exit_code == 1
    assert f"there is no folder {tmp_path / 'tests' / 'slip'}, and nothing" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("inside", [[], [".git"]], ids=["empty", "a new repository"])
def test_where_it_may_start(tmp_path: Path, inside: list[str]) -> None:
    for name in inside:
        (tmp_path / name).mkdir()
    assert piped("init", str(tmp_path)).exit_code == 0
    assert names(tmp_path) == FILES


def test_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = piped("init", ".").stdout
    assert "cd " not in said and "\n  chappe catalog check .\n" in said


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "texts").write_text("mine")
    result = piped("init", str(tmp_path / "texts"))
    assert (result.exit_code, "Not a directory; DIR is a folder" in result.stderr) == (1, True)
    result = piped("init", str(tmp_path / "texts" / "below"))
    assert (result.exit_code, "not written: Not a directory" in result.stderr) == (1, True)


def test_no_file_of_it_is_ignored_or_forgotten() -> None:
    """What git does not track is not in the wheel that CI builds."""
    shipped = FILES - {"schema/defaults.json", "schema/template.json"}
    assert names(STARTER) == shipped
