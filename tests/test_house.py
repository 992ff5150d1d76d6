"""The rules of the house that no linter knows.

Rules: only tracked files are looked at; each check is tried on a line that must fail it.
"""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PURE = ("schemas", "streams")
# Written in pieces, so that this file passes its own checks.
HOSTS = re.compile("|".join((
    r"pypi\.or" + "g", r"pythonhosted\.or" + "g", r"repo\d?\.mave" + "n",
    r"maven\.apache\.org/maven" + "2",
    r"deb\.debia" + "n", r"archive\.ubunt" + "u", r"npmjs\.or" + "g", r"crates\.i" + "o",
    r"--(extra-)?index-" + "url", r"--find-" + "links",
)))  # fmt: skip
MACHINE = re.compile(r"(?<![\w.~-])/(?:work|root|home|opt|Users|tmp)" + r"/[\w.-]")


def tracked() -> list[Path]:
    """Tracked files that are text."""
    run = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = [name for name in run.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def found(pattern: re.Pattern[str], text: str) -> list[str]:
    """The lines that match."""
    return [line for line in text.splitlines() if pattern.search(line)]


@pytest.mark.parametrize("pattern", [HOSTS, MACHINE], ids=["registry", "machine"])
def test_no_registry_and_no_path_of_a_machine(pattern: re.Pattern[str]) -> None:
    wrong = []
    for path in tracked():
        name = str(path.relative_to(ROOT))
        text = path.read_bytes().decode("utf-8", "replace")
        wrong += [f"{name}: {line.strip()}" for line in found(pattern, text)]
    assert wrong == []


@pytest.mark.parametrize(
    ("pattern", "line", "hit"),
    [
        (HOSTS, 'registry = "https://' + "pypi.o" + 'rg/simple"', True),
        (HOSTS, "https://json-schema.org/draft/2020-12/schema", False),
        (MACHINE, "cd /wo" + "rk/main", True),
        (MACHINE, "build/work/main", False),
        (MACHINE, "/usr/bin/env", False),
    ],
)
def test_the_patterns_can_fail(pattern: re.Pattern[str], line: str, hit: bool) -> None:
    assert bool(found(pattern, line)) is hit


def impure(source: str) -> list[str]:
    """What a pure floor may not have, and an import rule can't see."""
    calls = {"open", "input", "print", "now", "utcnow", "today", "uuid1", "uuid4", "read_text",
             "read_bytes", "write_text", "write_bytes"}  # fmt: skip
    wrong = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            wrong.append(f"line {node.lineno}: async")
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in calls:
                wrong.append(f"line {node.lineno}: {name}()")
    return wrong


@pytest.mark.parametrize("floor", PURE)
def test_the_lower_floors_are_pure(floor: str) -> None:
    files = sorted((ROOT / floor).rglob("*.py"))
    assert files
    wrong = [f"{f.relative_to(ROOT)} {w}" for f in files for w in impure(f.read_text("utf-8"))]
    assert wrong == []


@pytest.mark.parametrize(
    "source", ["async def f(): ...", "datetime.now()", "uuid.uuid4()", "open('x')"]
)
def test_impurity_is_seen(source: str) -> None:
    assert impure(source)


@pytest.mark.parametrize("folder", ["schemas", "streams", "agents"])
def test_every_file_says_at_its_head_what_it_is(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    bare = [
        str(f.relative_to(ROOT))
        for f in files
        if not ast.get_docstring(ast.parse(f.read_text("utf-8")))
    ]
    assert bare == []


def test_every_link_between_our_pages_leads_somewhere() -> None:
    link = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in tracked()
        if page.suffix == ".md"
        for target in link.findall(page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []
