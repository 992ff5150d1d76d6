"""Replies on a Kafka in memory: a log, what is acknowledged, and workers that crash.

Rule: positions, tickets and commits are the product's own; only what lies behind the
producer and in front of the consumer is played.
"""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from agents.kafka.consumer import Consumer
from agents.kafka.positions import Place, Positions, Ticket
from agents.metrics import Metrics
from agents.receipts.replies import Replies
from schemas.inbound import Consent, Inbound, Part
from schemas.topics import Topics
from tests.agents.fakes import FakeProducer

TOPICS = Topics()
PATIENCE_S = 60.0
AT = 1_795_428_000_000
PARTITIONS = 2


def part(message: bytes, at: int = AT, **more: Any) -> Part:
    """One deliver_sm."""
    fields: dict[str, Any] = {
        "smsc": "main", "sender": "33612345678", "recipient": "36105", "esm_class": 0,
        "data_coding": 0, "tlvs": {},
    }  # fmt: skip
    return Part(**{**fields, "message": message, "at": at, **more})


def in_parts(words: list[bytes], reference: int, **more: Any) -> list[Part]:
    """The deliver_sm of one message."""
    return [
        part(bytes((5, 0, 3, reference, len(words), n)) + octets, esm_class=0x40, **more)
        for n, octets in enumerate(words, 1)
    ]


class Kafka:
    """What outlives a worker."""

    def __init__(self) -> None:
        self.log: list[list[bytes | None]] = [[] for _ in range(PARTITIONS)]
        self.committed = [0] * PARTITIONS
        self.inbound: list[Inbound] = []
        self.consents: list[Consent] = []
        self.dead_letters: list[bytes] = []

    def append(self, record: Part | bytes | None, partition: int = 0) -> None:
        """The gateway wrote it."""
        value = record.to_bytes() if isinstance(record, Part) else record
        self.log[partition].append(value)


class Worker:
    """One process; throw it away and it has crashed."""

    def __init__(self, kafka: Kafka, **options: Any) -> None:
        self.kafka, self.now = kafka, 0.0
        self.producer, self.metrics = FakeProducer(), Metrics()
        self.replies = Replies(
            TOPICS, PARTITIONS, self.producer, self.metrics, lambda: self.now,
            patience_s=PATIENCE_S, **options,
        )  # fmt: skip
        self._written = 0
        self.positions = Positions()
        self.assign()

    def assign(self) -> None:
        """All partitions, from what is committed; what was before is over."""
        self.positions.end()
        self.positions = Positions(strict=lambda topic: True)
        self._next = list(self.kafka.committed)
        for partition, offset in enumerate(self._next):
            self.positions.start(Place(TOPICS.replies.name, partition), offset)

    def ticket(self, message: Any) -> Ticket:
        """As the consumer gives it."""
        return self.positions.ticket(message.tp, message.offset)

    def read(self, partition: int = 0) -> bool:
        """The next record, if there is one."""
        offset = self._next[partition]
        if offset == len(self.kafka.log[partition]):
            return False
        self._next[partition] += 1
        place = Place(TOPICS.replies.name, partition)
        self.positions.begin(place, offset)
        message = SimpleNamespace(
            topic=place.topic, partition=partition, offset=offset, tp=place, key=None,
            value=self.kafka.log[partition][offset],
        )  # fmt: skip
        self.replies.take(message, cast(Consumer, self))
        return True

    def read_all(self) -> None:
        """To the end of the log."""
        for partition in range(PARTITIONS):
            while self.read(partition):
                pass

    def acknowledge(self) -> None:
        """Kafka has all that was produced."""
        readers: dict[str, Callable[[bytes], None]] = {
            TOPICS.inbound.name: lambda raw: self.kafka.inbound.append(Inbound.from_bytes(raw)),
            TOPICS.consents.name: lambda raw: self.kafka.consents.append(Consent.from_bytes(raw)),
            TOPICS.dead_letters.name: self.kafka.dead_letters.append,
        }
        records = self.producer.records
        for topic, value, _ in records[self._written :]:
            readers[topic](value or b"")
        self._written = len(records)
        self.producer.acknowledge()

    def commit(self) -> None:
        """As the consumer does: what is finished now, after all that was produced is there."""
        offsets = self.positions.committable()
        self.acknowledge()
        self.positions.committed(offsets)
        for place, offset in offsets.items():
            self.kafka.committed[place.partition] = offset

    def wait(self, seconds: float) -> None:
        """Time goes by, and the timer ticks."""
        self.now += seconds
        self.replies.expire()

    def written(self) -> list[str]:
        """The topics written to, acknowledged or not."""
        return [topic for topic, _, _ in self.producer.records]

    def texts(self) -> list[str]:
        """Of the replies written, acknowledged or not."""
        return [
            json.loads(value or b"")["text"]
            for topic, value, _ in self.producer.records
            if topic == TOPICS.inbound.name
        ]
