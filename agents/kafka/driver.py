"""Faust's consumer interface on one AIOKafkaConsumer in the app's own loop.

Rules: only plumbing here, each method one call; what is promised stands in consumer.py.
Faust's own ack lists, gaps and waiting for empty streams are not used at all.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import aiokafka
import faust.transport.consumer
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError
from faust.types import TP, ConsumerMessage

from agents.kafka.connection import REQUEST_S, consumer_settings
from agents.kafka.errors import KafkaFailure
from agents.kafka.faust_log import FAUST_LOG

if TYPE_CHECKING:
    from agents.kafka.faust_app import App


class Listener(aiokafka.ConsumerRebalanceListener):  # type: ignore[misc]
    """Kafka takes partitions away, Kafka gives partitions."""

    def __init__(self, driver: "Driver") -> None:
        self._driver = driver

    async def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        self._driver.app.on_rebalance_start()
        await self._driver.on_partitions_revoked({to_tp(tp) for tp in revoked})

    async def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        driver = self._driver
        generation = driver.kafka._coordinator.generation
        driver.app.consumer_generation_id = generation
        await driver.on_partitions_assigned({to_tp(tp) for tp in assigned}, generation)


class Driver(faust.transport.consumer.Consumer):  # type: ignore[misc]
    """`kafka` is the client, there from `on_start` on."""

    logger = FAUST_LOG
    app: "App"
    kafka: aiokafka.AIOKafkaConsumer
    consumer_stopped_errors = (ConsumerStoppedError,)

    async def on_start(self) -> None:
        """Raises KafkaFailure where Kafka can't be reached."""
        wiring, name = self.app.wiring, self.app.conf.id
        settings = consumer_settings(wiring.bootstrap, wiring.security, group=name, client_id=name)
        self.kafka = aiokafka.AIOKafkaConsumer(
            **settings, partition_assignment_strategy=[self.app.assignor]
        )
        try:
            await self.kafka.start()
        except KafkaError as error:
            raise KafkaFailure(f"Kafka at {wiring.bootstrap} can't be reached: {error}") from error

    async def on_stop(self) -> None:
        if hasattr(self, "kafka"):
            await self.kafka.stop()

    async def subscribe(self, topics: Iterable[str]) -> None:
        self.kafka.subscribe(topics=set(topics), listener=Listener(self))

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """False where the group has already given the partitions to somebody else."""
        wanted = {to_aiokafka(tp): (offset, "") for tp, offset in offsets.items()}
        try:
            await self.kafka.commit(wanted)
        except (CommitFailedError, IllegalStateError):
            return False
        except KafkaError as error:
            raise KafkaFailure(f"Kafka does not take a commit: {error!r}") from error
        return True

    async def seek_to_committed(self) -> Mapping[TP, int]:
        raise NotImplementedError("perform_seek places every partition itself")

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Used by Faust's recovery, for changelogs."""
        for tp, offset in partitions.items():
            self.kafka.seek(to_aiokafka(tp), offset)
            self._read_offset[tp] = offset or None
        positions = (self.kafka.position(to_aiokafka(tp)) for tp in partitions)
        await asyncio.wait_for(asyncio.gather(*positions), REQUEST_S)

    async def _seek(self, partition: TP, offset: int) -> None:
        self.kafka.seek(to_aiokafka(partition), offset)

    async def position(self, tp: TP) -> int | None:
        return int(await self.kafka.position(to_aiokafka(tp)))

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        found = await self.kafka.beginning_offsets([to_aiokafka(tp) for tp in partitions])
        return {to_tp(tp): offset for tp, offset in found.items()}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        found = await self.kafka.end_offsets([to_aiokafka(tp) for tp in partitions])
        return {to_tp(tp): offset for tp, offset in found.items()}

    def assignment(self) -> set[TP]:
        return {to_tp(tp) for tp in self.kafka.assignment()} if hasattr(self, "kafka") else set()

    def highwater(self, tp: TP) -> int:
        return self.kafka.highwater(to_aiokafka(tp)) or 0

    def topic_partitions(self, topic: str) -> int | None:
        return len(self.kafka.partitions_for_topic(topic) or ()) or None

    def key_partition(
        self, topic: str, key: bytes | None, partition: int | None = None
    ) -> int | None:
        return partition

    def close(self) -> None:
        """Faust: a rebalance came while the app was stopping. `on_stop` closes."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust would log a partition that is held as a stuck one."""

    def verify_recovery_event_path(self, now: float, tp: TP) -> None:
        """As above."""

    async def create_topic(self, topic: str, *_: Any, **__: Any) -> None:
        """Topics are made before the app starts (admin.py)."""

    async def _getmany(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("getmany reads by itself")

    def ack(self, message: Any) -> bool:
        message.acked = True
        return False

    async def on_task_error(self, exc: BaseException) -> None:
        """Faust would commit here; what failed must not be."""

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        """The timestamp is in seconds, as everywhere in Faust."""
        return ConsumerMessage(
            record.topic,
            record.partition,
            record.offset,
            record.timestamp / 1000.0,
            record.timestamp_type,
            record.headers,
            record.key,
            record.value,
            record.checksum,
            record.serialized_key_size,
            record.serialized_value_size,
            tp,
            generation_id=self.app.consumer_generation_id,
        )


def to_tp(tp: Any) -> TP:
    """aiokafka's TopicPartition, or a Place, as Faust's TP."""
    return TP(tp.topic, tp.partition)


def to_aiokafka(tp: Any) -> aiokafka.TopicPartition:
    """Faust's TP, or a Place, as aiokafka's TopicPartition."""
    return aiokafka.TopicPartition(tp.topic, tp.partition)
