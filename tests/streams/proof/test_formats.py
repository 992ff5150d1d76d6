"""Output formats: what goes where, and what is escaped."""

import json

import pytest

from streams.catalog.catalog import Fault
from streams.proof.formats import FORMATS, as_json, github, markdown, text
from streams.proof.outcomes import Found
from streams.proof.report import Report, Row

ROW = Row("door", "door.yaml", "fr", ("gsm7", "ucs2"), (1, 3), ("ê", "\u00a0", "\u0301", "漢"),
          (("…", "..."), ("\u00ad", "")), 1)  # fmt: skip
FAULT = Found(
    Fault("door.yaml", 12, "texts.fr.main", "100% |wrong|\r\nhere, `a_b|c` <b> @all *x*"),
    "fr", "code", "too-long",
)  # fmt: skip
FOLDER = Found(Fault("", 0, "", "no *.yaml in this folder"), rule="loads")
REPORT = Report([ROW], [FAULT])


def test_a_terminal() -> None:
    assert text(REPORT, "texts").splitlines() == [
        "template  locale  encoding    segments  forces UCS-2        sent as               faults",
        "door      fr      gsm7, ucs2  1–3       ê U+00A0 U+0301 漢  …→... U+00AD→nothing  1",
        "",
        "texts/door.yaml:12: texts.fr.main: 100% |wrong|\\r\\nhere, `a_b|c` <b> @all *x*",
        "",
        "texts: 1 template, 1 locale, 1 fault",
    ]


def test_colour_adds_nothing_but_colour() -> None:
    for report in (REPORT, Report([ROW], [])):
        coloured = text(report, "texts", colour=True)
        for code in ("\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m"):
            coloured = coloured.replace(code, "")
        assert coloured == text(report, "texts")


def test_a_workflow_command_keeps_to_its_line() -> None:
    command = github(REPORT, "a,b:c").splitlines()[2]
    assert command == (
        "::error file=a%2Cb%3Ac/door.yaml,line=12,title=catalog check%3A too-long::"
        "texts.fr.main: 100%25 |wrong|%0D%0Ahere, `a_b|c` <b> @all *x*"
    )


def test_markdown_has_no_marks_but_its_own() -> None:
    assert markdown(REPORT, "texts").splitlines()[-1] == (
        "| `texts/door.yaml:12` | texts.fr.main: 100% \\|wrong\\|  here, `a_b\\|c` "
        "&lt;b&gt; &#64;all \\*x\\* |"
    )


def test_json_has_all_of_it() -> None:
    assert json.loads(as_json(REPORT, "texts")) == {
        "folder": "texts",
        "rows": [{
            "template": "door", "file": "texts/door.yaml", "locale": "fr",
            "encodings": ["gsm7", "ucs2"], "segments": {"smallest": 1, "largest": 3},
            "forced_by": ["ê", "\u00a0", "\u0301", "漢"],
            "changes": [{"written": "…", "sent": "..."}, {"written": "\u00ad", "sent": ""}],
            "faults": 1,
        }],
        "faults": [{
            "rule": "too-long", "file": "texts/door.yaml", "line": 12, "key": "texts.fr.main",
            "locale": "fr", "variable": "code", "message": FAULT.fault.message,
        }],
    }  # fmt: skip


def test_a_cell_with_no_room_says_how_many_are_left() -> None:
    many = ROW._replace(forced_by=tuple("абвгдежзик"), changes=(), segments=None)
    assert "а б в г д е ж з +2" in text(Report([many], []), "texts")


@pytest.mark.parametrize("name", FORMATS)
def test_a_fault_of_the_folder_and_no_row(name: str) -> None:
    said = FORMATS[name](Report([], [FOLDER]), "texts/")
    assert "texts/" not in said.replace('"folder": "texts/"', "").replace("texts/: 0", "")
    assert "no \\*.yaml" in said or "no *.yaml" in said
    assert "line=" not in said and ":0" not in said and '"line": 0' not in said
