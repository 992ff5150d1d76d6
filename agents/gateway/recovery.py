"""Recovery: what the gateway before us left, read from its last commit and the statuses.

Rules: nothing of a partition is opened before this is known; it is asked until it is told,
since a message whose past is not known is not sent.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from aiokafka.errors import KafkaError

from agents.gateway.partition import Assigned
from agents.gateway.status_log import StatusLog
from agents.kafka.errors import KafkaFailure
from agents.kafka.group_offsets import GroupOffsets
from streams.sending.intent import Intent, Past, read_intent

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0

T = TypeVar("T")


class Recovery:
    """`status_ends` is filled with the end of each partition's statuses."""

    def __init__(
        self, offsets: GroupOffsets, status_log: StatusLog, status_ends: dict[int, int]
    ) -> None:
        self._offsets, self._status_log, self._status_ends = offsets, status_log, status_ends

    async def run(self, assigned: list[Assigned], told: Callable[[], None]) -> None:
        """For partitions just assigned; `told()` after each number that is known."""
        stored = await patiently(
            lambda: self._offsets.stored((one.tp.topic, one.tp.partition) for one in assigned),
            "what was committed",
        )
        ends = await patiently(
            lambda: self._offsets.ends((one.tp.topic, one.tp.partition) for one in assigned),
            "where partitions end",
        )
        by_number: dict[int, list[tuple[Assigned, Intent | None]]] = {}
        for one in assigned:
            _, metadata = stored.get((one.tp.topic, one.tp.partition), (None, ""))
            by_number.setdefault(one.tp.partition, []).append((one, _intent(one, metadata)))
        # those with nothing to settle first: an OTP there need not wait for the others
        for number, found in sorted(by_number.items(), key=lambda each: _busy(each[1])):
            past, end = await self._past(number, found)
            for one, intent in found:
                one.inherit(intent, past, end, ends[one.tp.topic, one.tp.partition])
            told()

    async def _past(
        self, number: int, found: list[tuple[Assigned, Intent | None]]
    ) -> tuple[Past, int]:
        intents = [intent for _, intent in found if intent is not None]
        past = Past()
        if intents:
            place = min(intent.status_from for intent in intents)
            end = await patiently(
                lambda: self._status_log.read_on(number, place, past),
                f"statuses of partition {number}",
            )
        else:
            end = await patiently(
                lambda: self._status_log.end(number), f"the end of statuses {number}"
            )
        self._status_ends[number] = max(end, self._status_ends.get(number, 0))
        return past, end


def _busy(found: Iterable[tuple[Assigned, Intent | None]]) -> int:
    return sum(1 for _, intent in found if intent is not None)


def _intent(one: Assigned, metadata: str) -> Intent | None:
    try:
        return read_intent(metadata)
    except ValueError as error:
        logger.error("%s[%d]: %s; read as if nothing had been open", *one.tp, error)
        return None


async def patiently(ask: Callable[[], Awaitable[T]], what: str) -> T:
    """Asks until Kafka answers."""
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return await ask()
        except (KafkaError, KafkaFailure) as error:
            logger.warning("%s can't be read, asking again: %s", what, error)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
