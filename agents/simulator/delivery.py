"""What the simulator sends to its ESMEs: receipts, and replies from phones.

Rules: it goes to any bind of the account that receives, and waits while there is none;
it goes out again until it was answered with status 0, on whatever bind there is then.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from agents.simulator.options import SimulatorOptions
from agents.simulator.wheel import Wheel
from agents.smpp import commands as c

WINDOW: Final = 1000
"""deliver_sm without an answer, at most, on one bind."""


class Delivery(NamedTuple):
    """One deliver_sm (or data_sm) to come: its fields and TLVs.

    `origin` is the connection of the submit that a receipt is for.
    """

    fields: Mapping[str, Any]
    tlvs: tuple[tuple[int, bytes], ...] = ()
    command_id: int = c.DELIVER_SM
    origin: object = None


class Receiver(Protocol):
    """A connection whose bind receives. `delivering`: sequence to what is unanswered."""

    delivering: dict[int, Delivery]

    def deliver(self, delivery: Delivery) -> int:
        """Sends it; the sequence number it was given."""
        ...


class Deliveries:
    """The queues of all accounts. `receivers(system_id)` says who can take one now."""

    def __init__(
        self,
        options: SimulatorOptions,
        wheel: Wheel,
        now: Callable[[], float],
        receivers: Callable[[str], list[Receiver]],
    ) -> None:
        self._options = options
        self._wheel = wheel
        self._now = now
        self._receivers = receivers
        self._waiting: dict[str, deque[Delivery]] = {}
        self.sent = 0
        self.answered = 0

    @property
    def waiting(self) -> int:
        """Not sent yet: no bind receives, or its window is full."""
        return sum(map(len, self._waiting.values()))

    def add(self, system_id: str, delivery: Delivery) -> None:
        """To be sent as soon as a bind takes it."""
        self._waiting.setdefault(system_id, deque()).append(delivery)
        self.pump(system_id)

    def pump(self, system_id: str) -> None:
        """Sends what can be sent; called when a bind has come or has room again."""
        waiting = self._waiting.get(system_id)
        if not waiting:
            return
        receivers = self._receivers(system_id)
        while waiting:
            free = [each for each in receivers if len(each.delivering) < WINDOW]
            if not free:
                return
            delivery = waiting.popleft()
            self._send(system_id, self._choose(free, delivery), delivery)

    def _choose(self, free: list[Receiver], delivery: Delivery) -> Receiver:
        """As `receipt_route` prefers it; a bind that is not there holds nothing up."""
        route = self._options.receipt_route
        if route == "any" or delivery.origin is None:
            return free[0]
        same = route == "same"
        return next((each for each in free if (each is delivery.origin) == same), free[0])

    def answer(self, system_id: str, receiver: Receiver, sequence: int, status: int) -> None:
        """A refused one comes again too, after the same time as an unanswered one."""
        if status != c.ESME_ROK or receiver.delivering.pop(sequence, None) is None:
            return
        self.answered += 1
        self.pump(system_id)

    def lost(self, system_id: str, receiver: Receiver) -> None:
        """Its connection is gone: what it had not answered waits for another."""
        unanswered = list(receiver.delivering.values())
        if not unanswered:
            return
        receiver.delivering.clear()
        self._waiting.setdefault(system_id, deque()).extendleft(reversed(unanswered))
        self.pump(system_id)

    def _send(self, system_id: str, receiver: Receiver, delivery: Delivery) -> None:
        sequence = receiver.deliver(delivery)
        receiver.delivering[sequence] = delivery
        self.sent += 1
        again_at = self._now() + self._options.receipt_retry_s
        self._wheel.call_at(again_at, self._again, system_id, receiver, sequence)

    def _again(self, system_id: str, receiver: Receiver, sequence: int) -> None:
        delivery = receiver.delivering.pop(sequence, None)
        if delivery is not None:
            self.add(system_id, delivery)
