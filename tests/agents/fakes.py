"""Stand-ins for Kafka and the SMSC that keep what they are given, and answer when told."""

from collections.abc import Callable
from typing import Any

from agents.smpp.submit import Submit


class FakeProducer:
    """Acknowledges in order, when `acknowledge` is called."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes | None, int | None]] = []
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

    def acknowledge(self) -> None:
        """Kafka has all of them."""
        waiting, self._waiting = self._waiting, []
        for on_done, offset in waiting:
            if on_done is not None:
                on_done(offset)


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
