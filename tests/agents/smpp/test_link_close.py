"""Our link leaves: in good order, in bounded time, with every submit answered."""

import asyncio

import pytest

from agents.smpp.submit import Accepted, Doubt, Unsent
from tests.agents.simulator.running import running, until
from tests.agents.smpp.gateway import Gateway


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
