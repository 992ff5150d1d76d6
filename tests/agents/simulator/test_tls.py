"""The simulator's own TLS: who is let in, and files that can't be used."""

import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.agents.simulator.esme import esme
from tests.agents.simulator.running import running, until


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that signed itself, and its key; made for this run."""
    openssl = shutil.which("openssl")
    assert openssl, "the TLS tests need the package openssl"
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    return cert, key


async def test_a_client_over_tls(pair: tuple[Path, Path]) -> None:
    cert, key = pair
    trusting = ssl.create_default_context(cafile=cert)
    async with (
        running(tls_cert=cert, tls_key=key, read_pause_s=0.01) as (smsc, port),
        esme(port, tls=trusting) as client,
    ):
        client.submit()
        await until(lambda: client.answers and client.delivered, "the answer and the receipt")
        assert smsc.inbox[0].text == "hello"
        smsc.cut()
        await until(lambda: client.gone)


async def test_only_clients_with_a_certificate(pair: tuple[Path, Path]) -> None:
    cert, key = pair
    stranger = ssl.create_default_context(cafile=cert)
    known = ssl.create_default_context(cafile=cert)
    known.load_cert_chain(cert, key)
    async with running(tls_cert=cert, tls_key=key, tls_client_ca=cert) as (smsc, port):
        async with esme(port, tls=known) as client:
            assert not client.gone
        async with esme(port, tls=stranger, command_id=0) as client:
            await until(lambda: client.gone, "being sent away")
        assert smsc.binds == 1


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no file", {"tls_cert": "missing.pem"}, "tls_cert, tls_key: .*No such file"),
    ("no PEM", {"tls_cert": __file__}, "tls_cert, tls_key: .*expected PEM files"),
    ("a key alone", {"tls_key": __file__}, "tls_cert: missing"),
]


@pytest.mark.parametrize(("why", "options", "said"), WRONG)
async def test_files_that_can_not_be_used(why: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(OSError, match=said):
        async with running(**options):
            pass


async def test_a_ca_that_can_not_be_used(pair: tuple[Path, Path]) -> None:
    cert, key = pair
    with pytest.raises(OSError, match=r"tls_client_ca: .*expected a PEM file with certificates"):
        async with running(tls_cert=cert, tls_key=key, tls_client_ca=Path(__file__)):
            pass
