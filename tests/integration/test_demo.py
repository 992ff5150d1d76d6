"""The demo and `up` without a Kafka of one's own, as somebody new types them.

Rules: every command is a process; a terminal is a real one; nothing of this machine's settings
or run file counts.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from agents.settings import child_environment
from tests.agents.cli.terminal import Terminal
from tests.integration.system import CATALOG, ROOT

pytestmark = pytest.mark.integration

SCREEN_ON, SCREEN_OFF = "\x1b[?1049h", "\x1b[?1049l"
ENDS_S = 90.0


class Commands:
    """`chappe …`, each with a file of what it says; those that still run are ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runtime = folder / "runtime"
        self._running: list[asyncio.subprocess.Process] = []

    async def start(
        self, *arguments: str, name: str = "", **settings: str
    ) -> asyncio.subprocess.Process:
        """It is in no session of ours."""
        mine = {"PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": str(self.runtime), **settings}
        with self.log(name or arguments[0]).open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "agents.cli.main", *arguments,
                env=child_environment(mine, inherit=False), cwd=self.folder, stdout=log,
                stderr=log, stdin=asyncio.subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self._running.append(process)
        return process

    async def run(self, *arguments: str, name: str = "", **settings: str) -> tuple[int, str]:
        """Exit status and words."""
        process = await self.start(*arguments, name=name, **settings)
        async with asyncio.timeout(ENDS_S):
            status = await process.wait()
        return status, self.said(name or arguments[0])

    def log(self, name: str) -> Path:
        """Where a command's words are."""
        return self.folder / f"{name}.log"

    def said(self, name: str) -> str:
        """So far."""
        return self.log(name).read_text("utf-8")

    async def until(self, name: str, words: str) -> None:
        """A command has said something."""
        deadline = asyncio.get_running_loop().time() + ENDS_S
        while words not in self.said(name):
            assert asyncio.get_running_loop().time() < deadline, self.said(name)
            await asyncio.sleep(0.05)

    async def end(self) -> None:
        """Ctrl-C to each."""
        for process in self._running:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                async with asyncio.timeout(30):
                    await process.wait()


@pytest.fixture
async def commands(tmp_path: Path) -> Any:
    """Of this test alone."""
    made = Commands(tmp_path)
    yield made
    await made.end()


async def test_once_in_lines(commands: Commands) -> None:
    """In a folder with packages that are called as ours are."""
    for name in ("agents", "schemas"):
        (commands.folder / name).mkdir()
        (commands.folder / name / "__init__.py").write_text("raise SystemExit('not ours')")
    status, words = await commands.run("demo", "--once")
    assert status == 0, words
    assert "117 SMS, each exactly the text expected (100 of them a campaign); " in words
    assert "5 codes went past a campaign" in words
    assert "482913 is your code. It is valid for 10 minutes." in words
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", words)
    assert not (commands.runtime / "chappe" / "run.json").exists()


async def test_nothing_is_lost_or_doubled_when_all_breaks(commands: Commands) -> None:
    status, words = await commands.run("demo", "--once", "--throttle", "--cut", "--kill")
    assert status == 0, words
    for said in ("it answers 0x58", "the link was cut: bound again", "recovered, sending again"):
        assert said in words
    assert "217 SMS, each exactly the text expected (200 of them a campaign)" in words


async def test_a_catalog_of_ones_own_and_a_test_that_is_wrong(commands: Commands) -> None:
    own = commands.folder / "texts"
    own.mkdir()
    for name in ("_defaults", "otp-requested", "package-arrived"):
        shutil.copy(CATALOG / f"{name}.yaml", own)
    # a chappe.toml and settings for real sending do not count
    (commands.folder / "chappe.toml").write_text('kafka = "nowhere:9092"\nmode = "live"\n')
    status, words = await commands.run("demo", "--once", "--catalog", "texts")
    assert status == 0, words
    assert "campaign" not in words.replace("behind a campaign of 0", "")
    file = own / "package-arrived.yaml"
    file.write_text(file.read_text("utf-8").replace("has arrived", "is here", 1), "utf-8")
    status, words = await commands.run("demo", "--once", name="wrong", CHAPPE_CATALOG="texts")
    assert status == 1
    assert "missing on the phones: +4477009000" in words and "not expected: +44" in words
    assert "Traceback" not in words


@pytest.mark.parametrize("command", ["demo", "up"])
async def test_a_second_terminal_just_works(command: str, commands: Commands) -> None:
    event = {
        "specversion": "1.0", "id": "e-1", "source": "/parcels", "type": "package.arrived",
        "data": {"parcel_id": "X1", "phone": "+447700900999", "locale": "en"},
    }  # fmt: skip
    (commands.folder / "events.jsonl").write_text(json.dumps(event))
    first = await commands.start(command, CHAPPE_LOG="info")
    await commands.until(command, "export CHAPPE_KAFKA=127.0.0.1:")
    await commands.start("tail", "--json")
    await commands.until("tail", f"using the broker of `chappe {command}` (process {first.pid})")
    await commands.until("tail", "following sms.status")
    for number in range(200):
        event["id"] = f"e-{number}"
        (commands.folder / "events.jsonl").write_text(json.dumps(event))
        name = f"publish-{number}"
        status, words = await commands.run(
            "publish", "events.jsonl", "--topic", "domain.parcels", name=name
        )
        assert status == 0 and "1 event published" in words, words
        if '"package-arrived"' in commands.said("tail") and "447700900999" in commands.said("tail"):
            break
    else:
        pytest.fail(commands.said("tail"))
    await commands.end()
    assert first.returncode == 0, commands.said(command)
    assert "Traceback" not in commands.said(command)
    assert not (commands.runtime / "chappe" / "run.json").exists()
    status, words = await commands.run("publish", "events.jsonl", "--topic", "x", name="after")
    assert status == 2 and "neither `chappe demo` nor `chappe up` runs here" in words


def terminal(tmp_path: Path, *arguments: str, **environment: str) -> Terminal:
    """80×24, as most begin."""
    usual = {
        "COLUMNS": "80", "LINES": "24", "TERM": "xterm-256color", "XDG_RUNTIME_DIR": str(tmp_path),
    }  # fmt: skip
    return Terminal("demo", *arguments, cwd=tmp_path, **(usual | environment))


@pytest.mark.parametrize("key", ["q", "\x03"], ids=["q", "ctrl-c"])
def test_the_terminal_is_given_back(key: str, tmp_path: Path) -> None:
    with terminal(tmp_path) as window:
        before = termios.tcgetattr(window.handle)
        window.until(SCREEN_ON)
        window.until("is your code. It is")
        assert not termios.tcgetattr(window.handle)[3] & termios.ICANON
        window.type(key)
        window.until(SCREEN_OFF)
        window.until("SMS on the phones; lost 0, doubled 0")
        assert window.end() == 0
        assert termios.tcgetattr(window.handle)[3] == before[3]
        assert "Traceback" not in window.shown


def test_a_key_kills_the_gateway_and_it_recovers(tmp_path: Path) -> None:
    with terminal(tmp_path, NO_COLOR="1") as window:
        window.until("campaign messages")
        window.type("k")
        window.until("the gateway is killed")
        window.until("recovered, sending again after")
        window.type("q")
        window.until("SMS on the phones; lost 0, doubled 0")
        assert window.end() == 0
        assert not re.search(r"\x1b\[[0-9;]*[34][0-7]m", window.shown)


def test_a_dumb_terminal_gets_lines(tmp_path: Path) -> None:
    with terminal(tmp_path, TERM="dumb") as window:
        window.until("is your code. It is")
        assert "\x1b" not in window.shown
        window.type("\x03")
        assert window.end() == 0


async def test_ctrl_c_while_it_starts(commands: Commands) -> None:
    demo = await commands.start("demo")
    await commands.until("demo", "starting")
    os.killpg(demo.pid, signal.SIGINT)
    async with asyncio.timeout(30):
        assert await demo.wait() == 0
    assert "Traceback" not in commands.said("demo")
