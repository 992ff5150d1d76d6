"""The demo on a terminal's whole screen.

Rules: it is drawn a few times a second; what was said is left behind on the terminal when the
screen is given back; a terminal that can't do this gets lines instead.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live

from agents.demo.board import Row
from agents.demo.show import Scene
from agents.demo.view import view
from schemas.record import Millis

DRAWN_EVERY_MS = 200
LEFT_BEHIND = 12
"""Lines, at most, of what was said."""


class Screen:
    """A Show. Enter `open` to have the screen."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: list[tuple[str, str]] = []
        self._live: Live | None = None
        self._drawn_ms = 0

    @staticmethod
    def can(console: Console) -> bool:
        """Whether it is a terminal that a screen can be drawn on."""
        return console.is_terminal and not console.is_dumb_terminal

    @contextmanager
    def open(self) -> Iterator[None]:
        """The screen is ours meanwhile, and given back whatever happens."""
        logging.disable(logging.CRITICAL)  # what a library says would stand amid the screen
        try:
            with Live(console=self._console, screen=True, auto_refresh=False) as self._live:
                yield
        finally:
            self._live = None
            logging.disable(logging.NOTSET)
            for _, line in self._said:
                self._console.print(line, markup=False, highlight=False)

    def say(self, line: str, about: str = "") -> None:
        """Kept for the end, in the place of what was said about the same."""
        if line.strip():
            kept = [one for one in self._said if not about or one[0] != about]
            self._said = [*kept, (about, line.strip("\n"))][-LEFT_BEHIND:]

    def over(self, row: Row) -> None:
        """It is on the board."""

    def tick(self, scene: Scene, now_ms: Millis) -> None:
        """Draws, if it is time."""
        if self._live is None or now_ms - self._drawn_ms < DRAWN_EVERY_MS:
            return
        self._drawn_ms = now_ms
        width, height = self._console.size
        self._live.update(Group(*view(scene, now_ms, width, height)), refresh=True)
