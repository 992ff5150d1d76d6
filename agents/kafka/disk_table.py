"""A table on disk, with the contract of `Table`: for more than memory should hold.

Rules: a write goes to the disk when Kafka has it in the changelog, and is read from memory
until then, so that the disk is never ahead of the changelog; memory holds what is on its
way, no more; a disk that fails ends the worker, since Faust would go on without the record.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faust.stores.memory
from faust.streams import current_event
from faust.types import TP, EventT
from yarl import URL

from agents.kafka.disk import Disk, Read, Write
from agents.kafka.errors import KafkaFailure
from agents.kafka.faust_log import FAUST_LOG
from agents.kafka.table import Table

if TYPE_CHECKING:
    from agents.kafka.faust_app import App

AT_ONCE = 500
"""Acknowledged writes that go to disk together."""
_GONE: tuple[int, None] = (0, None)


@dataclass(slots=True)
class Shard:
    """A partition in hand. `coming`: key → number and value of a write that is not on disk
    yet; `acknowledged`: those of them that Kafka has, up to `offset`."""

    coming: dict[str, tuple[int, bytes | None]] = field(default_factory=dict)
    acknowledged: list[tuple[int, Write]] = field(default_factory=list)
    offset: int = -1
    number: int = 0
    open: bool = True


class DiskStore(faust.stores.memory.Store):  # type: ignore[misc]
    """What Faust asks; which partition is asked follows from the event in hand."""

    logger = FAUST_LOG
    table: "DiskTable"

    def __post_init__(self) -> None:
        self.shards: dict[int, Shard] = {}

    def __getitem__(self, key: str) -> bytes:
        event = current_event()
        if event is None:
            raise TypeError("a table is read and changed only inside a stream's iteration")
        value = self.look(event.message.partition, key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: bytes) -> None:
        """`begin` has it already."""

    def __delitem__(self, key: str) -> None:
        """As above."""

    def __contains__(self, key: object) -> bool:
        try:
            self[key]  # type: ignore[index]
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        for partition in self.shards:
            self.settle(partition)
            yield from self.table.disk.keys(partition)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _clear(self) -> None:
        raise NotImplementedError("a table on disk is never cleared")

    def look(self, partition: int, key: str) -> bytes | None:
        """The newest value, on disk or on its way there."""
        shard = self.shards.get(partition)
        coming = shard.coming.get(key) if shard else None
        if coming is not None:
            return coming[1]
        with self._or_crash():
            return self.table.disk.get(partition, key)

    def begin(self, partition: int, key: str, value: bytes | None) -> Callable[[int], None]:
        """A write is on its way to the changelog; what is returned hears of its offset."""
        shard = self.shards.setdefault(partition, Shard())
        shard.number = number = shard.number + 1
        shard.coming[key] = (number, value)

        def acknowledged(offset: int) -> None:
            if shard.open:
                shard.acknowledged.append((number, (key, value)))
                shard.offset = offset
                if len(shard.acknowledged) >= AT_ONCE:
                    self.settle(partition)

        return acknowledged

    def settle(self, partition: int) -> None:
        """What Kafka has goes to disk now. Raises KafkaFailure, which ends the worker."""
        shard = self.shards.get(partition)
        if shard is None or not shard.acknowledged:
            return
        done, shard.acknowledged = shard.acknowledged, []
        with self._or_crash():
            self.table.disk.apply(partition, (one for _, one in done), shard.offset, now_ms())
        for number, (key, _) in done:
            if shard.coming.get(key, _GONE)[0] == number:
                del shard.coming[key]

    def drop(self, partition: int) -> None:
        """The partition is another's, or is about to be recovered: what Kafka has of it is
        kept on disk, with the offset from which recovery goes on."""
        self.settle(partition)
        shard = self.shards.pop(partition, None)
        if shard is not None:
            shard.open = False
            with self._or_crash():
                self.table.disk.touch(partition, now_ms())

    def persisted_offset(self, tp: TP) -> int | None:
        """Faust asks when a partition comes, or stays; where its recovery begins."""
        partition = tp.partition
        self.settle(partition)
        with self._or_crash():
            if partition in self.shards:
                self.table.disk.touch(partition, now_ms())
            self.shards.setdefault(partition, Shard())
            return self.table.disk.offset(partition, now_ms())

    def apply_changelog_batch(
        self,
        batch: Iterable[EventT],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Recovery: in the order they were written; null deletes."""
        writes: dict[int, list[Write]] = {}
        ends: dict[int, int] = {}
        for event in batch:
            message = event.message
            write = message.key.decode(), message.value
            writes.setdefault(message.partition, []).append(write)
            ends[message.partition] = message.offset
        with self._or_crash():
            for partition, those in writes.items():
                self.shards.setdefault(partition, Shard())
                self.table.disk.apply(partition, those, ends[partition], now_ms())

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """What is on disk is exact already."""

    @contextmanager
    def _or_crash(self) -> Iterator[None]:
        try:
            yield
        except KafkaFailure as failure:
            self.add_future(self.app.crash(failure))
            raise


class DiskTable(Table):
    """`read` tells of a value when it is due and as what it is counted."""

    def __init__(self, app: "App", *, name: str, folder: Path, read: Read) -> None:
        self._folder, self._read = folder, read
        super().__init__(app, name=name)

    def open(self, identity: str) -> None:
        """Raises KafkaFailure, OSError."""
        self.disk = Disk(self._folder / self.changelog_topic_name, identity, self._read, now_ms())

    def close(self) -> None:
        """What Kafka has is on disk then. Raises KafkaFailure."""
        if hasattr(self, "disk"):
            for partition in list(self.data.shards):
                self.data.drop(partition)
            self.disk.close()

    def due(self, partition: int, until: int, limit: int) -> list[str]:
        """Keys whose time has come by `until` (ms), earliest first, at most `limit`; without
        those that were changed a moment ago."""
        self.data.settle(partition)
        shard = self.data.shards.get(partition)
        coming = shard.coming if shard else {}
        found: list[str] = []
        for _, key in self.disk.due(partition, until):
            if key not in coming:
                found.append(key)
                if len(found) == limit:
                    break
        return found

    def is_due(self, partition: int, until: int) -> bool:
        """Whether `due` would find any. Asked outside of a stream's iteration, too."""
        return bool(self.due(partition, until, 1))

    def counts(self) -> dict[str, int]:
        """What is kept of the partitions in hand, by label."""
        total: dict[str, int] = {}
        for partition in list(self.data.shards):
            self.data.settle(partition)
            for label, count in self.disk.counts(partition).items():
                total[label] = total.get(label, 0) + count
        return total

    def forget(self, partition: int) -> None:
        """What is on disk is no part of this changelog."""
        self.disk.drop(partition)

    def _begin(self, partition: int, key: str, value: bytes | None) -> Callable[[int], None]:
        return self.data.begin(partition, key, value)  # type: ignore[no-any-return]

    def _new_store(self) -> DiskStore:
        return DiskStore(URL("memory://"), self.app, self, table_name=self.name, loop=self.loop)


def now_ms() -> int:
    """Milliseconds since 1970: how old a store is."""
    return int(time.time() * 1000)
