"""Our link and SMSCs that refuse, are not there, fall silent or are something else."""

import asyncio

import pytest

from agents.smpp import commands as c
from agents.smpp.backoff import Trouble
from agents.smpp.submit import Doubt, Unsent
from tests.agents.simulator.running import running, until
from tests.agents.smpp.gateway import BOUND, QUIET, Gateway, up
from tests.agents.smpp.samples import bare

BINDS = [
    ("already bound", 0x05, [5, 10, 20], Trouble.ALREADY_BOUND),
    ("wrong password", 0x0E, [60, 120, 240], Trouble.WRONG_PASSWORD),
    ("wrong system id", 0x0F, [60, 120, 240], Trouble.WRONG_PASSWORD),
    ("wrong system type", 0x53, [60, 120, 240], Trouble.WRONG_PASSWORD),
    ("bind failed", 0x0D, [5, 10, 20], Trouble.REFUSED),
    ("a vendor's status", 0x401, [5, 10, 20], Trouble.REFUSED),
]


@pytest.mark.parametrize(("why", "status", "waits", "trouble"), BINDS)
async def test_a_refused_bind_backs_off(
    why: str, status: int, waits: list[float], trouble: Trouble
) -> None:
    async with running(bind_status=status) as (smsc, port), up(Gateway(port)) as gateway:
        await until(lambda: len(gateway.waits) >= 3, "three waits")
        assert gateway.waits[:3] == waits
        assert gateway.troubles[:3] == [trouble] * 3, "one for each failed try"
        assert gateway.link.trouble is trouble
        assert f"refused the bind with 0x{status:02X}" in gateway.errors[0]
        assert "secret" not in gateway.errors[0]
        smsc.options.bind_status = 0
        await gateway.bound()
        assert gateway.link.last_error == ""
        assert not gateway.link.trouble


async def test_nobody_listens() -> None:
    async with running() as (_, port):
        pass
    async with up(Gateway(port)) as gateway:
        await until(lambda: len(gateway.waits) >= 4, "four waits")
        assert gateway.waits[:4] == [1, 2, 4, 8]
        assert set(gateway.troubles) == {Trouble.CONNECT}
        assert f"acme@127.0.0.1:{port} can't be reached" in gateway.errors[0]
        assert (gateway.link.free, gateway.link.in_flight, gateway.link.bound) == (0, 0, False)


async def test_somebody_listens_and_says_nothing() -> None:
    """The port is open, but it is no SMSC."""
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with up(Gateway(port, session_init_s=0.05)) as gateway:
        await until(lambda: gateway.waits, "giving up")
        assert "did not answer the bind" in gateway.errors[0]
        assert gateway.troubles[0] is Trouble.SESSION_INIT
    silent.close()


async def test_what_a_full_socket_holds_back_is_unsent() -> None:
    """An SMSC that accepts the bind and then reads no more: TCP itself says stop."""
    held: list[asyncio.StreamWriter] = []

    async def stuck(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.readexactly(16)
        writer.write(BOUND)
        writer.transport.pause_reading()  # type: ignore[attr-defined]

    server = await asyncio.start_server(stuck, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    given = 100_000  # 30 MB: more than any socket holds
    async with up(Gateway(port, window=given, response_timeout_s=5.0)) as gateway:
        await gateway.bound()
        wire = gateway.link._wire
        assert wire is not None
        large, token = QUIET._replace(short_message=b"x" * 254), 0
        while not wire._paused and token < given:
            gateway.link.submit(large, token)
            token += 1
            if token % 500 == 0:
                await asyncio.sleep(0)  # one turn of the loop: what there is is written
        gateway.link.submit(large, "held back")
        await asyncio.sleep(0)
        wire.lose("cable")
        assert gateway.answers["held back"] == [Unsent("cable")]
        assert gateway.answers[0] == [Doubt("cable")]
    for writer in held:
        writer.close()
    server.close()


async def test_somebody_else_answers() -> None:
    """An HTTP server, say: what it sends is no length of a PDU."""

    async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    other = await asyncio.start_server(http, "127.0.0.1", 0)
    async with up(Gateway(other.sockets[0].getsockname()[1])) as gateway:
        await until(lambda: gateway.waits, "giving up")
        assert "not SMPP" in gateway.errors[0]
        assert gateway.troubles[0] is Trouble.GARBAGE
    other.close()


GARBAGE = [
    ("a length below any", b"\0\0\0\x04", Trouble.GARBAGE),
    ("a length beyond any", b"\x7f\xff\xff\xff" + b"x" * 100, Trouble.GARBAGE),
    ("text", b"220 smsc.example ESMTP\r\n" * 50, Trouble.GARBAGE),
    ("half a PDU, then the end", bare(c.DELIVER_SM, 1)[:10], Trouble.CLOSED),
    (
        "PDUs of no known command, then the end",
        bare(0x7777, 1) + bare(0xFFFFFFFF, 2),
        Trouble.CLOSED,
    ),
    ("answers to nothing", bare(c.SUBMIT_SM_RESP, 99) + bare(c.UNBIND_RESP, 1), Trouble.CLOSED),
    ("a receipt that is cut short", bare(c.DELIVER_SM, 1), Trouble.CLOSED),
    ("a second welcome", BOUND + BOUND, Trouble.CLOSED),
]


@pytest.mark.parametrize(("why", "octets", "trouble"), GARBAGE)
async def test_garbage_costs_the_connection_and_no_more(
    why: str, octets: bytes, trouble: Trouble
) -> None:
    """What is out is in doubt, and the link comes back."""
    connections = 0

    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        bind = await reader.read(100)
        writer.write(BOUND[:12] + bind[12:16])
        await reader.read(100)  # the submit
        writer.write(octets)
        writer.close()

    server = await asyncio.start_server(odd, "127.0.0.1", 0)
    async with up(Gateway(server.sockets[0].getsockname()[1])) as gateway:
        for turn in range(3):
            await gateway.bound()
            gateway.submit(turn)
            await gateway.answered(turn + 1)
            assert isinstance(gateway.answers[turn][0], Doubt)
            await until(lambda turn=turn: len(gateway.waits) > turn)  # type: ignore[misc]
        assert set(gateway.troubles) == {trouble}
    assert connections >= 3
    server.close()


async def test_our_own_enquiry_keeps_a_quiet_link() -> None:
    async with (
        running() as (smsc, port),
        up(Gateway(port, enquire_link_s=0.02, response_timeout_s=1.0)) as gateway,
    ):
        await gateway.bound()
        wire = gateway.link._wire
        assert wire is not None
        await until(lambda: wire.session.sequence >= 4, "the bind and three enquiries")
        assert gateway.link.bound
        assert smsc.binds == 1


async def test_an_smsc_that_stopped_living_is_left() -> None:
    """It accepts the bind, then neither answers nor closes."""

    async def dead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(BOUND)
        await writer.drain()

    server = await asyncio.start_server(dead, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with up(Gateway(port, enquire_link_s=0.05, response_timeout_s=0.1)) as gateway:
        await gateway.bound()
        await until(lambda: gateway.waits, "giving up")
        assert "no answer to enquire_link" in gateway.errors[0]
        assert gateway.troubles[0] is Trouble.ENQUIRE_LINK
    server.close()


async def test_a_bind_that_is_accepted_and_closed_at_once_makes_no_storm() -> None:
    """As an SMSC does that counts its binds late: every second anew would be one."""

    async def fickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        octets = await reader.read(100)
        writer.write(BOUND[:12] + octets[12:16])
        writer.close()

    server = await asyncio.start_server(fickle, "127.0.0.1", 0)
    async with up(Gateway(server.sockets[0].getsockname()[1])) as gateway:
        await until(lambda: len(gateway.waits) >= 5, "five waits")
        assert gateway.waits[:5] == [1, 2, 4, 8, 16]
        assert set(gateway.troubles) == {Trouble.CLOSED}
    server.close()
