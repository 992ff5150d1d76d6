"""docs/first-notification.md as a newcomer follows it: its commands, in its order, by hand.

Rules: nothing is typed that is not on the page, in a fresh folder, with the wheel in a fresh
environment; what the page shows must be shown. Three things are other than on the page: the
ports (localhost:9092 and 2775), and `lib`, which is there already.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.integration.page import Block, Typist, blocks, shape
from tests.integration.system import ROOT
from tests.kafka.broker import Broker, free_port
from tests.kafka.jars import HERE, class_path

pytestmark = pytest.mark.integration

PAGE = ROOT / "docs" / "first-notification.md"


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of `chappe`, as the wheel installs it, and nothing else of this checkout.

    What it depends on is taken from this environment: `make wheel` installs that from its lock,
    which takes a minute and is not what this page is about.
    """
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "-q"]
    wheel = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, *wheel], check=True)
    venv.create(folder / "venv", with_pip=False)
    (built,) = folder.glob("*.whl")
    python = str(folder / "venv" / "bin" / "python")
    install = ["--python", python, "install", "--no-deps", "--no-index", str(built)]
    subprocess.run([*pip[:-1], *install, "-q"], check=True)
    (libraries,) = (folder / "venv" / "lib").glob("python*/site-packages")
    # A path in a .pth is appended, and no .pth in it is read: the checkout stays out.
    (libraries / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "venv" / "bin"


def environment(commands: Path, folder: Path) -> dict[str, str]:
    """A newcomer's: no `CHAPPE_…`, and a home of their own."""
    kept = {name: it for name, it in os.environ.items() if name in ("LANG", "JAVA_HOME", "PATH")}
    return {
        **kept,
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }


def test_the_page(own_kafka: Broker, commands: Path, tmp_path: Path) -> None:
    assert shutil.which("kcat"), "kcat is missing. On Debian or Ubuntu: apt-get install kcat"
    here = {"localhost:9092": own_kafka.bootstrap, "2775": str(free_port())}
    class_path()  # fetches the jars where they are not there
    with Typist(tmp_path, environment(commands, tmp_path)) as typist:
        for block in blocks(PAGE.read_text("utf-8"), here):
            _followed(block, typist, tmp_path / "texts")


def _followed(block: Block, typist: Typist, folder: Path) -> None:
    if block.language == "java":
        (folder / block.words["file"]).write_text(block.content)
        (folder / "lib").symlink_to(HERE / "target" / "lib")
    else:
        typist.follow(block)


def test_nothing_of_the_checkout_is_seen(commands: Path, tmp_path: Path) -> None:
    """Else the page would be tried on something that nobody installs."""
    program = "import agents, agents.cli.init as it; print(agents.__file__, it.STARTER)"
    run = subprocess.run(
        [commands / "python", "-c", program], env=environment(commands, tmp_path),
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert all(path.startswith(str(commands.parent)) for path in run.stdout.split())


@pytest.mark.parametrize(
    ("page", "shown", "same", "why"),
    [
        ("a\nb\n", "a\nb\n", True, "as it stands"),
        ("a\n", "a\nmore\n", True, "what comes after it is left out"),
        ("b\n", "a\nb\n", False, "what comes before it is not"),
        ("…\nb\n", "a\nx\nb\n", True, "unless that is said"),
        ("a\n…\nb\n", "a\nb\n", True, "any lines are also none"),
        ("at … UTC\n", "at 10:00 UTC\n", True, "something in a line"),
        ("at … UTC\n", "at 10:00\nUTC\n", False, "but not its end"),
        ("1 fault\n", "1 faults\n", False, "a line is whole"),
        ("a.c\n", "abc\n", False, "nothing else is a pattern"),
    ],
)
def test_what_a_page_allows(page: str, shown: str, same: bool, why: str) -> None:
    assert bool(shape(page).search(shown)) is same, why
