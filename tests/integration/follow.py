"""What Chappe writes for the world to read, as a data team's consumer sees it.

Rule: every partition is read from its first record, in no group; nothing is filtered.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.kafka.connection import consumer_settings
from schemas.status import Status
from schemas.topics import Topics

PARTITIONS = 4
"""Of every topic of Chappe in these tests; few, for speed."""


@dataclass(frozen=True, slots=True)
class Dead:
    """A dead letter: `headers` without their prefix."""

    key: bytes | None
    value: bytes | None
    headers: dict[str, str]

    @property
    def reason(self) -> str:
        """The code."""
        return self.headers["reason"]


class Followed:
    """`start` it when the topics exist; again does nothing."""

    def __init__(self, bootstrap: str, topics: Topics) -> None:
        self.statuses: list[Status] = []
        self.dead_letters: list[Dead] = []
        self._bootstrap, self._topics = bootstrap, topics
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read from now on, everything from the beginning."""
        if self._task is None:
            settings = consumer_settings(self._bootstrap, {}, group="", client_id="tests")
            consumer = AIOKafkaConsumer(**{**settings, "group_id": None})
            await consumer.start()
            self._task = asyncio.create_task(self._read(consumer))

    def check(self) -> None:
        """Raises what stopped it."""
        if self._task is not None and self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """Read no more. Raises what stopped it before."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            if not self._task.cancelled():
                self._task.result()

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        try:
            names = (self._topics.status.name, self._topics.dead_letters.name)
            consumer.assign([TopicPartition(t, n) for t in names for n in range(PARTITIONS)])
            await consumer.seek_to_beginning()
            while True:
                for records in (await consumer.getmany(timeout_ms=50)).values():
                    for record in records:
                        self._note(record)
        finally:
            await consumer.stop()

    def _note(self, record: Any) -> None:
        if record.topic == self._topics.status.name:
            self.statuses.append(Status.from_bytes(record.value))
            return
        headers = {name.removeprefix("chappe-"): raw.decode() for name, raw in record.headers}
        self.dead_letters.append(Dead(record.key, record.value, headers))
