"""Submits without an answer, oldest first: the window of one session.

Rules: each token that goes in comes out once, as answered, unanswered (its octets were
handed out to be written) or never written; all wait equally long, so the first to have
gone in is the first to be due.
"""

from typing import Any, Final

MISSING: Final = object()
"""No such submit. None will not do: it may be a token."""

LATE_KEPT: Final = 1_000
"""Submits that timed out and whose late answer we would still know."""


class Outstanding:
    """By sequence number. `late` keeps the tokens that timed out, for a late answer."""

    __slots__ = ("_due", "_late", "_unwritten")

    def __init__(self) -> None:
        self._due: dict[int, tuple[float, Any]] = {}
        self._unwritten: dict[int, bytes] = {}
        self._late: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self._due)

    def add(self, sequence: int, token: Any, octets: bytes, due: float) -> None:
        """`octets` wait for `take_octets`; an answer is due at `due` (s, monotonic)."""
        self._due[sequence] = (due, token)
        self._unwritten[sequence] = octets

    def take_octets(self) -> list[bytes]:
        """Hands out what was not written yet; from here on it counts as written."""
        octets = list(self._unwritten.values())
        self._unwritten.clear()
        return octets

    def answered(self, sequence: int) -> Any:
        """The token, once; MISSING where nothing of that number was written."""
        if sequence in self._unwritten:
            return MISSING
        return self._due.pop(sequence, (0.0, MISSING))[1]

    def late(self, sequence: int) -> Any:
        """The token of a submit that timed out earlier, once; else MISSING."""
        return self._late.pop(sequence, MISSING)

    def next_due(self) -> float | None:
        """When the oldest is due."""
        return next(iter(self._due.values()))[0] if self._due else None

    def expire(self, now: float) -> tuple[list[Any], list[Any]]:
        """What is due by `now`: (unanswered, never written)."""
        due = []
        for sequence, (at, _) in self._due.items():
            if at > now:
                break
            due.append(sequence)
        return self._remove(due)

    def drop_unwritten(self) -> list[Any]:
        """The tokens never written; their octets will not be handed out any more."""
        return self._remove(list(self._unwritten))[1]

    def end(self) -> tuple[list[Any], list[Any]]:
        """Everything: (unanswered, never written)."""
        return self._remove(list(self._due))

    def _remove(self, sequences: list[int]) -> tuple[list[Any], list[Any]]:
        unanswered: list[Any] = []
        never_written: list[Any] = []
        for sequence in sequences:
            _, token = self._due.pop(sequence)
            if self._unwritten.pop(sequence, None) is not None:
                never_written.append(token)
                continue
            unanswered.append(token)
            self._late[sequence] = token
        while len(self._late) > LATE_KEPT:
            del self._late[next(iter(self._late))]
        return unanswered, never_written
