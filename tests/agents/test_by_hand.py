"""One message by hand, against our simulator over TCP: answers in words, receipts, no harm done."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from agents.by_hand import NotSentError, send
from agents.gateway.submits import submit_of
from agents.smpp.config import BindConfig, SmscConfig
from agents.smpp.submit import Submit
from schemas.message import ReferenceBits
from streams.sending.receipt import ReceiptState
from streams.text.segment import encode, payloads
from tests.agents.simulator.running import running, until
from tests.streams.catalogs import DEFAULTS, swapped

PHONE = "+447700900123"
NAME = "6f1c9a52-6a7e-5f0b-9c57-2d8f6c1e4b3a"


def submits(text: str, bits: ReferenceBits = 8) -> list[Submit]:
    segments = payloads(encode(text, bits), 7, bits)
    return [submit_of(each, "Chappe", PHONE, NAME, 600_000, 0) for each in segments]


class Errand:
    """One sending, and what was said of it."""

    def __init__(self, port: int, window: int = 1, timeout_s: float = 5.0) -> None:
        bind = BindConfig("acme", "secret", window=window, response_timeout_s=timeout_s)
        self.smsc = SmscConfig("127.0.0.1", port, bind)
        self.said: list[str] = []
        self.stop = asyncio.Event()

    async def send(self, what: Sequence[Submit], receipts_s: float = 5.0) -> bool:
        async with asyncio.timeout(20):
            return await send(self.smsc, what, self.said.append, self.stop, receipts_s)


@pytest.mark.parametrize(
    ("text", "bits", "segments", "encoding"),
    [
        ("Hello", 8, 1, "gsm7"),
        ("a{€" * 90, 8, 3, "gsm7"),
        ("It’s here, à bientôt 😀 " * 10, 8, 4, "ucs2"),
        ("It’s here, à bientôt 😀 " * 10, 16, 4, "ucs2"),
    ],
)
async def test_it_arrives_as_one_text(
    text: str, bits: ReferenceBits, segments: int, encoding: str
) -> None:
    async with running() as (smsc, port):
        errand = Errand(port)
        assert await errand.send(submits(text.strip(), bits))
        (message,) = smsc.inbox
        assert (message.text, message.segments) == (text.strip(), segments)
        assert (message.encoding, message.source) == (encoding, "Chappe")
        ids = message.message_ids
        answers = [f"segment {n} of {segments}: accepted as {one}" for n, one in enumerate(ids, 1)]
        receipts = [f"receipt for {one}: DELIVRD" for one in ids]
        assert [line for line in errand.said if line in answers] == answers
        assert sorted(errand.said) == sorted(answers + receipts)
        await until(lambda: not smsc.connections, "leaving")
        assert smsc.deliveries.waiting == 0, "every receipt was answered"


async def test_a_refused_segment_is_the_last() -> None:
    async with running(refuse_prefixes={"4477": 0x0B}) as (smsc, port):
        errand = Errand(port)
        assert not await errand.send(submits("a" * 400))
        assert smsc.submits == 1
    assert errand.said == [
        "segment 1 of 3: refused with 0x0000000B (destination address)",
        "the segments after it were not submitted",
    ]


async def test_silence_is_doubt() -> None:
    async with running(silent_from=1, receipt_delay_s=None) as (_, port):
        errand = Errand(port, timeout_s=0.1)
        assert not await errand.send(submits("Hello"))
    (said,) = errand.said
    assert said.startswith("segment 1 of 1: no answer, the SMSC may have it or not (")


async def test_no_receipt_in_time() -> None:
    async with running(receipt_delay_s=None) as (_, port):
        errand = Errand(port)
        assert await errand.send(submits("Hello"), receipts_s=0.05)
    assert errand.said[1].startswith("no receipt yet for ")


async def test_a_receipt_says_what_became_of_it() -> None:
    async with running(receipt_states={"4477": "UNDELIV"}) as (_, port):
        errand = Errand(port)
        assert await errand.send(submits("Hello"))
    assert str(ReceiptState.UNDELIV).upper() in errand.said[1]


async def test_stopped_while_it_waits() -> None:
    async with running(receipt_delay_s=None) as (smsc, port):
        errand = Errand(port)
        sending = asyncio.create_task(errand.send(submits("Hello"), receipts_s=60))
        await until(lambda: errand.said, "the answer")
        errand.stop.set()
        assert await sending
        await until(lambda: not smsc.connections, "leaving")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bind_status": 0x05}, "refused the bind with 0x05 (already bound); nothing was sent"),
        ({"password": "another"}, "refused the bind with 0x0E (wrong password)"),
        ({"system_id": "another"}, "refused the bind with 0x0F (wrong system_id)"),
    ],
)
async def test_a_refused_bind(options: dict[str, object], said: str) -> None:
    async with running(**options) as (smsc, port):
        errand = Errand(port)
        with pytest.raises(NotSentError, match=r"acme@127.0.0.1") as caught:
            await errand.send(submits("Hello"))
        assert smsc.binds == 1, "one try: accounts get locked"
    assert said in str(caught.value) and "secret" not in str(caught.value)


async def test_nobody_there() -> None:
    async with running() as (_, port):
        pass
    with pytest.raises(NotSentError, match=r"can't be reached.*nothing was sent"):
        await Errand(port).send(submits("Hello"))


async def test_what_no_pdu_can_carry() -> None:
    async with running() as (smsc, port):
        (submit,) = submits("Hello")
        with pytest.raises(NotSentError, match="nothing was sent"):
            await Errand(port).send([submit._replace(source="Шапп")])
        assert smsc.submits == 0


async def test_what_is_not_ours_is_left_to_the_gateway() -> None:
    """A receipt goes to any bind of the account: answered here, it would be lost there."""
    async with running(receipt_delay_s=0.2, receipt_retry_s=60) as (smsc, port):
        gateway = Errand(port)
        assert await gateway.send(submits("first"), receipts_s=0.01)
        hand = Errand(port)
        smsc.options.receipt_delay_s = 0.4
        assert await hand.send(submits("second"))
        first, second = (message.message_ids[0] for message in smsc.inbox)
        assert f"receipt for {second}: DELIVRD" in hand.said
        assert not any(first in line for line in hand.said)
        assert hand.said[-1] == "receipts of other messages, left to the gateway: 1"
        await until(lambda: not smsc.connections, "leaving")
        assert (smsc.deliveries.answered, smsc.deliveries.waiting) == (1, 1)


async def command(folder: Path, port: int, *arguments: str, **more: str) -> tuple[int, str]:
    clean = {name: it for name, it in os.environ.items() if not name.startswith("CHAPPE_")}
    settings = {"CHAPPE_SMSC": f"smpp://acme:secret@127.0.0.1:{port}",
                "CHAPPE_CATALOG": str(folder), "CHAPPE_TEST_NUMBERS": PHONE}  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "agents.cli.main", "preview", "door-code", *arguments,
        env={**clean, **settings, **more},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(30):
        said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "_defaults.yaml").write_text(DEFAULTS)
    long = swapped("votre code est {{ code }}.", "votre code: {{ code }}. " + "À bientôt… " * 9)
    (tmp_path / "door-code.yaml").write_text(long)
    return tmp_path


async def test_the_command_sends_what_it_shows(folder: Path) -> None:
    async with running() as (smsc, port):
        status, said = await command(folder, port, "--locale", "fr", "--send-to", PHONE, "--yes")
        assert status == 0, said
        (message,) = smsc.inbox
        assert message.text == "Jo, votre code: 12. " + ("À bientôt… " * 9).strip()
        assert (message.segments, message.encoding) == (2, "ucs2")
        assert message.destination == PHONE.removeprefix("+")
        assert "segment 2 of 2: accepted as " in said and said.count(": DELIVRD") == 2
        assert "secret" not in said


async def test_a_stranger_is_not_texted(folder: Path) -> None:
    async with running() as (smsc, port):
        arguments = ("--locale", "en", "--send-to", "+447700900999", "--yes")
        status, said = await command(folder, port, *arguments)
        assert (status, smsc.binds, smsc.submits) == (1, 0, 0)
        assert "+447700900999 is not in CHAPPE_TEST_NUMBERS" in said


async def test_a_refusal_is_a_no_and_a_failed_bind_is_not(folder: Path) -> None:
    async with running(refuse_share=1.0, refuse_status=0x58) as (_, port):
        status, said = await command(folder, port, "--locale", "en", "--send-to", PHONE, "--yes")
        assert status == 1
        assert "segment 1 of 1: refused with 0x00000058 (throttled)" in said
    async with running(bind_status=0x0E) as (_, port):
        status, said = await command(folder, port, "--locale", "en", "--send-to", PHONE, "--yes")
        assert status == 69
        assert "Error: acme@127.0.0.1" in said and "(wrong password); nothing was sent" in said
        assert "Traceback" not in said and "secret" not in said
