"""Seeds from outside, rows to the end: what crash tests share.

Rules: CHAPPE_CHAOS_SEED repeats a run, CHAPPE_CHAOS_KILLS lengthens it, in rounds that fail
each for itself; a row is kept before it is judged; CHAPPE_CHAOS_PAGE (`docs/page.md#name`) is
where the table is written, if anywhere, and only where all of the run has passed.
"""

import os
import random
from typing import Any

import pytest

from tests.chaos.results import ROOT, Row, Rows, commit, report, today, turns, write

ROWS = pytest.StashKey[list[Row]]()
COMMIT = pytest.StashKey[str]()
KILLS = 12
"""Of the scenario that does nothing but kill, one after the other on one installation: what
the first kills leave behind, the later ones meet. The others add theirs."""


def pytest_configure(config: pytest.Config) -> None:
    """What runs is what was there at the beginning."""
    config.stash[COMMIT] = commit()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each round."""
    if "turn" in metafunc.fixturenames:
        metafunc.parametrize("turn", turns(wanted()), ids=str)


def wanted() -> int:
    """Kills at random."""
    return int(os.environ.get("CHAPPE_CHAOS_KILLS") or KILLS)


@pytest.fixture
def rows(pytestconfig: pytest.Config) -> Rows:
    """Of this run."""
    return Rows(pytestconfig.stash.setdefault(ROWS, []))


@pytest.fixture
def seed() -> int:
    """Printed, so that a failure can be had again."""
    given = os.environ.get("CHAPPE_CHAOS_SEED")
    chosen = int(given) if given else random.SystemRandom().randrange(1_000_000)
    print(f"CHAPPE_CHAOS_SEED={chosen}")  # noqa: T201
    return chosen


@pytest.fixture
def kills() -> int:
    """How often the first scenario kills, over all of its rounds."""
    return wanted()


@pytest.fixture
def times(kills: int) -> int:
    """How often the other scenarios do what they do: once in CI."""
    return max(1, kills // 40)


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """The table at the end of the run; on the page only where every promise was kept."""
    rows = config.stash.get(ROWS, [])
    if not rows:
        return
    began, now = config.stash[COMMIT], commit()
    text = report(rows, began if began == now else f"{began} to {now}", today())
    terminalreporter.section("chaos")
    terminalreporter.write_line(text)
    page, _, name = os.environ.get("CHAPPE_CHAOS_PAGE", "").partition("#")
    if page and exitstatus == 0:
        write(ROOT / page, name, text)
        terminalreporter.write_line(f"\nwritten to {page}")
    elif page:
        terminalreporter.write_line(f"\nnot written to {page}: not all has passed")
