"""Keys, as they are typed at a terminal.

Rules: a key counts at once, without Enter, and is not shown; Ctrl-C stays a signal; the
terminal is what it was afterwards, whatever happens.
"""

import asyncio
import os
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def keys(terminal: TextIO, on_key: Callable[[str], None]) -> Iterator[None]:
    """`on_key` gets each character meanwhile, in the loop that runs."""
    handle = terminal.fileno()
    before = termios.tcgetattr(handle)
    loop = asyncio.get_running_loop()

    def typed() -> None:
        read = os.read(handle, 64)
        if not read:  # the terminal is gone; there would be no end of it
            loop.remove_reader(handle)
        for char in read.decode("utf-8", "replace"):
            on_key(char)

    tty.setcbreak(handle, termios.TCSADRAIN)
    loop.add_reader(handle, typed)
    try:
        yield
    finally:
        loop.remove_reader(handle)
        termios.tcsetattr(handle, termios.TCSADRAIN, before)
