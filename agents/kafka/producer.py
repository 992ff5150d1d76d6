"""Writing to Kafka from an asyncio loop: librdkafka, idempotent, acknowledged by all.

Rules: no thread of ours (librdkafka's answers are polled while something is in flight);
one failed delivery is the end: it is told once, and whatever is asked after it raises, so
that no commit can follow; `flush` means acknowledged, never "given up"; acknowledged is what
has an offset, since librdkafka infers the rest (docs/decisions/011).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial

import confluent_kafka

from agents.kafka.connection import librdkafka
from agents.kafka.errors import KafkaFailure

BUSY_POLL_S = 0.001
IDLE_POLL_S = 1.0
ROOM = 10_000
"""Records in flight above which `room` waits."""
MAX_RECORD_BYTES = 10 * 1024 * 1024
GIVE_UP_MS = 120_000
"""How long librdkafka tries to deliver a record: a broker may restart meanwhile."""

_LOG = logging.getLogger(__name__)
_FATAL = confluent_kafka.KafkaError._FATAL


class KafkaProducer:
    """`in_flight` is the number of records handed over and not yet acknowledged."""

    def __init__(
        self,
        bootstrap: str,
        *,
        client_id: str,
        security: Mapping[str, str],
        on_failure: Callable[[KafkaFailure], None],
    ) -> None:
        """`on_failure` is called once, in the loop, at the first failed delivery."""
        self.in_flight = 0
        self._on_failure = on_failure
        self._failure: KafkaFailure | None = None
        self._epoch = 0
        self._open: dict[int, int] = {0: 0}
        self._waiting: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._busy = False
        settings = {
            "client.id": client_id,
            "acks": "all",
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "linger.ms": 5,
            "message.max.bytes": MAX_RECORD_BYTES,
            "message.timeout.ms": GIVE_UP_MS,
            "queue.buffering.max.kbytes": 256 * 1024,
            "error_cb": self._on_error,
        }
        self._kafka = confluent_kafka.Producer(
            librdkafka(bootstrap, security, settings), logger=_LOG
        )

    def produce(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        headers: list[tuple[str, bytes]] | None = None,
        timestamp_ms: int | None = None,
        on_done: Callable[[int], None] | None = None,
    ) -> None:
        """Hands one record over and returns; `on_done` gets its offset when Kafka has it.

        Raises KafkaFailure once any delivery has failed.
        """
        self._check()
        answered = partial(self._answered, self._epoch, on_done)
        place = -1 if partition is None else partition
        while True:
            try:
                self._kafka.produce(
                    topic,
                    value,
                    key,
                    place,
                    on_delivery=answered,
                    timestamp=timestamp_ms or 0,
                    headers=headers,
                )
                break
            except BufferError:
                # Full: wait for acknowledgements here, since the caller can't.
                self._serve(0.05)
                self._check()
            except confluent_kafka.KafkaException as error:
                self._fail(f"Kafka takes no record for {topic}: {error.args[0]}")
                self._check()
        self.in_flight += 1
        self._open[self._epoch] += 1
        if not self._busy:
            self._schedule(BUSY_POLL_S)

    async def room(self) -> None:
        """Returns when fewer than ROOM records are in flight. Raises KafkaFailure."""
        while self.in_flight >= ROOM:
            await self._progress()
        self._check()

    async def flush(self, timeout_s: float) -> None:
        """Returns when every record handed over before the call is acknowledged.

        Raises KafkaFailure where one failed, or was not acknowledged in `timeout_s`.
        """
        self._check()
        last, self._epoch = self._epoch, self._epoch + 1
        self._open[self._epoch] = 0
        try:
            async with asyncio.timeout(timeout_s):
                while any(n for epoch, n in self._open.items() if epoch <= last):
                    await self._progress()
        except TimeoutError:
            raise KafkaFailure(
                f"Kafka did not acknowledge {self.in_flight} records in {timeout_s:g} s"
            ) from None
        for epoch in [epoch for epoch in self._open if epoch <= last]:
            del self._open[epoch]
        self._check()

    async def close(self, timeout_s: float = 10.0) -> None:
        """Flushes and stops polling. Raises as `flush` does."""
        try:
            if self._failure is None:
                await self.flush(timeout_s)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._kafka.purge()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _progress(self) -> None:
        """Until the next answer from Kafka. Raises KafkaFailure."""
        self._check()
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting
        self._check()

    def _schedule(self, delay_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._busy = delay_s == BUSY_POLL_S
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._poll)

    def _poll(self) -> None:
        self._serve(0.0)
        self._schedule(BUSY_POLL_S if self.in_flight else IDLE_POLL_S)

    def _serve(self, timeout_s: float) -> None:
        try:
            served = self._kafka.poll(timeout_s)
        except Exception as error:
            # An `on_done` raised: what should have followed the record did not.
            _LOG.exception("a callback of an acknowledged record raised")
            self._fail(f"what follows an acknowledged record failed: {error!r}")
            served = 1
        if served:
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                if not one.done():
                    one.set_result(None)

    def _answered(
        self,
        epoch: int,
        on_done: Callable[[int], None] | None,
        error: confluent_kafka.KafkaError | None,
        record: confluent_kafka.Message,
    ) -> None:
        self.in_flight -= 1
        self._open[epoch] -= 1
        if error is not None:
            place = f"{record.topic()} [{record.partition()}]"
            self._fail(f"Kafka refused a record for {place}: {error.str()}")
        elif (offset := record.offset()) is None or offset < 0:
            place = f"{record.topic()} [{record.partition()}]"
            self._fail(f"a record for {place} counts as written, but nobody knows where: it may "
                       "be lost, and all that was not committed is done again")  # fmt: skip
        elif on_done is not None and self._failure is None:
            on_done(offset)

    def _on_error(self, error: confluent_kafka.KafkaError) -> None:
        if error.code() == _FATAL:
            self._fail(f"Kafka's producer can't go on: {error.str()}")
        else:
            _LOG.warning("Kafka: %s", error.str())

    def _fail(self, what: str) -> None:
        if self._failure is None:
            self._failure = KafkaFailure(what)
            self._on_failure(self._failure)
