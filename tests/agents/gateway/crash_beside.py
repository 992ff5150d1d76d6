"""What settles doubts beside the gateways, and what comes again: operators, receipts, compose.

Rule: what they decide is the product's own; only their Kafka is the model's.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import TopicPartition

from agents.batches import MESSAGES, REQUESTS
from agents.in_doubt import Doubts
from agents.kafka.errors import KafkaFailure
from agents.kafka.partition import partition_of
from agents.receipts.join import Join
from agents.receipts.watch import Watch
from agents.settings import Settings
from agents.statuses import Statuses
from schemas.lane import Lane
from schemas.message import Message
from schemas.topics import Topic
from schemas.tracking import Told, id_key
from streams.sending.submit import message_reference
from tests.agents.fakes import FakeSweeper
from tests.agents.gateway.crash_gateway import METRICS, SMSC, Smsc
from tests.agents.gateway.crash_kafka import PARTITIONS, Kafka, Line, LogReader, Producer
from tests.agents.gateway.test_dispatch import TOPICS

BULK_WAITS_MS = 20_000
"""Short, so that some are decided again."""


class Counting(Producer):
    """What an operator writes; each copy to be sent again may be one more that is taken."""

    def __init__(self, line: Line, smsc: Smsc) -> None:
        super().__init__(line)
        self._smsc = smsc
        self.settled: set[str] = set()

    def produce(self, topic: str, value: bytes | None, **more: Any) -> None:
        """Counted before it can be read."""
        if topic == TOPICS.retries.name:
            for one in MESSAGES.validate_json(value or b""):
                assert one.id not in self.settled, "what was settled is left alone"
                self._smsc.resent[one.id] += 1
        super().produce(topic, value, **more)

    async def close(self, timeout_s: float) -> None:
        """At the end of the command."""
        await self.flush(timeout_s)


class Operator(Doubts):
    """`chappe in-doubt`: looks, thinks, then decides about some."""

    def __init__(self, line: Line, smsc: Smsc) -> None:
        super().__init__(Settings(kafka="model"), line.kafka.loop.time)
        self._line, self._smsc, self._decides = line, smsc, asyncio.Event()
        self.dropped: set[str] = set()
        self.task = asyncio.ensure_future(self._work())

    def decide(self) -> None:
        """It has thought."""
        self._decides.set()

    def die(self) -> None:
        """Ctrl-C, at the worst moment."""
        self.task.cancel()
        if hasattr(self, "_producer"):
            self._producer.last_words()
        self._line.dead = True

    async def _work(self) -> None:
        with suppress(KafkaFailure):
            async with self:
                await self._decides.wait()
                chance = self._smsc.chance
                chosen = chance.sample(self.found, chance.randint(0, len(self.found)))
                self._producer.settled = {
                    one.message.id for one in chosen
                    if self._line.kafka.decided(one.partition, one.message)
                }  # fmt: skip
                if chance.random() < 0.7:
                    await self.resend(chosen)
                else:
                    self.dropped |= {one.message.id for one in chosen}
                    await self.drop(chosen)

    _producer: Any

    def _new_producer(self) -> Any:
        return Counting(self._line, self._smsc)

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[Any]:
        yield LogReader(self._line)

    async def _partitions(self, topic: Topic) -> int:
        return PARTITIONS


class Direct:
    """A producer of who is never killed here: Kafka has it at once."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

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
        """And is heard of at once."""
        assert partition is not None
        offset = self._kafka.append(TopicPartition(topic, partition), key, value)
        if on_done is not None:
            on_done(offset)


class Receipts:
    """The SMSC tells what became of what it took, and the join by its id."""

    def __init__(self, smsc: Smsc) -> None:
        self._smsc, self._kafka, self._read = smsc, smsc.kafka, [0] * PARTITIONS
        producer, clock = Direct(self._kafka), self._kafka.loop.time
        table: Any = {}
        sweeper: Any = FakeSweeper(table)
        self._producer = producer
        self._join = Join(
            TOPICS, PARTITIONS, table, sweeper, producer,
            Statuses(producer, METRICS, TOPICS.status.name, clock), Watch({}, clock), METRICS,
        )  # fmt: skip

    def come(self) -> None:
        """For one that was taken; with our reference, or without. Again now and then."""
        if not self._smsc.ids:
            return
        chance = self._smsc.chance
        smsc_id = chance.choice(list(self._smsc.ids))
        message = self._smsc.ids[smsc_id]
        told = Told(
            key=id_key(SMSC.label, SMSC.id_rule.answer_key(smsc_id) or smsc_id), smsc=SMSC.label,
            smsc_id=smsc_id, state="delivrd", final=True, phone=message.phone[1:],
            reference=message_reference(message.id) if chance.random() < 0.8 else None,
            at=int(self._kafka.loop.now * 1000),
        )  # fmt: skip
        self._write(told)

    def tick(self) -> None:
        """Time has passed."""
        self._producer.produce(TOPICS.receipts.name, None, partition=0)

    def _write(self, told: Told) -> None:
        place = partition_of(told.key, PARTITIONS)
        self._producer.produce(TOPICS.receipts.name, told.to_bytes(), partition=place)

    def read(self) -> None:
        """All there is."""
        for number in range(PARTITIONS):
            log = self._kafka.logs[TopicPartition(TOPICS.receipts.name, number)]
            while self._read[number] < len(log):
                self._join.take(log[self._read[number]])
                self._read[number] += 1


class Compose:
    """Decides again what the gateways give back, and repeats what it had decided."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka, self._read = kafka, [0] * PARTITIONS
        self.written: list[tuple[TopicPartition, list[Message]]] = []
        self._known: dict[str, Message] = {}
        self._decided: set[tuple[str, int]] = set()

    def decide(self, number: int, messages: list[Message]) -> None:
        """Now. Of what is to wait, `due` is for how long."""
        now_ms = int(self._kafka.loop.now * 1000)
        decided: dict[str, Any] = {"decided_at": now_ms}
        if messages[0].due is not None:
            decided["due"] = now_ms + messages[0].due
        if messages[0].request is not None:
            decided["send_before"] = now_ms + BULK_WAITS_MS
        self._write(number, [one.model_copy(update=decided) for one in messages])

    def _write(self, number: int, messages: list[Message]) -> None:
        """One record, of one lane, or of what was retried before."""
        first = messages[0]
        topic = TOPICS.outbound[first.lane] if first.due is None else TOPICS.retries
        tp = TopicPartition(topic.name, number)
        self._kafka.append(tp, None, MESSAGES.dump_json(messages, exclude_none=True))
        self.written.append((tp, messages))
        self._known.update((one.id, one) for one in messages)

    def repeat(self) -> None:
        """It was killed, and does not know that this is written."""
        if self.written:
            tp, messages = self._kafka.chance.choice(self.written[-4:])
            again = [one.model_copy(update={"again": True}) for one in messages]
            self._kafka.append(tp, None, MESSAGES.dump_json(again, exclude_none=True))

    @property
    def idle(self) -> bool:
        """Nothing waits for it."""
        topic = TOPICS.requests[Lane.BULK].name
        return all(self._read[n] == len(self._kafka.logs[TopicPartition(topic, n)])
                   for n in range(PARTITIONS))  # fmt: skip

    def read(self) -> None:
        """What was given back is worth sending still; each attempt is decided once."""
        for number in range(PARTITIONS):
            log = self._kafka.logs[TopicPartition(TOPICS.requests[Lane.BULK].name, number)]
            for record in log[self._read[number] :]:
                for request in REQUESTS.validate_json(record.value or b""):
                    if (request.id, request.attempt) in self._decided:
                        continue
                    self._decided.add((request.id, request.attempt))
                    of = self._known[request.id]
                    self.decide(number, [of.model_copy(update={"attempt": request.attempt})])
            self._read[number] = len(log)
