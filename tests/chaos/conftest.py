"""Seeds from outside, rows to the end: what crash tests share.

Rules: CHAPPE_CHAOS_SEED repeats a run, CHAPPE_CHAOS_KILLS lengthens it; a row is kept before
it is judged; CHAPPE_CHAOS_PAGE (`docs/page.md#name`) is where the table is written, if anywhere.
"""

import os
import random
from typing import Any

import pytest

from tests.chaos.results import ROOT, Row, Rows, commit, report, today, write

ROWS = pytest.StashKey[list[Row]]()
KILLS = 8
"""Of the scenario that does nothing but kill; the others add theirs."""


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
    """How often the first scenario kills."""
    return int(os.environ.get("CHAPPE_CHAOS_KILLS") or KILLS)


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """The table at the end of the run; on the page only where every promise was kept."""
    rows = config.stash.get(ROWS, [])
    if not rows:
        return
    text = report(rows, commit(), today())
    terminalreporter.section("chaos")
    terminalreporter.write_line(text)
    page, _, name = os.environ.get("CHAPPE_CHAOS_PAGE", "").partition("#")
    if page and exitstatus == 0:
        write(ROOT / page, name, text)
        terminalreporter.write_line(f"\nwritten to {page}")
    elif page:
        terminalreporter.write_line(f"\nnot written to {page}: not all has passed")
