"""The commands, as their users type them: publish, tail, up, wrong settings, SIGTERM.

Rule: every command is a child process; its exit status and its words are what is tested.
"""

import asyncio
import json
import os
import re
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agents.settings import child_environment
from agents.simulator.options import SimulatorOptions
from agents.up import PROCESSES
from schemas.status import State
from tests.integration.events import parcel, sale
from tests.integration.system import ROOT, System, alive

pytestmark = pytest.mark.integration


async def ended(system: System, *arguments: str, **settings: str) -> tuple[int, str]:
    """Exit status and words of a command that ends by itself."""
    name = "-".join(["ended", arguments[0], *settings]).lower()
    await system.command(*arguments, name=name, **settings)
    process = system.processes.pop(name)
    async with asyncio.timeout(20):
        status = await process.wait()
    return status, system.log(name).read_text()


async def test_in_test_mode_only_the_numbers_listed_are_texted(
    kafka: Any, unique: str, tmp_path: Path
) -> None:
    listed, stranger = parcel(1), parcel(2)
    async with System(
        kafka.bootstrap, unique, tmp_path, CHAPPE_TEST_NUMBERS=listed.phone
    ) as system:
        await system.start()
        for sample in (stranger, listed):
            system.producer.produce(system.domain("parcels"), sample.value.encode())
        await system.until(
            lambda: {s.state for s in system.statuses} >= {State.DELIVERED, State.REFUSED},
            15, "both ended",
        )  # fmt: skip
        (refused,) = [s for s in system.statuses if s.state is State.REFUSED]
        assert (refused.origin.event_id, refused.reason) == (stranger.id, "test_mode")
        assert [one.text for one in system.simulator.inbox] == [listed.text]


async def test_publish_and_tail(kafka: Any, unique: str, tmp_path: Path) -> None:
    samples = [parcel(n) for n in range(3)]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(sample.value for sample in samples) + "\n\n")
    broken = tmp_path / "broken.jsonl"
    broken.write_text(f"{samples[0].value}\n{{half\n")
    async with System(kafka.bootstrap, unique, tmp_path) as system:
        await system.start()
        topic = system.domain("parcels")
        status, words = await ended(system, "publish", str(broken), "--topic", topic)
        assert status == 1 and f"{broken}:2" in words and "nothing was published" in words
        await system.command("tail", "--json", name="tail")
        status, words = await ended(system, "publish", str(file), "--topic", topic,
                                    CHAPPE_LOG="warning")  # fmt: skip
        assert (status, words) == (0, f"3 events published to {topic}\n")
        more = 10

        def followed() -> list[dict[str, Any]]:
            return [
                json.loads(x) for x in system.log("tail").read_text().splitlines() if x[0] == "{"
            ]

        while not any(one["state"] == "delivered" for one in followed()) and more < 200:
            # tail follows from now on, and can't say when its now was: publish until it shows
            system.producer.produce(topic, parcel(more).value.encode())
            more += 1
            await asyncio.sleep(0.1)
        assert any(one["state"] == "delivered" for one in followed())
        assert await system.terminate("tail") < 5


@pytest.mark.parametrize(
    ("variable", "value", "takes"),
    [
        ("CHAPPE_KAFKA", "localhost", "host:port"),
        ("CHAPPE_CATALOG", "/nowhere", "folder"),
        ("CHAPPE_SMSC", "http://x", "smpp://"),
        ("CHAPPE_SMSC", "smpp://a:b@localhost:2775?window=0", "window"),
        ("CHAPPE_MODE", "prod", "test or live"),
        ("CHAPPE_TEST_NUMBERS", "0612345678", "+33612345678"),
        ("CHAPPE_START", "now", "latest or earliest"),
        ("CHAPPE_PARTITIONS", "many", "whole number"),
        ("CHAPPE_REPLICATION", "0", "whole number"),
        ("CHAPPE_METRICS_PORT", "99999", "65535"),
        ("CHAPPE_TYPO", "1", "known are"),
    ],
)
async def test_a_wrong_setting_is_named(
    variable: str, value: str, takes: str, tmp_path: Path
) -> None:
    system = System("127.0.0.1:1", "settings", tmp_path)
    status, words = await ended(system, "engine", **{variable: value})
    assert status == 2
    assert variable in words and takes in words and "Traceback" not in words


async def test_another_number_of_partitions_is_refused(
    kafka: Any, unique: str, tmp_path: Path
) -> None:
    async with System(kafka.bootstrap, unique, tmp_path) as system:
        await system.start("gateway")
        status, words = await ended(system, "engine", CHAPPE_PARTITIONS="5")
        assert status == 2 and "set CHAPPE_PARTITIONS=4" in words


@pytest.mark.parametrize("victim", PROCESSES)
async def test_up_ends_and_says_why(victim: str, kafka: Any, unique: str, tmp_path: Path) -> None:
    async with System(kafka.bootstrap, unique, tmp_path) as system:
        port = system.ports["engine"]
        system.ports.update({name: port + place for place, name in enumerate(PROCESSES)})
        await system.command("up", name="up", CHAPPE_METRICS_PORT=str(port))
        for name in PROCESSES:
            await system.until_ready(name)
        ready = f"ready, from Kafka at {kafka.bootstrap} to chappe@127.0.0.1:{system.options.port}"
        await system.until(lambda: ready in system.said(), 5, "it is said that all are ready")
        up = system.processes.pop("up")
        children = {name: child(up.pid, name) for name in PROCESSES}
        os.kill(children[victim], signal.SIGKILL)
        async with asyncio.timeout(20):
            assert await up.wait() == 69
        assert re.search(rf"the {victim} ended with exit status -9", system.said())
        assert not [pid for pid in children.values() if alive(pid)]


def child(parent: int, name: str) -> int:
    """The process of `chappe <name>` below another."""
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            return int(pid)
    raise AssertionError(f"{parent} has no child {name}")


async def test_ctrl_c_in_a_terminal_ends_up_cleanly(tmp_path: Path) -> None:
    """It goes to every process of the terminal's group, and each must hear of it once."""
    environment = child_environment(
        {"PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": str(tmp_path)}, inherit=False
    )
    with (tmp_path / "up.log").open("wb") as log:
        up = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "agents.cli.main", "up", env=environment, cwd=tmp_path,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    said = tmp_path / "up.log"
    async with asyncio.timeout(30):
        while said.read_text().count("metrics, healthz and readyz") < len(PROCESSES):
            assert up.returncode is None, said.read_text()
            await asyncio.sleep(0.05)
    os.killpg(up.pid, signal.SIGINT)
    async with asyncio.timeout(15):
        assert await up.wait() == 0, said.read_text()
    assert "Traceback" not in said.read_text(), said.read_text()


async def test_sigterm_drains_in_bounded_time(kafka: Any, unique: str, tmp_path: Path) -> None:
    """With thousands waiting: what was begun is finished, the rest is sent after a restart."""
    options = SimulatorOptions(answer_delay_s=0.1)
    samples = [sale(n) for n in range(1500)]
    async with System(kafka.bootstrap, unique, tmp_path, options, window=50) as system:
        await system.start()
        for sample in samples:
            system.producer.produce(system.domain(sample.short), sample.value.encode())
        await system.until(lambda: system.simulator.inbox.total > 100, 20, "100 were sent")
        took = await asyncio.gather(*(system.terminate(name) for name in reversed(PROCESSES)))
        assert max(took) < 12
        assert system.simulator.inbox.total < len(samples)
        options.answer_delay_s = 0.0
        await system.start()
        await system.until(
            lambda: system.simulator.inbox.total >= len(samples), 40, "all were sent"
        )
        texts = sorted(one.text for one in system.simulator.inbox)
        assert texts == sorted(str(sample.text) for sample in samples)
        with (tmp_path / "submits.jsonl").open() as log:
            lines = [json.loads(line) for line in log]
        segments = Counter((one["destination"], one["segment"]) for one in lines)
        assert max(segments.values()) == 1  # also of the messages that were half sent
