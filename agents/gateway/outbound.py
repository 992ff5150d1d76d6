"""Outbound: batches from Kafka to dispatch, and back to Kafka how far they are finished.

Rules: a lane with enough in hand is paused at the consumer, the others flow on; committed
is only what is finished and in `sms.status`; a partition that goes away takes its messages
along, and what can't be told to Kafka by an offset is given back first.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata
from pydantic import ValidationError

from agents.batches import MESSAGES
from agents.gateway.dispatch import Dispatch, Item
from agents.gateway.sent_before import SentBefore
from agents.kafka.producer import KafkaProducer
from agents.metrics import Metrics
from schemas.lane import LANES, Lane
from schemas.message import Message
from schemas.topics import Topics
from streams.sending.giving_back import BatchState, give_back
from streams.watermark import Watermark

logger = logging.getLogger(__name__)

IN_HAND = 1_000
"""Messages of one lane beyond which it is paused; half of it lets it go on."""
AT_ONCE = 25
"""Batches taken between two looks at the clock and the window: up to 2,500 messages."""
COMMIT_EVERY_S = 1.0


@dataclass(slots=True)
class _Batch:
    messages: list[Message]
    unfinished: dict[str, Message]


@dataclass(slots=True)
class _Partition:
    """One assigned partition: what was read and is not committed."""

    watermark: Watermark = field(default_factory=Watermark)
    batches: dict[int, _Batch] = field(default_factory=dict)
    committed: int | None = None
    items: dict[str, Item] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)
    lookups: int = 0
    ended_meanwhile: set[str] = field(default_factory=set)


Judge = Callable[[Message, int, Callable[[], None]], Item | None]
"""Message, partition, finished → the item to dispatch, or None where it ends here."""
Unreadable = Callable[[Any, ValidationError, Callable[..., None]], None]


class Outbound(ConsumerRebalanceListener):  # type: ignore[misc]
    """The reading half of the gateway."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        producer: KafkaProducer,
        dispatch: Dispatch,
        sent_before: SentBefore,
        judge: Judge,
        unreadable: Unreadable,
        topics: Topics,
        metrics: Metrics,
        drain_s: float,
    ) -> None:
        self._consumer, self._producer, self._dispatch = consumer, producer, dispatch
        self._sent_before, self._judge, self._unreadable = sent_before, judge, unreadable
        self._topics, self._metrics, self._drain_s = topics, metrics, drain_s
        self._lane_of = {topic.name: lane for lane, topic in topics.outbound.items()}
        self._partitions: dict[TopicPartition, _Partition] = {}
        self._paused: set[Lane] = set()
        self._lookups: set[asyncio.Task[None]] = set()
        self.joined = False

    async def run(self) -> None:
        """Until cancelled. Raises KafkaError where Kafka is gone for good."""
        self._consumer.subscribe([topic.name for topic in self._topics.outbound.values()],
                                 listener=self)  # fmt: skip
        committed_at = 0.0
        clock = asyncio.get_running_loop().time
        while True:
            fetched = await self._consumer.getmany(timeout_ms=100, max_records=AT_ONCE)
            for tp, records in fetched.items():
                for record in records:
                    self._take(tp, record)
            self._dispatch.pump()
            self._pause_or_resume()
            if clock() - committed_at >= COMMIT_EVERY_S:
                committed_at = clock()
                await self.commit()
                self._export()

    def _take(self, tp: TopicPartition, record: Any) -> None:
        state = self._partitions.get(tp)
        if state is None:
            return  # revoked while it was on its way
        state.watermark.begin(record.offset)
        try:
            messages = MESSAGES.validate_json(record.value or b"")
        except ValidationError as error:
            self._unreadable(record, error, partial(self._skipped, state, record.offset))
            return
        batch = _Batch(messages, {message.id: message for message in messages})
        state.batches[record.offset] = batch
        again = [message for message in messages if message.again]
        if again:
            self._look_up(tp, state, record.offset, batch, again)
            return
        for message in messages:
            self._start(tp, state, record.offset, batch, message)
        self._maybe_done(state, record.offset, batch)

    @staticmethod
    def _skipped(state: _Partition, offset: int, *_: object) -> None:
        state.watermark.done(offset)

    def _start(
        self, tp: TopicPartition, state: _Partition, offset: int, batch: _Batch, message: Message
    ) -> None:
        """One message of a batch: to dispatch, or dropped as a copy of one in hand."""

        def finished() -> None:
            state.live.discard(message.id)
            if state.lookups:
                state.ended_meanwhile.add(message.id)
            state.items.pop(message.id, None)
            batch.unfinished.pop(message.id, None)
            self._maybe_done(state, offset, batch)

        if message.id in state.live:
            self._duplicate(message)
            batch.unfinished.pop(message.id, None)
            return
        state.live.add(message.id)
        item = self._judge(message, tp.partition, finished)
        if item is not None:
            state.items[message.id] = item
            self._dispatch.offer(item)

    def _maybe_done(self, state: _Partition, offset: int, batch: _Batch) -> None:
        if batch.unfinished or not state.watermark.alive or not state.watermark.done(offset):
            return
        position = state.watermark.position or 0
        while state.batches and (first := next(iter(state.batches))) < position:
            del state.batches[first]

    def _look_up(
        self,
        tp: TopicPartition,
        state: _Partition,
        offset: int,
        batch: _Batch,
        again: list[Message],
    ) -> None:
        async def look() -> None:
            ids = {message.id for message in again if message.id not in state.live}
            since = min(message.decided_at for message in again)
            state.lookups += 1
            ended = await self._ended(tp.partition, since, ids)
            ended |= state.ended_meanwhile
            state.lookups -= 1
            if not state.lookups:
                state.ended_meanwhile.clear()
            if not state.watermark.alive:
                return
            for message in batch.messages:
                if message.id in ended:
                    self._duplicate(message)
                    batch.unfinished.pop(message.id, None)
                else:
                    self._start(tp, state, offset, batch, message)
            self._maybe_done(state, offset, batch)
            self._dispatch.pump()

        task = asyncio.get_running_loop().create_task(look())
        self._lookups.add(task)
        task.add_done_callback(self._lookups.discard)

    async def _ended(self, partition: int, since_ms: int, ids: set[str]) -> set[str]:
        """Asks until it is told: a message whose past is not known is not sent."""
        pause_s = 0.5
        while ids:
            try:
                return await self._sent_before.ended(partition, since_ms, ids)
            except KafkaError as error:
                logger.warning("statuses can't be read, asking again: %s", error)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 10.0)
        return set()

    def _duplicate(self, message: Message) -> None:
        self._metrics.count("duplicates_total", message.lane, message.template)

    def _pause_or_resume(self) -> None:
        for lane in LANES:
            in_hand = len(self._dispatch.live[lane])
            if lane in self._paused and in_hand <= IN_HAND // 2:
                self._paused.discard(lane)
                self._consumer.resume(*self._of_lane(lane))
            elif lane not in self._paused and in_hand >= IN_HAND:
                self._paused.add(lane)
                self._consumer.pause(*self._of_lane(lane))

    def _of_lane(self, lane: Lane) -> list[TopicPartition]:
        name = self._topics.outbound[lane].name
        return [tp for tp in self._partitions if tp.topic == name]

    async def commit(self) -> None:
        """What is finished since the last time."""
        positions = {
            tp: state.watermark.position
            for tp, state in self._partitions.items()
            if state.watermark.position is not None and state.watermark.position != state.committed
        }
        if not positions:
            return
        try:
            await self._consumer.commit(
                {tp: OffsetAndMetadata(position, "") for tp, position in positions.items()}
            )
        except KafkaError as error:
            logger.warning("offsets can't be committed, trying again: %s", error)
            return
        for tp, position in positions.items():
            if tp in self._partitions:
                self._partitions[tp].committed = position

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """aiokafka's callback: everything starts empty, pauses included."""
        self._partitions = {tp: _Partition() for tp in assigned}
        self._paused.clear()
        self.joined = True

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """aiokafka's callback, awaited before the partitions go to another gateway."""
        if self._partitions:
            await self.hand_over()

    async def hand_over(self) -> None:
        """Stop submitting, take the answers, give back what an offset can't say, commit."""
        self._dispatch.stopping = True
        try:
            await self.answers()
            for state in self._partitions.values():
                self._dispatch.drop(list(state.items.values()))
            await self._give_back()
            await self.commit()
        finally:
            for state in self._partitions.values():
                state.watermark.end()
            self._partitions = {}
            self._dispatch.stopping = False

    async def answers(self) -> None:
        """What is begun is finished. Bounded: what has no answer by then is in doubt, or
        keeps its batch uncommitted."""
        self._dispatch.stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drain_s):
                while self._unfinished():
                    self._dispatch.pump()
                    await self._dispatch.concluded()

    def _unfinished(self) -> bool:
        link = self._dispatch.link
        bound = link is not None and link.bound
        return any(
            item.submission.outstanding or (bound and item.submission.begun)
            for state in self._partitions.values()
            for item in state.items.values()
        )

    async def _give_back(self) -> None:
        await self._producer.flush(self._drain_s)
        for tp, state in self._partitions.items():
            batches = [
                BatchState(offset, len(batch.messages), tuple(batch.unfinished.values()))
                for offset, batch in sorted(state.batches.items())
            ]
            messages, position = give_back(batches)
            if messages:
                self._producer.produce(tp.topic, MESSAGES.dump_json(messages, exclude_none=True),
                                       partition=tp.partition)  # fmt: skip
            if position is not None:
                state.watermark.position = position
        await self._producer.flush(self._drain_s)

    def _export(self) -> None:
        for lane in LANES:
            self._metrics.set("waiting_messages", "gateway", lane,
                              to=len(self._dispatch.live[lane]))  # fmt: skip
        lag = dict.fromkeys(self._lane_of, 0)
        for tp, state in self._partitions.items():
            highwater = self._consumer.highwater(tp)
            if highwater is not None and state.watermark.position is not None:
                lag[tp.topic] += max(0, highwater - state.watermark.position)
        for topic, records in lag.items():
            self._metrics.set("lag_records", topic, to=records)
