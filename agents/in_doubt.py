"""What operators see and decide of messages in doubt: `chappe in-doubt`.

Rules: what was settled while a person thought is left alone; what is to be sent is in Kafka
before the status that says so; the words of a message are never shown, its number is masked.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

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
from schemas.record import Millis
from schemas.status import Status
from schemas.topics import DAY_MS, Topic
from streams.sending.doubts import InDoubt, Ledger, dropped, resent

FLUSH_S = 30.0
CLIENT = "chappe-in-doubt"


class Doubts:
    """Enter it to read; `found` are the messages in doubt that are kept (a day). `clock` gives
    seconds since 1970."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._clock = settings, clock
        self._topics = settings.topics
        self._ledger = Ledger()
        self._places: dict[TopicPartition, int] = {}
        self.found: list[InDoubt] = []

    async def __aenter__(self) -> Self:
        async with self._consumer() as consumer:
            async for partition, record in self._read(consumer, self._topics.in_doubt):
                with suppress(ValidationError):  # none of ours
                    self._ledger.keep(partition, Message.from_bytes(record.value or b""))
        await self._look()
        self.found = self._ledger.found()
        self._producer = self._new_producer()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._producer.close(FLUSH_S)

    async def resend(self, chosen: Sequence[InDoubt]) -> int:
        """Each once more, by whichever gateway has its partition; how many were in doubt
        still. Raises KafkaFailure."""
        await self._look()
        now_ms = self._now()
        decided = [(one, *resent(one, now_ms)) for one in self._ledger.still(chosen)]
        for one, message, _ in decided:
            self._producer.produce(
                self._topics.retries.name,
                MESSAGES.dump_json([message], exclude_none=True),
                partition=one.partition,
            )
        await self._producer.flush(FLUSH_S)
        await self._tell([(one, status) for one, _, status in decided])
        return len(decided)

    async def drop(self, chosen: Sequence[InDoubt]) -> int:
        """None of them is sent; how many were in doubt still. Raises KafkaFailure."""
        await self._look()
        now_ms = self._now()
        decided = [(one, dropped(one, now_ms)) for one in self._ledger.still(chosen)]
        await self._tell(decided)
        return len(decided)

    async def _tell(self, decided: Sequence[tuple[InDoubt, Status]]) -> None:
        for one, status in decided:
            self._producer.produce(
                self._topics.status.name, status.to_bytes(), key=status.phone.encode(),
                partition=one.partition,
            )  # fmt: skip
        await self._producer.flush(FLUSH_S)

    def _new_producer(self) -> KafkaProducer:
        failures: list[KafkaFailure] = []  # `flush` raises them
        return KafkaProducer(
            self._settings.kafka or "", client_id=CLIENT,
            security=self._settings.kafka_security, on_failure=failures.append,
        )  # fmt: skip

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

    async def _look(self) -> None:
        """What is said of the messages that were kept, from where it was last read."""
        if not self._ledger.phones:
            return
        async with self._consumer() as consumer:
            async for _, record in self._read(consumer, self._topics.status):
                if record.key in self._ledger.phones:
                    with suppress(ValidationError):  # none of ours
                        self._ledger.note(Status.from_bytes(record.value or b""))

    async def _read(
        self, consumer: AIOKafkaConsumer, topic: Topic
    ) -> AsyncIterator[tuple[int, Any]]:
        """Partition and record: of the last day, and then what is new."""
        for number in range(await self._partitions(topic)):
            tp = TopicPartition(topic.name, number)
            if tp not in self._places:
                self._places[tp] = await place_at(consumer, tp, self._now() - DAY_MS)
            async for record in to_the_end(consumer, tp, self._places[tp]):
                self._places[tp] = record.offset + 1
                yield number, record

    async def _partitions(self, topic: Topic) -> int:
        count = await partitions_of(
            self._settings.kafka or "", self._settings.kafka_security, topic.name
        )
        return count or 0

    def _now(self) -> Millis:
        return int(self._clock() * 1000)
