"""What a gateway that stops gives back, so that what it did send is never sent again.

Rule: Kafka can only be told "finished up to here". Where a later batch is touched and an
earlier one is not finished, the unfinished messages go to the end of the partition, and
all up to the last touched batch is finished.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.message import Message


@dataclass(frozen=True, slots=True)
class BatchState:
    """One batch read and not committed: which of its messages have no outcome yet.

    `touched`: something of it was sent, so that reading it again would send it again.
    """

    offset: int
    touched: bool
    unfinished: tuple[Message, ...]


def give_back(batches: Sequence[BatchState]) -> tuple[list[Message], int | None]:
    """The messages to send to the partition's end, then the position to commit.

    `batches` in offset order, all that are above the committed position. None where
    nothing was touched: what was read will simply be read again.
    """
    touched = [index for index, one in enumerate(batches) if one.touched]
    if not touched:
        return [], None
    last = touched[-1]
    messages = [
        message.model_copy(update={"again": True})
        for one in batches[: last + 1]
        for message in one.unfinished
    ]
    return messages, batches[last].offset + 1
