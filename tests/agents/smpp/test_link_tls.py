"""Our link over TLS as settings say it: whom we believe, who we are, no password to a stranger."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents.smpp.backoff import Trouble
from agents.smpp.smsc_settings import parse_smsc_url
from agents.smpp.submit import Accepted
from tests.agents.simulator.running import running, until
from tests.agents.smpp.certificates import authority, openssl, signed
from tests.agents.smpp.gateway import Gateway, up


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder: two CAs, what they signed, and a key with a password."""
    folder = tmp_path_factory.mktemp("certificates")
    ca, other = authority(folder, "ca"), authority(folder, "other")
    signed(ca, "smsc")
    signed(ca, "named", "DNS:smsc.example")
    signed(ca, "client", "DNS:chappe")
    signed(other, "stranger", "DNS:chappe")
    openssl("rsa", "-aes128", "-passout", "pass:hunter2",
            "-in", str(folder / "client.key"), "-out", str(folder / "locked.key"))  # fmt: skip
    return folder


@asynccontextmanager
async def tls_before(
    port: int, certificate: Path, client_ca: Path | None = None
) -> AsyncIterator[int]:
    """A relay that ends TLS in front of the simulator, as carriers do; its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=client_ca)
    context.load_cert_chain(certificate)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED

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


GOOD = [
    ("our own CA", "smsc", False, "ca_file=ca.pem"),
    (
        "a name that is not the host's",
        "named",
        False,
        "ca_file=ca.pem&tls_server_name=smsc.example",
    ),
    ("a client certificate", "smsc", True, "ca_file=ca.pem&cert_file=client.pem"),
    ("with its key apart", "smsc", True, "ca_file=ca.pem&cert_file=client.pem&key_file=client.key"),
]


@pytest.mark.parametrize(("why", "certificate", "is_asked", "query"), GOOD)
async def test_it_binds(
    why: str,
    certificate: str,
    is_asked: bool,
    query: str,
    certificates: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(certificates)
    client_ca = Path("ca.pem") if is_asked else None
    async with (
        running() as (_, port),
        tls_before(port, Path(f"{certificate}.pem"), client_ca) as tls_port,
    ):
        gateway = Gateway(tls_port)
        gateway.link = gateway.make(parse_smsc_url(f"smpps://u:p@127.0.0.1:{tls_port}?{query}"))
        async with up(gateway):
            await gateway.bound()
            gateway.submit("t")
            await gateway.answered(1)
            assert isinstance(gateway.answers["t"][0], Accepted)


BAD = [
    ("signed by nobody the system knows", "smsc", False, "", "CERTIFICATE_VERIFY_FAILED"),
    ("signed by another CA", "smsc", False, "ca_file=other.pem", "CERTIFICATE_VERIFY_FAILED"),
    ("another name", "named", False, "ca_file=ca.pem", "CERTIFICATE_VERIFY_FAILED"),
    ("the host's name is not asked for", "smsc", False,
     "ca_file=ca.pem&tls_server_name=smsc.example", "CERTIFICATE_VERIFY_FAILED"),
    ("the SMSC asks who we are", "smsc", True, "ca_file=ca.pem", ""),
    ("and does not know our CA", "smsc", True, "ca_file=ca.pem&cert_file=stranger.pem", ""),
]  # fmt: skip


@pytest.mark.parametrize(("why", "certificate", "is_asked", "query", "says"), BAD)
async def test_it_does_not_bind(
    why: str,
    certificate: str,
    is_asked: bool,
    query: str,
    says: str,
    certificates: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(certificates)
    client_ca = Path("ca.pem") if is_asked else None
    async with (
        running() as (smsc, port),
        tls_before(port, Path(f"{certificate}.pem"), client_ca) as tls_port,
    ):
        gateway = Gateway(tls_port)
        gateway.link = gateway.make(parse_smsc_url(f"smpps://u:p@127.0.0.1:{tls_port}?{query}"))
        async with up(gateway):
            await until(lambda: len(gateway.waits) >= 2, "giving up twice")
            assert says in gateway.errors[0]
            if says:
                assert gateway.troubles[0] is Trouble.TLS
            assert smsc.binds == 0, "no password to a stranger"


async def test_tls_to_a_port_without_it() -> None:
    """What answers is no TLS: SMPP in the clear, say."""
    async with running() as (smsc, port):
        gateway = Gateway(port, session_init_s=1.0)
        gateway.link = gateway.make(
            parse_smsc_url(f"smpps://u:p@127.0.0.1:{port}?session_init_s=0.5")
        )
        async with up(gateway):
            await until(lambda: gateway.waits, "giving up")
            assert smsc.binds == 0


FILES = [
    ("no such file", "ca_file=none.pem", "ca_file: there is no file none.pem"),
    ("no CA in it", "ca_file=client.key", "ca_file: client.key holds no certificates"),
    ("no certificate in it", "cert_file=client.key", "cert_file: client.key is no certificate"),
    ("no key in it", "cert_file=ca.pem", "cert_file: ca.pem is no certificate in PEM with its key"),
    ("another's key", "cert_file=client.pem&key_file=smsc.key", "with its key in smsc.key"),
    ("a key alone", "key_file=client.key", "key_file without cert_file"),
    ("a key with a password: nobody can be asked", "cert_file=client.pem&key_file=locked.key",
     "key_file: locked.key is encrypted"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "query", "says"), FILES)
def test_files_that_cannot_be_used(
    why: str, query: str, says: str, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(certificates)
    with pytest.raises(ValueError, match=says) as caught:
        parse_smsc_url(f"smpps://u:hunter2@h?{query}")
    assert "hunter2" not in str(caught.value)
