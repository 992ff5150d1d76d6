"""The simulator with Kannel: its binds, texts, receipts and replies."""

from pathlib import Path

import pytest

from agents.simulator.server import Simulator
from tests.agents.simulator.running import running, until
from tests.integration.kannel import Kannel, kannel

pytestmark = pytest.mark.integration

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
