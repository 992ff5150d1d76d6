"""Showing something again whenever its files change.

Rule: what changes while it is shown is seen at the next look.
"""

from collections.abc import Callable
from pathlib import Path

LOOK_S = 0.3
"""From one look to the next: a person does not see it."""

Stamps = dict[str, tuple[int, int, int]]


def stamps(folder: Path, *files: Path) -> Stamps:
    """What tells a file from its later self; hidden files and those that are gone left out."""
    try:
        inside = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError:
        inside = []
    found: Stamps = {}
    for path in (*inside, *files):
        try:
            stat = path.stat()
        except OSError:
            continue
        found[str(path)] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found


def watch(look: Callable[[], Stamps], show: Callable[[], None], wait: Callable[[], None]) -> None:
    """Shows now and after each change, until Ctrl-C."""
    seen: Stamps | None = None
    try:
        while True:
            if (now := look()) != seen:
                seen = now
                show()
            wait()
    except KeyboardInterrupt:
        return
