"""`chappe catalog accept`: what is shown, what is asked, what a file is like afterwards."""

from pathlib import Path

import pytest

from tests.agents.cli.terminal import Terminal, piped
from tests.streams.catalogs import DEFAULTS, swapped

TWO = (
    swapped("Jo, your code is 12.", "Hello")
    + """\
  - name: in French
    given: {code: "7"}
    expect:
      fr: >-   # short
        Bonjour

# the end
"""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "_defaults.yaml").write_text(DEFAULTS)
    return tmp_path


def put(folder: Path, content: str, name: str = "door-code") -> Path:
    file = folder / f"{name}.yaml"
    file.write_bytes(content.encode())
    return file


def test_all_at_once(folder: Path) -> None:
    file = put(folder, TWO)
    file.chmod(0o640)
    result = piped("catalog", "accept", str(folder), "--yes")
    assert result.exit_code == 0, result.output
    assert result.output == (
        "door-code.yaml:18: usual, en\n"
        "  - [-Hello-]\n"
        "  + {+Jo, your code is 12.+}\n"
        "door-code.yaml:22: in French, fr\n"
        "  - [-Bonjour-]\n"
        "  + {+Votre code est 7.+}\n"
        "2 rewritten\n"
    )
    expected = swapped("Hello", "Jo, your code is 12.", TWO)
    expected = swapped(">-   # short\n        Bonjour", '"Votre code est 7."   # short', expected)
    assert file.read_text() == expected
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in folder.iterdir()) == ["_defaults.yaml", "door-code.yaml"]
    again = piped("catalog", "accept", str(folder))
    assert (again.exit_code, again.output) == (0, "every test gets what it expects\n")


def test_line_ends_and_a_mark_stay(folder: Path) -> None:
    file = put(folder, "\ufeff" + TWO.replace("\n", "\r\n"))
    assert piped("catalog", "accept", str(folder), "--yes").exit_code == 0
    raw = file.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfdescription")
    assert raw.count(b"\n") == raw.count(b"\r\n") == TWO.count("\n") - 1


def test_nobody_to_ask(folder: Path) -> None:
    file = put(folder, TWO)
    result = piped("catalog", "accept", str(folder))
    assert result.exit_code == 1
    assert "  + {+Jo, your code is 12.+}\n" in result.output
    assert (
        "2 left as they are\nError: stdin is no terminal, so nobody can be asked" in result.output
    )
    assert file.read_text() == TWO


def test_asked_at_a_terminal(folder: Path) -> None:
    file = put(folder, TWO)
    with Terminal("catalog", "accept", ".", cwd=folder) as terminal:
        for answer in ("n\n", "y\n"):
            terminal.until("Rewrite it? [y/N]: ")
            terminal.type(answer)
        assert terminal.end() == 1
    assert terminal.shown.endswith("1 rewritten, 1 left as they are\n")
    assert "Hello" in file.read_text()
    assert 'fr: "Votre code est 7."   # short\n' in file.read_text()


def test_leaving_in_between_keeps_what_was_said(folder: Path) -> None:
    """By Ctrl-D: a signal may come before readline waits for one, and then it waits on."""
    file = put(folder, TWO)
    with Terminal("catalog", "accept", ".", cwd=folder) as terminal:
        for answer in ("y\n", "\x04"):
            terminal.until("Rewrite it? [y/N]: ")
            terminal.type(answer)
        assert terminal.end() == 130
    assert terminal.shown.endswith("Aborted!\n")
    assert "Hello" not in file.read_text() and "Bonjour" in file.read_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('{code: "12", name: Jo}', "{name: Jo}",
         "expects a text, but there is no SMS: missing_data: variable code"),
        ('{en: "Jo, your code is 12."}', "{refused: missing_data}",
         "expects missing_data, but there is a text: Jo, your code is 12."),
    ],
)  # fmt: skip
def test_a_refusal_is_for_a_person_to_write(folder: Path, old: str, new: str, said: str) -> None:
    content = swapped(old, new)
    file = put(folder, content)
    result = piped("catalog", "accept", str(folder), "--yes")
    assert result.exit_code == 1
    assert f"door-code.yaml:18: usual, en\n  {said}\n" in result.output
    assert "to change by hand" in result.output
    assert file.read_text() == content


def test_which_catalog(folder: Path) -> None:
    put(folder, TWO)
    refused = piped("catalog", "accept", "--yes")
    assert refused.exit_code == 1
    assert "say which catalog" in refused.output and "is not rewritten" in refused.output
    assert piped("catalog", "accept", "--yes", CHAPPE_CATALOG=str(folder)).exit_code == 0
    missing = piped("catalog", "accept", str(folder / "nowhere"))
    assert missing.exit_code == 2 and "does not exist" in missing.output


def test_a_catalog_with_faults_is_mended_first(folder: Path) -> None:
    put(folder, TWO.replace("owner: doors\n", ""))
    result = piped("catalog", "accept", str(folder), "--yes")
    assert result.exit_code == 1
    assert "mend these first\ndoor-code.yaml:1: owner: missing" in result.output


def test_through_a_link_the_file_itself_is_rewritten(folder: Path, tmp_path: Path) -> None:
    file = put(folder, TWO)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    file.rename(elsewhere / "code.txt")
    file.symlink_to(elsewhere / "code.txt")
    assert piped("catalog", "accept", str(folder), "--yes").exit_code == 0
    assert file.is_symlink()
    assert "Votre code est 7." in (elsewhere / "code.txt").read_text()
