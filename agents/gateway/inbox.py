"""What the SMSC sends us: receipts and replies, to Kafka, each answered once Kafka has it.

Rules: nothing is joined or read here, so that any gateway may get any receipt; nothing is
ever answered with an error, since the SMSC would send it again for ever; a receipt that can
decide nothing is said, in a line a minute of each sort, without a phone number.
"""

import logging
from collections.abc import Callable
from typing import Final

from agents.batches import Produces
from agents.kafka.partition import partition_of
from agents.metrics import Metrics
from agents.smpp.config import SmscConfig
from agents.smpp.events import Deliver
from schemas.inbound import Part
from schemas.record import Record
from schemas.topics import Topic, Topics
from schemas.tracking import Told, doubt_key, id_key
from streams.sending.receipt import Receipt, ReceiptState, shown
from streams.sending.replying import phone_of
from streams.sending.tracking import Seen

logger = logging.getLogger(__name__)

EVERY_S: Final = 60.0
UNNAMED: Final = "name neither an id nor our reference, and find no message"
UNKNOWN: Final = "have a state that is in no table, and decide nothing"

_BY_TON = {1: "+{}", 2: "national {}"}
"""source_addr_ton (SMPP 3.4, 5.2.5) → how the sender is written."""


class Inbox:
    """Of one SMSC. `acknowledge` answers, see `Link.acknowledge`. `clock`: seconds since 1970."""

    def __init__(
        self,
        smsc: SmscConfig,
        producer: Produces,
        topics: Topics,
        partitions: int,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._smsc, self._producer, self._topics = smsc, producer, topics
        self._partitions, self._metrics, self._clock = partitions, metrics, clock
        self._unsaid: dict[str, int] = {}
        self._say_at: dict[str, float] = {}

    def on_deliver(self, deliver: Deliver, acknowledge: Callable[[Deliver], None]) -> None:
        """A link's callback for each deliver_sm and data_sm."""
        receipt = deliver.receipt
        self._metrics.count("delivers_total", self._smsc.label, deliver.kind)
        if receipt is None:
            self._reply(deliver, acknowledge)
            return
        told = self._told(deliver, receipt)
        if told is None:
            self._metrics.count("receipts_total", self._smsc.label, Seen.UNNAMED)
            self._say(UNNAMED, receipt)
            acknowledge(deliver)
            return
        if receipt.state is ReceiptState.OTHER:
            self._say(UNKNOWN, receipt)
        self._store(self._topics.receipts, told.key, told, lambda _: acknowledge(deliver))

    def _told(self, deliver: Deliver, receipt: Receipt) -> Told | None:
        """None where it has neither an id nor our reference."""
        smsc, phone = self._smsc, deliver.source.removeprefix("+")
        normal = smsc.id_rule.receipt_key(receipt.message_id)
        if normal:
            key = id_key(smsc.label, normal)
        elif receipt.reference is not None and phone:
            key = doubt_key(smsc.label, phone, receipt.reference)
        else:
            return None
        return Told(
            key=key,
            smsc=smsc.label,
            smsc_id=receipt.message_id if normal else "",
            state=receipt.state,
            final=receipt.final,
            err=receipt.err,
            done_date=receipt.done_date,
            phone=phone,
            reference=receipt.reference,
            at=int(self._clock() * 1000),
        )

    def _say(self, what: str, receipt: Receipt) -> None:
        self._unsaid[what] = count = self._unsaid.get(what, 0) + 1
        now = self._clock()
        if now < self._say_at.get(what, 0.0):
            return
        self._unsaid[what], self._say_at[what] = 0, now + EVERY_S
        logger.warning(
            "%s: %d receipts %s; the last: id %r, stat %r, err %r", self._smsc.label, count, what,
            receipt.message_id, shown(receipt.word or receipt.state.upper()), shown(receipt.err),
        )  # fmt: skip

    def _reply(self, deliver: Deliver, acknowledge: Callable[[Deliver], None]) -> None:
        sender = _sender(deliver)
        part = Part(
            smsc=self._smsc.label,
            sender=sender,
            recipient=deliver.destination,
            esm_class=deliver.esm_class,
            data_coding=deliver.data_coding,
            message=deliver.message,
            tlvs=deliver.tlvs,
            at=int(self._clock() * 1000),
        )
        phone = phone_of(sender)
        self._store(self._topics.replies, phone, part, lambda _: acknowledge(deliver))

    def _store(self, topic: Topic, key: str, record: Record, stored: Callable[[int], None]) -> None:
        self._producer.produce(
            topic.name,
            record.to_bytes(),
            key=key.encode(),
            partition=partition_of(key, self._partitions),
            on_done=stored,
        )


def _sender(deliver: Deliver) -> str:
    """With what its type of number says: a national number must not read as another country's."""
    kind = deliver.source_ton
    return _BY_TON.get(kind, "{}").format(deliver.source.removeprefix("+"))
