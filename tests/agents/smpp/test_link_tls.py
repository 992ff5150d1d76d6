"""Our link over TLS, and no password to a stranger."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agents.simulator.server import Simulator
from agents.smpp.submit import Accepted
from tests.agents.simulator.running import running, until
from tests.agents.smpp.gateway import Gateway, up


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Made for this run: a key in a repository is a key lost."""
    openssl = shutil.which("openssl")
    assert openssl, "the TLS tests need the package openssl"
    path = tmp_path / "smsc.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(path), "-out", str(tmp_path / "cert.pem")]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (tmp_path / "cert.pem").read_bytes())
    return path


@asynccontextmanager
async def tls_before(smsc: Simulator, port: int, certificate: Path) -> AsyncIterator[int]:
    """A relay that ends TLS in front of the simulator, as carriers do; its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_tls(certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    async with running() as (smsc, port), tls_before(smsc, port, certificate) as tls_port:
        gateway = Gateway(tls_port)
        gateway.link = gateway.make(replace(gateway.link.config, tls=trusting))
        async with up(gateway):
            await gateway.bound()
            gateway.submit("t")
            await gateway.answered(1)
            assert isinstance(gateway.answers["t"][0], Accepted)


async def test_tls_with_a_certificate_nobody_signed(certificate: Path) -> None:
    async with running() as (smsc, port), tls_before(smsc, port, certificate) as tls_port:
        gateway = Gateway(tls_port)
        gateway.link = gateway.make(replace(gateway.link.config, tls=ssl.create_default_context()))
        async with up(gateway):
            await until(lambda: gateway.waits, "giving up")
            assert "CERTIFICATE_VERIFY_FAILED" in gateway.errors[0]
            assert smsc.binds == 0, "no password to a stranger"
