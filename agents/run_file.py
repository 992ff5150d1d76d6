"""The run file: where the broker in memory of `chappe up` or `chappe demo` is.

Rules: commands that a person types read it, where CHAPPE_KAFKA is unset; engine, gateway and
receipts never do. It is replaced whole or not at all, is its owner's alone (0600), and counts
only while its process lives and its broker listens. Who starts last has it, and gives it back.
"""

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

PROBE_S = 0.5


@dataclass(frozen=True, slots=True)
class Running:
    """`command`: `up` or `demo`; `pid`: its process; `kafka`: host:port of its broker. The two
    prefixes are those of its topics."""

    command: str
    pid: int
    kafka: str
    public_prefix: str = "sms."
    internal_prefix: str = "chappe."

    def __str__(self) -> str:
        return f"`chappe {self.command}` (process {self.pid}) at {self.kafka}"

    @property
    def alive(self) -> bool:
        """Its process is there, and something listens where its broker was."""
        return _is_process(self.pid) and _listens(self.kafka)


def read_run_file(path: Path) -> Running | None:
    """None where nothing runs; what is left of a process that was killed is removed."""
    found = _read(path)
    if found is not None and found.alive:
        return found
    with suppress(OSError):
        path.unlink()
    return None


@contextmanager
def run_file(path: Path, mine: Running) -> Iterator[Running | None]:
    """The file is there meanwhile. Gives whom it named before, where that one still runs.

    Raises OSError where it can't be written. At the end it is given back to that one if it
    runs on, else removed; what is somebody else's by then is left alone.
    """
    before = read_run_file(path)
    _write(path, mine)
    try:
        yield before
    finally:
        if _read(path) == mine:
            _give_back(path, before)


def _give_back(path: Path, before: Running | None) -> None:
    with suppress(OSError):  # what stays names a process that has ended: ignored
        if before is not None and before.alive:
            _write(path, before)
        else:
            path.unlink()


def _read(path: Path) -> Running | None:
    try:
        return Running(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, mine: Running) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".run.", dir=path.parent)  # for its owner alone
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(mine), file)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _is_process(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError, TypeError):
        return False
    return True


def _listens(address: str) -> bool:
    """Whether a connection is taken; a number of a process may be another's by now."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=PROBE_S):
            return True
    except (OSError, ValueError, OverflowError):
        return False
