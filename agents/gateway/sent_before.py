"""Was it sent before? Looks a message up in the statuses of its own partition.

Rules: read from when the message was decided to the end as it is now; what was read is
kept for the next question, and forgotten when none comes for a while.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import ValidationError

from schemas.record import Millis
from schemas.status import OUTCOMES, Status

SLACK_MS = 5_000
"""Clocks of two machines may differ by so much."""
FORGET_S = 60.0


@dataclass(slots=True)
class _Index:
    since_ms: Millis
    position: int
    ended: set[str] = field(default_factory=set)


class SentBefore:
    """One consumer outside of any group. `new_consumer` makes it, not started."""

    def __init__(self, status_topic: str, new_consumer: Callable[[], AIOKafkaConsumer]) -> None:
        self._topic, self._new_consumer = status_topic, new_consumer
        self._consumer: AIOKafkaConsumer | None = None
        self._indexes: dict[int, _Index] = {}
        self._lock = asyncio.Lock()

    async def ended(self, partition: int, since_ms: Millis, ids: set[str]) -> set[str]:
        """Those of `ids` that have an outcome. Raises KafkaError where Kafka can't be read."""
        async with self._lock:
            if self._consumer is None:
                consumer = self._new_consumer()
                await consumer.start()
                self._consumer = consumer
            index = await self._read(self._consumer, partition, since_ms - SLACK_MS)
            asyncio.get_running_loop().call_later(FORGET_S, self._forget, partition, index)
            return ids & index.ended

    async def close(self) -> None:
        """Where it was ever asked, there is a connection to close."""
        if self._consumer is not None:
            await self._consumer.stop()

    def _forget(self, partition: int, index: _Index) -> None:
        if self._indexes.get(partition) is index:
            del self._indexes[partition]

    async def _read(self, consumer: AIOKafkaConsumer, partition: int, since_ms: Millis) -> _Index:
        tp = TopicPartition(self._topic, partition)
        consumer.assign([tp])
        end = (await consumer.end_offsets([tp]))[tp]
        index = self._indexes.get(partition)
        if index is None or index.since_ms > since_ms:
            index = _Index(since_ms, await self._start(consumer, tp, since_ms))
            self._indexes[partition] = index
        consumer.seek(tp, index.position)
        while index.position < end:
            fetched = await consumer.getmany(tp, timeout_ms=1000)
            for record in fetched.get(tp, ()):
                index.position = record.offset + 1
                self._note(record.value, index.ended)
            index.position = max(index.position, await consumer.position(tp))
        return index

    async def _start(self, consumer: AIOKafkaConsumer, tp: TopicPartition, since_ms: Millis) -> int:
        """The embedded broker does not know times (-1): there, from the beginning."""
        beginning = int((await consumer.beginning_offsets([tp]))[tp])
        found = (await consumer.offsets_for_times({tp: max(since_ms, 0)})).get(tp)
        return max(beginning, found.offset) if found is not None else beginning

    @staticmethod
    def _note(value: bytes | None, ended: set[str]) -> None:
        try:
            status = Status.from_bytes(value or b"")
        except ValidationError:
            return  # not written by us: says nothing of our messages
        if status.state in OUTCOMES:
            ended.add(status.id)
