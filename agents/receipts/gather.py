"""The second join: the outcomes of a message's segments, by message id.

Rules: what follows is decided in `streams/sending/gathering.py`; here it is read, stored
and written.
"""

from collections.abc import Mapping
from typing import Any

from agents.kafka.disk_table import DiskTable
from agents.receipts.sweeping import Sweeper
from agents.receipts.watch import Carrier
from agents.statuses import Statuses
from schemas.record import Millis
from schemas.tracked import Gathered
from schemas.tracking import Outcome
from streams.sending.gathering import gather
from streams.sending.keeping import keep, kept


class Gather:
    """`table` maps message ids to Gathered, as octets."""

    def __init__(
        self,
        carriers: Mapping[str, Carrier],
        table: DiskTable,
        sweeper: Sweeper,
        statuses: Statuses,
    ) -> None:
        self._carriers, self._table = carriers, table
        self._sweeper, self._statuses = sweeper, statuses

    def take(self, message: Any) -> None:
        """One record. Raises KafkaFailure, and ValueError for what can't be read."""
        if message.value is None:
            self._sweeper.sweep(message, self._end)
            return
        outcome, now = Outcome.from_bytes(message.value), int(message.timestamp * 1000)
        key = outcome.status.id
        octets = self._table.get(key)
        stored = Gathered.from_bytes(kept(octets)) if octets else None
        speaks = self._carriers.get(outcome.smsc, Carrier()).speaks
        step = gather(stored, outcome, message.offset, now, speaks)
        if step.changed:
            self._table[key] = keep(step.keep, step.due)
        if step.status is not None:
            self._statuses.send(step.status, message.partition)

    def _end(self, key: str, now: Millis) -> None:
        """Its time has come. Segments that were never heard of are counted by the first join."""
        if self._table.get(key) is not None:
            del self._table[key]
