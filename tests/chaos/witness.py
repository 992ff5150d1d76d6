"""The witness: the SMSC's own log of submits, read as it grows.

Rules: taken is what was not refused, answered or not; a line counts when it is whole; a
text without exactly one token is no load of ours, and an error.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agents.kafka.partition import partition_of
from tests.chaos.judge import Submit
from tests.chaos.load import TOKEN
from tests.integration.follow import PARTITIONS

TAKEN = frozenset({"take", "silent", "drop"})


class Taken(NamedTuple):
    """A segment that the SMSC took: from whom, the partition of whom it is for, and whether
    it meant to answer."""

    submit: Submit
    system_id: str
    partition: int
    answered: bool


class Witness:
    """`look` reads on; `taken` is all that was taken so far, `refused` how many were not."""

    def __init__(self, log: Path) -> None:
        self.taken: list[Taken] = []
        self.refused = 0
        self._log, self._at, self._line = log, 0, 0

    def look(self) -> Sequence[Taken]:
        """What is new since the last look."""
        known = len(self.taken)
        with self._log.open("rb") as log:
            log.seek(self._at)
            whole, _, _ = log.read().rpartition(b"\n")
        if not whole:
            return []
        self._at += len(whole) + 1
        for line in whole.split(b"\n"):
            self._line += 1
            self._note(json.loads(line))
        return self.taken[known:]

    def _note(self, line: dict[str, Any]) -> None:
        if line["fate"] not in TAKEN:
            self.refused += 1
            return
        tokens = set(TOKEN.findall(line["text"]))
        assert len(tokens) == 1, f"line {self._line}: not one token in {line['text']!r}"
        token = tokens.pop()
        submit = Submit(self._line, line["at"], token, line["segment"])
        partition = partition_of(f"+{line['destination']}", PARTITIONS)
        self.taken.append(Taken(submit, line["system_id"], partition, line["fate"] == "take"))
