"""Compose takes bulk only while little of it waits in outbound.

Rules: read each second how far the gateway is; hold and release partitions of requests
at the consumer, never by blocking an agent; what can't be read changes nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping

from agents.kafka.consumer import Consumer
from agents.kafka.errors import KafkaFailure
from agents.kafka.positions import Place
from agents.metrics import Metrics
from schemas.lane import LANES, Lane
from schemas.topics import Topics
from streams.backlog import Backlog

logger = logging.getLogger(__name__)

EVERY_S = 1.0
Where = tuple[str, int]
Committed = Callable[[Iterable[Where]], Awaitable[Mapping[Where, int | None]]]
"""The gateway group's positions; None before its first commit."""


class Backpressure:
    """The outbound backlogs of the partitions this worker composes."""

    def __init__(
        self,
        topics: Topics,
        consumer: Callable[[], Consumer],
        committed: Committed,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._topics, self._consumer, self._committed = topics, consumer, committed
        self._metrics, self._clock = metrics, clock
        self._backlogs: dict[Place, Backlog] = {}
        self._held: set[int] = set()
        self._lane_of = {topic.name: lane for lane, topic in topics.outbound.items()}

    def on_batch(self, topic: str, partition: int, offset: int, items: int) -> None:
        """A batch is in Kafka: told by `Batches`."""
        lane = self._lane_of.get(topic)
        if lane is None:
            return
        backlog = self._backlogs.setdefault(Place(topic, partition), Backlog())
        backlog.produced(offset, items)
        if lane is Lane.BULK and backlog.full and partition not in self._held:
            self._held.add(partition)
            self._consumer().hold({self._requests(partition)})

    def on_assigned(self) -> None:
        """Everything starts empty: the consumer has forgotten its holds."""
        self._backlogs.clear()
        self._held.clear()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except KafkaFailure as failure:
                logger.warning("how far the gateway is can't be read: %s", failure)

    async def look(self) -> None:
        """Ask once, and hold or release accordingly."""
        if self._backlogs:
            positions = await self._committed(list(self._backlogs))
            for partition, backlog in self._backlogs.items():
                backlog.committed(positions.get(partition) or 0, self._clock())
        bulk = self._topics.outbound[Lane.BULK].name
        for number in list(self._held):
            found = self._backlogs.get(Place(bulk, number))
            if found is None or found.drained:
                self._held.discard(number)
                self._consumer().release({self._requests(number)})
        self._export()

    def _requests(self, partition: int) -> Place:
        return Place(self._topics.requests[Lane.BULK].name, partition)

    def _export(self) -> None:
        waiting = dict.fromkeys(LANES, 0)
        for (topic, _), backlog in self._backlogs.items():
            waiting[self._lane_of[topic]] += backlog.waiting
        for lane, items in waiting.items():
            self._metrics.set("waiting_messages", "outbound", lane, to=items)
        self._metrics.set("held_partitions", Lane.BULK, to=len(self._held))
