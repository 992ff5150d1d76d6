"""The SMSC itself: who may bind, what becomes of a submit, what the phones received.

Rules: real TCP and real PDUs, nothing is short-cut for our own client; a message is
taken or refused before its answer is delayed, so that a late answer changes nothing.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

from agents.simulator.alphabet import decode
from agents.simulator.assembly import Part, read_part
from agents.simulator.connection import Connection
from agents.simulator.delivery import Deliveries, Delivery, Receiver
from agents.simulator.faults import Chance, Faults, Verdict
from agents.simulator.ids import Ids, MessageId
from agents.simulator.inbox import Inbox, LineFile
from agents.simulator.listener import Listener
from agents.simulator.options import SimulatorOptions
from agents.simulator.phones import Phones
from agents.simulator.receipt import Planned, plan, receipt
from agents.simulator.submit_log import submit_line
from agents.simulator.wheel import Wheel
from agents.smpp import commands as c
from agents.smpp import pdu as smpp


class Simulator:
    """A real SMPP 3.4 server. `options` may be changed while it runs.

    `inbox` has the messages; `submits` counts every submit_sm and data_sm of a bound
    ESME, `taken` those that were not refused, `answers` what they were answered;
    `most_unanswered` is the fullest window seen on one bind; `enquiries_answered` and
    `unbinds_answered` count the answers to `enquire` and `unbind`.
    """

    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self.inbox = Inbox(options.inbox_limit)
        self.connections: set[Connection] = set()
        self.submits = 0
        self.taken = 0
        self.answers = 0
        self.binds = 0
        self.most_unanswered = 0
        self.enquiries_answered = 0
        self.unbinds_answered = 0
        self.receiving: set[str] = set()
        self.deliveries: Deliveries
        self.listener = Listener(options, lambda: Connection(self))
        self.phones = Phones(self.inbox)
        self._chance = Chance(options.seed)
        self._faults = Faults(options, self._chance)
        self._ids = Ids(time.time())

    async def start(self) -> int:
        """The port it listens on. Raises OSError where it can't, or a file can't be written."""
        loop = asyncio.get_running_loop()
        self.phones.file = LineFile(self.options.inbox_file)
        self._submit_log = LineFile(self.options.submit_log)
        self._now = loop.time
        self._wheel = Wheel(loop)
        self.deliveries = Deliveries(self.options, self._wheel, self._now, self._receivers)
        return await self.listener.start()

    async def stop(self) -> None:
        """Cuts every connection and closes the files."""
        self._wheel.stop()
        self.cut()
        await self.listener.stop()
        self.phones.file.close()
        self._submit_log.close()

    def later(self, delay_s: float, callback: Callable[..., None], *args: Any) -> None:
        """Calls it in so many seconds; at once where that is 0. Not once it has stopped."""
        if delay_s > 0:
            self._wheel.call_at(self._now() + delay_s, callback, *args)
        else:
            callback(*args)

    def links(self, system_id: str | None = None) -> list[Connection]:
        """The connections that are up, or those bound with this system_id."""
        return [each for each in self.connections if system_id in (None, each.system_id)]

    def cut(self, system_id: str | None = None) -> int:
        """Cuts every connection (of this system_id); the ESMEs may come back. How many."""
        for connection in (links := self.links(system_id)):
            connection.cut()
        return len(links)

    def enquire(self, system_id: str | None = None) -> int:
        """Asks every ESME (of this system_id) whether it is there. How many."""
        for connection in (links := self.links(system_id)):
            connection.enquire()
        return len(links)

    def unbind(self, system_id: str | None = None) -> int:
        """Asks every ESME (of this system_id) to leave, in good order. How many."""
        for connection in (links := self.links(system_id)):
            connection.unbind()
        return len(links)

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
        self.deliver([Delivery(fields)], {each.system_id for each in self._all_receivers()})

    def deliver(self, deliveries: Iterable[Delivery], system_ids: Iterable[str]) -> None:
        """To each of these accounts, now or as soon as it has a bind that receives."""
        for system_id in system_ids:
            for delivery in deliveries:
                self.deliveries.add(system_id, delivery)

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
        limit = 1 if options.single_bind else options.bind_limit
        there = sum(each.bound for each in self.links(fields["system_id"]))
        return c.ESME_RALYBND if limit is not None and there >= limit else c.ESME_ROK

    def bound(self, connection: Connection) -> None:
        """It was let in."""
        if connection.receives:
            self.receiving.add(connection.system_id)
        self.deliveries.pump(connection.system_id)

    def gone(self, connection: Connection) -> None:
        """Its link is lost or closed."""
        self.connections.discard(connection)
        self.deliveries.lost(connection.system_id, connection)

    def submitted(self, connection: Connection, pdu: smpp.Pdu) -> None:
        """Judge it, take it, answer it."""
        self.submits += 1
        verdict = self._faults.judge(
            pdu.fields["destination_addr"], connection.submits, connection.unanswered, self._now()
        )
        part = read_part(pdu.fields["esm_class"], pdu.message, pdu.tlvs)
        at = time.time()
        message_id = None
        if verdict.fate != "refuse":
            self.taken += 1
            message_id = self._ids.next(self.options.id_format)
            self.phones.take(connection.system_id, pdu, part, message_id.answered, at)
        if self._submit_log:
            answered = message_id.answered if message_id else ""
            self._submit_log.write(
                submit_line(connection.system_id, pdu, part, answered, verdict, at)
            )
        if verdict.fate == "drop":
            self.flush_files()
            connection.cut()
            return
        self._answer(connection, pdu, part, verdict, message_id)

    def flush_files(self) -> None:
        """Other processes see what was written, also should this one be killed now."""
        self.phones.file.flush()
        self._submit_log.flush()

    # --- inside ---

    def _all_receivers(self) -> list[Connection]:
        return [each for each in self.connections if each.receives]

    def _receivers(self, system_id: str) -> list[Receiver]:
        return [each for each in self._all_receivers() if each.system_id == system_id]

    def _answer(
        self,
        connection: Connection,
        pdu: smpp.Pdu,
        part: Part,
        verdict: Verdict,
        message_id: MessageId | None,
    ) -> None:
        """Its receipts are counted from the answer, or come before it."""
        delay_s = self.options.answer_delay_s + verdict.late_s
        planned = plan(self.options, self._chance, pdu, part) if message_id else []
        first = self.options.receipt_first
        if first and message_id:
            for each in planned:
                self._send_receipt(connection, pdu, part, message_id, each)
        if verdict.fate != "silent":
            connection.unanswered += 1
            self.most_unanswered = max(self.most_unanswered, connection.unanswered)
            answered = message_id.answered if message_id else ""
            self.later(
                delay_s, self._send_answer, connection, pdu, verdict.command_status, answered
            )
        if not first and message_id:
            for each in planned:
                wait_s = delay_s + each.delay_s
                self.later(wait_s, self._send_receipt, connection, pdu, part, message_id, each)

    def _send_answer(
        self, connection: Connection, pdu: smpp.Pdu, status: int, message_id: str
    ) -> None:
        connection.unanswered -= 1
        self.answers += 1
        connection.answer(pdu, status, message_id)

    def _send_receipt(
        self,
        connection: Connection,
        pdu: smpp.Pdu,
        part: Part,
        message_id: MessageId,
        planned: Planned,
    ) -> None:
        text = decode(part.octets, pdu.fields["data_coding"])[0]
        delivery = receipt(self.options, pdu, message_id, planned, time.time(), text, connection)
        self.deliveries.add(connection.system_id, delivery)
