"""How far a group is, and what it said of it, asked without joining it.

Rules: asked by aiokafka: librdkafka's admin client ends the process where the coordinator
goes away under its question (`eonce->refcnt > 0`), and hands metadata on without its end; each
question has a connection of its own, so that one that broke is never asked again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as Place
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from agents.kafka.connection import aiokafka
from agents.kafka.errors import KafkaFailure

Answer = TypeVar("Answer")
Where = tuple[str, int]
"""Topic and partition."""
ASK_S = 5.0
REACH_S = 15.0
"""How long Kafka may take to say anything at all: a broker may be starting."""
AGAIN_S = 0.2


class GroupOffsets:
    """Cheap enough for once a second: two connections on the way to the coordinator."""

    def __init__(self, bootstrap: str, security: Mapping[str, str], group: str) -> None:
        self._settings: dict[str, Any] = aiokafka(bootstrap, security)
        self._group = group

    async def committed(self, partitions: Iterable[Where]) -> dict[Where, int | None]:
        """(topic, partition) to the next offset the group will read, None before its first
        commit. Raises KafkaFailure."""
        return {place: offset for place, (offset, _) in (await self.stored(partitions)).items()}

    async def stored(self, partitions: Iterable[Where]) -> dict[Where, tuple[int | None, str]]:
        """The same, and the metadata of the commit ("" where there is none)."""
        asked = [Place(topic, number) for topic, number in partitions]
        if not asked:
            return {}

        async def ask() -> dict[Where, tuple[int | None, str]]:
            kafka = AIOKafkaAdminClient(**self._settings, client_id="chappe-offsets")
            try:
                await kafka.start()
                found = await kafka.list_consumer_group_offsets(self._group, partitions=asked)
            finally:
                await kafka.close()
            return {
                (tp.topic, tp.partition): (
                    one.offset if one.offset >= 0 else None,
                    one.metadata or "",  # the embedded broker says null
                )
                for tp, one in found.items()
            }

        return await _patiently(ask, f"the offsets of group {self._group}")

    async def ends(self, partitions: Iterable[Where]) -> dict[Where, int]:
        """(topic, partition) to the offset the next record there will get. Raises KafkaFailure."""
        asked = [Place(topic, number) for topic, number in partitions]
        if not asked:
            return {}

        async def ask() -> dict[Where, int]:
            kafka = AIOKafkaConsumer(**self._settings, client_id="chappe-offsets")
            try:
                await kafka.start()
                found = await kafka.end_offsets(asked)
            finally:
                await kafka.stop()
            return {(tp.topic, tp.partition): end for tp, end in found.items()}

        return await _patiently(ask, "end offsets")


async def _patiently(ask: Callable[[], Awaitable[Answer]], what: str) -> Answer:
    """Asks again, each time for ASK_S, until REACH_S are over. Raises KafkaFailure."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + REACH_S
    while True:
        try:
            async with asyncio.timeout(ASK_S):
                return await ask()
        # RuntimeError: uvloop's word for a connection that was closed under a request
        except (KafkaError, OSError, TimeoutError, RuntimeError) as error:
            if clock() > deadline:
                raise KafkaFailure(f"{what} can't be read: {error!r}") from error
            await asyncio.sleep(AGAIN_S)
