"""The gateway process: outbound topics on one side, SMSCs on the other.

Rules: it is built here and nowhere else; SIGTERM drains in bounded time: answers first,
then the unbinds, then what was not sent is given back, then the last commit.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from pydantic import ValidationError

from agents.beside import Beside, Failed
from agents.dead_letters import DeadLetters, first_fault
from agents.gateway.carrier import Bind, Carrier
from agents.gateway.dispatch import Dispatch
from agents.gateway.inbox import Inbox
from agents.gateway.intents import Intents
from agents.gateway.late import LateAnswers
from agents.gateway.lease import Lease, steady
from agents.gateway.outbound import Outbound
from agents.gateway.outcomes import Outcomes
from agents.gateway.recovery import Recovery
from agents.gateway.starting import Starting
from agents.gateway.status_log import StatusLog
from agents.kafka.connection import consumer_settings
from agents.kafka.group_offsets import GroupOffsets
from agents.kafka.producer import KafkaProducer
from agents.metrics import Metrics
from agents.settings import Settings
from agents.smpp.backoff import Trouble
from agents.smpp.client import Link
from agents.smpp.config import Role, SmscConfig
from agents.statuses import Statuses
from schemas.lane import Lane
from schemas.reason import Reason, Refusal
from schemas.topics import Topics
from streams.events.event import Position


class Gateway:
    """One process. `smscs` is where to bind; `simulated` says that no phones are behind them;
    `on_failure` sets the `stop` of `run`, and raises what it was told when that returns."""

    def __init__(
        self,
        settings: Settings,
        topics: Topics,
        smscs: Sequence[SmscConfig],
        metrics: Metrics,
        *,
        simulated: bool,
        on_failure: Failed,
    ) -> None:
        assert settings.kafka is not None
        self._settings, self._metrics, self._topics = settings, metrics, topics
        self._simulated, self._beside = simulated, Beside(on_failure)
        self._producer = KafkaProducer(
            settings.kafka,
            client_id=topics.gateway_group,
            security=settings.kafka_security,
            on_failure=on_failure,
        )
        statuses = Statuses(self._producer, metrics, topics.status.name, time.time)
        self._dead_letters = DeadLetters(self._producer, metrics, topics.dead_letters.name)
        outcomes = Outcomes(
            self._producer, statuses, topics, settings.partitions, metrics, time.time, _soon
        )
        self._carriers = [Carrier(smsc) for smsc in smscs]
        self._dispatch = Dispatch(
            self._carriers, settings.routes, outcomes, metrics, time.time, steady,
            lease := Lease(),
        )  # fmt: skip
        outcomes.reaches = self._dispatch.placing.reaches
        self._status_log = StatusLog(topics.status.name, lambda: self._new_consumer(None))
        self._late = LateAnswers(self._dispatch, self._status_log, metrics, time.time, steady,
                                 self._beside)  # fmt: skip
        self._links = [link for carrier in self._carriers for link in self._links_of(carrier)]
        self._consumer = self._new_consumer(topics.gateway_group)
        self._outbound = self._reading(statuses.ends)
        starting = Starting(
            self._dispatch, outcomes, self._status_log, metrics, self._may_text, self._beside
        )
        self._intents = Intents(
            self._consumer, self._dispatch, lease, sum(link.window for link in self._links),
            starting.start, self._outbound.fenced, statuses.ends, time.time, steady,
        )  # fmt: skip
        self._outbound.intents = self._intents
        starting.on_finished = self._intents.finished

    def _links_of(self, carrier: Carrier) -> list[Link]:
        config = carrier.config
        inbox = Inbox(
            config, self._producer, self._topics, self._settings.partitions, self._metrics,
            time.time,
        )  # fmt: skip
        return [self._link(carrier, role, inbox) for role in config.roles]

    def _link(self, carrier: Carrier, role: Role, inbox: Inbox) -> Link:
        link: Link
        link = Link(
            carrier.config,
            role=role,
            on_answer=self._dispatch.on_answer,
            on_late=self._late.hear,
            on_deliver=lambda deliver: inbox.on_deliver(deliver, link.acknowledge),
            on_change=self._dispatch.pump,
            on_trouble=partial(self._on_trouble, carrier.name),
        )
        carrier.suspends.append(link.suspend)
        if role != "receiver":
            carrier.binds.append(Bind(link))
        return link

    def _on_trouble(self, smsc: str, trouble: Trouble) -> None:
        self._metrics.count("bind_failures_total", smsc, trouble)
        self._dispatch.look()

    def _reading(self, status_ends: dict[int, int]) -> Outbound:
        offsets = GroupOffsets(
            self._settings.kafka or "", self._settings.kafka_security, self._topics.gateway_group
        )
        return Outbound(
            self._consumer,
            self._producer,
            self._dispatch,
            Recovery(offsets, self._status_log, status_ends),
            self._unreadable,
            self._topics,
            self._metrics,
            self._settings.drain_s,
            self._beside,
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
        # Range gives partition p of all lanes and of retries to one worker: it writes, and
        # after a crash reads, partition p of the statuses.
        settings["partition_assignment_strategy"] = [RangePartitionAssignor]
        return AIOKafkaConsumer(**settings)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. Raises KafkaError where Kafka is not there."""
        await self._consumer.start()
        create = asyncio.create_task
        reading, opening = create(self._outbound.run()), create(self._intents.run())
        links = [create(link.run()) for link in self._links]
        self._beside.start(self._gauges(), "gauges")
        stopping = create(stop.wait())
        working = {reading, opening, *links}
        try:
            await asyncio.wait({*working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await self._drain(reading, opening)
            for ended in working:
                if ended.done() and not ended.cancelled():
                    ended.result()
        finally:
            for task in (*links, opening, stopping):
                task.cancel()
            self._beside.cancel()
            await self._status_log.close()
            await self._consumer.stop()
            await self._producer.close(self._settings.drain_s)

    async def _drain(self, *reading: asyncio.Task[None]) -> None:
        for task in reading:
            task.cancel()
        await asyncio.wait(reading)
        await self._outbound.answers()
        await asyncio.gather(*(link.close(self._settings.drain_s) for link in self._links))
        await self._outbound.hand_over()

    def _may_text(self, phone: str) -> bool:
        """The last look at a message: is it for a phone that may be texted?"""
        free = self._settings.live or self._simulated
        return free or self._settings.test_numbers.allow(phone)

    def _unreadable(self, record: Any, error: ValidationError, done: Callable[..., None]) -> None:
        secret = (self._topics.outbound[Lane.URGENT].name, self._topics.retries.name)
        self._dead_letters.write(
            Position(record.topic, record.partition, record.offset),
            record.key,
            record.value,
            Refusal(Reason.UNREADABLE, first_fault(error)),
            done,
            secret=record.topic in secret,
        )

    async def _gauges(self) -> None:
        """What Prometheus reads of the links, twice a second."""
        while True:
            for carrier in self._carriers:
                self._export(carrier)
            await asyncio.sleep(0.5)

    def _export(self, carrier: Carrier) -> None:
        name, metrics = carrier.name, self._metrics
        links = [link for link in self._links if link.config is carrier.config]
        for number, link in enumerate(links, start=1):
            metrics.set("bind_up", name, f"{link.role}-{number}", to=1 if link.bound else 0)
        metrics.set("window_in_use", name, to=carrier.in_flight)
        metrics.set("window_limit", name, to=sum(link.window for link in links))
        metrics.set("rate_limit_segments_per_second", name, to=carrier.pace.rate_per_s or 0)


def _soon(callback: Callable[[], None]) -> None:
    """In the next turn of the loop, after what this turn has to write."""
    asyncio.get_running_loop().call_soon(callback)
