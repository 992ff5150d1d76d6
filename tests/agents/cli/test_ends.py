"""How commands end: by Ctrl-C at a terminal, by a closed pipe, by what is not there, by a defect.

Rule: a key is typed, and a signal sent, when what they answer can be read.
"""

import asyncio
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from confluent_kafka.admin import AdminClient

import agents.cli.text
from agents.cli.main import main
from agents.exits import Exit
from agents.kafka.embedded import EmbeddedBroker
from agents.settings import child_environment
from tests.agents.cli.terminal import ROOT, Terminal
from tests.agents.simulator.running import running

CTRL_C = "\x03"
BOUND_S = 8.0
"""From Ctrl-C to the end, on a machine that is busy; what drains has CHAPPE_DRAIN_S of it."""


@pytest.fixture(scope="module")
def kafka() -> Iterator[str]:
    """With the topic that is followed."""
    broker = EmbeddedBroker()
    client = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 2})
    client.list_topics("sms.status", timeout=10)
    yield broker.bootstrap


@pytest.fixture
def silent() -> Iterator[str]:
    """A host that takes connections and says nothing, which takes clients the longest."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def interrupted(terminal: Terminal) -> tuple[int, float]:
    """Exit status, and the seconds it took."""
    began = time.monotonic()
    terminal.type(CTRL_C)
    status = terminal.end()
    assert "Traceback" not in terminal.shown, terminal.shown
    return status, time.monotonic() - began


LONG = [
    (("tail",), "following sms.status", Exit.OK, "it is its end"),
    (("smsc", "--port", "0"), "Ctrl-C ends it", Exit.OK, "it is its end"),
    (("up",), "a second terminal", Exit.OK, "it drains what has only begun"),
    (("up",), "Chappe is ready", Exit.OK, "it drains"),
    (("gateway",), "metrics, healthz and readyz", Exit.OK, "it drains"),
    (("preview", "otp-requested", "--watch"), "Ctrl-C ends it", Exit.OK, "it is its end"),
]


@pytest.mark.parametrize(("command", "until", "status", "why"), LONG, ids=lambda it: str(it)[:30])
def test_ctrl_c(
    command: tuple[str, ...], until: str, status: int, why: str, kafka: str, tmp_path: Path
) -> None:
    settings = {"CHAPPE_KAFKA": kafka, "CHAPPE_PARTITIONS": "4", "TERM": "xterm",
                "CHAPPE_DATA": str(tmp_path / "data")}  # fmt: skip
    if command == ("up",):
        settings |= {"CHAPPE_KAFKA": "", "CHAPPE_PARTITIONS": ""}
    with Terminal(*command, cwd=tmp_path, **settings) as terminal:
        terminal.until(until)
        ended, took = interrupted(terminal)
    assert ended == status, f"{why}\n{terminal.shown}"
    assert took < BOUND_S


@pytest.mark.parametrize("command", ["engine", "gateway", "receipts"])
def test_ctrl_c_while_kafka_says_nothing(command: str, silent: str, tmp_path: Path) -> None:
    """SIGINT once the loop has taken it over: it is then waiting for Kafka."""
    with child(command, CHAPPE_KAFKA=silent, cwd=tmp_path) as process:
        until_taken(process)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=BOUND_S)
    assert (process.returncode, b"Traceback" in said) == (0, False), said
    assert time.monotonic() - began < BOUND_S


@pytest.mark.parametrize(
    ("arguments", "number", "status"),
    [
        (("tail",), signal.SIGINT, 0),
        (("in-doubt", "list"), signal.SIGINT, 130),
        (("in-doubt", "list"), signal.SIGTERM, 143),
        (("publish", "events.jsonl", "--topic", "t"), signal.SIGINT, 130),
    ],
)
def test_what_looks_at_kafka_is_stopped_at_once(
    arguments: tuple[str, ...], number: signal.Signals, status: int, silent: str, tmp_path: Path
) -> None:
    (tmp_path / "events.jsonl").write_text("{}\n")
    with child(*arguments, CHAPPE_KAFKA=silent, cwd=tmp_path) as process:
        until_taken(process)
        process.send_signal(number)
        out, said = process.communicate(timeout=BOUND_S)
    assert (process.returncode, out, b"Traceback" in said) == (status, b"", False), said


@pytest.mark.parametrize("command", ["up", "tail", "publish events.jsonl --topic t"])
def test_a_kafka_that_says_nothing_is_told_of_once_while_it_is_tried(
    command: str, silent: str, tmp_path: Path
) -> None:
    (tmp_path / "events.jsonl").write_text("{}\n")
    with child(*command.split(), CHAPPE_KAFKA=silent, CHAPPE_LOG="error", cwd=tmp_path) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=BOUND_S)
    assert first.decode() == f"still trying to reach Kafka at {silent} …\n"
    assert (out, rest) == (b"", b"")


def child(*arguments: str, cwd: Path, **settings: str) -> "subprocess.Popen[bytes]":
    environment = child_environment({"PYTHONPATH": str(ROOT), **settings}, inherit=False)
    return subprocess.Popen(
        [sys.executable, "-m", "agents.cli.main", *arguments], cwd=cwd, env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def until_taken(process: "subprocess.Popen[bytes]") -> None:
    """Until the process catches SIGHUP, which Python by itself does not."""
    mask = 1 << (signal.SIGHUP - 1)
    deadline = time.monotonic() + 20
    while True:
        status = Path(f"/proc/{process.pid}/status").read_text()
        (caught,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")]
        if int(caught, 16) & mask:
            return
        assert process.poll() is None and time.monotonic() < deadline, "no signal was taken over"
        time.sleep(0.02)


def test_ctrl_c_in_the_middle_of_stdin(tmp_path: Path) -> None:
    with child("text", "--jsonl", cwd=tmp_path) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b'"one"\n')
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(BOUND_S) == 130
        assert process.stderr is not None
        assert process.stderr.read().strip() == b"Aborted!"


def test_a_closed_pipe_is_no_failure_to_speak_of(tmp_path: Path) -> None:
    with child("text", "--jsonl", cwd=tmp_path) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b'"one"\n')
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(b'"two"\n')
        process.stdin.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 141


async def test_a_gateway_says_which_password_is_wrong(kafka: str, tmp_path: Path) -> None:
    """It stays up and tries again: the carrier may mend it, and a restart would not."""
    async with running(password="right") as (_, port):
        settings = {"CHAPPE_KAFKA": kafka, "CHAPPE_PARTITIONS": "4",
                    "CHAPPE_SMSC": f"smpp://acme:wrong@127.0.0.1:{port}"}  # fmt: skip
        process = child("gateway", cwd=tmp_path, **settings)
        try:
            line = ""
            while "the next try in" not in line:
                assert process.stderr is not None
                line = (await asyncio.to_thread(process.stderr.readline)).decode()
                assert line, "it ended"
            assert "the SMSC refused the bind with 0x0E (wrong password)" in line
        finally:
            process.terminate()
            process.communicate(timeout=20)
        assert process.returncode == 0


def test_a_defect_is_said_and_has_a_status_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(agents.cli.text, "measure", broken)
    found = CliRunner().invoke(main, ["text", "hello"])
    assert found.exit_code == Exit.DEFECT
    assert "ZeroDivisionError" in found.stderr and "a defect of Chappe" in found.stderr


def test_no_java(tmp_path: Path) -> None:
    """`make tools`, on which `make test` stands, where there is little but a shell."""
    for name in ("make", "sort", "tr"):
        there = shutil.which(name)
        assert there, name
        (tmp_path / name).symlink_to(there)
    ran = subprocess.run(
        [str(tmp_path / "make"), "-s", "tools", "TOOLS=javac:openjdk-17-jdk-headless mvn:maven"],
        cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert "apt-get install maven openjdk-17-jdk-headless" in ran.stderr
    assert "The tests that need none of them: make unit" in ran.stderr


def test_colour_at_a_terminal_and_none_where_nobody_wants_it(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        with Terminal("catalog", "check", "texts", cwd=tmp_path, **environment) as terminal:
            assert terminal.end() == 1
        assert ("\x1b[" in terminal.shown) is coloured, terminal.shown
