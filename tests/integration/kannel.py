"""A Kannel of our own, started, killed and stopped: the gateway most of the field runs.

Needs Debian's package kannel (bearerbox and smsbox); fails, naming it, where it is missing.
"""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from tests.agents.simulator.running import until

CONFIG = """
group = core
admin-port = {admin}
admin-password = admin
smsbox-port = {smsbox}
box-allow-ip = 127.0.0.1
log-level = 1
dlr-storage = internal
store-type = spool
store-location = {store}

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
max-pending-submits = {window}
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
log-level = 1

group = sms-service
keyword = default
get-url = "http://127.0.0.1:{told}/reply?from=%p&coding=%c&text=%b"
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

    def __init__(self, config: Path, smsbox: int, http: int, told: int) -> None:
        self.receipts: list[dict[str, str]] = []
        self.replies: list[dict[str, str]] = []
        self.intake = f"http://127.0.0.1:{http}/cgi-bin/sendsms"
        self._config, self._smsbox, self._told = config, smsbox, told
        self._processes: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, name: str) -> None:
        """bearerbox, or smsbox once bearerbox is there. Bearerbox finds its spool again."""
        self._processes[name] = await spawn(name, self._config)
        if name == "bearerbox":
            await until(lambda: answers(self._smsbox), "bearerbox to listen; see bearerbox.log")

    async def kill(self, name: str) -> None:
        """SIGKILL; returns when it is gone."""
        process = self._processes.pop(name)
        process.kill()
        await process.wait()

    async def stop(self) -> None:
        """SIGTERM, last started first; SIGKILL to who does not end."""
        for process in reversed(self._processes.values()):
            if process.returncode is None:
                process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), 10)
                except TimeoutError:
                    process.kill()
                    await process.wait()

    async def on_receipt(self, request: web.Request) -> web.Response:
        self.receipts.append(dict(request.query))
        return web.Response()

    async def on_reply(self, request: web.Request) -> web.Response:
        """Octets in the query: Kannel passes UCS-2 on as it came."""
        query = dict(parse_qsl(request.rel_url.raw_query_string, encoding="latin-1"))
        octets = query["text"].encode("latin-1")
        query["text"] = octets.decode("utf-16-be" if query["coding"] == "2" else "utf-8")
        self.replies.append(query)
        return web.Response()

    async def send(self, text: str, *, ucs2: bool = False) -> None:
        """As an application does; retried while smsbox starts."""
        url = f"http://127.0.0.1:{self._told}/receipt?type=%d&id=%F"
        asked = {"dlr-mask": "31", "dlr-url": url}
        async with aiohttp.ClientSession() as session, asyncio.timeout(20):
            while not await self.offer(session, "33612345678", text, ucs2=ucs2, **asked):  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def offer(
        self, session: aiohttp.ClientSession, phone: str, text: str, *, ucs2: bool, **more: str
    ) -> bool:
        """Once; whether Kannel says that it has accepted the message."""
        query = {
            "username": "tester", "password": "secret", "from": "Chappe", "to": phone,
            "charset": "UTF-8", "coding": "2" if ucs2 else "0", "text": text, **more,
        }  # fmt: skip
        try:
            async with session.get(self.intake, params=query) as response:
                return response.status == 202
        except aiohttp.ClientError:
            return False


def program(name: str) -> str:
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert path, f"{name} is missing: apt-get install kannel"
    return path


async def spawn(name: str, config: Path) -> asyncio.subprocess.Process:
    with (config.parent / f"{name}.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            program(name), str(config), cwd=config.parent, stdout=log, stderr=log
        )


@asynccontextmanager
async def kannel(folder: Path, smsc_port: int, window: int = 5) -> AsyncIterator[Kannel]:
    """Started, on a spool of its own in `folder`."""
    admin, smsbox, http, told = free_ports(4)
    config, store = folder / "kannel.conf", folder / "spool"
    store.mkdir()
    config.write_text(
        CONFIG.format(admin=admin, smsbox=smsbox, smsc=smsc_port, http=http, told=told,
                      store=store, window=window)
    )  # fmt: skip
    client = Kannel(config, smsbox, http, told)
    app = web.Application()
    app.router.add_get("/receipt", client.on_receipt)
    app.router.add_get("/reply", client.on_reply)
    runner = web.AppRunner(app, max_line_size=65_536)  # a long text makes a long URL
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", told).start()
    try:
        await client.start("bearerbox")
        await client.start("smsbox")
        yield client
    finally:
        await client.stop()
        await runner.cleanup()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
