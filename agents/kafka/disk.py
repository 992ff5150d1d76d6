"""A table's records on disk (RocksDB): all partitions of one table in one store.

Rules: what is on disk of a partition is its changelog up to an offset that is kept with it,
written in one piece, so that SIGKILL leaves an earlier state and never a mixed one; what
can't be trusted (of another topic, too old, unreadable) is dropped, and comes again from
the changelog. Only who holds the folder's lock (own_folder.py) opens it.

Keys, with the partition in 2 octets: `v` partition key → value; `d` partition due key → "",
by which expiry walks in order of time; `m` partition → offset, counts, identity as JSON.
"""

import json
import logging
import shutil
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import rocksdict

from agents.kafka.errors import KafkaFailure

logger = logging.getLogger(__name__)

WRITE_BUFFER = 8 * 1024 * 1024
CACHE = 32 * 1024 * 1024
"""Octets, a table: memory does not follow what is kept."""
OPEN_FILES = 128
STALE_MS = 20 * 3600 * 1000
"""Kafka forgets that a key was deleted after a day (`delete.retention.ms`): what was not
written to for longer than this may hold what the changelog has deleted."""
_DUE = struct.Struct(">Q")

Read = Callable[[bytes], tuple[int, str]]
"""When a value is due (ms since 1970), and as what it is counted ("" for nothing)."""
Write = tuple[str, bytes | None]
"""Key and value; None deletes."""


@dataclass(slots=True)
class Meta:
    """What is known of a partition. `offset`: the last changelog record that is in it."""

    identity: str
    offset: int
    at: int
    counts: dict[str, int] = field(default_factory=dict)


class Disk:
    """`identity` names the changelog topic for good (not just by its name); `now` is in ms.
    Raises KafkaFailure, OSError."""

    def __init__(self, folder: Path, identity: str, read: Read, now: int) -> None:
        self._folder, self._identity, self._read = folder, identity, read
        self._metas: dict[int, Meta] = {}
        self._walked: dict[int, bytes] = {}
        self._db = self._open()
        for key, value in self._range(b"m", b""):
            self._metas[int.from_bytes(key[1:3], "big")] = Meta(**json.loads(value))
        for partition in list(self._metas):
            self.offset(partition, now)

    def _open(self) -> Any:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            return rocksdict.Rdict(str(self._folder), options=_options())
        except Exception as error:
            logger.warning("%s can't be read (%s): it is made anew from Kafka", self._folder, error)
            shutil.rmtree(self._folder, ignore_errors=True)
        with self._failing("opened"):
            return rocksdict.Rdict(str(self._folder), options=_options())

    def close(self) -> None:
        """What is written is safe without it, too."""
        self._db.close()

    def offset(self, partition: int, now: int) -> int | None:
        """Where its changelog is to be read on from, None for its first record. What can't be
        trusted is dropped here: call it when the partition comes. `now` is in ms."""
        meta = self._metas.get(partition)
        if meta is None:
            return None
        if meta.identity != self._identity or now - meta.at > STALE_MS:
            self.drop(partition)
            return None
        return meta.offset

    def counts(self, partition: int) -> dict[str, int]:
        """How many are kept, by their label."""
        meta = self._metas.get(partition)
        return dict(meta.counts) if meta else {}

    def get(self, partition: int, key: str) -> bytes | None:
        """Raises KafkaFailure where the disk can't be read."""
        with self._failing("read"):
            found: bytes | None = self._db.get(_value_key(partition, key))
            return found

    def apply(self, partition: int, writes: Iterable[Write], offset: int, now: int) -> None:
        """Changes as they stand in the changelog, up to `offset`; all of them or none.
        Raises KafkaFailure."""
        latest = dict(writes)
        meta = self._metas.get(partition) or Meta(self._identity, -1, now)
        counts = dict(meta.counts)
        batch = rocksdict.WriteBatch(raw_mode=True)
        with self._failing("written"):
            keys = [_value_key(partition, key) for key in latest]
            before = self._db.get(keys) if keys else []
            for (key, value), where, old in zip(latest.items(), keys, before, strict=True):
                if old is not None:
                    self._forget(batch, partition, key, old, counts)
                if value is None:
                    batch.delete(where)
                else:
                    self._remember(batch, partition, key, value, counts)
            meta = Meta(self._identity, max(offset, meta.offset), now, counts)
            batch.put(_meta_key(partition), json.dumps(asdict(meta)).encode())
            self._db.write(batch)
        self._metas[partition] = meta

    def touch(self, partition: int, now: int) -> None:
        """Up to now nobody else wrote to this partition: it is as fresh as can be."""
        if partition in self._metas:
            self.apply(partition, (), -1, now)

    def _forget(
        self, batch: Any, partition: int, key: str, old: bytes, counts: dict[str, int]
    ) -> None:
        due, label = self._read(old)
        batch.delete(_due_key(partition, due, key))
        if label:
            counts[label] -= 1

    def _remember(
        self, batch: Any, partition: int, key: str, value: bytes, counts: dict[str, int]
    ) -> None:
        due, label = self._read(value)
        index = _due_key(partition, due, key)
        batch.put(_value_key(partition, key), value)
        batch.put(index, b"")
        if label:
            counts[label] = counts.get(label, 0) + 1
        if index < self._walked.get(partition, b""):
            self._walked[partition] = index

    def due(self, partition: int, until: int) -> Iterator[tuple[int, str]]:
        """(due, key), earliest first. It begins where the last walk found the first: what was
        deleted before that would have to be stepped over each time."""
        prefix = _prefix(b"d", partition)
        first = True
        for index, _ in self._range(prefix, self._walked.get(partition, prefix)):
            due = _DUE.unpack_from(index, len(prefix))[0]
            if first:
                self._walked[partition], first = index, False
            if due > until:
                return
            yield due, index[len(prefix) + _DUE.size :].decode()

    def drop(self, partition: int) -> None:
        """All of a partition. Raises KafkaFailure."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for kind in (b"v", b"d"):
            batch.delete_range(_prefix(kind, partition), _prefix(kind, partition + 1))
        batch.delete(_meta_key(partition))
        with self._failing("written"):
            self._db.write(batch)
        self._metas.pop(partition, None)
        self._walked.pop(partition, None)

    def keys(self, partition: int) -> Iterator[str]:
        """Of all that is kept."""
        prefix = _prefix(b"v", partition)
        for key, _ in self._range(prefix, prefix):
            yield key[len(prefix) :].decode()

    def _range(self, prefix: bytes, begin: bytes) -> Iterator[tuple[bytes, bytes]]:
        with self._failing("read"):
            walk = self._db.iter()
            walk.seek(begin or prefix)
            while walk.valid() and walk.key().startswith(prefix):
                yield walk.key(), walk.value()
                walk.next()
            walk.status()

    @contextmanager
    def _failing(self, what: str) -> Iterator[None]:
        try:
            yield
        except (KafkaFailure, GeneratorExit):
            raise
        except Exception as error:
            raise KafkaFailure(
                f"the store in {self._folder} (CHAPPE_DATA) can't be {what}: {error}. It may be "
                f"deleted while the process is stopped: it is made anew from Kafka"
            ) from error


def _prefix(kind: bytes, partition: int) -> bytes:
    return kind + partition.to_bytes(2, "big")


def _meta_key(partition: int) -> bytes:
    return _prefix(b"m", partition)


def _value_key(partition: int, key: str) -> bytes:
    return _prefix(b"v", partition) + key.encode()


def _due_key(partition: int, due: int, key: str) -> bytes:
    return _prefix(b"d", partition) + _DUE.pack(due) + key.encode()


def _options() -> Any:
    """Small and fixed memory: indexes and filters are in the cache, too."""
    blocks = rocksdict.BlockBasedOptions()
    blocks.set_bloom_filter(10, False)
    blocks.set_block_cache(rocksdict.Cache(CACHE))
    blocks.set_cache_index_and_filter_blocks(True)
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(True)
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(blocks)
    options.set_write_buffer_size(WRITE_BUFFER)
    options.set_max_write_buffer_number(2)
    options.set_max_open_files(OPEN_FILES)
    options.set_compression_type(rocksdict.DBCompressionType.lz4())
    options.set_bottommost_compression_type(rocksdict.DBCompressionType.zstd())
    options.set_max_background_jobs(2)
    options.set_keep_log_file_num(1)
    options.set_max_log_file_size(1024 * 1024)
    options.set_stats_dump_period_sec(0)
    return options
