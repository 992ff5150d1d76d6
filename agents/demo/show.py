"""What a demo is shown on: a terminal's screen, or lines.

Rules: no figure is made here; lines have no control codes, whatever they are written to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agents.demo.board import Board, Row
from schemas.lane import Lane
from schemas.record import Millis

CAMPAIGN_EVERY_MS = 2000


@dataclass(slots=True)
class Scene:
    """What is shown besides the board: where all runs, and what troubles it.

    `smsc` is empty until all has started; `rate_per_s` is agreed with it. `short` is `trouble`
    where there is little room. `lanes`: those whose texts the catalog's tests show. `tried`: what
    needs no hint any more, a trouble or `catalog`.
    """

    board: Board
    rate_per_s: int = 0
    kafka: str = ""
    smsc: str = ""
    began_ms: Millis = 0
    trouble: str = ""
    short: str = ""
    has_keys: bool = False
    lanes: frozenset[Lane] = frozenset(Lane)
    tried: frozenset[str] = frozenset()


class Show(Protocol):
    """`say` gets a sentence, `over` each event that ended, `tick` comes several times a second."""

    def say(self, line: str, about: str = "") -> None:
        """A sentence. Where only the end is read, the last one about the same thing counts."""

    def over(self, row: Row) -> None:
        """An event ended."""

    def tick(self, scene: Scene, now_ms: Millis) -> None:
        """Time has passed."""


class Lines:
    """For a pipe, a log, a dumb terminal."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._campaign_at = 0

    def say(self, line: str, about: str = "") -> None:
        """As it is, each at its time."""
        self._write(line)

    def over(self, row: Row) -> None:
        """Two lines: what became of it, and the phone."""
        if row.event.campaign:
            return
        self._write(_outcome_line(row))
        if row.shown:
            self._write(f"{'':>11}{row.event.phone} ┃ {row.shown[-1]}")

    def tick(self, scene: Scene, now_ms: Millis) -> None:
        """How far the campaign is, now and then."""
        if scene.board.waiting and now_ms - self._campaign_at >= CAMPAIGN_EVERY_MS:
            self._write(f"campaign: {campaign_words(scene.board, now_ms)}")
            self._campaign_at = now_ms


def hints(scene: Scene) -> list[str]:
    """What to try next. There is always something."""
    trouble = "k kills the gateway: watch" if scene.has_keys else "`chappe demo --kill`: see"
    told = {
        "kill": f"{trouble} what becomes of the messages it had open",
        "tail": "in a second terminal, `chappe tail`: every step of every message",
        "catalog": "your own texts: `chappe init texts`, then `chappe demo --catalog texts`",
    }
    return [hint for name, hint in told.items() if name not in scene.tried]


def none_because(what: str, lane: Lane) -> str:
    """Why there is no campaign, or no code, and will be none."""
    return f"no {what}: no template here has the lane {lane} and a text to test"


def _outcome_line(row: Row) -> str:
    """`540c88-08  domain.identity  urgent  delivered  1 segment  14 ms`."""
    head = f"{row.event.id}  {row.event.topic:<26} {row.lane or '':<6}  {row.state:<11} "
    if row.state != "delivered":
        return f"{head} {row.words}".rstrip()
    before = f", {row.behind} campaign messages waiting" if row.behind else ""
    return f"{head} {segments(row)}, {submit(row)}{before}"


def segments(row: Row) -> str:
    """`1 segment`."""
    return "1 segment" if row.segments == 1 else f"{row.segments} segments"


def submit(row: Row) -> str:
    """From the event to its submit: `14 ms`; nothing where it is not known."""
    return "" if row.submit_ms is None else f"{row.submit_ms} ms"


def campaign_words(board: Board, now_ms: Millis) -> str:
    """`288 of 600 sent, 312 waiting, 25/s`."""
    words = f"{board.sent} of {board.planned} sent, {board.waiting} waiting"
    if doubtful := sum(row.event.campaign for row in board.doubtful):
        words += f", {doubtful} in doubt"
    return f"{words}, {board.rate_per_s(now_ms):.0f}/s"
