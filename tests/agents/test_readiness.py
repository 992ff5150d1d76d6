"""What is said of a process that is not ready, and that it is asked until it is."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest

import agents.readiness
from agents.http import Http
from agents.metrics import Metrics
from agents.readiness import Readiness


@asynccontextmanager
async def served(ready: list[bool]) -> AsyncIterator[int]:
    """The port of a process that is as `ready` says, one after the other; the last one stays."""
    http = Http(Metrics(), lambda: ready.pop(0) if len(ready) > 1 else ready[0], 0)
    await http.start()
    try:
        yield http.port
    finally:
        await http.stop()


@asynccontextmanager
async def mute(_: list[bool]) -> AsyncIterator[int]:
    """The port of a process that stands still: it takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@asynccontextmanager
async def absent(_: list[bool]) -> AsyncIterator[int]:
    """A port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@asynccontextmanager
async def garbled(_: list[bool]) -> AsyncIterator[int]:
    """The port of something that speaks no HTTP."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"-ERR\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("process", "said", "why"),
    [
        (served, "says: not ready", "it has not joined its group"),
        (absent, "does not answer", "it has not come to its port"),
        (mute, "does not answer", "it stands still"),
        (garbled, "does not answer", "it is another program"),
    ],
)
async def test_what_is_waited_for(
    process: object, said: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agents.readiness, "ANSWER_S", 0.2)
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(process([False]))  # type: ignore[operator]
        there = await stack.enter_async_context(served([True]))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        readiness = Readiness({"engine": port, "gateway": there}, http)
        async for waiting in readiness.waits():
            assert waiting == f"the engine (/readyz on port {port} {said})", why
            break
        assert [one async for one in readiness.waits("gateway")] == []


async def test_it_is_over_when_all_are_ready() -> None:
    async with AsyncExitStack() as stack:
        turns = ([False, False, True], [False, True], [True])
        ports = {
            name: await stack.enter_async_context(served(ready))
            for name, ready in zip(("engine", "gateway", "receipts"), turns, strict=True)
        }
        readiness = Readiness(ports, await stack.enter_async_context(aiohttp.ClientSession()))
        async with asyncio.timeout(10):
            looks = [waiting.count("not ready") async for waiting in readiness.waits()]
    assert looks == [2, 1]
