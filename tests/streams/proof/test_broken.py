"""A folder of broken catalogs: each fault is found, and said as `expected.txt` says it.

Written anew by `python -m tests.streams.proof.test_broken`; then read what changed.
"""

from pathlib import Path

import pytest

from agents.catalog import read_folder
from agents.cli.catalog_check import read
from streams.proof.formats import text
from streams.proof.report import Report, report
from streams.proof.rules import CATALOG_RULES, LOADS, RULES

BROKEN = Path(__file__).with_name("broken")
FOLDERS = sorted(BROKEN.iterdir())


def checked(folder: Path) -> Report:
    return report(read(folder))


def said(folder: Path) -> str:
    return text(checked(folder), folder.name) + "\n"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_fault_is_said_helpfully(folder: Path) -> None:
    assert said(folder) == (folder / "expected.txt").read_text("utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_has_the_fault_of_its_name_and_no_other(folder: Path) -> None:
    rules = {found.rule for found in checked(folder).faults}
    assert rules == {folder.name.partition(".")[0]}


def test_every_rule_has_a_folder() -> None:
    named = {folder.name.partition(".")[0] for folder in FOLDERS}
    assert named == {LOADS, *RULES, *CATALOG_RULES}


def test_the_catalogs_are_broken_in_nothing_else() -> None:
    """Faults of rendering alone do not stop the engine."""
    for folder in FOLDERS:
        loads = not read_folder(folder).faults
        assert loads is not folder.name.startswith(LOADS), folder.name


if __name__ == "__main__":
    for each in FOLDERS:
        (each / "expected.txt").write_text(said(each), encoding="utf-8")
