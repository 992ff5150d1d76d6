"""A table of bytes by text key, whose changelog goes straight to our producer.

Rules: a partition's records live and die with the partition, so that nothing stale comes
back with it; a changelog write that fails ends the worker before the next commit; tables
change only inside a stream's iteration (Faust raises TypeError elsewhere).
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import faust
import faust.stores.memory
from faust.streams import current_event
from faust.types import TP, EventT
from yarl import URL

from agents.kafka.faust_log import FAUST_LOG

if TYPE_CHECKING:
    from agents.kafka.faust_app import App


class Store(faust.stores.memory.Store):  # type: ignore[misc]
    """One dictionary a partition; which one is asked follows from the event in hand."""

    logger = FAUST_LOG

    def __post_init__(self) -> None:
        self.shards: dict[int, dict[str, bytes]] = {}

    def _shard(self) -> dict[str, bytes]:
        event = current_event()
        if event is None:
            raise TypeError("a table is read and changed only inside a stream's iteration")
        return self.shards.setdefault(event.message.partition, {})

    def __getitem__(self, key: str) -> bytes:
        return self._shard()[key]

    def __setitem__(self, key: str, value: bytes) -> None:
        self._shard()[key] = value

    def __delitem__(self, key: str) -> None:
        del self._shard()[key]

    def __contains__(self, key: object) -> bool:
        return key in self._shard()

    def __iter__(self) -> Iterator[str]:
        for shard in self.shards.values():
            yield from shard

    def __len__(self) -> int:
        return sum(len(shard) for shard in self.shards.values())

    def _clear(self) -> None:
        self.shards.clear()

    def drop(self, partition: int) -> None:
        """The partition is another's, or is about to be recovered."""
        self.shards.pop(partition, None)

    def apply_changelog_batch(
        self,
        batch: Iterable[EventT],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Recovery: in the order they were written; null deletes."""
        for event in batch:
            message = event.message
            shard = self.shards.setdefault(message.partition, {})
            if message.value is None:
                shard.pop(message.key.decode(), None)
            else:
                shard[message.key.decode()] = message.value

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """The shards are exact already."""


class Table(faust.Table):  # type: ignore[misc]
    """`table[key] = value`, `table.get(key)`, `del table[key]`, for the partition in hand."""

    logger = FAUST_LOG
    app: "App"

    def __init__(self, app: "App", *, name: str) -> None:
        super().__init__(
            app, name=name, partitions=app.wiring.partitions, key_type=bytes, value_type=bytes
        )
        self._written: dict[int, int] = {}
        self._acknowledged: dict[int, int] = {}
        self._after: dict[int, deque[tuple[int, Callable[[], None]]]] = {}
        app.tables.add(self)

    def after_writes(self, partition: int, callback: Callable[[], None]) -> None:
        """Calls back when every write so far to this partition's changelog is acknowledged;
        at once where none is outstanding."""
        written = self._written.get(partition, 0)
        if written == self._acknowledged.get(partition, 0):
            callback()
        else:
            self._after.setdefault(partition, deque()).append((written, callback))

    def get(self, key: str, default: bytes | None = None) -> bytes | None:
        """The value kept under `key` in the partition in hand."""
        return self.data.get(key, default)  # type: ignore[no-any-return]

    def on_key_get(self, key: str) -> None:
        """Faust counts reads here; nobody asks."""

    def on_key_set(self, key: str, value: bytes) -> None:
        self._write(key, value)

    def on_key_del(self, key: str) -> None:
        self._write(key, None)

    def _write(self, key: str, value: bytes | None) -> None:
        partition: int = self.partition_for_key(key)
        self._written[partition] = self._written.get(partition, 0) + 1
        acknowledged = self._begin(partition, key, value)

        def done(offset: int) -> None:
            acknowledged(offset)
            self._done(partition)

        self.app.producer.kafka.produce(
            self.changelog_topic_name, value, key=key.encode(), partition=partition, on_done=done
        )

    def _begin(self, partition: int, key: str, value: bytes | None) -> Callable[[int], None]:
        """A write is on its way to the changelog; what is returned hears of its offset."""
        return _nothing

    def _done(self, partition: int) -> None:
        # Kafka acknowledges a partition in order, so a count is enough.
        count = self._acknowledged[partition] = self._acknowledged.get(partition, 0) + 1
        waiting = self._after.get(partition)
        while waiting and waiting[0][0] <= count:
            waiting.popleft()[1]()

    def open(self, identity: str) -> None:
        """Before the app starts. `identity` tells this changelog from any other, ever."""

    def close(self) -> None:
        """The app has stopped."""

    def forget(self, partition: int) -> None:
        """What was kept of a partition is no part of its changelog."""

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        for tp in revoked | newly_assigned:
            if tp.topic == self.changelog_topic_name:
                self.data.drop(tp.partition)
                self.app.tables.recovery.revoke(tp)
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    def _new_store(self) -> Store:
        return Store(URL("memory://"), self.app, self, table_name=self.name, loop=self.loop)

    def _changelog_topic_name(self) -> str:
        return f"{self.app.wiring.internal_prefix}{self.name}.changelog"


def _nothing(_: int) -> None:
    """A table in memory has nothing to do when Kafka has a write."""
