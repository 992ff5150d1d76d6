"""A client octet by octet: it sends what it is told and keeps every PDU that comes."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agents.smpp import commands as c
from agents.smpp import pdu
from agents.smpp.reader import Reader
from tests.agents.simulator.running import until

SUBMIT: dict[str, Any] = {
    "source_addr": "Chappe",
    "destination_addr": "33612345678",
    "short_message": b"hello",
    "registered_delivery": 1,
}


class Esme:
    """`pdus`: all that came. `gone`: the connection was closed from the other side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pdus: list[pdu.Pdu] = []
        self.gone = False
        self.octets = b""
        self._writer = writer
        self._sequence = 0
        self._task = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        frames = Reader()
        try:
            while data := await reader.read(65536):
                self.octets += data
                self.pdus += frames.feed(data)
        except ConnectionError:
            pass
        self.gone = True

    def send(self, command_id: int, tlvs: Any = (), **fields: Any) -> int:
        """Its sequence number."""
        self._sequence += 1
        self._writer.write(pdu.write(command_id, self._sequence, fields=fields, tlvs=tlvs))
        return self._sequence

    def answer(self, request: pdu.Pdu, status: int = 0) -> None:
        command_id = request.command_id | c.RESPONSE
        self._writer.write(pdu.write(command_id, request.sequence, status))

    def submit(self, tlvs: Any = (), **fields: Any) -> int:
        return self.send(c.SUBMIT_SM, tlvs, **(SUBMIT | fields))

    def of(self, *command_ids: int) -> list[pdu.Pdu]:
        """Those that came with one of these commands."""
        return [each for each in self.pdus if each.command_id in command_ids]

    @property
    def answers(self) -> list[pdu.Pdu]:
        return self.of(c.SUBMIT_SM_RESP)

    @property
    def delivered(self) -> list[pdu.Pdu]:
        return self.of(c.DELIVER_SM, c.DATA_SM)

    async def bind(self, command_id: int = c.BIND_TRANSCEIVER, system_id: str = "acme") -> int:
        """The command_status of the answer."""
        sequence = self.send(command_id, system_id=system_id, password="secret")
        answer = command_id | c.RESPONSE
        await until(lambda: [e for e in self.of(answer) if e.sequence == sequence], "the bind")
        return self.of(answer)[-1].command_status

    async def close(self) -> None:
        self._writer.close()
        await self._task


@asynccontextmanager
async def esme(port: int, *, tls: ssl.SSLContext | None = None, **bind: Any) -> AsyncIterator[Esme]:
    """Connected and bound; `command_id=0` leaves it unbound."""
    client = Esme(*await asyncio.open_connection("127.0.0.1", port, ssl=tls))
    try:
        if bind.get("command_id") != 0:
            assert await client.bind(**bind) == 0
        yield client
    finally:
        await client.close()
