"""The SMSCs of the contract, and our links to the one that a test is about.

Rules: ours is made anew for each test, the foreign one once for all of them; it is started
only where a test needs it.
"""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final

import pytest

from agents.smpp.config import Kind
from tests.contract.binds import Binds, Up, running, smsc_config
from tests.contract.smscs import Certificate, Foreign, Name, Ours, Smsc
from tests.smpp.foreign import ForeignSmsc

P256: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Made for this run: a key in a repository is a key lost."""
    openssl = shutil.which("openssl")
    assert openssl, "the TLS tests need the package openssl"
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(folder / "smsc.pem", folder / "smsc.p12", "only-here")
    parts = ["-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    of_a_day = ["req", "-x509", *P256, "-nodes", "-days", "1"]
    subprocess.run([openssl, *of_a_day, *names, *parts], check=True, capture_output=True)
    made.pem.write_bytes((folder / "key").read_bytes() + (folder / "cert").read_bytes())
    store = ["-in", str(made.pem), "-out", str(made.key_store), "-passout", f"pass:{made.password}"]
    subprocess.run([openssl, "pkcs12", "-export", *store], check=True, capture_output=True)
    return made


@pytest.fixture(scope="module")
def foreign(certificate: Certificate) -> Iterator[ForeignSmsc]:
    server = ForeignSmsc(certificate.key_store, certificate.password).start()
    yield server
    server.kill()


@pytest.fixture
async def smsc(request: Any, certificate: Certificate, tmp_path: Path) -> AsyncIterator[Smsc]:
    name: Name = request.param
    if name.startswith("jsmpp"):
        yield Foreign(request.getfixturevalue("foreign"), is_tls=name == "jsmpp-tls")
        return
    ours = Ours(tmp_path, **({"tls_cert": certificate.pem} if name == "simulator-tls" else {}))
    await ours.come_back()
    yield ours
    await ours.vanish()


@pytest.fixture
def up(request: Any, smsc: Smsc, certificate: Certificate) -> Up:
    is_tls = request.node.callspec.params["smsc"].endswith("tls")
    tls = certificate.trusting if is_tls else None

    def links(kind: Kind = "transceiver", **bind: Any) -> AbstractAsyncContextManager[Binds]:
        return running(smsc_config(smsc.port, kind, tls, bind))

    return links
