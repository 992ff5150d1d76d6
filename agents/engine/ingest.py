"""Ingest: domain events → requests, one agent a lane so that bulk delays nobody.

Rules: nothing leaves an agent as an exception; a record is done when everything that
follows from it is in Kafka; the event loop gets its turn after every few records.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from agents.batches import Batches
from agents.dead_letters import DeadLetters
from agents.kafka.agent_body import each_record
from agents.kafka.consumer import Consumer
from agents.kafka.errors import KafkaFailure
from agents.kafka.partition import partition_of
from agents.kafka.producer import KafkaProducer
from agents.metrics import Metrics
from schemas.reason import Reason, Refusal
from schemas.request import Request
from schemas.topics import Topics
from streams.catalog.catalog import Catalog
from streams.events.event import JsonSource, Position, read_event
from streams.events.intake import Rejected, intake
from streams.parts import Parts

logger = logging.getLogger(__name__)


class Ingest:
    """The agents' body. `clock` gives seconds since 1970."""

    def __init__(
        self,
        catalog: Catalog,
        sources: Mapping[str, JsonSource],
        topics: Topics,
        partitions: int,
        batches: Batches,
        dead_letters: DeadLetters,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._catalog, self._sources = catalog, sources
        self._topics, self._partitions = topics, partitions
        self._batches, self._dead_letters = batches, dead_letters
        self._metrics, self._clock = metrics, clock

    async def run(self, stream: Any, consumer: Consumer, producer: KafkaProducer) -> None:
        """One agent: every record of the lane's topics, in order."""
        await each_record(stream, producer, lambda message: self.take(message, consumer))

    def take(self, message: Any, consumer: Consumer) -> None:
        """What follows from one record is handed over; raises KafkaFailure only."""
        ticket = consumer.ticket(message)
        parts = Parts(ticket.done)
        at = Position(message.topic, message.partition, message.offset)
        try:
            outcome = self._read(message, at, parts)
        except Refusal as refusal:
            outcome = self._dead(message, at, refusal, parts)
        except KafkaFailure:
            raise
        except Exception as error:
            logger.exception("%s[%d]@%d", at.topic, at.partition, at.offset)
            unreadable = Refusal(Reason.UNREADABLE, f"{type(error).__name__} in ingest")
            outcome = self._dead(message, at, unreadable, parts)
        self._metrics.count("events_total", at.topic, outcome)
        parts.close()

    def _read(self, message: Any, at: Position, parts: Parts) -> str:
        record_ms = int((message.timestamp or self._clock()) * 1000)
        event = read_event(
            message.value, message.headers or (), at, record_ms, self._sources.get(at.topic)
        )
        outcome = "no_template"
        for asked in intake(event, at, self._catalog):
            if isinstance(asked, Rejected):
                self._dead(message, at, asked.refusal, parts, asked.template)
                outcome = "dead_letter" if outcome == "no_template" else outcome
            else:
                self._request(asked, parts)
                outcome = "requested"
        return outcome

    def _request(self, request: Request, parts: Parts) -> None:
        topic = self._topics.requests[request.lane].name
        partition = partition_of(request.phone, self._partitions)
        self._batches.add(topic, partition, request.lane, request, parts.add())
        self._metrics.count("requests_total", request.lane, request.template)

    def _dead(
        self,
        message: Any,
        at: Position,
        refusal: Refusal,
        parts: Parts,
        template: str | None = None,
    ) -> str:
        secret = self._catalog.is_secret(at.topic)
        self._dead_letters.write(
            at, message.key, message.value, refusal, parts.add(), secret=secret, template=template
        )
        return "dead_letter"
