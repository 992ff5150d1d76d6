"""The messages that arrived, as the phones would show them.

Rules: a message is there when its last segment was received, once for each time it was
sent; files are appended a line at a time, and flushed before any answer is written.
"""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple, overload


class Received(NamedTuple):
    """One message. `at`: epoch seconds at which its last segment was received.

    `segments`: how many it came in; `message_ids`: one for each, as we answered them;
    `raw`: the octets of the text, without headers.
    """

    at: float
    system_id: str
    source: str
    destination: str
    text: str
    segments: int
    encoding: str
    data_coding: int
    message_ids: list[str]
    raw: bytes


class Inbox(Sequence[Received]):
    """The newest messages; `total` counts all there ever were."""

    def __init__(self, limit: int | None = None) -> None:
        self._messages: deque[Received] = deque(maxlen=limit)
        self.total = 0

    def add(self, message: Received) -> None:
        """The oldest goes where there is a limit."""
        self.total += 1
        self._messages.append(message)

    def clear(self) -> None:
        """Forget the messages and the count."""
        self._messages.clear()
        self.total = 0

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Received]:
        return iter(self._messages)

    @overload
    def __getitem__(self, index: int) -> Received: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Received]: ...
    def __getitem__(self, index: int | slice) -> Received | Sequence[Received]:
        return self._messages[index] if isinstance(index, int) else list(self._messages)[index]


class LineFile:
    """JSON lines, appended. Where `path` is None nothing is written."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIOWrapper | None = path.open("a", encoding="utf-8") if path else None

    def __bool__(self) -> bool:
        return self._file is not None

    def write(self, record: dict[str, Any]) -> None:
        """Seen by other processes after `flush`."""
        if self._file is not None:
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def flush(self) -> None:
        """What was written is in the file."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Nothing more is written."""
        if self._file is not None:
            self._file.close()
            self._file = None


def as_line(message: Received) -> dict[str, Any]:
    """For the inbox file: octets as hexadecimal."""
    return message._asdict() | {"raw": message.raw.hex()}
