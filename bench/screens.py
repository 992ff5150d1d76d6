"""Takes the demo's screens anew, as text: `make screens` (needs tmux).

Rules: it is the real demo in a real terminal of the size named; what is written is what tmux
shows, blanks at the ends of lines cut. The figures on them are of the machine that took them.
"""

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs" / "screens"
DEMO = [sys.executable, "-m", "agents.cli.main", "demo"]
PATIENCE_S = 90.0
LOOK_S = 0.2
WINDOW = "chappe-screens"


def main() -> None:
    """Two sizes, one of them after a kill too, and one round in lines."""
    with tempfile.TemporaryDirectory(prefix="chappe-") as folder:
        mine = {**os.environ, "XDG_RUNTIME_DIR": folder}  # another demo keeps its run file
        screens(80, 24, mine, killed=True)
        screens(160, 50, mine, killed=False)
        piped = subprocess.run([*DEMO, "--once"], env=mine, capture_output=True, check=True)
    write("once", piped.stdout.decode())


def screens(width: int, height: int, environment: dict[str, str], *, killed: bool) -> None:
    """The demo after some events; with `killed` also when its gateway has recovered."""
    size = ["-x", str(width), "-y", str(height)]
    tmux("new-session", "-d", "-s", WINDOW, *size, shlex.join(DEMO), environment=environment)
    try:
        write(f"{width}x{height}", until(lambda shown: shown.count("otp.requested") >= 3))
        if killed:
            tmux("send-keys", "-t", WINDOW, "k")
            write(f"{width}x{height}-killed", until(settled))
    finally:
        tmux("kill-session", "-t", WINDOW)  # SIGHUP, which the demo takes for a stop


def settled(shown: str) -> bool:
    """What was in doubt was sent again, and nothing more is."""
    return "were in doubt" in shown and " in doubt," not in shown.splitlines()[1]


def until(condition: Callable[[str], bool]) -> str:
    """The screen when it shows this."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition(shown := tmux("capture-pane", "-p", "-t", WINDOW)):
        if time.monotonic() > deadline:
            sys.exit(f"not within {PATIENCE_S:g} s:\n{shown}")
        time.sleep(LOOK_S)
    return shown


def tmux(*arguments: str, environment: dict[str, str] | None = None) -> str:
    """On a server of its own, so that the environment is the one given."""
    command = ["tmux", "-L", WINDOW, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout.decode()


def write(name: str, shown: str) -> None:
    """`docs/screens/demo-<name>.txt`."""
    lines = [line.rstrip() for line in shown.splitlines()]
    (DOCS / f"demo-{name}.txt").write_text("\n".join(lines).rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    main()
