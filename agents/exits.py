"""How a command ends: its exit status, so that scripts and supervisors know what to do.

Rules: what is said here stands for every command and every process; a status is never given
another meaning. 64 to 78 are those of sysexits.h, which systemd shows by their names.
"""

from enum import IntEnum
from signal import Signals
from typing import NamedTuple


class Exit(IntEnum):
    """The statuses of our own; a signal adds 128 and its number, as in a shell."""

    OK = 0
    NO = 1
    USAGE = 2
    UNAVAILABLE = 69
    DEFECT = 70


class Row(NamedTuple):
    """`again`: whether the same command is worth another try, as it is."""

    status: str
    means: str
    examples: str
    again: str


TABLE = (
    Row("0", "done", "nothing to complain of; a process that was told to stop, and drained", "—"),
    Row("1", "the answer is no", "a catalog with faults, a line that is no event, a text that is "
        "refused, an SMSC that refused the message, a question answered with n",
        "no: mend what it names"),
    Row("2", "wrong usage or setting", "an unknown option, a misspelt `CHAPPE_…`, another "
        "`CHAPPE_PARTITIONS` than the topics have", "no: mend what it names"),
    Row("69", "something that is needed is not there", "Kafka or the SMSC can't be reached, a port "
        "is taken, a disk is full; under `chappe up` a process was killed", "yes"),
    Row("70", "a defect of Chappe", "with what its developers need to see", "perhaps"),
    Row("130", "stopped by Ctrl-C before it was done", "`publish` in the middle of a file; a "
        "second Ctrl-C", "as you like"),
    Row("141, 143", "as 130, by a closed pipe, by SIGTERM", "`chappe schema \\| head -1`", "—"),
)  # fmt: skip


def by_signal(number: int) -> int:
    """The status of what a signal ended."""
    return 128 + Signals(number)


class Ended(Exception):  # noqa: N818
    """Something ended with a status of its own, which is passed on; the text says what."""

    def __init__(self, said: str, status: int) -> None:
        super().__init__(said)
        self.status = status
