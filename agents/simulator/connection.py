"""One ESME's connection, on the SMSC's side.

Rules: what each command does is in HANDLERS; answers are gathered and written once a
turn of the loop, and never before the files know of what they answer.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from agents.simulator.answers import header, submit_answer
from agents.simulator.delivery import Delivery
from agents.smpp import commands as c
from agents.smpp import pdu as smpp
from agents.smpp.reader import Reader

if TYPE_CHECKING:
    from agents.simulator.server import Simulator

MODES: Final = {
    c.BIND_TRANSMITTER: (True, False),
    c.BIND_RECEIVER: (False, True),
    c.BIND_TRANSCEIVER: (True, True),
}
"""Which bind may submit, and which receives."""
TAKEN_MUTE: Final = frozenset({c.SUBMIT_SM, c.DATA_SM})
"""All that is heeded while `mute` is set."""


class Connection(asyncio.Protocol):
    """`submits`: how many came; `unanswered`: those whose answer is still to be sent."""

    def __init__(self, simulator: "Simulator") -> None:
        self.system_id = ""
        self.transmits = False
        self.receives = False
        self.submits = 0
        self.unanswered = 0
        self.delivering: dict[int, Delivery] = {}
        self._simulator = simulator
        self._reader = Reader()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._sequence = 0
        self._paused = False
        self._reads_at = 0.0

    @property
    def bound(self) -> bool:
        """In any mode."""
        return self.transmits or self.receives

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        self._simulator.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's."""
        self._transport = None
        self.transmits = self.receives = False
        self._simulator.gone(self)

    def data_received(self, data: bytes) -> None:
        """asyncio's."""
        options = self._simulator.options
        for pdu in self._reader.feed(data):
            if not options.mute or pdu.command_id in TAKEN_MUTE:
                HANDLERS.get(pdu.command_id, Connection._on_unknown)(self, pdu)
            if self._transport is None or self._transport.is_closing():
                return
        self._simulator.flush_files()
        if self._reader.broken is not None and not options.mute:
            self.send(header(c.GENERIC_NACK, 0, c.ESME_RINVCMDLEN))
            self.close()
        elif options.read_pause_s > 0:
            self.stop_reading(options.read_pause_s)

    def send(self, octets: bytes) -> None:
        """Written in the next turn of the loop, with what else there is; not while mute."""
        if self._simulator.options.mute:
            return
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(octets)

    def answer(self, pdu: smpp.Pdu, status: int, message_id: str = "") -> None:
        """To a submit_sm or data_sm."""
        self.send(submit_answer(self._simulator.options, pdu, status, message_id))

    def deliver(self, delivery: Delivery) -> int:
        """Sends a deliver_sm or data_sm; its sequence number."""
        self.send(
            smpp.write(
                delivery.command_id, self._next(), fields=delivery.fields, tlvs=delivery.tlvs
            )
        )
        return self._sequence

    def stop_reading(self, seconds: float) -> None:
        """What the ESME writes meanwhile fills the socket, and is read and answered later."""
        if self._transport is None or self._transport.is_closing():
            return
        self._reads_at = max(self._reads_at, self._loop.time() + seconds)
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._simulator.later(seconds, self._read_again)

    def _read_again(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing() or not self._paused:
            return
        if self._loop.time() >= self._reads_at:
            self._paused = False
            transport.resume_reading()

    def enquire(self) -> None:
        """Ask the ESME whether it is there."""
        self.send(smpp.write(c.ENQUIRE_LINK, self._next()))

    def unbind(self) -> None:
        """Ask the ESME to leave; its answer closes the connection."""
        self.send(smpp.write(c.UNBIND, self._next()))

    def close(self) -> None:
        """After what is still to be written."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def cut(self) -> None:
        """As when a cable is pulled: nothing more is read or written."""
        self._out.clear()
        self.transmits = self.receives = False
        if self._transport is not None:
            self._transport.abort()

    def _next(self) -> int:
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        return self._sequence

    def _flush(self) -> None:
        out, self._out = self._out, []
        self._simulator.flush_files()
        if out and self._transport is not None:
            self._transport.write(b"".join(out))

    def _refuse(self, pdu: smpp.Pdu, status: int) -> None:
        if self._simulator.options.error_body and pdu.command_id in TAKEN_MUTE:
            self.answer(pdu, status)
        else:
            self.send(header(pdu.command_id | c.RESPONSE, pdu.sequence, status))

    def _on_bind(self, pdu: smpp.Pdu) -> None:
        self._simulator.later(self._simulator.options.bind_delay_s, self._answer_bind, pdu)

    def _answer_bind(self, pdu: smpp.Pdu) -> None:
        if self._transport is None:
            return
        status = c.ESME_RALYBND if self.bound else self._simulator.admit(pdu)
        if status:
            self._refuse(pdu, status)
            return
        self.system_id = pdu.fields["system_id"]
        self.transmits, self.receives = MODES[pdu.command_id]
        self.send(
            smpp.write(
                pdu.command_id | c.RESPONSE,
                pdu.sequence,
                fields={"system_id": "chappe"},
                tlvs=((c.SC_INTERFACE_VERSION, bytes((c.INTERFACE_VERSION,))),),
            )
        )
        self._simulator.bound(self)

    def _on_submit(self, pdu: smpp.Pdu) -> None:
        status = self._fault_of(pdu)
        if status:
            self._refuse(pdu, status)
            return
        self.submits += 1
        self._simulator.submitted(self, pdu)

    def _fault_of(self, pdu: smpp.Pdu) -> int:
        if not self.transmits:
            return c.ESME_RINVBNDSTS
        if not pdu.complete:
            return c.ESME_RINVMSGLEN
        return c.ESME_ROK if pdu.fields["destination_addr"] else c.ESME_RINVDSTADR

    def _on_deliver_resp(self, pdu: smpp.Pdu) -> None:
        self._simulator.deliveries.answer(self.system_id, self, pdu.sequence, pdu.command_status)

    def _on_enquire_link(self, pdu: smpp.Pdu) -> None:
        self.send(smpp.write(c.ENQUIRE_LINK_RESP, pdu.sequence))

    def _on_enquire_link_resp(self, pdu: smpp.Pdu) -> None:
        self._simulator.enquiries_answered += 1

    def _on_unbind(self, pdu: smpp.Pdu) -> None:
        self.transmits = self.receives = False
        self.send(smpp.write(c.UNBIND_RESP, pdu.sequence))
        self.close()

    def _on_unbind_resp(self, pdu: smpp.Pdu) -> None:
        self._simulator.unbinds_answered += 1
        self.close()

    def _on_unknown(self, pdu: smpp.Pdu) -> None:
        """An answer to nothing of ours is let pass; an unknown request is refused."""
        if not pdu.command_id & c.RESPONSE:
            self.send(smpp.write(c.GENERIC_NACK, pdu.sequence, c.ESME_RINVCMDID))


HANDLERS: Final[dict[int, Callable[[Connection, smpp.Pdu], None]]] = {
    **dict.fromkeys(c.BINDS, Connection._on_bind),
    c.SUBMIT_SM: Connection._on_submit,
    c.DATA_SM: Connection._on_submit,
    c.DELIVER_SM_RESP: Connection._on_deliver_resp,
    c.DATA_SM_RESP: Connection._on_deliver_resp,
    c.ENQUIRE_LINK: Connection._on_enquire_link,
    c.ENQUIRE_LINK_RESP: Connection._on_enquire_link_resp,
    c.UNBIND: Connection._on_unbind,
    c.UNBIND_RESP: Connection._on_unbind_resp,
}
