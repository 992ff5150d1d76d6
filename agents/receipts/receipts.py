"""The receipts process: both joins as Faust agents, their tables on disk.

Rules: it is built here and nowhere else; agents are registered explicitly, by name; another
agent of this process is one more line of `_agent`. No table has a copy on a second worker:
who takes a partition over reads its changelog, and nobody waits for a receipt meanwhile.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agents.dead_letters import DeadLetters
from agents.kafka.consumer import Consumer
from agents.kafka.disk_table import DiskTable
from agents.kafka.faust_app import faust_app, or_crash, run
from agents.kafka.own_folder import own_folder
from agents.kafka.producer import KafkaProducer
from agents.metrics import Metrics
from agents.receipts.gather import Gather
from agents.receipts.join import Join
from agents.receipts.reading import Reading
from agents.receipts.replies import Replies
from agents.receipts.sweeping import Sweeper
from agents.receipts.watch import Carrier, Watch
from agents.settings import Settings
from agents.statuses import Statuses
from schemas.topics import Topics
from streams.sending.gathering import Speaks
from streams.sending.keeping import head

EVERY_S = 1.0
Run = Callable[[Any, Consumer, KafkaProducer], Awaitable[None]]
"""An agent's body: stream, consumer, producer."""


class Receipts:
    """One process. Build it inside the loop that runs it. Of SMSCs that the settings do not
    name the defaults hold. Raises OSError where CHAPPE_DATA is no folder to write to."""

    def __init__(self, settings: Settings, topics: Topics, metrics: Metrics) -> None:
        carriers = {
            smsc.label: Carrier(smsc.id_rule, Speaks(smsc.receipts)) for smsc in settings.smscs
        }
        assert settings.kafka is not None
        self._settings, self._topics, self._metrics = settings, topics, metrics
        self._app = faust_app(
            topics.receipts_group,
            bootstrap=settings.kafka,
            security=settings.kafka_security,
            partitions=settings.partitions,
            replication=settings.replication,
            domain_topics=(),
            internal_prefix=settings.internal_prefix,
            start=settings.start,
            started_at_ms=int(time.time() * 1000),
            urgent_topics=(),
            drain_s=settings.drain_s,
            standbys=0,
        )
        folder, self._give_back = own_folder(settings.data / topics.receipts_group)
        self._tracked = DiskTable(self._app, name="receipts", folder=folder, read=head)
        self._gathered = DiskTable(self._app, name="segments", folder=folder, read=head)
        self._watch = Watch(carriers, time.monotonic)
        self._shown: set[str] = set()
        self._build(carriers)

    def _build(self, carriers: Mapping[str, Carrier]) -> None:
        app, topics, metrics = self._app, self._topics, self._metrics
        producer = app.producer.kafka
        dead_letters = DeadLetters(producer, metrics, topics.dead_letters.name)
        statuses = Statuses(producer, metrics, topics.status.name, time.time)
        self._sweepers = {
            topic: Sweeper(table, topic, producer, time.time)
            for topic, table in (
                (topics.receipts.name, self._tracked),
                (topics.segments.name, self._gathered),
            )
        }
        join = Join(
            topics, self._settings.partitions, self._tracked,
            self._sweepers[topics.receipts.name], producer, statuses, self._watch, metrics,
        )  # fmt: skip
        gather = Gather(carriers, self._gathered, self._sweepers[topics.segments.name], statuses)
        self._agent("join", topics.receipts.name, Reading(join.take, dead_letters).run)
        self._agent("gather", topics.segments.name, Reading(gather.take, dead_letters).run)
        alphabets = {smsc.label: smsc.default_alphabet for smsc in self._settings.smscs}
        self._replies = Replies(
            topics, self._settings.partitions, producer, metrics, time.monotonic,
            alphabets=alphabets,
        )  # fmt: skip
        self._agent("replies", topics.replies.name, self._replies.run)
        app.assigned_hook, app.drain_hook = self._assigned, self._replies.drain

    def _agent(self, name: str, topic: str, body: Run) -> None:
        app = self._app
        producer = app.producer.kafka

        async def reading(stream: Any) -> None:
            await body(stream, app.consumer, producer)

        # Octets as they are; a record without a value is a tick.
        channel = app.topic(topic, key_type=bytes, value_type=bytes, allow_empty=True)
        app.agent(channel, name=name)(reading)

    def _assigned(self, partitions: frozenset[Any]) -> None:
        for sweeper in self._sweepers.values():
            sweeper.clear()

    @property
    def ready(self) -> bool:
        """Joined its group, and its tables are recovered."""
        return bool(self._app.consumer.ready)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`, then drain. Raises KafkaFailure, OSError."""
        works = (self._beside(), self._replies.watch())
        beside = [asyncio.create_task(or_crash(self._app, work)) for work in works]
        try:
            await run(self._app, stop)
        finally:
            for task in beside:
                task.cancel()
            self._give_back()

    async def _beside(self) -> None:
        """Without ticks nothing would end."""
        while True:
            await asyncio.sleep(EVERY_S)
            if self.ready:
                self._look()
            await self._watch.say()

    def _look(self) -> None:
        consumer = self._app.consumer
        for place in consumer.positions.places:
            if place.topic in self._sweepers:
                self._sweepers[place.topic].look(place.partition)
        self._export(consumer.lag_by_topic())

    def _export(self, lag: Mapping[str, int]) -> None:
        for topic, records in lag.items():
            self._metrics.set("lag_records", topic, to=records)
        counts = self._tracked.counts()
        self._shown |= counts.keys()
        for label in self._shown:
            kind, _, smsc = label.partition("/")
            self._metrics.set("waiting_receipts", smsc, kind, to=counts.get(label, 0))
