"""What the crash tests saw: a row for each, and the page that shows them.

Rules: a row is what was measured, good or bad; the page is written between its two marks
and nowhere else; date and commit stand beside the figures.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple, Self

from tests.chaos.judge import Judgement

ROOT = Path(__file__).resolve().parents[2]
HEAD = (
    "what is done", "times", "messages", "lost", "doubled, `hold`", "doubled, `resend`",
    "of one, at most (bound)", "in doubt", "to recover, s: median (longest)",
)  # fmt: skip


IN_A_ROW = 25
"""Kills on one installation; more are done on further ones, so that memory stays small."""


class Turn(NamedTuple):
    """One installation of a scenario: its number, from 0, and how often it is killed."""

    number: int
    kills: int

    def __str__(self) -> str:
        return f"{self.number + 1}-of-{self.kills}-kills"


def turns(kills: int) -> list[Turn]:
    """Enough of them for so many kills."""
    return [
        Turn(number, min(IN_A_ROW, kills - done))
        for number, done in enumerate(range(0, kills, IN_A_ROW))
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """Of one scenario. `worst`: messages doubled by one trouble; `bound`: what is published
    for it, None where nothing is; `recovered`: seconds; `faults`: promises broken, in sentences."""

    name: str
    seeds: tuple[int, ...]
    times: int
    messages: int
    lost: int
    doubled_held: int
    doubled_resent: int
    worst: int
    bound: int | None
    in_doubt: int
    recovered: tuple[float, ...] = ()
    faults: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def of(
        cls, name: str, seed: int, times: int, bound: int | None, recovered: Sequence[float],
        found: Judgement,
    ) -> Self:  # fmt: skip
        """From one judgement."""
        return cls(
            name, (seed,), times, found.messages, len(found.lost), len(found.doubled_held),
            found.doubled_resent, found.worst, bound, len(found.in_doubt), tuple(recovered),
            tuple(found.faults()),
        )  # fmt: skip

    def __add__(self, other: "Row") -> "Row":
        """Two rounds of the same."""
        return Row(
            self.name, self.seeds + other.seeds, self.times + other.times,
            self.messages + other.messages, self.lost + other.lost,
            self.doubled_held + other.doubled_held, self.doubled_resent + other.doubled_resent,
            max(self.worst, other.worst), self.bound,
            self.in_doubt + other.in_doubt, self.recovered + other.recovered,
            self.faults + other.faults,
        )  # fmt: skip

    def cells(self) -> list[str]:
        """As the table has them."""
        recover = "–"
        if self.recovered:
            recover = f"{median(self.recovered):.1f} ({max(self.recovered):.1f})"
        return [
            self.name,
            *(f"{n:,}" for n in (self.times, self.messages, self.lost, self.doubled_held)),
            f"{self.doubled_resent:,}",
            f"{self.worst:,} ({'–' if self.bound is None else self.bound})",
            f"{self.in_doubt:,}",
            recover,
        ]


class Rows:
    """The rows of a run; rounds of the same are one."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def show(self, row: Row) -> None:
        """In the table only: others promise what they promise."""
        for index, known in enumerate(self._rows):
            if known.name == row.name:
                self._rows[index] = known + row
                return
        self._rows.append(row)

    def keep(self, row: Row) -> None:
        """In the table, and judged. Raises AssertionError with every promise that was broken."""
        self.show(row)
        assert not row.faults, "\n".join([f"{row.name}, seeds {row.seeds}:", *row.faults])


def table(rows: Sequence[Row]) -> str:
    """In Markdown."""
    lines = [list(HEAD), ["---"] * len(HEAD), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def report(rows: Sequence[Row], commit: str, now: datetime) -> str:
    """The table with its date, its commit and its seeds."""
    seeds = "; ".join(f"{row.name}: {', '.join(map(str, row.seeds))}" for row in rows)
    broken = sum(bool(row.faults) for row in rows)
    verdict = f"**{broken} of {len(rows)} broke a promise.** " if broken else ""
    return (
        f"{now:%Y-%m-%d}, commit {commit}. {verdict}Window 20, 4 partitions, one machine.\n\n"
        f"{table(rows)}\n\nSeeds: {seeds}."
    )


def write(page: Path, name: str, text: str) -> None:
    """Between the two marks `name` of `page`. Raises ValueError where they are not there."""
    begins, ends = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, begin, rest = page.read_text("utf-8").partition(begins)
    _, end, after = rest.partition(ends)
    if not begin or not end:
        raise ValueError(f"{page.name}: the table goes between {begins} and {ends}: add both")
    page.write_text(f"{before}{begins}\n{text}\n{ends}{after}", "utf-8")


def commit() -> str:
    """Of this checkout; with a mark where it differs from it."""
    run = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return run.stdout.strip() or "unknown"


def today() -> datetime:
    """In UTC."""
    return datetime.now(UTC)
