"""The body of an agent: every record of its stream, in order.

Rules: nothing leaves an agent as an exception but what ends the worker anyway; the event
loop gets its turn after every few records, and the producer its room.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from agents.kafka.errors import KafkaFailure
from agents.kafka.producer import KafkaProducer

TURN = 8
"""Records between two turns of the event loop: about a millisecond."""


async def each_record(
    stream: Any, producer: KafkaProducer, take: Callable[[Any], None], turn: int = TURN
) -> None:
    """`take(message)` for each; it may raise KafkaFailure only, and then the agent ends: the
    worker is being stopped by its producer, or by its disk.
    """
    taken = 0
    async for event in stream.noack().events():
        try:
            take(event.message)
            taken += 1
            if taken % turn == 0:
                await producer.room()
        except KafkaFailure:
            return
        if taken % turn == 0:
            await asyncio.sleep(0)
