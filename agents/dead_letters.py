"""What can't be used goes to `sms.dead-letters`, with a sentence for its sender.

Rules: the raw bytes as they came, cut at the limit; none of them where the topic feeds a
secret template; the sentence never quotes a payload.
"""

import logging
from collections.abc import Callable

from pydantic import ValidationError

from agents.batches import Produces
from agents.metrics import Metrics
from schemas.dead_letter import VALUE_LIMIT, DeadLetter, digest
from schemas.reason import Refusal
from streams.events.event import Position

logger = logging.getLogger(__name__)


def first_fault(error: ValidationError) -> str:
    """Where and what, without the value: it may be secret."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


class DeadLetters:
    """Writes dead letters to one topic."""

    def __init__(self, producer: Produces, metrics: Metrics, topic: str) -> None:
        self._producer, self._metrics, self._topic = producer, metrics, topic

    def write(
        self,
        at: Position,
        key: bytes | None,
        value: bytes | None,
        refusal: Refusal,
        on_done: Callable[..., None],
        *,
        secret: bool = False,
        template: str | None = None,
    ) -> None:
        """`on_done` is called once Kafka has the dead letter."""
        letter = DeadLetter(
            topic=at.topic,
            partition=at.partition,
            offset=at.offset,
            reason=refusal.reason,
            detail=refusal.sentence,
            length=len(value or b""),
            sha256=digest(value),
            template=template,
        )
        self._producer.produce(
            self._topic,
            None if secret else (value or b"")[:VALUE_LIMIT],
            key=key,
            headers=letter.to_headers(),
            on_done=on_done,
        )
        self._metrics.count("dead_letters_total", at.topic, refusal.reason)
        logger.warning(
            "%s[%d]@%d is a dead letter: %s", at.topic, at.partition, at.offset, refusal.sentence
        )
