"""The run file: who is found by it, and who is not."""

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import pytest

from agents.run_file import Running, read_run_file, run_file
from agents.settings import run_file_path


@pytest.fixture
def broker() -> Iterator[str]:
    """Something that listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_it_is_there_meanwhile_and_its_owners_alone(tmp_path: Path, broker: str) -> None:
    path = tmp_path / "chappe" / "run.json"
    mine = Running("up", os.getpid(), broker, "a.", "b.")
    with run_file(path, mine) as before:
        assert before is None
        assert read_run_file(path) == mine
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert [one.name for one in path.parent.iterdir()] == ["run.json"]
    assert not path.exists()


def test_the_last_one_has_it_and_gives_it_back(tmp_path: Path, broker: str) -> None:
    path = tmp_path / "run.json"
    first, second = Running("up", os.getpid(), broker), Running("demo", os.getpid(), broker)
    with run_file(path, first):
        with run_file(path, second) as before:
            assert before == first
            assert read_run_file(path) == second
        assert read_run_file(path) == first
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


def test_what_is_another_ones_by_now_is_left_alone(tmp_path: Path, broker: str) -> None:
    path = tmp_path / "run.json"
    first, second = Running("up", os.getpid(), broker), Running("demo", os.getpid(), broker)
    with run_file(path, second):
        path.write_text(json.dumps(asdict(first)))
    assert read_run_file(path) == first


def test_it_is_not_given_back_to_one_whose_broker_is_gone(tmp_path: Path, broker: str) -> None:
    path = tmp_path / "run.json"
    second = Running("demo", os.getpid(), broker)
    with socket.create_server(("127.0.0.1", 0)) as server:
        path.write_text(
            json.dumps(asdict(Running("up", os.getpid(), f"127.0.0.1:{server.getsockname()[1]}")))
        )
        stack = ExitStack()
        assert stack.enter_context(run_file(path, second)) is not None
    stack.close()
    assert not path.exists()


def test_it_is_not_given_back_to_one_that_was_killed(tmp_path: Path, broker: str) -> None:
    path = tmp_path / "run.json"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        path.write_text(json.dumps(asdict(Running("up", child.pid, broker))))
        with run_file(path, Running("demo", os.getpid(), broker)) as before:
            assert before is not None
            child.kill()
            child.wait()
    assert not path.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "nothing was written"),
        ("{half", "not JSON"),
        ("[]", "no object"),
        ('{"command": "up"}', "lacks what it needs"),
        ('{"command": "up", "pid": "x", "kafka": "127.0.0.1:1"}', "its pid is none"),
        ('{"command": "up", "pid": 0, "kafka": "nowhere"}', "its address is none"),
    ],
)
def test_what_says_nothing_is_removed(content: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(content)
    assert read_run_file(path) is None, why
    assert not path.exists()


def test_of_a_process_that_was_killed_nothing_is_believed(
    tmp_path: Path, broker: str, gone: int
) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(asdict(Running("demo", gone, broker))))
    assert read_run_file(path) is None
    assert not path.exists()


def test_a_pid_that_is_anothers_by_now_is_no_broker(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"127.0.0.1:{server.getsockname()[1]}"
    path.write_text(json.dumps(asdict(Running("demo", os.getpid(), closed))))
    assert read_run_file(path) is None


def test_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    assert run_file_path() == Path("/run/user/7/chappe/run.json")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert run_file_path() == Path("/state/chappe/run.json")
