"""What operators see and decide of messages in doubt: `chappe in-doubt`.

Rules: what is to be sent is in Kafka before the status that says so; the words of a message
are never shown, its phone number is masked.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import ValidationError

from agents.batches import MESSAGES
from agents.kafka.admin import names_of, partitions_of
from agents.kafka.connection import consumer_settings
from agents.kafka.errors import KafkaFailure
from agents.kafka.producer import KafkaProducer
from agents.kafka.reading import place_at, to_the_end
from agents.settings import Settings
from schemas.message import Message
from schemas.record import Millis, Record
from schemas.status import Status
from schemas.topics import DAY_MS, Topic, Topics
from streams.sending.doubts import InDoubt, dropped, in_doubt, resent

FLUSH_S = 30.0
CLIENT = "chappe-in-doubt"

R = TypeVar("R", bound=Record)


class Doubts:
    """Enter it to read; `found` are the messages in doubt that are kept (a day)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topics = Topics(settings.public_prefix, settings.internal_prefix)
        self.found: list[InDoubt] = []

    async def __aenter__(self) -> Self:
        async with self._consumer() as consumer:
            kept = [
                (partition, message)
                async for partition, message in self._read(
                    consumer, self._topics.in_doubt, Message.from_bytes
                )
            ]
            statuses = (
                [
                    status
                    async for _, status in self._read(
                        consumer, self._topics.status, Status.from_bytes
                    )
                ]
                if kept
                else []
            )
        self.found = in_doubt(kept, statuses)
        failures: list[KafkaFailure] = []
        self._producer = KafkaProducer(
            self._settings.kafka or "", client_id=CLIENT,
            security=self._settings.kafka_security, on_failure=failures.append,
        )  # fmt: skip
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._producer.close(FLUSH_S)

    async def resend(self, chosen: Sequence[InDoubt]) -> None:
        """Each once more, by whichever gateway has its partition. Raises KafkaFailure."""
        now_ms = _now()
        decided = [(one, *resent(one, now_ms)) for one in chosen]
        for one, message, _ in decided:
            self._producer.produce(
                self._topics.retries.name,
                MESSAGES.dump_json([message], exclude_none=True),
                partition=one.partition,
            )
        await self._producer.flush(FLUSH_S)
        await self._tell([(one, status) for one, _, status in decided])

    async def drop(self, chosen: Sequence[InDoubt]) -> None:
        """None of them is sent. Raises KafkaFailure."""
        now_ms = _now()
        await self._tell([(one, dropped(one, now_ms)) for one in chosen])

    async def _tell(self, decided: Sequence[tuple[InDoubt, Status]]) -> None:
        for one, status in decided:
            self._producer.produce(
                self._topics.status.name, status.to_bytes(), key=status.phone.encode(),
                partition=one.partition,
            )  # fmt: skip
        await self._producer.flush(FLUSH_S)

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        # Asked first, since it has better words for a Kafka that is not there.
        await names_of(self._settings.kafka or "", self._settings.kafka_security)
        consumer = AIOKafkaConsumer(
            **consumer_settings(
                self._settings.kafka or "", self._settings.kafka_security, group=None,
                client_id=CLIENT,
            )
        )  # fmt: skip
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    async def _read(
        self, consumer: AIOKafkaConsumer, topic: Topic, read: Callable[[bytes], R]
    ) -> AsyncIterator[tuple[int, R]]:
        """Partition and record, of the last day; what is none of ours is passed over."""
        count = await partitions_of(
            self._settings.kafka or "", self._settings.kafka_security, topic.name
        )
        for number in range(count or 0):
            tp = TopicPartition(topic.name, number)
            place = await place_at(consumer, tp, _now() - DAY_MS)
            async for record in to_the_end(consumer, tp, place):
                try:
                    yield number, read(record.value or b"")
                except ValidationError:
                    continue


def _now() -> Millis:
    return int(time.time() * 1000)
