"""What is promised when things break, on a real Kafka: the SMSC's own log is the witness.

Rules: lost 0; doubled under `hold` 0; doubled under `resend` at most what is published; each
message ends in one outcome; where nothing crashed, nothing is doubled. Seeds are printed.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.harness import BOUND, WINDOW, Chaos
from tests.chaos.load import Where
from tests.chaos.results import Rows, Turn
from tests.kafka.broker import Broker

pytestmark = [pytest.mark.integration, pytest.mark.chaos]

LIMIT_S = 900.0
"""For one installation from its start to its end: four times what 25 kills take. Whatever
hangs fails its own round only."""
SLOW_S = 3600.0
"""An answer that does not come in a test's life."""
LATE_S = 15.0
"""Between the response time-out and the end of the wait for a late answer."""
START_S = 8.0
"""Longer than a gateway takes to be ready behind one that was killed."""

Make = Callable[..., AbstractAsyncContextManager[Chaos]]


@pytest.fixture
def chaos(kafka: Any, unique: str, tmp_path: Path, seed: int) -> Make:
    """Makes an installation; the n-th turn of a scenario has a seed of its own."""

    @asynccontextmanager
    async def make(
        name: str, where: Where = "outbound", bootstrap: str = "", number: int = 0
    ) -> AsyncIterator[Chaos]:
        async with (
            asyncio.timeout(LIMIT_S),
            Chaos(
                name, bootstrap or kafka.bootstrap, unique, tmp_path, seed + number, where
            ) as one,
        ):  # fmt: skip
            yield one

    return make


async def test_gateway_killed_at_random(chaos: Make, rows: Rows, turn: Turn) -> None:
    """Most while they send, some while they start, join and recover."""
    async with chaos("gateway killed", number=turn.number) as one:
        await one.run("gateway")
        for _ in range(turn.kills):
            await killed_once(one)
        rows.keep(await one.finish())


async def killed_once(one: Chaos) -> None:
    """Killed at a moment of chance, and started again."""
    if one.random.random() < 0.2:
        moment = time.monotonic() + one.random.uniform(0.0, START_S)
        await one.until(lambda: time.monotonic() >= moment, START_S + 1, "the moment has come")
    else:
        await one.submits(one.random.randrange(1, 600))
    killed = await one.kill("gateway")
    await one.system.start("gateway", ready=False)
    if one.random.random() < 0.8:
        await one.recovery(killed.ended, began=killed.began)


async def test_one_of_two_gateways_killed(chaos: Make, rows: Rows, times: int) -> None:
    async with chaos("one of two gateways killed") as one:
        await one.run("gateway", "gateway-2")
        for _ in range(times):
            await one.members(2)
            await one.submits(500)
            victim, partitions = owner(one)
            killed = await one.kill(victim)
            await one.recovery(killed.ended, partitions, began=killed.began)
            await one.system.start(victim)
        rows.keep(await one.finish())


def owner(one: Chaos) -> tuple[str, frozenset[int]]:
    """One of two gateways that submits, by chance, and its partitions."""
    victim = one.random.choice(["gateway", "gateway-2"])
    return victim, one.partitions(victim)


async def test_both_gateways_killed(chaos: Make, rows: Rows, times: int) -> None:
    async with chaos("both gateways killed") as one:
        await one.run("gateway", "gateway-2")
        for _ in range(times):
            await one.members(2)
            await one.submits(one.random.randrange(200, 800))
            killed = await one.kill("gateway", "gateway-2")
            await one.system.start("gateway", "gateway-2", ready=False)
            await one.recovery(killed.ended, began=killed.began)
        rows.keep(await one.finish())


async def test_engine_killed_together_with_the_gateway(chaos: Make, rows: Rows, times: int) -> None:
    async with chaos("engine and gateway killed", "domain") as one:
        await one.run("engine", "gateway")
        for _ in range(times):
            await one.submits(one.random.randrange(200, 800))
            killed = await one.kill("engine", "gateway")
            await one.system.start("engine", "gateway", ready=False)
            await one.recovery(killed.ended, began=killed.began)
        rows.keep(await one.finish())


async def test_stopped_past_its_session_and_woken(chaos: Make, rows: Rows, times: int) -> None:
    """It believes that its partitions are its own still, and has answers to read."""
    async with chaos("one of two stopped (SIGSTOP) and woken") as one:
        await one.run("gateway", "gateway-2")
        for _ in range(times):
            await one.members(2)
            await one.submits(500)
            victim, partitions = owner(one)
            began = time.time()
            one.system.suspend(victim)
            await asleep(one, victim)
            await one.recovery(time.time(), partitions, began=began)
            await one.submits(200)
            one.system.wake(victim)
            await one.members(2)
            await one.submits(200)
            one.trouble(f"{victim} stopped and woken", began, BOUND)
        rows.keep(await one.finish())


async def asleep(one: Chaos, name: str) -> None:
    """Until the SMSC has answered all it had from it: it had a full window and more."""
    binds = [each for each in one.system.simulator.connections if each.system_id == name]
    await one.until(lambda: not any(each.unanswered for each in binds), 5, f"{name} is asleep")


async def test_a_gateway_joins_and_leaves(chaos: Make, rows: Rows, times: int) -> None:
    """Nothing crashes here: nothing may be doubled or be in doubt."""
    async with chaos("a gateway joins and leaves") as one:
        await one.run("gateway")
        for _ in range(times):
            since = time.time()
            await one.system.start("gateway-2")
            await one.members(2)
            await one.submits(300)
            await one.system.terminate("gateway-2")
            await one.members(1)
            await one.submits(300)
            one.longest_pause(since)
            one.times += 1
        row = await one.finish()
        rows.keep(row)
        assert row.in_doubt == 0


async def test_link_cut_with_a_full_window(chaos: Make, rows: Rows, times: int) -> None:
    async with chaos("link cut with a full window") as one:
        await one.run("gateway")
        usual = one.options.answer_delay_s
        for _ in range(3 * times):
            await one.submits(100)
            one.options.answer_delay_s = SLOW_S
            await one.full_window("gateway")
            began = time.time()
            one.options.answer_delay_s = usual
            one.system.simulator.cut()
            await one.gone("gateway")
            cut = one.trouble("link cut", began, WINDOW)
            await one.recovery(cut.ended, began=began)
        rows.keep(await one.finish())


async def test_smsc_silent(chaos: Make, rows: Rows, times: int) -> None:
    """It takes a window full of submits and never answers them; then it answers again."""
    async with chaos("SMSC silent") as one:
        await one.run("gateway")
        for _ in range(times):
            await one.submits(100)
            began = time.time()
            one.options.silent_share = 1.0
            await unanswered(one, WINDOW)
            one.options.silent_share = 0.0
            await one.recovery(time.time())
            one.trouble("silence", began, WINDOW)
            await one.submits(300)
        rows.keep(await one.finish())


async def test_smsc_slower_than_the_time_out(chaos: Make, rows: Rows, times: int) -> None:
    """It answers a window full of submits after 15 s, when each is in doubt, or about to be sent
    again: its yes ends both, and nothing is doubled."""
    async with chaos(f"SMSC answers after {LATE_S:g} s") as one:
        await one.run("gateway")
        usual = one.options.answer_delay_s
        for number in range(times):
            await one.submits(100)
            began = time.time()
            one.options.answer_delay_s = LATE_S
            await one.submits(WINDOW)
            one.options.answer_delay_s = usual
            await one.system.until_metric(
                "gateway", "late_answers_total", 'outcome="settled"',
                at_least=WINDOW * (number + 1), timeout_s=2 * LATE_S,
            )  # fmt: skip
            one.trouble("slowness", began, 0)
            await one.submits(300)
        row = await one.finish()
        rows.keep(row)
        assert row.in_doubt == 0


async def unanswered(one: Chaos, count: int) -> None:
    """Until the SMSC has so many more segments that it won't answer."""
    known = len(one.witness.taken)
    await one.until(
        lambda: sum(not each.answered for each in one.witness.taken[known:]) >= count,
        20, f"{count} submits without an answer",
    )  # fmt: skip


async def test_smsc_throttles_half(chaos: Make, rows: Rows, times: int) -> None:
    """It takes half of what it was sent until now: a refusal is an answer, nothing is in doubt."""
    async with chaos("SMSC throttles half") as one:
        await one.run("gateway")
        began = time.time()
        await one.submits(400)
        one.options.throttle_per_s = int(200 / (time.time() - began))
        await one.submits(800 * times)
        assert one.witness.refused > 0
        one.options.throttle_per_s = None
        one.times += 1
        row = await one.finish()
        rows.keep(row)
        assert row.in_doubt == 0


async def test_broker_restarted(own_kafka: Broker, chaos: Make, rows: Rows, times: int) -> None:
    """Killed and started on its data: gateway and engine outlive it."""
    async with chaos("Kafka broker killed and restarted", "domain", own_kafka.bootstrap) as one:
        await one.run("engine", "gateway")
        for _ in range(times):
            await one.submits(300)
            began = time.time()
            await asyncio.to_thread(own_kafka.restart, at_once=True)
            back = one.trouble("broker killed", began, BOUND)
            await one.recovery(back.ended, began=began)
            await one.submits(300)
        rows.keep(await one.finish())
