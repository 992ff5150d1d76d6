"""What is kept too long: found by the clock, ended by the stream.

Rules: a table changes only inside a stream's iteration, so the clock only sends a tick (a
record without a value) to the partition, and only where something is due; a tick ends what
was due when it was sent, never by a later clock: read again after a crash it can't end what
an unfinished record behind it still needs.
"""

from collections.abc import Callable
from typing import Any

from agents.batches import Produces
from agents.kafka.disk_table import DiskTable
from schemas.record import Millis

AT_ONCE = 500
"""Keys that one tick ends: some 20 ms. Where there are more it sends the next."""


class Sweeper:
    """Of one table and the topic beside it. `clock` gives seconds since 1970."""

    def __init__(
        self, table: DiskTable, topic: str, producer: Produces, clock: Callable[[], float]
    ) -> None:
        self._table, self._topic = table, topic
        self._producer, self._clock = producer, clock
        self._on_its_way: set[int] = set()

    def look(self, partition: int) -> None:
        """Once a second for each partition in hand: a tick where something is due."""
        now = int(self._clock() * 1000)
        if partition not in self._on_its_way and self._table.is_due(partition, now):
            self._tick(partition)

    def sweep(self, message: Any, end: Callable[[str, Millis], None]) -> None:
        """A tick was read: `end(key, now)` for each key that was due by its time."""
        partition, now = message.partition, int(message.timestamp * 1000)
        self._on_its_way.discard(partition)
        keys = self._table.due(partition, now, AT_ONCE)
        for key in keys:
            end(key, now)
        if len(keys) == AT_ONCE:
            self._tick(partition)

    def clear(self) -> None:
        """New partitions: ticks of before are no longer ours."""
        self._on_its_way.clear()

    def _tick(self, partition: int) -> None:
        self._on_its_way.add(partition)
        self._producer.produce(self._topic, None, partition=partition)
