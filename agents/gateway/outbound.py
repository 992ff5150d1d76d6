"""Outbound: batches from Kafka to dispatch, and what happens when partitions come and go.

Rules: a partition that comes is recovered before anything of it is opened; one that goes
takes its messages along, and what can't be told to Kafka by an offset is given back first.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from pydantic import ValidationError

from agents.batches import MESSAGES, Batches
from agents.beside import Beside
from agents.gateway.dispatch import Dispatch
from agents.gateway.flow import IN_HAND, LATER_IN_HAND, Flow
from agents.gateway.intents import ALL_LANES, RETRIES, Intents
from agents.gateway.partition import Assigned, Batch
from agents.gateway.recovery import Recovery
from agents.kafka.producer import KafkaProducer
from agents.metrics import Metrics
from schemas.lane import LANES, Lane
from schemas.message import Message
from schemas.topics import Topics

logger = logging.getLogger(__name__)

AT_ONCE = 25
"""Batches taken between two looks at the clock and the window: up to 2,500 messages."""
LOOK_EVERY_S = 1.0

Unreadable = Callable[[Any, ValidationError, Callable[..., None]], None]


class Outbound(ConsumerRebalanceListener):  # type: ignore[misc]
    """The reading half of the gateway."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        producer: KafkaProducer,
        dispatch: Dispatch,
        recovery: Recovery,
        unreadable: Unreadable,
        topics: Topics,
        metrics: Metrics,
        drain_s: float,
        beside: Beside,
    ) -> None:
        self.intents: Intents  # set by who builds both
        self._consumer, self._producer, self._dispatch = consumer, producer, dispatch
        self._recovery, self._unreadable = recovery, unreadable
        self._metrics, self._drain_s, self._beside = metrics, drain_s, beside
        self._lane_of: dict[str, Lane | None] = {
            topic.name: lane for lane, topic in topics.outbound.items()
        }
        self._lane_of[topics.retries.name] = RETRIES
        self._partitions: dict[TopicPartition, Assigned] = {}
        self._flow = Flow(consumer)
        self._recovering: asyncio.Task[None] | None = None
        self.joined = False

    async def run(self) -> None:
        """Until cancelled. Raises KafkaError where Kafka is gone for good."""
        self._consumer.subscribe(list(self._lane_of), listener=self)
        looked_at = 0.0
        clock = asyncio.get_running_loop().time
        while True:
            fetched = await self._consumer.getmany(timeout_ms=100, max_records=AT_ONCE)
            for tp, records in fetched.items():
                for record in records:
                    self._take(tp, record)
            if fetched:
                self.intents.wake()
            self._pause_or_resume()
            if clock() - looked_at >= LOOK_EVERY_S:
                looked_at = clock()
                self._dispatch.look()
                self._export()

    def _take(self, tp: TopicPartition, record: Any) -> None:
        assigned = self._partitions.get(tp)
        if assigned is None:
            return  # revoked while it was on its way
        assigned.read(record.offset)
        try:
            messages = MESSAGES.validate_json(record.value or b"")
        except ValidationError as error:
            self._unreadable(record, error, lambda *_: assigned.finish(record.offset))
            return
        if not messages:
            assigned.finish(record.offset)
            return
        batch = Batch.of(record.offset, messages)
        assigned.begin(batch)
        if len(batch.messages) < len(messages):
            self._said_twice(record, messages)

    def _said_twice(self, record: Any, messages: list[Message]) -> None:
        seen: set[str] = set()
        for message in messages:
            if message.id in seen:
                self._metrics.count("duplicates_total", message.lane, message.template)
            seen.add(message.id)
        logger.warning(
            "%s[%d] offset %d: %d of %d messages are copies of another in it, and are not sent",
            record.topic, record.partition, record.offset, len(messages) - len(seen), len(messages),
        )  # fmt: skip

    def _pause_or_resume(self) -> None:
        for lane in ALL_LANES:
            wide = max(IN_HAND, 2 * self.intents.most_open) + self.intents.held_up(lane)
            self._flow.look(self._of_lane(lane), LATER_IN_HAND if lane is RETRIES else wide)

    def _of_lane(self, lane: Lane | None) -> list[Assigned]:
        return [one for one in self._partitions.values() if self._lane_of[one.tp.topic] == lane]

    # --- partitions come ---

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """aiokafka's callback: everything starts empty, pauses included."""
        self._partitions = {tp: Assigned(tp) for tp in assigned}
        self._flow.assigned()
        self._dispatch.stopping = False
        self.intents.assign({lane: self._of_lane(lane) for lane in ALL_LANES})
        self._stop_recovering()
        recovery = self._recovery.run(list(self._partitions.values()), self.intents.wake)
        self._recovering = self._beside.start(recovery, "what the gateway before us left")
        self.joined = True

    def _stop_recovering(self) -> None:
        if self._recovering is not None:
            self._recovering.cancel()
            self._recovering = None

    # --- partitions go ---

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """aiokafka's callback, awaited before the partitions go to another gateway."""
        self._stop_recovering()
        if self._partitions:
            await self.hand_over()

    def fenced(self, why: str) -> None:
        """Another gateway may have our partitions already: nothing more is done for them."""
        if self._partitions:
            logger.warning("partitions were lost, submitting stops: %s", why)
            self._metrics.count("fenced_total")
            self._let_go()

    async def hand_over(self) -> None:
        """Stop submitting, take the answers, give back what an offset can't say, commit."""
        self._dispatch.stopping = True
        try:
            await self.answers()
            # While a commit is taken the partitions are ours: only then is anything given back.
            if self._partitions and await self.intents.commit(even_unchanged=True):
                for one in self._partitions.values():
                    self._dispatch.drop(one.items.values(), ours=True)
                await self._give_back()
                await self.intents.commit()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        for one in self._partitions.values():
            self._dispatch.drop(one.items.values(), ours=False)
            one.end()
        self._partitions = {}
        self.intents.assign({})

    async def answers(self) -> None:
        """What is begun is finished. Bounded: what has no answer by then is in doubt, or
        keeps its batch uncommitted."""
        self._dispatch.stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drain_s):
                self._dispatch.pump()
                while self._unfinished():
                    await self._dispatch.concluded()
                    self._dispatch.pump()

    def _unfinished(self) -> bool:
        return any(
            item.submission.outstanding or item.goes_on
            for one in self._partitions.values()
            for item in one.items.values()
        )

    async def _give_back(self) -> None:
        """No position passes a message before its copy is in Kafka: where one of several
        records fails, nothing is committed, and the last intent holds for all."""
        await self._producer.flush(self._drain_s)
        await self._producer.flush(self._drain_s)  # statuses that follow what is in Kafka now
        positions = {}
        for one in self._partitions.values():
            messages, positions[one] = one.to_give_back()
            self._write(one.tp, messages)
        await self._producer.flush(self._drain_s)
        for one, position in positions.items():
            one.given_back(position)

    def _write(self, tp: TopicPartition, messages: list[Message]) -> None:
        """In records as small as compose's; in retries one for each, since a record is due when
        the last of it is."""
        if self._lane_of[tp.topic] is RETRIES:
            for message in messages:
                value = MESSAGES.dump_json([message], exclude_none=True)
                self._producer.produce(tp.topic, value, partition=tp.partition)
            return
        batches = Batches(self._producer)
        for message in messages:
            batches.add(tp.topic, tp.partition, message.lane, message, _nothing)
        batches.flush()

    # --- for Prometheus ---

    def _export(self) -> None:
        for lane in LANES:
            held = sum(one.held for one in self._of_lane(lane))
            self._metrics.set("waiting_messages", "gateway", lane, to=held)
        retries = sum(one.held for one in self._of_lane(RETRIES))
        self._metrics.set("waiting_messages", "retries", "any", to=retries)
        lag = dict.fromkeys(self._lane_of, 0)
        for tp, one in self._partitions.items():
            highwater = self._consumer.highwater(tp)
            if highwater is not None and one.watermark.position is not None:
                lag[tp.topic] += max(0, highwater - one.watermark.position)
        for topic, records in lag.items():
            self._metrics.set("lag_records", topic, to=records)


def _nothing() -> None:
    """The flush that follows waits for all of them."""
