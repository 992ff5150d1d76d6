"""Every text goes out through our link and is put together as written by the simulator.

The simulator reads with tables of its own (agents/simulator/alphabet.py), not with the
encoder's.
"""

import unicodedata

import pytest

from agents.smpp.submit import Accepted
from schemas.message import ReferenceBits
from streams.text.segment import encode, payloads
from tests.agents.simulator.running import running
from tests.agents.smpp.gateway import QUIET, Gateway, up
from tests.texts import ARRIVING


@pytest.mark.parametrize("bits", [8, 16])
async def test_every_text_arrives_as_written(bits: ReferenceBits) -> None:
    async with running() as (smsc, port), up(Gateway(port, window=100)) as gateway:
        await gateway.bound()
        for number, (encoding, text, why) in enumerate(ARRIVING):
            smsc.inbox.clear()
            gateway.answers.clear()
            parts = payloads(encode(text, bits), (1 << bits) - 1 - number, bits)
            for at, part in enumerate(parts):
                fields = part.esm_class, part.data_coding, part.short_message
                submit = QUIET._replace(
                    esm_class=fields[0], data_coding=fields[1], short_message=fields[2]
                )
                gateway.link.submit(submit, (number, at))
            await gateway.answered(len(parts))
            assert all(isinstance(each[0], Accepted) for each in gateway.answers.values()), why
            (message,) = smsc.inbox
            assert message.text == unicodedata.normalize("NFC", text), why
            assert (message.encoding, message.segments) == (encoding, len(parts)), why
