"""The simulator with Kannel, the gateway most of the field runs: its binds, texts, receipts.

Needs Debian's package kannel (bearerbox and smsbox); fails, naming it, where it is missing.
"""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from agents.simulator.server import Simulator
from tests.agents.simulator.running import running, until

pytestmark = pytest.mark.integration

CONFIG = """
group = core
admin-port = {admin}
admin-password = admin
smsbox-port = {smsbox}
box-allow-ip = 127.0.0.1
log-level = 1
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = simulator
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = acme
smsc-password = secret
system-type = vma
source-addr-ton = 5
source-addr-npi = 0
dest-addr-ton = 1
dest-addr-npi = 1
max-pending-submits = 5
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
log-level = 1

group = sms-service
keyword = default
get-url = "http://127.0.0.1:{told}/reply?from=%p&text=%a"
accepted-smsc = simulator
max-messages = 0

group = sendsms-user
username = tester
password = secret
max-messages = 10
concatenation = true
"""


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Kannel:
    """A bearerbox and an smsbox bound to the simulator, and what they tell us by HTTP."""

    def __init__(self, http: int, told: int) -> None:
        self.receipts: list[dict[str, str]] = []
        self.replies: list[dict[str, str]] = []
        self._http = http
        self._told = told

    async def on_receipt(self, request: web.Request) -> web.Response:
        self.receipts.append(dict(request.query))
        return web.Response()

    async def on_reply(self, request: web.Request) -> web.Response:
        self.replies.append(dict(request.query))
        return web.Response()

    async def send(self, text: str, *, ucs2: bool = False) -> None:
        """As an application does; retried while smsbox starts."""
        url = f"http://127.0.0.1:{self._told}/receipt?type=%d&id=%F"
        query = {
            "username": "tester",
            "password": "secret",
            "from": "Chappe",
            "to": "33612345678",
            "charset": "UTF-8",
            "coding": "2" if ucs2 else "0",
            "text": text,
            "dlr-mask": "31",
            "dlr-url": url,
        }
        async with aiohttp.ClientSession() as session, asyncio.timeout(20):
            while True:
                try:
                    target = f"http://127.0.0.1:{self._http}/cgi-bin/sendsms"
                    async with session.get(target, params=query) as response:
                        if response.status == 202:
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.1)


def program(name: str) -> str:
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert path, f"{name} is missing: apt-get install kannel"
    return path


async def spawn(name: str, config: Path) -> asyncio.subprocess.Process:
    with (config.parent / f"{name}.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            program(name), str(config), cwd=config.parent, stdout=log, stderr=log
        )


@asynccontextmanager
async def kannel(folder: Path, smsc_port: int) -> AsyncIterator[Kannel]:
    admin, smsbox, http, told = free_ports(4)
    config = folder / "kannel.conf"
    config.write_text(
        CONFIG.format(admin=admin, smsbox=smsbox, smsc=smsc_port, http=http, told=told)
    )
    client = Kannel(http, told)
    app = web.Application()
    app.router.add_get("/receipt", client.on_receipt)
    app.router.add_get("/reply", client.on_reply)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", told).start()
    processes = [await spawn("bearerbox", config)]
    try:
        await until(lambda: answers(smsbox), "bearerbox to listen; see bearerbox.log")
        processes.append(await spawn("smsbox", config))
        yield client
    finally:
        for process in reversed(processes):
            if process.returncode is None:
                process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), 10)
                except TimeoutError:
                    process.kill()
                    await process.wait()
        await runner.cleanup()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


TEXTS = [
    ("one segment", "Hello @ you: €5 [£4] é", False, 1, "gsm7"),
    ("GSM in three", "Your package X289746B is at { 12 High St } €5. " * 8, False, 3, "gsm7"),
    ("UCS-2 in one", "Привет, ваша посылка", True, 1, "ucs2"),
    ("UCS-2 in two", "Здравствуйте, ваша посылка прибыла. " * 3, True, 2, "ucs2"),
]


async def test_kannel_binds_sends_and_gets_its_receipts(tmp_path: Path) -> None:
    """One Kannel for all texts: it takes seconds to start and to stop."""
    async with (
        running(system_id="acme", password="secret") as (smsc, port),
        kannel(tmp_path, port) as client,
    ):
        for why, text, ucs2, segments, encoding in TEXTS:
            await client.send(text, ucs2=ucs2)
            await until(lambda: len(smsc.inbox) == 1, why)
            (message,) = smsc.inbox
            assert message.text.strip() == text.strip(), why
            assert (message.segments, message.encoding) == (segments, encoding), why
            # Kannel asks for a receipt on the first segment only (registered_delivery 0x11, 0, 0)
            await until(lambda: delivered(client) == 1, f"the receipt: {why}")
            smsc.inbox.clear()
            client.receipts.clear()
        await replies(smsc, client)


def delivered(client: Kannel) -> int:
    """Receipts of type 1: delivered to the phone."""
    return sum(each["type"] == "1" for each in client.receipts)


async def replies(smsc: Simulator, client: Kannel) -> None:
    """A phone's answer reaches the application behind Kannel."""
    smsc.reply("33612345678", "Chappe", b"STOP")
    await until(lambda: client.replies, "the reply")
    assert client.replies[0]["text"] == "STOP"
