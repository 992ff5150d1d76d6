"""Every step of a message's life goes to `sms.status`, in the partition of its outbound."""

from collections.abc import Callable
from functools import partial

from agents.batches import Produces
from agents.metrics import Metrics
from schemas.message import Message
from schemas.status import State, Status
from streams.composing import status_of


class Statuses:
    """Writes statuses. `clock` gives seconds since 1970.

    `ends`: by partition, the offset behind the last status that Kafka is known to have.
    """

    def __init__(
        self, producer: Produces, metrics: Metrics, topic: str, clock: Callable[[], float]
    ) -> None:
        self.ends: dict[int, int] = {}
        self._producer, self._metrics, self._topic, self._clock = producer, metrics, topic, clock

    def write(
        self,
        message: Message,
        partition: int,
        state: State,
        on_done: Callable[..., None] | None = None,
        **known: object,
    ) -> None:
        """`on_done` is called once Kafka has it; `known` are further fields of Status."""
        self.send(status_of(message, state, int(self._clock() * 1000), **known), partition, on_done)

    def send(
        self, status: Status, partition: int, on_done: Callable[..., None] | None = None
    ) -> None:
        """A status that is made already."""
        self._producer.produce(
            self._topic,
            status.to_bytes(),
            key=status.phone.encode(),
            partition=partition,
            on_done=partial(self._written, partition, on_done),
        )
        self._metrics.count("messages_total", status.lane, status.template, status.state)

    def _written(self, partition: int, on_done: Callable[..., None] | None, offset: int) -> None:
        self.ends[partition] = max(offset + 1, self.ends.get(partition, 0))
        if on_done is not None:
            on_done(offset)
