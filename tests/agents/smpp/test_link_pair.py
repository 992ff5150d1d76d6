"""A transmitter and a receiver, as some carriers want it: what each is for."""

import pytest

from agents.smpp.config import Role
from agents.smpp.submit import Accepted, Unsent
from tests.agents.simulator.running import running, until
from tests.agents.smpp.gateway import Gateway, up
from tests.agents.smpp.samples import SUBMIT


async def test_submits_go_over_one_and_receipts_come_over_the_other() -> None:
    async with (
        running() as (smsc, port),
        up(Gateway(port, "transmitter")) as sender,
        up(Gateway(port, "receiver")) as receiver,
    ):
        await sender.bound()
        await receiver.bound()
        sender.link.submit(SUBMIT, "t")
        await until(lambda: receiver.delivered, "the receipt")
        accepted = sender.answers["t"][0]
        receipt = receiver.delivered[0].receipt
        assert isinstance(accepted, Accepted)
        assert receipt is not None
        assert receipt.message_id == accepted.message_id
        assert sender.delivered == []
        await until(lambda: smsc.deliveries.answered == 1, "its answer")
        smsc.reply("33612345678", "Chappe", b"STOP")
        await until(lambda: len(receiver.delivered) == 2, "the reply")
        assert receiver.delivered[1].kind == "reply"


async def test_receipts_wait_for_the_receiver_to_come_back() -> None:
    async with running(receipt_delay_s=0.05) as (smsc, port), up(
        Gateway(port, "transmitter")
    ) as sender:  # fmt: skip
        await sender.bound()
        sender.link.submit(SUBMIT, "t")
        await until(lambda: smsc.deliveries.waiting == 1, "a receipt that nobody takes")
        async with up(Gateway(port, "receiver")) as receiver:
            await until(lambda: receiver.delivered, "the receipt")


ROLES: list[tuple[Role, int]] = [("transmitter", 10), ("receiver", 0), ("transceiver", 10)]


@pytest.mark.parametrize(("role", "free"), ROLES)
async def test_room_by_role(role: Role, free: int) -> None:
    async with running() as (_, port), up(Gateway(port, role)) as gateway:
        await gateway.bound()
        assert (gateway.link.free, gateway.link.window) == (free, free)
        assert gateway.wakes == (1 if free else 0)


async def test_a_receiver_submits_nothing() -> None:
    async with running() as (smsc, port), up(Gateway(port, "receiver")) as gateway:
        await gateway.bound()
        gateway.submit("t")
        await gateway.answered(1)
        assert gateway.answers["t"] == [Unsent("a receiver submits nothing")]
        assert smsc.submits == 0


async def test_two_binds_where_one_is_allowed() -> None:
    """The second is already_bound, and takes the place when the first is gone."""
    async with running(single_bind=True) as (_, port), up(Gateway(port)) as first:
        await first.bound()
        async with up(Gateway(port)) as second:
            await until(lambda: second.waits, "the refusal")
            assert second.troubles[0] == "already_bound"
            assert second.waits[0] == 5
            await first.link.close(1.0)
            await second.bound()
