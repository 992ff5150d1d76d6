"""Reads `sms.status` back: was a message sent before, and what did a lost gateway leave?

Rules: read from a place before which nothing can stand to the end as it is now; what was
read for one question is kept for the next, and forgotten when none comes for a while.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import ValidationError

from agents.kafka.reading import place_at, to_the_end
from schemas.message import Message
from schemas.record import Millis
from schemas.status import Status
from streams.sending.intent import Past

SLACK_MS = 5_000
"""Clocks of two machines may differ by so much."""
FORGET_S = 60.0


@dataclass(slots=True)
class _Index:
    since_ms: Millis
    position: int
    past: Past = field(default_factory=Past)


class StatusLog:
    """One consumer outside of any group. `new_consumer` makes it, not started."""

    def __init__(self, status_topic: str, new_consumer: Callable[[], AIOKafkaConsumer]) -> None:
        self._topic, self._new_consumer = status_topic, new_consumer
        self._consumer: AIOKafkaConsumer | None = None
        self._indexes: dict[int, _Index] = {}
        self._lock = asyncio.Lock()

    async def since(self, partition: int, since_ms: Millis) -> Past:
        """What is said from then on, and whoever asks next may add to it. Raises KafkaError
        where Kafka can't be read.
        """
        async with self._lock:
            consumer = await self._started()
            index = await self._index(consumer, partition, since_ms - SLACK_MS)
            asyncio.get_running_loop().call_later(FORGET_S, self._forget, partition, index)
            return index.past

    async def read_on(self, partition: int, position: int, past: Past) -> int:
        """Notes in `past` all that stands from `position` on; where that ends.

        Raises KafkaError.
        """
        async with self._lock:
            return await self._read(await self._started(), partition, position, past)

    async def past_of(self, partition: int, since_ms: Millis, messages: Sequence[Message]) -> Past:
        """What is said of these messages alone, and of others with their phones; nothing of it
        is kept, so that the place may be long ago. Raises KafkaError."""
        past, phones = Past(), {message.phone.encode() for message in messages}
        async with self._lock:
            consumer, tp = await self._started(), TopicPartition(self._topic, partition)
            place = await place_at(consumer, tp, since_ms - SLACK_MS)
            async for record in to_the_end(consumer, tp, place):
                if record.key in phones:
                    _note(record.value, past)
        return past

    async def end(self, partition: int) -> int:
        """The place of the next status. Raises KafkaError."""
        async with self._lock:
            tp = TopicPartition(self._topic, partition)
            return int((await (await self._started()).end_offsets([tp]))[tp])

    async def close(self) -> None:
        """Where it was ever asked, there is a connection to close."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = self._new_consumer()
            await consumer.start()
            self._consumer = consumer
        return self._consumer

    def _forget(self, partition: int, index: _Index) -> None:
        if self._indexes.get(partition) is index:
            del self._indexes[partition]

    async def _index(self, consumer: AIOKafkaConsumer, partition: int, since_ms: Millis) -> _Index:
        index = self._indexes.get(partition)
        if index is None or index.since_ms > since_ms:
            tp = TopicPartition(self._topic, partition)
            index = _Index(since_ms, await place_at(consumer, tp, since_ms))
            self._indexes[partition] = index
        index.position = await self._read(consumer, partition, index.position, index.past)
        return index

    async def _read(
        self, consumer: AIOKafkaConsumer, partition: int, position: int, past: Past
    ) -> int:
        """To the end as it is now; the end."""
        tp = TopicPartition(self._topic, partition)
        async for record in to_the_end(consumer, tp, position):
            position = record.offset + 1
            _note(record.value, past)
        return position


def _note(value: bytes | None, past: Past) -> None:
    try:
        past.note(Status.from_bytes(value or b""))
    except ValidationError:
        return  # not written by us: says nothing of our messages
