"""`chappe smsc`: what its command line says, and one run of the real process."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from agents.cli.smsc import smsc
from tests.agents.simulator.esme import esme
from tests.agents.simulator.running import until

ROOT = Path(__file__).resolve().parents[3]

WRONG: list[tuple[str, list[str], str]] = [
    ("another option", ["--set", "throtle_share=1"], "did you mean `throttle_share`?"),
    ("no value", ["--set", "mute"], "expected OPTION=VALUE"),
    ("a wrong value", ["--set", "mute=perhaps"], "mute: expected true or false"),
    ("a wrong mapping", ["--set", "refuse_shares={8: 2}"], "refuse_shares.8: expected at most 1"),
    ("no YAML", ["--set", "receipt_steps=[ENROUTE"], "--set:1: not YAML"),
    ("no file", ["--scenario", "missing.yaml"], "missing.yaml: can't be read"),
    ("a wrong status", ["--bind-status", "x"], "'x' is no command_status"),
]


@pytest.mark.parametrize(("why", "line", "said"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_lines_are_told(why: str, line: list[str], said: str) -> None:
    result = CliRunner().invoke(smsc, line)
    assert result.exit_code != 0
    assert said in result.output


SCENARIO = """\
description: One rehearsal
options: {port: 0, throttle_share: 0.5, refuse_status: 0x45, inbox_limit: 7}
timeline:
  - at: 10ms
    say: all are refused
    set: {refuse_share: 1}
"""


async def test_the_process(tmp_path: Path) -> None:
    """What is on the line wins over the file; the log outlives a process that is killed."""
    scenario, log = tmp_path / "s.yaml", tmp_path / "submits.jsonl"
    scenario.write_text(SCENARIO)
    line = ["--scenario", str(scenario), "--admin-port", "0", "--throttle-share", "0"]
    line += ["--submit-log", str(log), "--set", "receipt_steps=[ENROUTE]"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agents.cli.main", "smsc", *line),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said = [(await process.stderr.readline()).decode().strip() for _ in range(4)]
    assert said[2:] == ["One rehearsal", "all are refused"]
    port = int(said[0].split(",")[0].rpartition(":")[2])
    async with aiohttp.ClientSession() as http, http.get(said[1].split()[-1]) as answer:
        options = (await answer.json())["options"]
    chosen = [options[name] for name in ("throttle_share", "refuse_status", "inbox_limit")]
    assert (chosen, options["receipt_steps"]) == ([0.0, 0x45, 7], ["ENROUTE"])
    async with esme(port) as client:
        client.submit()
        await until(lambda: client.answers, "the answer")
        process.send_signal(signal.SIGKILL)
        await process.wait()
    (written,) = [json.loads(each) for each in log.read_text("utf-8").splitlines()]
    assert (written["command_status"], client.answers[0].command_status) == (0x45, 0x45)
