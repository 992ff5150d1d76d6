"""Our segments, put together by an SMPP client that is not ours: Kannel's bearerbox."""

import unicodedata
from pathlib import Path

import pytest

from agents.simulator.delivery import Delivery
from schemas.message import ReferenceBits
from streams.text.segment import encode, payloads
from tests.agents.simulator.running import running, until
from tests.integration.kannel import kannel
from tests.texts import ARRIVING

pytestmark = pytest.mark.integration


async def test_kannel_reads_every_text_as_written(tmp_path: Path) -> None:
    """Each text twice, with references of 8 and of 16 bits."""
    async with (
        running(system_id="acme", password="secret") as (smsc, port),
        kannel(tmp_path, port) as client,
    ):
        await until(lambda: any(each.receives for each in smsc.connections), "Kannel's bind")
        widths: list[ReferenceBits] = [8, 16]
        for bits in widths:
            for number, (_, text, why) in enumerate(ARRIVING):
                client.replies.clear()
                for part in payloads(encode(text, bits), number, bits):
                    fields = {
                        "source_addr_ton": 1,
                        "source_addr_npi": 1,
                        "source_addr": "33612345678",
                        "destination_addr": "36105",
                        "esm_class": part.esm_class,
                        "data_coding": part.data_coding,
                        "short_message": part.short_message,
                    }
                    smsc.deliveries.add("acme", Delivery(fields))
                await until(lambda: client.replies, f"{why} ({bits} bits)")
                (reply,) = client.replies
                assert reply["text"] == unicodedata.normalize("NFC", text), f"{why} ({bits} bits)"
