"""Our link against the simulator, over real TCP: windows, answers, cuts, deliveries."""

from pathlib import Path
from typing import Any

import pytest

from agents.smpp.submit import Accepted, Doubt, Rejected, Unsent
from tests.agents.simulator.running import running, until
from tests.agents.smpp.gateway import Gateway, up


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
        assert gateway.answers["silence"] == [Doubt("no answer within 0.1 s", awaited=True)]
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
