"""What the simulator sends to its ESMEs: receipts, and replies from phones.

Rules: it goes to any bind of the account that receives, and waits while there is none;
it goes out again until it was answered with status 0, on whatever bind there is then.
"""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol

from agents.simulator.options import SimulatorOptions
from agents.simulator.wheel import Wheel
from agents.smpp import commands as c
from agents.smpp import pdu as smpp

WINDOW: Final = 1000
"""deliver_sm without an answer, at most, on one bind."""

STATES: Final = {
    "ENROUTE": 1,
    "DELIVRD": 2,
    "EXPIRED": 3,
    "DELETED": 4,
    "UNDELIV": 5,
    "ACCEPTD": 6,
    "UNKNOWN": 7,
    "REJECTD": 8,
}
"""message_state (5.2.28) of the words that receipts use (appendix B)."""


class Delivery(NamedTuple):
    """One deliver_sm to come: its fields and TLVs."""

    fields: dict[str, Any]
    tlvs: tuple[tuple[int, bytes], ...] = ()


def receipt(submit: smpp.Pdu, message_id: str, word: str, at: float, text: str) -> Delivery:
    """As text and as TLVs, from the phone that was written to. `at`: epoch seconds."""
    delivered = word == "DELIVRD"
    date = datetime.fromtimestamp(at, UTC).strftime("%y%m%d%H%M")
    error = "000" if delivered else "001"
    words = (
        f"id:{message_id} sub:001 dlvrd:{delivered:03d} submit date:{date} done date:{date} "
        f"stat:{word} err:{error} text:"
    )
    tlvs = [(c.RECEIPTED_MESSAGE_ID, message_id.encode("latin-1") + b"\0")]
    if word in STATES:
        tlvs.append((c.MESSAGE_STATE, bytes((STATES[word],))))
    if c.USER_MESSAGE_REFERENCE in submit.tlvs:
        tlvs.append((c.USER_MESSAGE_REFERENCE, submit.tlvs[c.USER_MESSAGE_REFERENCE]))
    fields = {
        **_turned_round(submit.fields),
        "esm_class": c.ESM_RECEIPT,
        "short_message": words.encode("latin-1") + text[:20].encode("ascii", errors="replace"),
    }
    return Delivery(fields, tuple(tlvs))


def _turned_round(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "source_addr_ton": fields["dest_addr_ton"],
        "source_addr_npi": fields["dest_addr_npi"],
        "source_addr": fields["destination_addr"],
        "dest_addr_ton": fields["source_addr_ton"],
        "dest_addr_npi": fields["source_addr_npi"],
        "destination_addr": fields["source_addr"],
    }


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
        for receiver in self._receivers(system_id):
            while waiting and len(receiver.delivering) < WINDOW:
                self._send(system_id, receiver, waiting.popleft())

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
