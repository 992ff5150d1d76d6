"""Our link and what the SMSC sends: receipts, replies, unbind; and callbacks that misbehave."""

from typing import Any

import pytest

from agents.smpp.submit import Accepted, Answer
from tests.agents.simulator.running import running, until
from tests.agents.smpp.gateway import Gateway, up
from tests.agents.smpp.samples import SUBMIT


async def test_the_smsc_asks_to_unbind() -> None:
    async with running(answer_delay_s=0.05) as (smsc, port), up(Gateway(port)) as gateway:
        await gateway.bound()
        gateway.submit("t")
        await until(lambda: smsc.submits == 1)
        smsc.unbind()
        await gateway.answered(1)
        assert isinstance(gateway.answers["t"][0], Accepted), "its answer was waited for"
        await until(lambda: smsc.binds == 2, "a new bind")
        assert gateway.troubles == ["unbound"]


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

        gateway.on_answer = bad
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

        gateway.on_answer = refill
        async with up(gateway):
            await gateway.bound()
            gateway.submit(0, 1, 2)
            await gateway.answered(300)
            assert smsc.inbox.total == 300
