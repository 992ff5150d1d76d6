"""Our link against the simulator, over real TCP: windows, silence, cuts, coming back."""

import asyncio
import random
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.simulator.server import Simulator
from agents.smpp import commands as c
from agents.smpp.client import Link
from agents.smpp.config import BindConfig, SmscConfig
from agents.smpp.events import Deliver
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Unsent
from tests.agents.simulator.running import running, until
from tests.agents.smpp.samples import SUBMIT, bare

BOUND = bare(c.BIND_TRANSCEIVER_RESP, 1)
QUIET = SUBMIT._replace(registered_delivery=0)


class Lowest(random.Random):
    """No jitter: the shortest wait."""

    def random(self) -> float:
        return 0.0


class Gateway:
    """What a dispatcher keeps of a link: answers by token, deliveries, waits, wake-ups."""

    def __init__(self, port: int, **bind: Any) -> None:
        self.answers: dict[Any, list[Answer]] = {}
        self.delivered: list[Deliver] = []
        self.waits: list[float] = []
        self.errors: list[str] = []
        self.wakes = 0
        self.acknowledges = True
        config = SmscConfig("127.0.0.1", port, BindConfig("acme", "secret", **bind))
        self.link = self.make(config)

    def make(self, config: SmscConfig) -> Link:
        return Link(
            config,
            on_answer=lambda token, answer: self.answers.setdefault(token, []).append(answer),
            on_deliver=self.on_deliver,
            on_change=self.on_change,
            rng=Lowest(),
            sleep=self.sleep,
        )

    async def sleep(self, wait_s: float) -> None:
        """Time is ours: the wait is noted, and over."""
        self.waits.append(wait_s)
        self.errors.append(self.link.last_error)
        await asyncio.sleep(0.001)

    def on_change(self) -> None:
        self.wakes += 1
        assert self.link.free > 0

    def on_deliver(self, deliver: Deliver) -> None:
        self.delivered.append(deliver)
        if self.acknowledges:
            self.link.acknowledge(deliver)

    def submit(self, *tokens: Any) -> None:
        for token in tokens:
            self.link.submit(QUIET, token)

    async def bound(self) -> None:
        await until(lambda: self.link.bound, "the bind")

    async def answered(self, count: int) -> None:
        await until(lambda: len(self.answers) >= count, f"{count} answers")


@asynccontextmanager
async def up(gateway: Gateway) -> AsyncIterator[Gateway]:
    task = asyncio.create_task(gateway.link.run())
    try:
        yield gateway
    finally:
        await gateway.link.close(2.0)
        await asyncio.wait_for(task, 5.0)
        assert all(len(each) == 1 for each in gateway.answers.values()), "one answer each"


async def test_a_submit_is_accepted_with_the_smscs_id() -> None:
    async with running() as (smsc, port), up(Gateway(port)) as gateway:
        await gateway.bound()
        gateway.submit("t")
        assert gateway.answers == {}, "never from within submit"
        await gateway.answered(1)
        assert gateway.answers["t"] == [Accepted(smsc.inbox[0].message_ids[0])]
        assert smsc.inbox[0].text == "Hello @ you"


async def test_the_window_is_kept_while_answers_are_slow() -> None:
    async with running(answer_delay_s=0.01) as (smsc, port), up(Gateway(port, window=7)) as gateway:
        await gateway.bound()
        given = 0
        while given < 100:
            await until(lambda: gateway.link.free, "room")
            gateway.submit(given)
            given += 1
        await gateway.answered(100)
        assert smsc.most_unanswered == 7


async def test_a_submit_beyond_the_window_is_unsent() -> None:
    async with running(answer_delay_s=0.05) as (smsc, port), up(Gateway(port, window=1)) as gateway:
        await gateway.bound()
        gateway.submit("one", "two")
        await gateway.answered(2)
        assert gateway.answers["two"] == [Unsent("the window is full")]
        assert smsc.submits == 1


async def test_room_wakes_the_dispatcher() -> None:
    async with running() as (_, port), up(Gateway(port, window=2)) as gateway:
        await until(lambda: gateway.wakes == 1, "the first wake-up, at the bind")
        gateway.submit("a", "b")
        await until(lambda: gateway.wakes == 2, "the next, when the full window has room")


async def test_answers_out_of_order() -> None:
    """Each submit gets another delay, shorter than the one before."""
    async with running() as (smsc, port), up(Gateway(port)) as gateway:
        await gateway.bound()
        sent: list[str] = []
        for delay_s, token in ((0.06, "a"), (0.03, "b"), (0.0, "c")):
            smsc.options.answer_delay_s = delay_s
            gateway.submit(token)
            await until(lambda: smsc.submits == smsc.inbox.total > len(sent))
            sent.append(token)
        await gateway.answered(3)
        assert list(gateway.answers) == ["c", "b", "a"]


REFUSALS = [
    ("throttled", {"throttle_share": 1.0}, 0x58),
    ("a second's worth is used up", {"throttle_per_s": 0}, 0x58),
    ("refused", {"refuse_share": 1.0, "refuse_status": 0x14}, 0x14),
    ("a vendor's status", {"refuse_prefixes": {"336": 0x4A1}}, 0x4A1),
]


@pytest.mark.parametrize(("why", "options", "status"), REFUSALS)
async def test_refusals(why: str, options: dict[str, Any], status: int) -> None:
    async with running(**options) as (smsc, port), up(Gateway(port)) as gateway:
        await gateway.bound()
        gateway.submit("t")
        await gateway.answered(1)
        assert gateway.answers["t"] == [Rejected(status)]
        assert len(smsc.inbox) == 0


async def test_silence_is_doubt_and_the_window_is_free_again() -> None:
    async with (
        running(silent_from=2) as (smsc, port),
        up(Gateway(port, window=1, response_timeout_s=0.1)) as gateway,
    ):
        await gateway.bound()
        gateway.submit("answered")
        await gateway.answered(1)
        gateway.submit("silence")
        await gateway.answered(2)
        assert gateway.answers["silence"] == [Doubt("no answer within 0.1 s")]
        assert gateway.link.free == 1
        assert smsc.inbox.total == 2, "the SMSC has it all the same"


async def test_a_cut_link_is_doubt_for_written_and_unsent_for_the_rest() -> None:
    async with running(answer_delay_s=5.0) as (smsc, port), up(Gateway(port)) as gateway:
        await gateway.bound()
        gateway.submit("written")
        await until(lambda: smsc.submits == 1)
        smsc.cut()
        gateway.submit("not written")  # in the turn in which the link goes
        assert gateway.link._wire is not None
        gateway.link._wire.lose("cable")
        assert gateway.answers == {"written": [Doubt("cable")], "not written": [Unsent("cable")]}
        gateway.submit("later")
        await gateway.answered(3)
        assert gateway.answers["later"] == [Unsent("not bound")]


async def test_the_link_comes_back_and_works() -> None:
    async with running(drop_after=2) as (smsc, port), up(Gateway(port)) as gateway:
        await gateway.bound()
        gateway.submit("answered or cut", "cut")
        await gateway.answered(2)
        assert isinstance(gateway.answers["cut"][0], Doubt)
        await gateway.bound()
        gateway.submit("after")
        await gateway.answered(3)
        assert isinstance(gateway.answers["after"][0], Accepted)
        smsc.cut()
        await until(lambda: smsc.binds == 3, "the third bind")
        assert gateway.waits == [1.0, 1.0], "a bind that succeeded starts the waits anew"
        assert gateway.wakes >= 2


async def test_sequence_numbers_go_on_over_a_cut(tmp_path: Path) -> None:
    log = tmp_path / "submits.jsonl"
    async with running(submit_log=log) as (smsc, port), up(Gateway(port)) as gateway:
        for turn in range(3):
            await gateway.bound()
            gateway.submit(turn)
            await gateway.answered(turn + 1)
            smsc.cut()
            await until(lambda: smsc.binds == len(gateway.answers) + 1, "the next bind")
    sequences = [int(line.split('"sequence": ')[1].split(",")[0]) for line in log.open()]
    assert sequences == [2, 4, 6], "a bind between each"


BINDS = [
    ("already bound", 0x05, [5, 10, 20]),
    ("wrong password", 0x0E, [60, 120, 240]),
    ("wrong system id", 0x0F, [60, 120, 240]),
    ("bind failed", 0x0D, [5, 10, 20]),
]


@pytest.mark.parametrize(("why", "status", "waits"), BINDS)
async def test_a_refused_bind_backs_off(why: str, status: int, waits: list[float]) -> None:
    async with running(bind_status=status) as (smsc, port), up(Gateway(port)) as gateway:
        await until(lambda: len(gateway.waits) >= 3, "three waits")
        assert gateway.waits[:3] == waits
        assert f"refused the bind with 0x{status:02X}" in gateway.errors[0]
        assert "secret" not in gateway.errors[0]
        smsc.options.bind_status = 0
        await gateway.bound()
        assert gateway.link.last_error == ""


async def test_nobody_listens() -> None:
    async with running() as (_, port):
        pass
    async with up(Gateway(port)) as gateway:
        await until(lambda: len(gateway.waits) >= 4, "four waits")
        assert gateway.waits[:4] == [1, 2, 4, 8]
        assert f"acme@127.0.0.1:{port} can't be reached" in gateway.errors[0]
        assert (gateway.link.free, gateway.link.in_flight, gateway.link.bound) == (0, 0, False)


async def test_somebody_listens_and_says_nothing() -> None:
    """The port is open, but it is no SMSC."""
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with up(Gateway(port, response_timeout_s=0.05)) as gateway:
        await until(lambda: gateway.waits, "giving up")
        assert "did not answer the bind" in gateway.errors[0]
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
    given = 200_000
    async with up(Gateway(port, window=given, response_timeout_s=5.0)) as gateway:
        await gateway.bound()
        wire = gateway.link._wire
        assert wire is not None
        large, token = QUIET._replace(short_message=b"x" * 254), 0
        while not wire._paused:
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
    other.close()


async def test_closing_waits_for_answers_and_unbinds() -> None:
    async with running(answer_delay_s=0.1) as (smsc, port):
        gateway = Gateway(port)
        task = asyncio.create_task(gateway.link.run())
        await gateway.bound()
        gateway.submit(1, 2, 3)
        await gateway.link.close(5.0)
        assert [type(each[0]) for each in gateway.answers.values()] == [Accepted] * 3
        assert gateway.link.last_error.endswith("we unbound")
        await asyncio.wait_for(task, 1.0)
        await until(lambda: not smsc.connections, "the SMSC's side to close")
        gateway.submit("too late")
        await gateway.answered(4)
        assert gateway.answers["too late"] == [Unsent("not bound")]


async def test_closing_is_bounded() -> None:
    async with running(silent_from=1) as (_, port):
        gateway = Gateway(port)
        task = asyncio.create_task(gateway.link.run())
        await gateway.bound()
        gateway.submit("t")
        async with asyncio.timeout(2.0):
            await gateway.link.close(0.2)
        await asyncio.wait_for(task, 1.0)
        assert gateway.answers["t"] == [Doubt("no answer before we had to leave")]


@pytest.mark.parametrize("bind_status", [0, 0x0E])
async def test_closing_before_a_bind_returns_at_once(bind_status: int) -> None:
    async with running(bind_status=bind_status) as (_, port):
        gateway = Gateway(port)
        gateway.link._sleep = asyncio.sleep  # a real wait, of a minute
        task = asyncio.create_task(gateway.link.run())
        if bind_status:
            await until(lambda: "refused" in gateway.link.last_error, "the refusal")
        await gateway.link.close(1.0)
        await asyncio.wait_for(task, 2.0)


async def test_cancelling_answers_everything() -> None:
    async with running(silent_from=1) as (smsc, port):
        gateway = Gateway(port)
        task = asyncio.create_task(gateway.link.run())
        await gateway.bound()
        gateway.submit("t")
        await until(lambda: smsc.submits == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gateway.answers == {"t": [Doubt("the link was stopped")]}
        await until(lambda: not smsc.connections, "the connection to go")


async def test_the_smsc_asks_to_unbind() -> None:
    async with running(answer_delay_s=0.05) as (smsc, port), up(Gateway(port)) as gateway:
        await gateway.bound()
        gateway.submit("t")
        await until(lambda: smsc.submits == 1)
        smsc.unbind()
        await gateway.answered(1)
        assert isinstance(gateway.answers["t"][0], Accepted), "its answer was waited for"
        await until(lambda: smsc.binds == 2, "a new bind")


async def test_receipts_come_again_until_they_are_acknowledged() -> None:
    async with running(receipt_retry_s=0.05) as (smsc, port), up(Gateway(port)) as gateway:
        gateway.acknowledges = False
        await gateway.bound()
        gateway.link.submit(SUBMIT, "t")
        await until(lambda: len(gateway.delivered) >= 2, "the receipt a second time")
        receipt = gateway.delivered[0].receipt
        assert receipt is not None
        assert gateway.answers["t"] == [Accepted(receipt.message_id)]
        assert smsc.deliveries.answered == 0
        gateway.acknowledges = True
        await until(lambda: smsc.deliveries.answered == 1, "the acknowledgement")


async def test_a_receipt_of_a_lost_link_comes_again_and_is_acknowledged_there() -> None:
    async with running(receipt_retry_s=60) as (smsc, port), up(Gateway(port)) as gateway:
        gateway.acknowledges = False
        await gateway.bound()
        gateway.link.submit(SUBMIT, "t")
        await until(lambda: gateway.delivered)
        smsc.cut()
        await until(lambda: len(gateway.delivered) == 2, "it again, on the next link")
        gateway.link.acknowledge(gateway.delivered[0])
        gateway.link.acknowledge(gateway.delivered[1])
        await until(lambda: smsc.deliveries.answered == 1)
        assert smsc.deliveries.waiting == 0


async def test_a_reply() -> None:
    async with running() as (smsc, port), up(Gateway(port)) as gateway:
        await gateway.bound()
        smsc.reply("33612345678", "Chappe", "arrêt".encode("utf-16-be"), data_coding=8)
        await until(lambda: gateway.delivered)
        reply = gateway.delivered[0]
        assert (reply.kind, reply.source, reply.data_coding) == ("reply", "33612345678", 8)


async def test_a_callback_that_raises_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async with running() as (_, port):
        gateway, seen = Gateway(port), []

        def bad(token: Any, answer: Answer) -> None:
            seen.append(token)
            raise RuntimeError("a bug in the gateway")

        gateway.link._on_answer = bad
        async with up(gateway):
            await gateway.bound()
            gateway.submit(1, 2, 3)
            await until(lambda: seen == [1, 2, 3])
            assert gateway.link.bound
    assert "a bug in the gateway" in caplog.text


async def test_submitting_from_within_an_answer() -> None:
    """As the dispatcher does: each answer brings the next submit."""
    async with running() as (smsc, port):
        gateway = Gateway(port, window=3)

        def refill(token: int, answer: Answer) -> None:
            gateway.answers.setdefault(token, []).append(answer)
            if token < 297:
                gateway.submit(token + 3)

        gateway.link._on_answer = refill
        async with up(gateway):
            await gateway.bound()
            gateway.submit(0, 1, 2)
            await gateway.answered(300)
            assert smsc.inbox.total == 300


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
    server.close()
