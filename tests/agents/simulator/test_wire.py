"""The simulator octet by octet: what well-behaved clients never send."""

import asyncio
from typing import Any

import pytest

from agents.simulator.server import Simulator
from agents.smpp import commands as c
from agents.smpp import pdu
from agents.smpp.reader import Reader
from tests.agents.simulator.running import running, until
from tests.agents.smpp.samples import bare

BIND: dict[str, Any] = {"system_id": "acme", "password": "a-long-password"}
SUBMIT: dict[str, Any] = {
    "destination_addr": "33612345678",
    "source_addr": "me",
    "short_message": b"hi",
}
SUBMITTED = pdu.write(c.SUBMIT_SM, 2, fields=SUBMIT)


async def talk(port: int, octets: bytes, answers: int) -> list[tuple[int, int, int]]:
    """(command, status, sequence) of the first `answers` PDUs; fewer where it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(octets)
    pdus: list[pdu.Pdu] = []
    frames = Reader()
    async with asyncio.timeout(5):
        while len(pdus) < answers and (data := await reader.read(4096)):
            pdus += frames.feed(data)
    writer.close()
    return [(each.command_id, each.command_status, each.sequence) for each in pdus]


def bind(command_id: int) -> bytes:
    return pdu.write(command_id, 1, fields=BIND)


T, R = c.BIND_TRANSMITTER, c.BIND_RECEIVER
NEVER = 99  # more answers than come: the connection has to close

ROWS: list[tuple[str, bytes, int, list[tuple[int, int, int]]]] = [
    ("not bound", SUBMITTED, 1, [(c.SUBMIT_SM_RESP, 0x04, 2)]),
    (
        "a receiver may not submit",
        bind(R) + SUBMITTED,
        2,
        [(c.BIND_RECEIVER_RESP, 0, 1), (c.SUBMIT_SM_RESP, 0x04, 2)],
    ),
    (
        "a second bind on one connection",
        bind(T) + bind(T),
        2,
        [(c.BIND_TRANSMITTER_RESP, 0, 1), (c.BIND_TRANSMITTER_RESP, 0x05, 1)],
    ),
    (
        "a submit cut short",
        bind(T) + bare(c.SUBMIT_SM, 2),
        2,
        [(c.BIND_TRANSMITTER_RESP, 0, 1), (c.SUBMIT_SM_RESP, 0x01, 2)],
    ),
    ("an unknown command", bare(0xABC, 9), 1, [(c.GENERIC_NACK, 0x03, 9)]),
    ("enquire_link before the bind", bare(c.ENQUIRE_LINK, 9), 1, [(c.ENQUIRE_LINK_RESP, 0, 9)]),
    ("a length that cannot be", b"\0\0\0\x0f", NEVER, [(c.GENERIC_NACK, 0x02, 0)]),
    ("unbind closes", bare(c.UNBIND, 9), NEVER, [(c.UNBIND_RESP, 0, 9)]),
]


@pytest.mark.parametrize(("why", "octets", "count", "answers"), ROWS, ids=[row[0] for row in ROWS])
async def test_answers(
    why: str, octets: bytes, count: int, answers: list[tuple[int, int, int]]
) -> None:
    async with running(receipt_delay_s=None) as (_, port):
        assert await talk(port, octets, count) == answers


async def test_data_sm() -> None:
    fields: dict[str, Any] = {"destination_addr": "336", "source_addr": "me", "data_coding": 8}
    payload = ((c.MESSAGE_PAYLOAD, "œuf".encode("utf-16-be")),)
    octets = bind(T) + pdu.write(c.DATA_SM, 2, fields=fields, tlvs=payload)
    async with running() as (smsc, port):
        assert (await talk(port, octets, 2))[1] == (c.DATA_SM_RESP, 0, 2)
        assert smsc.inbox[0].text == "œuf"


async def test_a_cut_comes_before_the_answer() -> None:
    async with running(drop_after=2) as (smsc, port):
        assert await talk(port, bind(T) + SUBMITTED + SUBMITTED, NEVER) == []
        assert smsc.submits == smsc.inbox.total == 2, "both are taken"


async def test_a_refused_receipt_comes_again() -> None:
    wanted = pdu.write(c.SUBMIT_SM, 2, fields=SUBMIT | {"registered_delivery": 1})
    refusals = b"".join(bare(c.DELIVER_SM_RESP, n, 0x14) for n in range(1, 3))
    async with running(receipt_retry_s=0.02) as (smsc, port):
        octets = pdu.write(c.BIND_TRANSCEIVER, 1, fields=BIND) + wanted + refusals
        answers = await talk(port, octets, 5)
        assert [sequence for command, _, sequence in answers if command == c.DELIVER_SM] == [
            1,
            2,
            3,
        ]
        assert smsc.deliveries.answered == 0


async def test_delays_are_kept_in_order() -> None:
    """One heap for all: what is due first goes first, on time."""
    async with running(answer_delay_s=0.05, receipt_delay_s=None) as (smsc, port):
        loop = asyncio.get_running_loop()
        began = loop.time()
        octets = bind(T) + b"".join(pdu.write(c.SUBMIT_SM, n, fields=SUBMIT) for n in range(2, 52))
        answers = await talk(port, octets, 51)
        assert [sequence for *_, sequence in answers] == list(range(1, 52))
        assert loop.time() - began >= 0.05
        assert smsc.most_unanswered == 50


async def test_stopping_lets_everybody_go() -> None:
    simulator: Simulator
    async with running() as (simulator, port):
        await asyncio.open_connection("127.0.0.1", port)
        await until(lambda: simulator.connections)
    await until(lambda: not simulator.connections)
