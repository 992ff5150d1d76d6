"""`chappe catalog check`: which folder, which status, and how little it needs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agents.cli.main import main
from agents.settings import no_colour
from tests.streams.catalogs import DEFAULTS, GOOD, swapped


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A good catalog in `texts`, seen from beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHAPPE_CATALOG", raising=False)
    made = tmp_path / "texts"
    made.mkdir()
    (made / "_defaults.yaml").write_text(DEFAULTS, encoding="utf-8")
    (made / "door.yaml").write_text(GOOD, encoding="utf-8")
    return made


def check(*args: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["catalog", "check", *args], env=environment)


def test_no_fault_and_the_folder_is_named(folder: Path) -> None:
    found = check("texts")
    assert (found.exit_code, found.output.splitlines()[-1]) == (
        0, "texts: 1 template, 2 locales, no fault",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["text", "github", "json", "markdown"])
def test_a_fault_is_status_1_and_on_stdout(folder: Path, name: str) -> None:
    (folder / "door.yaml").write_text(swapped("name: Jo}", "name: Al}"), encoding="utf-8")
    found = check("texts", "--output-format", name)
    assert found.exit_code == 1
    assert "texts/door.yaml" in found.stdout
    assert found.stderr == ""


@pytest.mark.parametrize(
    ("args", "environment", "said", "why"),
    [
        (("nowhere",), {}, "'nowhere' does not exist", "no such folder"),
        (("texts/door.yaml",), {}, "is a file", "a file for a folder"),
        ((), {"CHAPPE_CATALOG": "nowhere"}, "CHAPPE_CATALOG", "the same in the setting"),
        (("texts", "--output-format", "xml"), {}, "'xml' is not one of", "no such format"),
    ],
)
def test_wrong_use_is_status_2(
    folder: Path, args: tuple[str, ...], environment: dict[str, str], said: str, why: str
) -> None:
    found = check(*args, **environment)
    assert found.exit_code == 2, why
    assert said in found.stderr, why


def test_the_folder_of_the_setting(folder: Path) -> None:
    assert check(CHAPPE_CATALOG="texts").output.splitlines()[-1].startswith("texts: 1 template")


def test_with_a_folder_no_setting_is_read(folder: Path) -> None:
    (folder.parent / "chappe.toml").write_text("nonsense", encoding="utf-8")
    assert check("texts").exit_code == 0


def test_a_folder_elsewhere_is_named_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "here").mkdir()
    monkeypatch.chdir(folder.parent / "here")
    assert json.loads(check("../texts", "--output-format", "json").output)["folder"] == str(folder)


def test_an_empty_folder(folder: Path) -> None:
    (folder.parent / "empty").mkdir()
    found = check("empty")
    assert found.exit_code == 1
    assert found.output.startswith("empty: no *.yaml in this folder")


def test_where_one_file_cannot_be_read_the_others_are_checked(folder: Path) -> None:
    (folder / "latin.yaml").write_bytes(GOOD.replace("doors", "Zoë").encode("latin-1"))
    found = check("texts")
    assert "texts/latin.yaml:2: not UTF-8" in found.output
    assert "door      en" in found.output


def test_unread_defaults_are_the_only_fault(folder: Path) -> None:
    (folder / "_defaults.yaml").rename(folder / "_defaults.yml")
    faults = json.loads(check("texts", "--output-format", "json").output)["faults"]
    assert [fault["file"] for fault in faults] == ["texts/_defaults.yml"]


def test_colour_goes_to_a_terminal_only(folder: Path) -> None:
    assert "\x1b" not in check("texts").output
    assert no_colour({"NO_COLOR": "1"})
    assert not no_colour({"NO_COLOR": ""})


def test_it_imports_no_kafka_and_no_smpp(folder: Path) -> None:
    source = (
        "import sys; from click.testing import CliRunner; from agents.cli.main import main; "
        "found = CliRunner().invoke(main, ['catalog', 'check', sys.argv[1]]); "
        "heavy = {'faust', 'aiokafka', 'confluent_kafka', 'aiosmpplib', 'aiohttp', 'asyncio'}; "
        "print(found.exit_code, sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", source, str(folder)],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.strip() == "0 []"
