"""Items on their way to an internal topic, in small batches.

Rules: a batch has at most 100 items and 256 KiB and waits no longer than its lane allows;
an item is finished when Kafka has acknowledged its batch; a batch is a JSON array.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import TypeAdapter

from schemas.lane import Lane
from schemas.message import Message
from schemas.record import Record
from schemas.request import Request

ITEMS = 100
OCTETS = 256 * 1024
AGE_S = {Lane.URGENT: 0.002, Lane.NORMAL: 0.02, Lane.BULK: 0.02}
"""Each record costs the reader far more than an item in it: see docs/decisions/006."""

REQUESTS: TypeAdapter[list[Request]] = TypeAdapter(list[Request])
MESSAGES: TypeAdapter[list[Message]] = TypeAdapter(list[Message])


class Produces(Protocol):
    """What is needed of a producer here."""

    def produce(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        headers: list[tuple[str, bytes]] | None = None,
        timestamp_ms: int | None = None,
        on_done: Callable[[int], None] | None = None,
    ) -> None:
        """Hand a record over; `on_done` gets its offset once Kafka has it."""


@dataclass(slots=True)
class _Open:
    items: list[bytes] = field(default_factory=list)
    octets: int = 0
    on_done: list[Callable[[], None]] = field(default_factory=list)


class Batches:
    """The open batches of one process. `on_batch` hears of each one that Kafka has."""

    def __init__(
        self,
        producer: Produces,
        on_batch: Callable[[str, int, int, int], None] | None = None,
    ) -> None:
        """`on_batch(topic, partition, offset, items)`."""
        self._producer = producer
        self._on_batch = on_batch
        self._open: dict[tuple[str, int], _Open] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(
        self, topic: str, partition: int, lane: Lane, item: Record, on_done: Callable[[], None]
    ) -> None:
        """`on_done` is called once Kafka has the batch with this item."""
        encoded = item.to_bytes()
        batch = self._open.get((topic, partition))
        if batch is not None and batch.octets + len(encoded) > OCTETS:
            self._send(topic, partition)
            batch = None
        if batch is None:
            batch = self._open[topic, partition] = _Open()
        batch.items.append(encoded)
        batch.octets += len(encoded)
        batch.on_done.append(on_done)
        if len(batch.items) >= ITEMS:
            self._send(topic, partition)
        else:
            self._within(AGE_S[lane])

    def _within(self, age_s: float) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + age_s:
                return
            self._timer.cancel()
        self._timer = loop.call_later(age_s, self.flush)

    def flush(self) -> None:
        """Send what is open now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for topic, partition in list(self._open):
            self._send(topic, partition)

    def clear(self) -> None:
        """Forget what is open: it is no longer ours to send."""
        self._open.clear()

    def _send(self, topic: str, partition: int) -> None:
        batch = self._open.pop((topic, partition))
        value = b"[" + b",".join(batch.items) + b"]"

        def acknowledged(offset: int) -> None:
            if self._on_batch is not None:
                self._on_batch(topic, partition, offset, len(batch.items))
            for done in batch.on_done:
                done()

        self._producer.produce(topic, value, partition=partition, on_done=acknowledged)
