"""A folder that one process has for itself, and finds again after a restart.

Rules: workers of one machine share nothing on disk, whichever partitions they get; the lock
is the kernel's, so that a process that was killed holds none.
"""

import fcntl
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

FOLDERS = 64


def own_folder(base: Path) -> tuple[Path, Callable[[], None]]:
    """The first numbered folder of `base` that no other process holds, and what gives it
    back. So workers of one machine share nothing, and each finds its own again. Raises OSError."""
    for number in range(FOLDERS):
        folder = base / str(number)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        except OSError as error:
            raise OSError(f"CHAPPE_DATA: {folder} can't be written to: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return folder, partial(os.close, lock)
    raise OSError(f"CHAPPE_DATA: all {FOLDERS} folders of {base} are in use")
