"""Our link is told to leave by what an answer says, or hears an answer too late."""

import asyncio

import pytest

from agents.smpp.backoff import Trouble
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Unsent
from tests.agents.simulator.running import running, until
from tests.agents.smpp.gateway import BOUND, Gateway, up
from tests.agents.smpp.samples import answer


async def test_suspending_waits_for_answers_unbinds_and_stays_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running(answer_delay_s=0.05) as (smsc, port), up(Gateway(port)) as gateway:
        await gateway.bound()
        gateway.submit("out")
        await until(lambda: smsc.submits == 1)
        gateway.link.suspend("0x0000000E (wrong password)")
        gateway.submit("too late")
        await gateway.answered(2)
        await until(lambda: gateway.waits, "the wait")
        assert isinstance(gateway.answers["out"][0], Accepted)
        assert gateway.answers["too late"] == [Unsent("not bound")]
        assert (gateway.waits[0], gateway.troubles) == (60, [Trouble.SUSPENDED])
        assert gateway.errors[0].endswith("suspended: 0x0000000E (wrong password)")
        assert "ERROR" in [record.levelname for record in caplog.records]
        await until(lambda: smsc.binds == 2, "the next try")
        await gateway.bound()
        assert gateway.link.trouble is None


async def test_suspended_again_and_again_it_stays_away_longer() -> None:
    """The carrier lets us in each time, and takes nothing."""
    async with running(refuse_share=1.0, refuse_status=0x0E) as (smsc, port):
        gateway = Gateway(port)

        def stop(token: int, refused: Answer) -> None:
            gateway.answers.setdefault(token, []).append(refused)
            gateway.link.suspend("wrong password")
            gateway.link.suspend("and told twice")

        gateway.on_answer = stop
        async with up(gateway):
            for turn in range(4):
                await gateway.bound()
                gateway.submit(turn)
                await until(lambda turn=turn: len(gateway.waits) == turn + 1)  # type: ignore[misc]
            assert gateway.waits == [60, 120, 240, 300]
            smsc.options.refuse_share = 0.0
            await gateway.bound()
            gateway.on_answer = lambda token, taken: None
            gateway.submit("taken")
            await until(lambda: smsc.inbox.total == 1)
            smsc.options.refuse_share = 1.0
            gateway.link.suspend("once more")
            await until(lambda: len(gateway.waits) == 5)
            assert gateway.waits[4] == 60, "what was taken starts the waits anew"


async def test_suspending_while_it_is_down_keeps_it_down() -> None:
    """Another bind of this SMSC has heard the answer."""
    async with running(bind_status=0x0D) as (smsc, port):
        gateway = Gateway(port)
        resting, go_on = asyncio.Event(), asyncio.Event()

        async def sleep(wait_s: float) -> None:
            gateway.waits.append(wait_s)
            resting.set()
            await go_on.wait()

        gateway.link._sleep = sleep
        async with up(gateway):
            await resting.wait()
            gateway.link.suspend("wrong password")
            smsc.options.bind_status = 0
            go_on.set()
            await gateway.bound()
            assert gateway.waits == [5, 60]
            assert smsc.binds == 2, "none between the two waits"


async def test_rebinding() -> None:
    async with running(refuse_share=1.0, refuse_status=0x04) as (smsc, port):
        gateway = Gateway(port)

        def rebind(token: str, refused: Answer) -> None:
            gateway.answers.setdefault(token, []).append(refused)
            gateway.link.rebind("0x00000004 (wrong bind state)")

        gateway.on_answer = rebind
        async with up(gateway):
            await gateway.bound()
            gateway.submit("a", "b", "c")
            await gateway.answered(3)
            assert [each[0] for each in gateway.answers.values()] == [Rejected(0x04)] * 3
            await until(lambda: smsc.binds == 2, "the second bind")
            await gateway.bound()
            assert (gateway.waits, gateway.troubles) == ([1], [Trouble.REBIND])


async def test_a_suspension_comes_over_a_rebind() -> None:
    async with running(answer_delay_s=0.05) as (smsc, port), up(Gateway(port)) as gateway:
        await gateway.bound()
        gateway.submit("out")
        await until(lambda: smsc.submits == 1)
        gateway.link.rebind("first")
        gateway.link.suspend("then")
        gateway.link.rebind("and again")
        await until(lambda: gateway.waits, "the wait")
        assert gateway.troubles == [Trouble.SUSPENDED]


async def test_a_link_that_leaves_can_be_closed() -> None:
    async with running(silent_from=1) as (_, port):
        gateway = Gateway(port)
        task = asyncio.create_task(gateway.link.run())
        await gateway.bound()
        gateway.submit("t")
        gateway.link.suspend("wrong password")
        async with asyncio.timeout(2.0):
            await gateway.link.close(0.2)
        await asyncio.wait_for(task, 1.0)
        assert isinstance(gateway.answers["t"][0], Doubt)
        assert gateway.waits == []


async def test_a_late_answer_is_told_to_the_owner() -> None:
    """After it was Doubt; a refusal as well as an acceptance."""
    submits: list[bytes] = []
    go_on = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(BOUND)
        while len(submits) < 2:
            header = await reader.readexactly(16)
            await reader.readexactly(int.from_bytes(header[:4], "big") - 16)
            submits.append(header)
        await go_on.wait()
        one, two = (int.from_bytes(header[12:16], "big") for header in submits)
        writer.write(answer(one, "A1") + answer(two, status=0x45))
        writer.close()

    server = await asyncio.start_server(slow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with up(Gateway(port, response_timeout_s=0.1)) as gateway:
        await gateway.bound()
        gateway.submit("one", "two")
        await gateway.answered(2)
        assert gateway.answers["one"] == [Doubt("no answer within 0.1 s", awaited=True)]
        assert gateway.late == {}
        go_on.set()
        await until(lambda: len(gateway.late) == 2, "the late answers")
        assert gateway.late == {"one": Accepted("A1"), "two": Rejected(0x45)}
    server.close()
