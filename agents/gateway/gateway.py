"""The gateway process: outbound topics on one side, an SMSC on the other.

Rules: it is built here and nowhere else; SIGTERM drains in bounded time: answers first,
then the unbind, then what was not sent is given back, then the last commit.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from pydantic import ValidationError

from agents.dead_letters import DeadLetters, first_fault
from agents.gateway.dispatch import Dispatch, Item
from agents.gateway.outbound import Outbound
from agents.gateway.receipts import Receipts
from agents.gateway.sent_before import SentBefore
from agents.kafka.connection import consumer_settings
from agents.kafka.errors import KafkaFailure
from agents.kafka.producer import KafkaProducer
from agents.metrics import Metrics
from agents.settings import Settings
from agents.smpp.client import Link
from agents.smpp.config import SmscConfig
from agents.smpp.events import Deliver
from agents.statuses import Statuses
from schemas.lane import Lane
from schemas.message import Message
from schemas.reason import Reason, Refusal
from schemas.status import State
from schemas.topics import Topics
from streams.events.event import Position
from streams.sending.submission import Submission
from streams.text.segment import encode, payloads

logger = logging.getLogger(__name__)


class Gateway:
    """One process. `smsc` is where to bind; `simulated` says that no phones are behind it."""

    def __init__(
        self,
        settings: Settings,
        topics: Topics,
        smsc: SmscConfig,
        metrics: Metrics,
        *,
        simulated: bool,
        on_failure: Callable[[KafkaFailure], None],
    ) -> None:
        assert settings.kafka is not None
        self._settings, self._metrics, self._simulated = settings, metrics, simulated
        self._smsc, self._topics = smsc, topics
        self.name = f"{smsc.host}:{smsc.port}"
        self._producer = KafkaProducer(
            settings.kafka,
            client_id=topics.gateway_group,
            security=settings.kafka_security,
            on_failure=on_failure,
        )
        self._statuses = Statuses(self._producer, metrics, topics.status.name, time.time)
        self._dead_letters = DeadLetters(self._producer, metrics, topics.dead_letters.name)
        receipts = Receipts(self.name, self._statuses, metrics, self._acknowledge)
        self._dispatch = Dispatch(
            self.name, self._statuses, receipts, metrics, time.time, time.monotonic
        )
        self._link = Link(
            smsc,
            on_answer=self._dispatch.on_answer,
            on_deliver=receipts.on_deliver,
            on_change=self._dispatch.pump,
        )
        self._dispatch.link = self._link
        self._consumer = self._new_consumer(topics.gateway_group)
        self._sent_before = SentBefore(topics.status.name, lambda: self._new_consumer(None))
        self._outbound = Outbound(
            self._consumer,
            self._producer,
            self._dispatch,
            self._sent_before,
            self._judge,
            self._unreadable,
            topics,
            metrics,
            settings.drain_s,
        )

    @property
    def ready(self) -> bool:
        """Joined its group."""
        return self._outbound.joined

    def _new_consumer(self, group: str | None) -> AIOKafkaConsumer:
        settings: dict[str, Any] = consumer_settings(
            self._settings.kafka or "",
            self._settings.kafka_security,
            group=group,
            client_id=self._topics.gateway_group,
        )
        # Range gives partition p of all three lanes to one worker: it writes, and after a
        # crash reads, partition p of the statuses.
        settings["partition_assignment_strategy"] = [RangePartitionAssignor]
        return AIOKafkaConsumer(**settings)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. Raises KafkaError where Kafka is not there."""
        await self._consumer.start()
        link = asyncio.create_task(self._link.run())
        reading = asyncio.create_task(self._outbound.run())
        gauges = asyncio.create_task(self._gauges())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({link, reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await self._drain(reading)
            for ended in (reading, link):
                if ended.done() and not ended.cancelled():
                    ended.result()
        finally:
            for task in (link, gauges, stopping):
                task.cancel()
            await self._sent_before.close()
            await self._consumer.stop()
            await self._producer.close(self._settings.drain_s)

    async def _drain(self, reading: asyncio.Task[None]) -> None:
        reading.cancel()
        await asyncio.wait({reading})
        await self._outbound.answers()
        await self._link.close(self._settings.drain_s)
        await self._outbound.hand_over()

    def _acknowledge(self, deliver: Deliver) -> None:
        self._link.acknowledge(deliver)

    def _judge(self, message: Message, partition: int, finished: Callable[[], None]) -> Item | None:
        """The last look at a message: is it for a phone that may be texted?"""
        test = not self._settings.live and not self._simulated
        if test and not self._settings.test_numbers.allow(message.phone):
            self._statuses.write(
                message,
                partition,
                State.REFUSED,
                lambda *_: finished(),
                reason=Reason.TEST_MODE,
            )
            return None
        bits = message.reference_bits
        segments = payloads(encode(message.text, bits), message.reference, bits)
        return Item(Submission(message, segments), partition, finished)

    def _unreadable(self, record: Any, error: ValidationError, done: Callable[..., None]) -> None:
        urgent = record.topic == self._topics.outbound[Lane.URGENT].name
        self._dead_letters.write(
            Position(record.topic, record.partition, record.offset),
            record.key,
            record.value,
            Refusal(Reason.UNREADABLE, first_fault(error)),
            done,
            secret=urgent,
        )

    async def _gauges(self) -> None:
        """What Prometheus reads of the link, twice a second."""
        while True:
            self._metrics.set("bind_up", self.name, self._smsc.bind.system_id,
                              to=1 if self._link.bound else 0)  # fmt: skip
            self._metrics.set("window_in_use", self.name, to=self._link.in_flight)
            self._metrics.set("window_limit", self.name, to=self._link.window)
            await asyncio.sleep(0.5)
