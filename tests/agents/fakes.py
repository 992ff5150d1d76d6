"""Stand-ins for Kafka and the SMSC that keep what they are given, and answer when told."""

import asyncio
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from agents.smpp.submit import Submit
from schemas.record import Millis
from streams.sending.keeping import head


class FakeProducer:
    """Acknowledges in order, when `acknowledge` is called."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes | None, int | None]] = []
        self.keys: list[bytes | None] = []
        self._waiting: list[tuple[Callable[[int], None] | None, int]] = []

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
        """Kept, and not acknowledged yet."""
        self._waiting.append((on_done, len(self.records)))
        self.records.append((topic, value, partition))
        self.keys.append(key)

    @property
    def acknowledged(self) -> int:
        """So many records, the first, are in Kafka."""
        return len(self.records) - len(self._waiting)

    def acknowledge(self) -> None:
        """Kafka has all of them."""
        waiting, self._waiting = self._waiting, []
        for on_done, offset in waiting:
            if on_done is not None:
                on_done(offset)


class Places:
    """What a consumer outside of any group knows by itself: `_at`, where it goes on."""

    _at = 0

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to leave."""

    def assign(self, tps: list[TopicPartition]) -> None:
        """From now on these."""

    def seek(self, tp: TopicPartition, place: int) -> None:
        """Goes on from there."""
        self._at = place

    async def position(self, tp: TopicPartition) -> int:
        """Where it goes on."""
        return self._at

    async def beginning_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """All is kept."""
        return dict.fromkeys(tps, 0)


class FakeConsumer(Places):
    """Reads what a FakeProducer was given and has acknowledged; `reads`: how often it was
    asked where a partition ends, which is once for each reading to the end."""

    def __init__(self, producer: FakeProducer) -> None:
        self._producer, self.reads = producer, 0

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """As of now."""
        self.reads += 1
        await asyncio.sleep(0)  # as one who asks over a network: others go on meanwhile
        return {tp: len(self._kept(tp)) for tp in tps}

    async def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[Any, None]:
        """Knows no times, as the embedded broker."""
        return dict.fromkeys(times)

    async def getmany(self, tp: TopicPartition, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        """All there is."""
        found, self._at = self._kept(tp)[self._at :], len(self._kept(tp))
        return {tp: found}

    def _kept(self, tp: TopicPartition) -> list[Any]:
        producer = self._producer
        both = zip(producer.records[: producer.acknowledged], producer.keys, strict=False)
        of_tp = [(key, value) for (topic, value, number), key in both if (topic, number) == tp]
        return [
            SimpleNamespace(offset=offset, key=key, value=value)
            for offset, (key, value) in enumerate(of_tp)
        ]


class FakeSweeper:
    """Of a table in memory: the tick of a test ends what is due."""

    def __init__(self, table: dict[str, bytes]) -> None:
        self._table = table

    def sweep(self, message: Any, end: Callable[[str, Millis], None]) -> None:
        """Ends what is due by the time of the tick."""
        now = int(message.timestamp * 1000)
        for key in [key for key, octets in self._table.items() if head(octets).due <= now]:
            end(key, now)


class FakeLink:
    """A bind with a window; answers are given by the test."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.bound = True
        self.out: list[tuple[Submit, Any]] = []
        self.left: list[str] = []

    @property
    def free(self) -> int:
        """Submits that may be given now."""
        return self.window - len(self.out) if self.bound else 0

    @property
    def in_flight(self) -> int:
        """Submits without an answer."""
        return len(self.out)

    def suspend(self, reason: str) -> None:
        """Gone for long."""
        self.bound = False
        self.left.append(f"suspend: {reason}")

    def rebind(self, reason: str) -> None:
        """Gone for a moment."""
        self.bound = False
        self.left.append(f"rebind: {reason}")

    def submit(self, submit: Submit, token: Any) -> None:
        """Kept until the test takes it out."""
        assert self.free > 0, "the window is a limit"
        self.out.append((submit, token))
