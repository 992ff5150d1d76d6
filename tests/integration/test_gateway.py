"""What a gateway does with answers that do not come, come late, or say no: on a real Kafka."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.simulator.options import SimulatorOptions
from agents.simulator.server import Simulator
from tests.integration.events import Sample, otp, parcel
from tests.integration.system import System
from tests.kafka.broker import free_port

pytestmark = pytest.mark.integration

QUICK = "&response_timeout_s=1"
"""A submit without an answer is in doubt after a second."""


def publish(system: System, *samples: Sample) -> None:
    for sample in samples:
        system.producer.produce(system.domain(sample.short), sample.value.encode())


def states(system: System, sample: Sample) -> list[str]:
    """Of one message, in order."""
    return [one.state for one in system.statuses if one.origin.event_id == sample.id]


async def chappe(system: System, *words: str) -> str:
    """The output of a command of an operator; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "agents.cli.main", *words,
        env=system.environment, cwd=system.folder, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == 0, out
    return out.decode()


def reached(system: System, sample: Sample, state: str) -> Callable[[], bool]:
    return lambda: state in states(system, sample)


async def test_an_operator_decides_what_is_in_doubt(
    kafka: Any, unique: str, tmp_path: Path
) -> None:
    options = SimulatorOptions(silent_share=1.0, receipt_delay_s=None)
    samples = [parcel(number) for number in range(3)]
    async with System(kafka.bootstrap, unique, tmp_path, options, smsc=QUICK) as system:
        await system.start()
        publish(system, *samples)
        for sample in samples:
            await system.until(reached(system, sample, "in_doubt"), 15, "in doubt")
        listed = [json.loads(line) for line in (await chappe(
            system, "in-doubt", "list", "--json")).splitlines()]  # fmt: skip
        assert len(listed) == 3
        assert all(one["phone"].startswith("+3361…") for one in listed)
        options.silent_share = 0.0
        first, second, third = (
            next(one.id for one in system.statuses if one.origin.event_id == sample.id)
            for sample in samples
        )
        assert "1 sent again" in await chappe(system, "in-doubt", "resend", first, "--yes")
        assert "1 given up" in await chappe(system, "in-doubt", "drop", second, "--yes")
        await system.until(reached(system, samples[0], "submitted"), 15, "sent again")
        await system.until(reached(system, samples[1], "cancelled"), 15, "given up")
        assert states(system, samples[0]) == ["queued", "in_doubt", "retrying", "submitted"]
        left = await chappe(system, "in-doubt", "list")
        assert third in left and first not in left and second not in left
        texts = [one.text for one in system.simulator.inbox]
        assert texts.count(str(samples[0].text)) == 2, "as the operator was told"


@pytest.mark.parametrize(
    ("options", "expected", "why"),
    [
        (
            {"late_share": 1.0, "late_s": 2.5, "receipt_delay_s": None},
            ["queued", "in_doubt", "submitted"],
            "the answer comes after its time-out",
        ),
        (
            {"silent_share": 1.0, "receipt_delay_s": 2.0},
            ["queued", "in_doubt", "delivered"],
            "no answer ever, but a receipt that echoes our reference",
        ),
    ],
)
async def test_a_doubt_is_settled_by_what_comes_late(
    options: dict[str, Any], expected: list[str], why: str,
    kafka: Any, unique: str, tmp_path: Path,
) -> None:  # fmt: skip
    sample, simulator = parcel(1), SimulatorOptions(**options)
    async with System(kafka.bootstrap, unique, tmp_path, simulator, smsc=QUICK) as system:
        await system.start()
        publish(system, sample)
        await system.until(reached(system, sample, expected[-1]), 40, why)
        assert states(system, sample) == expected
        assert system.simulator.inbox.total == 1


@pytest.mark.parametrize(
    ("options", "expected", "copies", "why"),
    [
        (
            {"answer_delay_s": 1.5},
            ["queued", "retrying", "submitted"],
            1,
            "slower than its time-out: the yes comes before the next copy goes",
        ),
        (
            {"silent_share": 1.0},
            ["queued", "retrying", "retrying", "retrying", "in_doubt"],
            4,
            "it never answers",
        ),
    ],
)
async def test_resending_has_an_end(
    options: dict[str, Any], expected: list[str], copies: int, why: str,
    kafka: Any, unique: str, tmp_path: Path,
) -> None:  # fmt: skip
    sample, simulator = otp(1), SimulatorOptions(receipt_delay_s=None, **options)
    async with System(kafka.bootstrap, unique, tmp_path, simulator, smsc=QUICK) as system:
        await system.start()
        publish(system, sample)
        await system.until(reached(system, sample, expected[-1]), 20, why)
        assert states(system, sample) == expected
        assert system.simulator.inbox.total == copies


async def test_what_an_operator_decided_stands_when_the_answer_comes(
    kafka: Any, unique: str, tmp_path: Path
) -> None:
    """Given up while its answer was still on its way."""
    sample = parcel(1)
    options = SimulatorOptions(late_share=1.0, late_s=8.0, receipt_delay_s=None)
    async with System(kafka.bootstrap, unique, tmp_path, options, smsc=QUICK) as system:
        await system.start()
        publish(system, sample)
        await system.until(reached(system, sample, "in_doubt"), 15, "in doubt")
        assert "1 given up" in await chappe(system, "in-doubt", "drop", "--all", "--yes")
        await system.until_metric(
            "gateway", "late_answers_total", 'outcome="unused"', at_least=1, timeout_s=15
        )
        assert states(system, sample) == ["queued", "in_doubt", "cancelled"]


async def test_a_long_retry_survives_its_gateway(kafka: Any, unique: str, tmp_path: Path) -> None:
    """It waits in chappe.retries; only the segment that was refused is sent again."""
    sample = parcel(1)
    options = SimulatorOptions(refuse_prefixes={"33610000001": 0x14})
    toml = f"""
[[smsc]]
name = "main"
url = "smpp://me:secret@127.0.0.1:{free_port()}"
[smsc.verdicts]
0x0014 = "retry 12s 3 full"
"""
    port = int(toml.partition("127.0.0.1:")[2].partition('"')[0])
    options.port = port
    async with System(kafka.bootstrap, unique, tmp_path, options, toml=toml) as system:
        await system.start()
        publish(system, sample)
        await system.until(reached(system, sample, "retrying"), 15, "refused, to be tried again")
        options.refuse_prefixes = {}
        system.kill("gateway")
        await system.start("gateway")
        await system.until(reached(system, sample, "delivered"), 30, "sent by the next gateway")
        assert states(system, sample) == ["queued", "retrying", "submitted", "delivered"]


async def test_the_next_smsc_takes_over(kafka: Any, unique: str, tmp_path: Path) -> None:
    """By route: +3361 prefers `a`; when its link is down `b` takes what waits."""
    ports = free_port(), free_port()
    toml = f"""
[[smsc]]
name = "a"
url = "smpp://me:secret@127.0.0.1:{ports[0]}"
bind = "transmitter+receiver"
binds = 2
[[smsc]]
name = "b"
url = "smpp://me:secret@127.0.0.1:{ports[1]}"
[[route]]
to = ["a", "b"]
prefix = "+3361"
[[route]]
to = ["b", "a"]
"""
    spare = Simulator(SimulatorOptions(port=ports[1]))
    await spare.start()
    samples = [parcel(number) for number in range(40)]
    try:
        async with System(
            kafka.bootstrap, unique, tmp_path, SimulatorOptions(port=ports[0]), toml=toml
        ) as system:
            await system.start()
            publish(system, *samples[:20])
            for sample in samples[:20]:
                await system.until(reached(system, sample, "delivered"), 20, "through a")
            assert (system.simulator.inbox.total, spare.inbox.total) == (20, 0)
            await system.simulator.stop()
            publish(system, *samples[20:])
            for sample in samples[20:]:
                await system.until(reached(system, sample, "delivered"), 20, "through b")
            assert spare.inbox.total == 20
            await system.simulator.start()
    finally:
        await spare.stop()
