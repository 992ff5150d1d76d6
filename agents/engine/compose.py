"""Compose: requests → messages, with the memory of every recipient in a table.

Rules: the changelog has the decision before the outbound topic has the message; a batch
is done when everything that follows from it is in Kafka; nothing leaves an agent as an
exception; a ticket that is dead (the partition went to another worker) writes nothing.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from pydantic import ValidationError

from agents.batches import REQUESTS, Batches
from agents.dead_letters import DeadLetters, first_fault
from agents.kafka.agent_body import each_record
from agents.kafka.consumer import Consumer
from agents.kafka.errors import KafkaFailure
from agents.kafka.producer import KafkaProducer
from agents.kafka.table import Table
from agents.metrics import Metrics
from agents.statuses import Statuses
from schemas.lane import Lane
from schemas.reason import Reason, Refusal
from schemas.recipient import Recipient
from schemas.request import Request
from schemas.topics import Topics
from streams.catalog.catalog import Catalog
from streams.composing import Composed, compose
from streams.events.event import Position
from streams.parts import Parts
from streams.remembering import pack, unpack

logger = logging.getLogger(__name__)

NOBODY = Recipient()


class Compose:
    """The agents' body. `table` maps a phone number to its Recipient as octets."""

    def __init__(
        self,
        catalog: Catalog,
        topics: Topics,
        table: Table,
        batches: Batches,
        producer: KafkaProducer,
        statuses: Statuses,
        dead_letters: DeadLetters,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._catalog, self._topics, self._table = catalog, topics, table
        self._batches, self._dead_letters = batches, dead_letters
        self._producer, self._statuses = producer, statuses
        self._metrics, self._clock = metrics, clock

    async def run(self, stream: Any, lane: Lane, consumer: Consumer) -> None:
        """One agent: every batch of the lane's requests, in order."""
        take = partial(self.take, lane=lane, consumer=consumer)
        await each_record(stream, self._producer, take, turn=1)

    def take(self, message: Any, lane: Lane, consumer: Consumer) -> None:
        """Decide a whole batch and store it; what follows goes out once that is durable."""
        ticket = consumer.ticket(message)
        at = Position(message.topic, message.partition, message.offset)
        try:
            requests = REQUESTS.validate_json(message.value)
        except ValidationError as error:
            self._unreadable(message, at, lane, error, ticket.done)
            return
        composed = [(request, self._compose(request, lane, message.offset)) for request in requests]

        def durable() -> None:
            if ticket.alive:
                self._emit(composed, at, lane, ticket.done)

        self._table.after_writes(message.partition, durable)

    def _compose(self, request: Request, lane: Lane, offset: int) -> Composed | Refusal | None:
        """A fault of ours costs this one message, which is kept; the stream goes on."""
        try:
            return self._decided(request, lane, offset)
        except KafkaFailure:
            raise
        except Exception as error:
            logger.exception("message %s", request.id)
            return Refusal(Reason.UNREADABLE, f"{type(error).__name__} in compose")

    def _decided(self, request: Request, lane: Lane, offset: int) -> Composed | None:
        stored = self._table.get(request.phone)
        recipient = unpack(stored) if stored else NOBODY
        template = self._catalog.templates.get(request.template)
        now_ms = int(self._clock() * 1000)
        composed = compose(request, recipient, template, lane, offset, now_ms)
        if composed is None:
            self._metrics.count("duplicates_total", lane, request.template)
        elif composed.recipient is not None:
            self._table[request.phone] = pack(composed.recipient)
        return composed

    def _emit(
        self,
        composed: list[tuple[Request, Composed | Refusal | None]],
        at: Position,
        lane: Lane,
        finished: Callable[..., object],
    ) -> None:
        parts = Parts(finished)
        outbound = self._topics.outbound[lane].name
        for request, one in composed:
            if one is None:
                continue
            if isinstance(one, Refusal):
                self._dead(request, at, lane, one, parts)
                continue
            if one.unrenderable is not None:
                self._dead(request, at, lane, one.unrenderable, parts)
                continue
            if one.message is not None:
                self._batches.add(outbound, at.partition, lane, one.message, parts.add())
            self._statuses.send(one.status, at.partition, parts.add())
        parts.close()

    def _dead(
        self, request: Request, at: Position, lane: Lane, refusal: Refusal, parts: Parts
    ) -> None:
        """What can't be rendered: its template's owner finds the request as it was."""
        self._dead_letters.write(
            at,
            request.phone.encode(),
            request.to_bytes(),
            refusal,
            parts.add(),
            secret=self._has_secrets(request, lane),
            template=request.template,
        )

    def _has_secrets(self, request: Request, lane: Lane) -> bool:
        template = self._catalog.templates.get(request.template)
        return bool(template.secret) if template else lane is Lane.URGENT

    def _unreadable(
        self,
        message: Any,
        at: Position,
        lane: Lane,
        error: ValidationError,
        done: Callable[..., None],
    ) -> None:
        refusal = Refusal(Reason.UNREADABLE, first_fault(error))
        self._dead_letters.write(
            at, message.key, message.value, refusal, done, secret=lane is Lane.URGENT
        )
