"""Faust's transport with our consumer and our producer in it.

Rules: everything the app writes goes through one KafkaProducer, the same that agents use
directly; Faust's own producer interface is kept, since Faust flushes and stops it.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import faust.transport.base
from faust.types import TP, RecordMetadata
from faust.types.core import HeadersArg

from agents.kafka.consumer import FLUSH_S, Consumer
from agents.kafka.errors import KafkaFailure
from agents.kafka.faust_log import FAUST_LOG
from agents.kafka.producer import KafkaProducer

if TYPE_CHECKING:
    from agents.kafka.faust_app import App


class Producer(faust.transport.base.Producer):  # type: ignore[misc]
    """`kafka` is what agents write with."""

    logger = FAUST_LOG
    app: "App"
    kafka: KafkaProducer

    def __post_init__(self) -> None:
        wiring = self.app.wiring
        self.kafka = KafkaProducer(
            wiring.bootstrap,
            client_id=self.app.conf.id,
            security=wiring.security,
            on_failure=self._on_failure,
        )

    def _on_failure(self, failure: KafkaFailure) -> None:
        self.add_future(self.app.crash(failure))

    async def on_stop(self) -> None:
        await super().on_stop()
        if not self.app.crashed:
            await self.kafka.close()

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: HeadersArg | None,
        *,
        transactional_id: str | None = None,
    ) -> "asyncio.Future[RecordMetadata]":
        """Faust's way to write, for what Faust itself sends. The timestamp is in seconds."""
        await self.kafka.room()
        sent: asyncio.Future[RecordMetadata] = self.loop.create_future()
        place = -1 if partition is None else partition

        def done(offset: int) -> None:
            if not sent.done():
                sent.set_result(RecordMetadata(topic, place, TP(topic, place), offset))

        pairs = list(headers.items()) if isinstance(headers, Mapping) else headers
        self.kafka.produce(
            topic,
            value,
            key=key,
            partition=partition,
            headers=pairs or None,
            timestamp_ms=int(timestamp * 1000) if timestamp else None,
            on_done=done,
        )
        return sent

    async def send_and_wait(self, *args: Any, **kwargs: Any) -> RecordMetadata:
        """As `send`, and acknowledged. Raises KafkaFailure."""
        sent = await self.send(*args, **kwargs)
        await self.kafka.flush(FLUSH_S)
        return await sent

    async def flush(self) -> None:
        """Raises KafkaFailure where anything handed over was not acknowledged."""
        if not self.app.crashed:
            await self.kafka.flush(FLUSH_S)

    async def create_topic(self, topic: str, *_: Any, **__: Any) -> None:
        """Topics are made before the app starts (admin.py)."""

    def supports_headers(self) -> bool:
        return True


class Transport(faust.transport.base.Transport):  # type: ignore[misc]
    """What `app.transport` is set to."""

    Consumer = Consumer
    Producer = Producer
    driver_version = "chappe"
