"""Completion, in a shell that loads what docs/cli.md says and is asked as by Tab."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from agents.catalog import load_catalog

ROOT = Path(__file__).parents[3]
OTP = set(load_catalog().templates["otp-requested"].texts)
CASES: list[tuple[str, set[str], str]] = [
    ("cat", {"catalog"}, "a command, from the table"),
    ("catalog ", {"check", "accept"}, "what is in a group"),
    ("in-doubt ", {"list", "resend", "drop"}, "a group of another kind"),
    ("tail --j", {"--json"}, "an option"),
    (
        "catalog check --output-format ",
        {"text", "json", "github", "markdown"},
        "the values of an option",
    ),
    ("text --reference-bits 1", {"16"}, "one of them"),
    ("schema async", {"asyncapi"}, "the values of an argument"),
    ("preview otp", {"otp-requested"}, "a template of the catalog in force"),
    ("preview --locale f", {"fr"}, "a locale of any template, where none is named yet"),
    ("preview otp-requested --locale ", OTP, "a locale of the template"),
    ("preview nothing-such --locale f", {"fr"}, "a template that is none yet"),
    ("try --topic domain.par", {"domain.parcels"}, "a topic of the catalog in force"),
    ("publish --topic domain.par", {"domain.parcels"}, "a topic to publish to"),
    ("text --nothing-such", set(), "no such option"),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `chappe` in it, as it is in the checkout."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "chappe"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m agents.cli.main "$@"\n')
    command.chmod(0o755)
    return folder


def ran(script: str, path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = {name: it for name, it in os.environ.items() if not name.startswith("CHAPPE_")}
    paths = {"PATH": f"{path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-c", script], cwd=path, env={**ours, **paths, **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip


@pytest.mark.parametrize(("line", "offered", "why"), CASES, ids=[case[0] for case in CASES])
def test_bash(line: str, offered: set[str], why: str, path: Path) -> None:
    words = " ".join(shlex.quote(word) for word in ["chappe", *line.split(" ")])
    found = ran(
        'eval "$(_CHAPPE_COMPLETE=bash_source chappe)"; '
        f"COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
        '$(complete -p chappe | sed -E "s/.*-F ([^ ]+).*/\\1/") chappe; '
        'printf "%s\\n" "${COMPREPLY[@]}"',
        path,
    )
    assert found.stderr == "", why
    assert {word.strip() for word in found.stdout.splitlines() if word} == offered, why


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_others_have_a_script(shell: str, path: Path) -> None:
    assert "_CHAPPE_COMPLETE" in ran("chappe", path, _CHAPPE_COMPLETE=f"{shell}_source").stdout


def test_the_catalog_that_the_line_names_is_asked(path: Path, tmp_path: Path) -> None:
    ran(f"chappe init {tmp_path / 'mine'}", path)
    asked = {"_CHAPPE_COMPLETE": "bash_complete", "COMP_CWORD": "5",
             "COMP_WORDS": f"chappe try --catalog {tmp_path / 'mine'} --topic "}  # fmt: skip
    assert ran("chappe", path, **asked).stdout.split() == ["plain,domain.orders"]


@pytest.mark.parametrize(
    ("line", "at"), [("preview ", 2), ("preview --locale ", 3), ("try --topic ", 3)]
)
def test_a_catalog_that_is_broken_completes_nothing(
    line: str, at: int, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "x.yaml").write_text("texts: [")
    asked = {"_CHAPPE_COMPLETE": "bash_complete", "COMP_WORDS": f"chappe {line}",
             "COMP_CWORD": str(at), "CHAPPE_CATALOG": str(tmp_path)}  # fmt: skip
    found = ran("chappe", path, **asked)
    assert (found.stdout.strip(), found.stderr) == ("", "")
