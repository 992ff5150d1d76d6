"""What both joins do around a record: take it once, end it, and let nothing out.

Rules: nothing leaves an agent as an exception; a record of an earlier assignment changes
nothing; a record is done when all that follows is handed to the producer, since every
commit comes after a flush; the event loop gets its turn after every few records.
"""

import logging
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from agents.dead_letters import DeadLetters, first_fault
from agents.kafka.agent_body import each_record
from agents.kafka.consumer import Consumer
from agents.kafka.errors import KafkaFailure
from agents.kafka.producer import KafkaProducer
from schemas.reason import Reason, Refusal
from streams.events.event import Position

logger = logging.getLogger(__name__)


class Reading:
    """`take(message)` says what follows from one record."""

    def __init__(self, take: Callable[[Any], None], dead_letters: DeadLetters) -> None:
        self._take, self._dead_letters = take, dead_letters

    async def run(self, stream: Any, consumer: Consumer, producer: KafkaProducer) -> None:
        """One agent: every record of its topic, in order."""
        await each_record(stream, producer, lambda message: self._one(message, consumer))

    def _one(self, message: Any, consumer: Consumer) -> None:
        ticket = consumer.ticket(message)
        if not ticket.alive:
            return
        try:
            self._take(message)
        except KafkaFailure:
            raise
        except ValidationError as error:
            self._unreadable(message, first_fault(error))
        except Exception as error:
            logger.exception("%s[%d]@%d", message.topic, message.partition, message.offset)
            self._unreadable(message, f"{type(error).__name__} in receipts")
        ticket.done()

    def _unreadable(self, message: Any, why: str) -> None:
        at = Position(message.topic, message.partition, message.offset)
        refusal = Refusal(Reason.UNREADABLE, why)
        self._dead_letters.write(at, message.key, message.value, refusal, _nothing)


def _nothing(*_: object) -> None:
    """The next commit's flush waits for the dead letter."""
