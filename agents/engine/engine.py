"""The engine process: ingest and compose as Faust agents, one a lane each.

Rules: it is built here and nowhere else; agents are registered explicitly, by name; what
is open is written out before partitions are given away.
"""

import asyncio
import time
from typing import Any

from agents.batches import Batches
from agents.dead_letters import DeadLetters
from agents.engine.backpressure import Backpressure
from agents.engine.compose import Compose
from agents.engine.ingest import Ingest
from agents.kafka.faust_app import faust_app, or_crash, run
from agents.kafka.group_offsets import GroupOffsets
from agents.kafka.table import Table
from agents.metrics import Metrics
from agents.settings import Settings
from agents.statuses import Statuses
from schemas.lane import LANES, Lane
from schemas.topics import Topics
from streams.catalog.catalog import Catalog

GAUGES_EVERY_S = 1.0


class Engine:
    """One process. Build it inside the loop that runs it."""

    def __init__(
        self, settings: Settings, topics: Topics, catalog: Catalog, metrics: Metrics
    ) -> None:
        assert settings.kafka is not None
        self._settings, self._topics, self._catalog = settings, topics, catalog
        self._metrics = metrics
        urgent = {topic for topic in catalog.topics if catalog.lane_of(topic) is Lane.URGENT}
        self._app = faust_app(
            topics.engine_group,
            bootstrap=settings.kafka,
            security=settings.kafka_security,
            partitions=settings.partitions,
            replication=settings.replication,
            domain_topics=catalog.topics,
            internal_prefix=settings.internal_prefix,
            start=settings.start,
            started_at_ms=int(time.time() * 1000),
            urgent_topics=urgent | {topics.requests[Lane.URGENT].name},
            drain_s=settings.drain_s,
        )
        self._build()

    def _build(self) -> None:
        app, topics, metrics = self._app, self._topics, self._metrics
        producer = app.producer.kafka
        offsets = GroupOffsets(
            self._settings.kafka or "", self._settings.kafka_security, topics.gateway_group
        )
        self._pressure = Backpressure(
            topics, lambda: app.consumer, offsets.committed, metrics, time.monotonic
        )
        self._batches = Batches(producer, self._pressure.on_batch)
        dead_letters = DeadLetters(producer, metrics, topics.dead_letters.name)
        statuses = Statuses(producer, metrics, topics.status.name, time.time)
        table = Table(app, name="recipients")
        ingest = Ingest(
            self._catalog, self._settings.sources, topics, self._settings.partitions,
            self._batches, dead_letters, metrics, time.time,
        )  # fmt: skip
        compose = Compose(
            self._catalog, topics, table, self._batches, producer, statuses, dead_letters,
            metrics, time.time,
        )  # fmt: skip
        for lane in LANES:
            self._agents(lane, ingest, compose)
        app.assigned_hook = self._assigned
        app.drain_hook = self._drain

    def _agents(self, lane: Lane, ingest: Ingest, compose: Compose) -> None:
        app, catalog = self._app, self._catalog
        producer = app.producer.kafka
        domain = sorted(topic for topic in catalog.topics if catalog.lane_of(topic) is lane)

        async def ingesting(stream: Any) -> None:
            await ingest.run(stream, app.consumer, producer)

        async def composing(stream: Any) -> None:
            await compose.run(stream, lane, app.consumer)

        if domain:
            app.agent(self._channel(*domain), name=f"ingest-{lane}")(ingesting)
        requests = self._channel(self._topics.requests[lane].name)
        app.agent(requests, name=f"compose-{lane}")(composing)

    def _channel(self, *names: str) -> Any:
        """Octets as they are; a record without a value is ours to judge, too."""
        return self._app.topic(*names, key_type=bytes, value_type=bytes, allow_empty=True)

    def _assigned(self, partitions: frozenset[Any]) -> None:
        self._batches.clear()
        self._pressure.on_assigned()

    async def _drain(self) -> None:
        self._batches.flush()

    @property
    def ready(self) -> bool:
        """Joined its group, and its tables are recovered."""
        return bool(self._app.consumer.ready)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`, then drain. Raises KafkaFailure."""
        works = (self._pressure.run(), self._gauges())
        beside = [asyncio.create_task(or_crash(self._app, work)) for work in works]
        try:
            await run(self._app, stop)
        finally:
            for task in beside:
                task.cancel()

    async def _gauges(self) -> None:
        while True:
            await asyncio.sleep(GAUGES_EVERY_S)
            if self.ready:
                for topic, records in self._app.consumer.lag_by_topic().items():
                    self._metrics.set("lag_records", topic, to=records)
