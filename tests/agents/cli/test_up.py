"""`chappe up` says when it can be used, and what it waits for until then.

Rule: every process of it is a real one; what they read is what a person would.
"""

import asyncio
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Timer

import pytest

import agents.up
from agents.settings import child_environment
from agents.up import PROCESSES, ChildEnded, Children, ports_of
from tests.agents.cli.terminal import ROOT
from tests.agents.cli.test_ends import child

PATIENCE_S = 40.0
TWO = """\
[[smsc]]
name = "home"
url = "smpp://me:s3cret@127.0.0.1:1"
[[smsc]]
name = "abroad"
url = "smpp://you:s3cret@127.0.0.1:2"
"""


def up(folder: Path, **settings: str) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    """`chappe up`."""
    return running_until_told("up", folder, **settings)


@contextmanager
def running_until_told(
    command: str, folder: Path, **settings: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """Told to stop after PATIENCE_S, so that who reads its words comes to their end."""
    with child(*command.split(), cwd=folder, XDG_RUNTIME_DIR=str(folder), **settings) as process:
        bound = Timer(PATIENCE_S, process.terminate)
        bound.start()
        try:
            yield process
        finally:
            bound.cancel()
            process.terminate()


@pytest.mark.parametrize(
    ("settings", "toml", "smscs", "why"),
    [
        ({}, "", "the built-in simulator", "none is set"),
        ({"CHAPPE_LOG": "error"}, TWO, "me@127.0.0.1:1, you@127.0.0.1:2",
         "bound or not, which the gateway tells, and however quiet the log"),
    ],
)  # fmt: skip
def test_one_line_says_that_it_is_ready(
    settings: dict[str, str], toml: str, smscs: str, why: str, tmp_path: Path
) -> None:
    (tmp_path / "chappe.toml").write_text(toml)
    with up(tmp_path, **settings) as process:
        assert process.stdout is not None
        lines = list[str]()
        while not lines or not lines[-1].startswith("Chappe is ready"):
            lines.append(process.stdout.readline().decode())
            assert lines[-1], "it ended"
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate()
    (kafka,) = [line.split("=")[1].strip() for line in lines if "export CHAPPE_KAFKA=" in line]
    assert lines[-1] == (
        f"Chappe is ready, from Kafka at {kafka} to {smscs}. Next, in a second terminal: "
        "`chappe tail`, and in a third: `chappe publish FILE --topic TOPIC`\n"
    ), why
    assert (process.returncode, rest) == (0, b"")
    whose = re.findall(rb"the (\w+): metrics, healthz and readyz on port [1-9]", said)
    told = [] if "CHAPPE_LOG" in settings else sorted(PROCESSES)
    assert sorted(map(bytes.decode, whose)) == told
    assert b"s3cret" not in said and "s3cret" not in "".join(lines)
    assert b"Starting..." not in said and b"Stopping..." not in said, "Faust keeps to itself"


SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
"""Two of one kind may be one to the kernel."""


@pytest.mark.parametrize(
    ("command", "started"),
    [
        ("demo --once", "publishing"),
        ("up", "Chappe is ready"),
    ],
)
def test_several_signals_at_once_do_not_leave_its_processes_behind(
    command: str, started: str, tmp_path: Path
) -> None:
    """As `timeout` sends them, to the command and to its group. The folder for what receipts keep
    is gone at the end, and so must be who keeps something there."""
    with running_until_told(command, tmp_path, TMPDIR=str(tmp_path)) as process:
        assert process.stdout is not None
        while started not in (line := process.stdout.readline().decode()):
            assert line, "it ended"
        theirs = children_of(process.pid)
        for number in SIGNALS:
            process.send_signal(number)
        process.wait()
        left = [pid for pid in theirs if Path(f"/proc/{pid}").exists()]
        _, said = process.communicate()
    assert (process.returncode, len(theirs), left) == (0, len(PROCESSES), []), said
    assert b"Traceback" not in said
    assert list(tmp_path.glob("chappe-*")) == []


def children_of(pid: int) -> list[int]:
    """Of all its threads."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def test_who_reads_no_further_ends_it(tmp_path: Path) -> None:
    """With its processes: they would go on with nobody to end them."""
    with up(tmp_path) as process:
        assert process.stdout is not None and process.stderr is not None
        while process.stdout.readline() not in (b"\n", b""):
            """An empty line ends what it says before it starts them."""
        process.stdout.close()
        said = process.stderr.read()  # ends when the last of them has ended
        assert process.wait() == 141, said
    assert b"Traceback" not in said


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Of processes whose Kafka takes connections and says nothing: they are not ready for long."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings = {
            "CHAPPE_KAFKA": f"127.0.0.1:{server.getsockname()[1]}",
            "CHAPPE_CONFIG": str(tmp_path / "chappe.toml"),
            "PYTHONPATH": str(ROOT),
        }
        (tmp_path / "chappe.toml").touch()
        yield child_environment(settings, inherit=False)


async def test_what_is_waited_for_is_told_once(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agents.up, "LATE_S", 0.2)
    stop, told, ports = asyncio.Event(), list[str](), ports_of(0)

    def late(waiting: str) -> None:
        told.append(waiting)
        asyncio.get_running_loop().call_later(0.5, stop.set)  # a look is due every 0.1 s

    await Children(environment, ports).run(stop, ready=lambda: told.append("ready"), late=late)
    words = [f"the {name} (/readyz on port {ports[name]} does not answer)" for name in PROCESSES]
    assert told == [", ".join(words)]


async def test_one_that_ends_before_all_are_ready(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """The engine, since it reads the catalog before it asks Kafka anything."""
    (tmp_path / "fault.yaml").write_text("text: none\n")
    children = Children({**environment, "CHAPPE_CATALOG": str(tmp_path)}, ports_of(0))
    told = list[str]()
    with pytest.raises(ChildEnded, match="the engine ended with exit status 1, its own words"):
        await children.run(asyncio.Event(), ready=lambda: told.append("ready"), late=told.append)
    assert told == []
    assert all(one.returncode is not None for one in children.processes.values())


async def test_one_that_ends_as_it_is_stopped_is_no_failure(environment: dict[str, str]) -> None:
    """A Ctrl-C in a terminal may meet one that has just begun."""
    children, stop = Children(environment, ports_of(0)), asyncio.Event()
    await children.start_all()
    await children.kill("engine")
    stop.set()
    await children._watch(stop)
    await children.stop()


def test_ports_that_differ() -> None:
    assert len(set(ports_of(0).values())) == len(PROCESSES)
