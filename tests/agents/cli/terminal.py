"""A command at a terminal, as a person sits at one; and without one, in this process.

Rule: keys are typed when what they answer can be read, never after a while.
"""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

from click.testing import CliRunner, Result

from agents.cli.main import main

ROOT = Path(__file__).parents[3]
PATIENCE_S = 20.0
LONGEST_S = 60.0
"""For words that do not come, on a screen that never is still."""


def piped(*arguments: str, **environment: str) -> Result:
    """Without a terminal. `CHAPPE_…` of this machine does not count."""
    ours = {name: None for name in os.environ if name.startswith("CHAPPE_")}
    return CliRunner(env={**ours, **environment}).invoke(main, list(arguments))


class Terminal:
    """One command at a terminal of its own; `shown` is all that it has printed."""

    def __init__(self, *arguments: str, cwd: Path, **environment: str) -> None:
        self.shown = ""
        self._seen = 0
        self._ours, theirs = pty.openpty()
        clean = {name: it for name, it in os.environ.items() if not name.startswith("CHAPPE_")}
        self._child = subprocess.Popen(
            # opened by the leader of a session it becomes its terminal: Ctrl-C is a signal
            ["sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1', os.ttyname(theirs),
             sys.executable, "-m", "agents.cli.main", *arguments],
            stdin=theirs, cwd=cwd, start_new_session=True,
            env={**clean, "PYTHONPATH": str(ROOT), **environment},
        )  # fmt: skip
        os.close(theirs)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait()
        os.close(self._ours)

    @property
    def handle(self) -> int:
        """Of the terminal, for `termios`."""
        return self._ours

    def until(self, words: str) -> None:
        """Reads on until `words` come after all that was waited for before."""
        deadline = time.monotonic() + LONGEST_S
        while words not in self.shown[self._seen :]:
            assert time.monotonic() < deadline, f"no {words!r}:\n{self.shown[-5000:]}"
            assert self._read(), f"ended without {words!r}:\n{self.shown}"
        self._seen = self.shown.index(words, self._seen) + len(words)

    def type(self, keys: str) -> None:
        """As a person does; `\\x03` is Ctrl-C."""
        os.write(self._ours, keys.encode())

    def end(self) -> int:
        """Exit status, once it has ended by itself."""
        while self._read():
            pass
        return self._child.wait(PATIENCE_S)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], PATIENCE_S)
        assert ready, f"nothing more came:\n{self.shown}"
        try:
            chunk = os.read(self._ours, 65536)
        except OSError:  # the command closed its end
            return False
        self.shown += chunk.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(chunk)
