"""Replies: parts on `chappe.replies` → `sms.inbound`, and `sms.consents` for STOP and START.

Rules: nothing leaves the agent as an exception; a record is finished when its whole reply is
in Kafka, so that a crash reads open parts again; what belongs to a partition that was taken
away writes nothing; no words and no whole number in a log.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from agents.batches import Produces
from agents.dead_letters import DeadLetters, first_fault
from agents.kafka.agent_body import each_record
from agents.kafka.consumer import Consumer
from agents.kafka.errors import KafkaFailure
from agents.kafka.partition import partition_of
from agents.kafka.positions import Ticket
from agents.kafka.producer import KafkaProducer
from agents.metrics import Metrics
from agents.receipts.place import Place, Token
from schemas.inbound import Consent, Inbound, Part
from schemas.reason import Reason, Refusal
from schemas.topics import Topics
from streams.events.address import masked
from streams.events.event import Position
from streams.parts import Parts
from streams.sending.reassembly import PATIENCE_S, Reply
from streams.sending.replying import Names, consent_of, inbound_of
from streams.text.decode import DefaultAlphabet

logger = logging.getLogger(__name__)

EXPIRE_EVERY_S = 1.0


class Replies:
    """The agent's body, its timer and its drain. `clock` gives seconds that don't go back.

    `alphabets` has what an SMSC writes under data_coding 0, by its name; gsm7 where it is
    not named.
    """

    def __init__(
        self,
        topics: Topics,
        partitions: int,
        producer: Produces,
        metrics: Metrics,
        clock: Callable[[], float],
        *,
        alphabets: Mapping[str, DefaultAlphabet] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._topics, self._partitions, self._producer = topics, partitions, producer
        self._metrics, self._clock = metrics, clock
        self._alphabets, self._patience_s = dict(alphabets or {}), patience_s
        self._dead_letters = DeadLetters(producer, metrics, topics.dead_letters.name)
        self._names = Names()
        self._places: dict[int, Place] = {}

    async def run(self, stream: Any, consumer: Consumer, producer: KafkaProducer) -> None:
        """The agent on `chappe.replies`."""
        await each_record(stream, producer, lambda message: self.take(message, consumer))

    async def watch(self) -> None:
        """Runs beside the agent: what waited long enough is told as it is."""
        while True:
            await asyncio.sleep(EXPIRE_EVERY_S)
            try:
                self.expire()
            except KafkaFailure:
                return

    async def drain(self) -> None:
        """For the app's drain hook: open parts are let go, and read again by who comes next."""
        for place in self._places.values():
            place.leave()

    def take(self, message: Any, consumer: Consumer) -> None:
        """What follows from one record is handed over or waits; raises KafkaFailure only."""
        ticket = consumer.ticket(message)
        if not ticket.alive:
            return
        place = self._place(message.partition, ticket)
        place.begin(message.offset, ticket)
        try:
            part = Part.from_bytes(message.value or b"")
        except ValidationError as error:
            self._unreadable(place, message, first_fault(error))
            return
        reply = place.add(Token(part, message), self._clock())
        if reply is not None:
            self._store(place, reply)

    def expire(self) -> None:
        """Raises KafkaFailure only."""
        for partition, place in list(self._places.items()):
            if not place.alive:
                del self._places[partition]
            for reply in place.expire(self._clock()):
                self._store(place, reply)

    def _place(self, partition: int, ticket: Ticket) -> Place:
        """Parts of an earlier assignment are forgotten: they are read again."""
        place = self._places.get(partition)
        if place is None or not place.alive:
            place = self._places[partition] = Place(ticket, self._alphabets, self._patience_s)
        return place

    def _store(self, place: Place, reply: Reply) -> None:
        messages = [token.message for token in reply.tokens]
        offsets = [message.offset for message in messages]
        place.handed_over(offsets)
        parts = Parts(lambda: place.stored(offsets))
        try:
            self._tell(reply, parts)
        except KafkaFailure:
            raise
        except Exception as error:
            # Its traceback might quote the words.
            logger.error("a reply can't be told: %s", type(error).__name__)
            for message in messages:
                self._dead(message, f"{type(error).__name__} in replies", parts)
        parts.close()

    def _tell(self, reply: Reply, parts: Parts) -> None:
        heard = sorted((token.part for token in reply.tokens), key=lambda part: part.at)
        first, last = heard[0], heard[-1]
        named = self._names.name(reply, first.smsc, first.tlvs, first.at)
        inbound = inbound_of(reply, first.smsc, named)
        consent = consent_of(inbound, last.at)
        self._produce(self._topics.inbound.name, inbound, parts)
        if consent is not None:
            self._produce(self._topics.consents.name, consent, parts)
        if not named.is_again:
            self._note(inbound, consent)

    def _produce(self, topic: str, record: Inbound | Consent, parts: Parts) -> None:
        self._producer.produce(
            topic,
            record.to_bytes(),
            key=record.phone.encode(),
            partition=partition_of(record.phone, self._partitions),
            on_done=parts.add(),
        )

    def _note(self, inbound: Inbound, consent: Consent | None) -> None:
        self._metrics.count("replies_total", inbound.smsc, inbound.intent or "other")
        if inbound.parts < inbound.total:
            self._metrics.count("replies_incomplete_total", inbound.smsc)
            logger.warning(
                "%s: of a reply of %s, %d of %d parts came in time",
                inbound.smsc, masked(inbound.phone), inbound.parts, inbound.total,
            )  # fmt: skip
        if inbound.intent in ("stop", "start") and consent is None:
            logger.warning(
                "%s: %s of %s is no consent, since the sender is no international number; "
                "see reply %s",
                inbound.smsc, inbound.intent.upper(), masked(inbound.phone), inbound.id,
            )  # fmt: skip

    def _unreadable(self, place: Place, message: Any, detail: str) -> None:
        place.handed_over([message.offset])
        parts = Parts(lambda: place.stored([message.offset]))
        self._dead(message, detail, parts)
        parts.close()

    def _dead(self, message: Any, detail: str, parts: Parts) -> None:
        at = Position(message.topic, message.partition, message.offset)
        refusal = Refusal(Reason.UNREADABLE, detail)
        self._dead_letters.write(at, message.key, message.value, refusal, parts.add())
