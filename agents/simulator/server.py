"""The SMSC itself: who may bind, what becomes of a submit, what the phones received.

Rules: real TCP and real PDUs, nothing is short-cut for our own client; a message is
taken or refused before its answer is delayed, so that a late answer changes nothing.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from agents.simulator.alphabet import decode
from agents.simulator.assembly import Assembly, Part, Segment, read_part
from agents.simulator.connection import Connection
from agents.simulator.delivery import Deliveries, Delivery, Receiver, receipt
from agents.simulator.faults import Faults, Verdict
from agents.simulator.inbox import Inbox, LineFile, Received, as_line
from agents.simulator.options import SimulatorOptions
from agents.simulator.wheel import Wheel
from agents.smpp import commands as c
from agents.smpp import pdu as smpp

RECEIPT_WANTED: Final = 0x01
"""registered_delivery, bits 1 and 0: a receipt whatever the outcome (5.2.17)."""


class Simulator:
    """A real SMPP 3.4 server. `options` may be changed while it runs.

    `inbox` has the messages; `submits` counts every submit_sm and data_sm of a bound
    ESME; `most_unanswered` is the fullest window seen on one bind.
    """

    def __init__(self, options: SimulatorOptions, epoch: Callable[[], float] = time.time) -> None:
        self.options = options
        self.inbox = Inbox(options.inbox_limit)
        self.connections: set[Connection] = set()
        self.submits = 0
        self.binds = 0
        self.most_unanswered = 0
        self.deliveries: Deliveries
        self._epoch = epoch
        self._assembly = Assembly()
        self._faults = Faults(options)
        self._ids = f"{int(epoch() * 1000):x}"  # so that no id comes again after a restart
        self._taken = 0

    async def start(self) -> int:
        """The port it listens on. Raises OSError where it can't, or a file can't be written."""
        loop = asyncio.get_running_loop()
        self._inbox_file = LineFile(self.options.inbox_file)
        self._submit_log = LineFile(self.options.submit_log)
        self._now = loop.time
        self._wheel = Wheel(loop)
        self.deliveries = Deliveries(self.options, self._wheel, self._now, self._receivers)
        self._server = await loop.create_server(
            lambda: Connection(self), self.options.host, self.options.port
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Cuts every connection and closes the files."""
        self._server.close()
        self._wheel.stop()
        self.cut()
        await self._server.wait_closed()
        self._inbox_file.close()
        self._submit_log.close()

    def cut(self) -> None:
        """Cuts every connection; the ESMEs may come back."""
        for connection in list(self.connections):
            connection.cut()

    def unbind(self) -> None:
        """Asks every ESME to leave, in good order."""
        for connection in list(self.connections):
            connection.unbind()

    def reply(self, source: str, destination: str, message: bytes, data_coding: int = 0) -> None:
        """A phone writes to `destination`: to every account that is bound to receive."""
        fields: dict[str, Any] = {
            "source_addr_ton": 1,
            "source_addr_npi": 1,
            "source_addr": source,
            "destination_addr": destination,
            "data_coding": data_coding,
            "short_message": message,
        }
        for system_id in {each.system_id for each in self.connections if each.receives}:
            self.deliveries.add(system_id, Delivery(fields))

    # --- for its connections ---

    def admit(self, pdu: smpp.Pdu) -> int:
        """The command_status for a bind."""
        options, fields = self.options, pdu.fields
        self.binds += 1
        if options.bind_status:
            return options.bind_status
        if options.system_id not in (None, fields["system_id"]):
            return c.ESME_RINVSYSID
        if options.password not in (None, fields["password"]):
            return c.ESME_RINVPASWD
        taken = any(
            each.bound and each.system_id == fields["system_id"] for each in self.connections
        )
        return c.ESME_RALYBND if options.single_bind and taken else c.ESME_ROK

    def gone(self, connection: Connection) -> None:
        """Its link is lost or closed."""
        self.connections.discard(connection)
        self.deliveries.lost(connection.system_id, connection)

    def submitted(self, connection: Connection, pdu: smpp.Pdu) -> None:
        """Judge it, take it, answer it."""
        self.submits += 1
        now, at = self._now(), self._epoch()
        destination = pdu.fields["destination_addr"]
        verdict = self._faults.judge(destination, connection.submits, connection.unanswered, now)
        part = read_part(pdu.fields["esm_class"], pdu.message, pdu.tlvs)
        message_id = ""
        if verdict.fate != "refuse":
            self._taken += 1
            message_id = f"{self._ids}-{self._taken}"
            self._take(connection.system_id, pdu, part, message_id, at)
        if self._submit_log:
            self._log(connection.system_id, pdu, part, message_id, verdict, at)
        if verdict.fate == "drop":
            self.flush_files()
            connection.cut()
            return
        self._answer(connection, pdu, verdict, message_id, now)

    def flush_files(self) -> None:
        """Other processes see what was written."""
        self._inbox_file.flush()
        self._submit_log.flush()

    # --- inside ---

    def _receivers(self, system_id: str) -> list[Receiver]:
        return [each for each in self.connections if each.receives and each.system_id == system_id]

    def _take(self, system_id: str, pdu: smpp.Pdu, part: Part, message_id: str, at: float) -> None:
        fields = pdu.fields
        source, destination = fields["source_addr"], fields["destination_addr"]
        segments: list[Segment] | None = [Segment(part.octets, message_id)]
        if part.total > 1:
            key = (system_id, source, destination, part.reference, part.total)
            segments = self._assembly.add(key, part.number, Segment(part.octets, message_id))
        if segments is None:
            return
        raw = b"".join(segment.octets for segment in segments)
        data_coding = fields["data_coding"]
        text, encoding = decode(raw, data_coding)
        ids = [segment.message_id for segment in segments]
        message = Received(
            at, system_id, source, destination, text, len(ids), encoding, data_coding, ids, raw
        )
        self.inbox.add(message)
        if self._inbox_file:
            self._inbox_file.write(as_line(message))

    def _log(
        self,
        system_id: str,
        pdu: smpp.Pdu,
        part: Part,
        message_id: str,
        verdict: Verdict,
        at: float,
    ) -> None:
        fields = pdu.fields
        self._submit_log.write(
            {
                "at": at,
                "system_id": system_id,
                "sequence": pdu.sequence,
                "source": fields["source_addr"],
                "destination": fields["destination_addr"],
                "text": decode(part.octets, fields["data_coding"])[0],
                "reference": part.reference,
                "segment": part.number,
                "segments": part.total,
                "data_coding": fields["data_coding"],
                "validity_period": fields.get("validity_period", ""),
                "fate": verdict.fate,
                "command_status": verdict.command_status,
                "message_id": message_id,
            }
        )

    def _answer(
        self, connection: Connection, pdu: smpp.Pdu, verdict: Verdict, message_id: str, now: float
    ) -> None:
        delay_s = self.options.answer_delay_s
        if verdict.fate != "silent":
            connection.unanswered += 1
            self.most_unanswered = max(self.most_unanswered, connection.unanswered)
            self._later(delay_s, now, self._send_answer, connection, pdu, verdict, message_id)
        wanted = pdu.fields["registered_delivery"] & 0x03 == RECEIPT_WANTED
        if message_id and wanted and self.options.receipt_delay_s is not None:
            delay_s += self.options.receipt_delay_s
            self._later(delay_s, now, self._send_receipt, connection.system_id, pdu, message_id)

    def _later(self, delay_s: float, now: float, callback: Callable[..., None], *args: Any) -> None:
        if delay_s > 0:
            self._wheel.call_at(now + delay_s, callback, *args)
        else:
            callback(*args)

    def _send_answer(
        self, connection: Connection, pdu: smpp.Pdu, verdict: Verdict, message_id: str
    ) -> None:
        connection.unanswered -= 1
        connection.answer(pdu, verdict.command_status, message_id)

    def _send_receipt(self, system_id: str, pdu: smpp.Pdu, message_id: str) -> None:
        destination = pdu.fields["destination_addr"]
        states = self.options.receipt_states
        word = next((states[p] for p in states if destination.startswith(p)), "DELIVRD")
        part = read_part(pdu.fields["esm_class"], pdu.message, pdu.tlvs)
        text = decode(part.octets, pdu.fields["data_coding"])[0]
        self.deliveries.add(system_id, receipt(pdu, message_id, word, self._epoch(), text))


async def serve(options: SimulatorOptions, stop: asyncio.Event) -> None:
    """Listens until `stop` is set. Raises OSError where the port is taken."""
    simulator = Simulator(options)
    await simulator.start()
    try:
        await stop.wait()
    finally:
        await simulator.stop()
