"""The first join: what gateways tell, by the SMSC's id, and of doubts, by our reference.

Rules: what follows is decided in `streams/sending`; here it is read, stored, sent and
counted. Everything that is sent on goes to an explicit partition.
"""

from collections.abc import Iterable
from typing import Any

from agents.batches import Produces
from agents.kafka.disk_table import DiskTable
from agents.kafka.partition import partition_of
from agents.metrics import Metrics
from agents.receipts.sweeping import Sweeper
from agents.receipts.watch import Watch
from agents.statuses import Statuses
from schemas.record import Millis, Record
from schemas.status import Status
from schemas.topics import Topics
from schemas.tracked import Doubt, Tracked
from schemas.tracking import TRACKING, Doubted, Expected, Told, is_doubt_key
from streams.sending import doubt
from streams.sending.keeping import keep, kept
from streams.sending.tracking import Seen, Step, expect, expire, tell, waiting


class Join:
    """`table` maps id keys to Tracked and doubt keys to Doubt, as octets."""

    def __init__(
        self,
        topics: Topics,
        partitions: int,
        table: DiskTable,
        sweeper: Sweeper,
        producer: Produces,
        statuses: Statuses,
        watch: Watch,
        metrics: Metrics,
    ) -> None:
        self._topics, self._partitions = topics, partitions
        self._table, self._sweeper = table, sweeper
        self._producer, self._statuses = producer, statuses
        self._watch, self._metrics = watch, metrics

    def take(self, message: Any) -> None:
        """One record. Raises KafkaFailure, and ValueError for what can't be read."""
        if message.value is None:
            self._sweeper.sweep(message, self._end)
            return
        record, now = TRACKING.validate_json(message.value), int(message.timestamp * 1000)
        if isinstance(record, Doubted) or (isinstance(record, Told) and is_doubt_key(record.key)):
            self._doubt(record, message.offset, now)
        else:
            self._track(record, message.offset, now)

    def _track(self, record: Expected | Told, offset: int, now: Millis) -> None:
        octets = self._table.get(record.key)
        stored = Tracked.from_bytes(kept(octets)) if octets else None
        if isinstance(record, Expected):
            step = expect(stored, record, offset, now)
        else:
            step = tell(stored, record, offset, now)
        self._show(record, stored, step)
        self._follow(record.key, record.smsc, step)

    def _follow(self, key: str, smsc: str, step: Step) -> None:
        if step.changed:
            self._store(key, step, waiting(step.keep) if step.keep else "", smsc)
        if isinstance(step.result, Status):
            assert step.keep is not None
            assert step.keep.expected is not None
            self._statuses.send(step.result, step.keep.expected.partition)
        elif step.result is not None:
            assert step.keep is not None
            assert step.keep.expected is not None
            place, of = step.keep.expected.partition, step.result.status.id
            self._send(self._topics.segments.name, place, of, step.result)
        if step.forward is not None:
            self._send_by_key(step.forward.key, step.forward)
        if step.seen is not None:
            self._count(smsc, [step.seen])
        if step.waited_ms is not None:
            self._metrics.observe("receipt_delay_seconds", smsc, value=step.waited_ms / 1000)

    def _show(self, record: Expected | Told, stored: Tracked | None, step: Step) -> None:
        """What a person may want to know of ids that don't fit."""
        if step.seen in (Seen.MATCHED, Seen.CORRECTED):
            told = stored.told if stored and stored.told else record
            self._watch.matched(record.smsc, told.smsc_id)
        elif step.changed and isinstance(record, Expected):
            self._watch.answered(record.smsc, record.smsc_id)
        elif step.changed and step.keep is not None and step.keep.expected is None:
            self._watch.early(record.smsc, record.smsc_id)

    def _doubt(self, record: Doubted | Told, offset: int, now: Millis) -> None:
        octets = self._table.get(record.key)
        stored = Doubt.from_bytes(kept(octets)) if octets else None
        if isinstance(record, Doubted):
            step = doubt.doubt(stored, record, now)
        else:
            step = doubt.tell(stored, record, offset, now)
        if step.changed:
            self._store(record.key, step, doubt.waiting(step.keep), record.smsc)
        for found in step.found:
            self._send_by_key(found.key, found)
        self._count(record.smsc, step.seen)

    def _count(self, smsc: str, seen: Iterable[Seen]) -> None:
        for one in seen:
            self._metrics.count("receipts_total", smsc, one)

    def _end(self, key: str, now: Millis) -> None:
        """The time of a key has come."""
        octets = self._table.get(key)
        if octets is None:
            return
        if is_doubt_key(key):  # where nothing was heard of it, it stays as it is
            known = Doubt.from_bytes(kept(octets))
            del self._table[key]
            self._count(key.partition("?")[0], doubt.expire(known))
            return
        stored = Tracked.from_bytes(kept(octets))
        of = stored.expected or stored.told
        assert of is not None
        if stored.expected is None and not stored.overdue:
            self._watch.overdue(of.smsc, of.smsc_id)
        self._follow(key, of.smsc, expire(stored, now))

    def _store(self, key: str, step: Step | doubt.Step, waits: str, smsc: str) -> None:
        if step.keep is None:
            del self._table[key]
        else:
            self._table[key] = keep(step.keep, step.due, f"{waits}/{smsc}" if waits else "")

    def _send_by_key(self, key: str, record: Record) -> None:
        partition = partition_of(key, self._partitions)
        self._send(self._topics.receipts.name, partition, key, record)

    def _send(self, topic: str, partition: int, key: str, record: Record) -> None:
        self._producer.produce(topic, record.to_bytes(), key=key.encode(), partition=partition)
