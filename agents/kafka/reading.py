"""Reads one partition from a place to its end as it is now, without a group."""

from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition


async def to_the_end(
    consumer: AIOKafkaConsumer, tp: TopicPartition, position: int
) -> AsyncIterator[Any]:
    """Each record from `position` on, at the earliest from the first that is kept.

    `consumer` is started and reads nothing else meanwhile. Raises KafkaError.
    """
    consumer.assign([tp])
    end = (await consumer.end_offsets([tp]))[tp]
    position = max(position, (await consumer.beginning_offsets([tp]))[tp])
    consumer.seek(tp, position)
    while position < end:
        fetched = await consumer.getmany(tp, timeout_ms=1000)
        for record in fetched.get(tp, ()):
            position = record.offset + 1
            yield record
        position = max(position, await consumer.position(tp))


async def place_at(consumer: AIOKafkaConsumer, tp: TopicPartition, since_ms: int) -> int:
    """The first record not older than `since_ms`; where the broker does not know times (the
    embedded one answers -1), or has none so young, the first that is kept. Raises KafkaError.
    """
    consumer.assign([tp])
    beginning = int((await consumer.beginning_offsets([tp]))[tp])
    found = (await consumer.offsets_for_times({tp: max(since_ms, 0)})).get(tp)
    return max(beginning, int(found.offset)) if found is not None else beginning
