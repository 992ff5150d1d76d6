"""`chappe preview`: each option, and each way to get it wrong. No SMSC here."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.agents.cli.terminal import Terminal, piped
from tests.streams.catalogs import DEFAULTS, GOOD, swapped

FRAMED = """\
door-code, en, main
╭────────────────────────────────╮
│             Chappe             │
├────────────────────────────────┤
│ Jo, your code is 12.           │
╰────────────────────────────────╯
encoding    gsm7
characters  20
units       20 septets
segments    1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "catalog"
    inside.mkdir()
    (inside / "_defaults.yaml").write_text(DEFAULTS)
    (inside / "door-code.yaml").write_text(GOOD)
    return inside


def shown(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    environment = {"CHAPPE_CATALOG": str(folder), **environment}
    result = piped("preview", "door-code", *arguments, **environment)
    return result.exit_code, result.output


def event(folder: Path, content: Any) -> str:
    file = folder.parent / "event.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


def cloud_event(**data: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "1", "source": "/doors", "type": "door.opened",
            "data": data}  # fmt: skip


def test_each_locale_with_the_examples(folder: Path) -> None:
    status, said = shown(folder)
    assert status == 0
    english, french = said.split("\n\n")
    assert english + "\n" == FRAMED
    assert french.startswith("door-code, fr, main\n") and "│ Jo, votre code est 12." in french


@pytest.mark.parametrize(
    ("arguments", "head", "line", "why"),
    [
        (["--locale", "fr"], "door-code, fr, main", "Jo, votre code est 12.", "as asked"),
        (["--locale", "fr_CA"], "door-code, fr, main (for fr_CA)", "Jo, votre", "its language"),
        (["--locale", "br"], "door-code, fr, main (for br)", "Jo, votre", "the fallback"),
        (["--locale", "de"], "door-code, en, main (for de)", "Jo, your", "the default"),
        (["--locale", "en", "--without", "name"], "door-code, en, short", "Your code is 12.",
         "another whole text"),
        (["--locale", "en", "--without", "name", "--without", "code"], "door-code, en",
         "no SMS: missing_data: variable code", "a refusal is an outcome"),
    ],
)  # fmt: skip
def test_which_text(folder: Path, arguments: list[str], head: str, line: str, why: str) -> None:
    status, said = shown(folder, *arguments)
    assert status == 0
    assert said.splitlines()[0] == head, why
    assert line in said, why


@pytest.mark.parametrize(
    ("content", "head", "line", "why"),
    [
        (cloud_event(code="77", name="Al", locale="fr-CH"), "door-code, fr, main (for fr-CH)",
         "Al, votre code est 77.", "the locale that the event names"),
        (cloud_event(code="77"), "door-code, en, short (no locale was asked for)",
         "Your code is 77.", "no name, no locale"),
        (cloud_event(name="Al"), "door-code", "no SMS: missing_data: variable code", "missing"),
        (cloud_event(code=77), "door-code", "no SMS: bad_data: variable code (data.code)", "wrong"),
        ({"code": "77", "name": "Al"}, "the `data` of a door.opened event",
         "Al, your code is 77.", "data alone, and it is said"),
        ({"data": {"code": "1"}}, "the `data` of a door.opened event",
         "no SMS: missing_data", "data within data is none"),
    ],
)  # fmt: skip
def test_an_event(folder: Path, content: Any, head: str, line: str, why: str) -> None:
    status, said = shown(folder, "--event", event(folder, content))
    assert status == 0
    assert said.splitlines()[0].endswith(head), why
    assert line in said, why


def test_an_event_for_somebody_else(folder: Path) -> None:
    file = event(folder, cloud_event(code="77", name="Al", locale="fr"))
    _, said = shown(folder, "--event", file, "--locale", "en", "--without", "name")
    assert said.splitlines()[0] == "door-code, en, short"


def test_a_topic_of_plain_json(folder: Path) -> None:
    config = folder.parent / "chappe.toml"
    config.write_text('[[source]]\ntopic = "domain.doors"\nformat = "json"\ntype = "kind"\n')
    file = event(folder, {"kind": "door.opened", "code": "5", "name": "Al"})
    status, said = shown(folder, "--event", file, CHAPPE_CONFIG=str(config))
    assert (status, said.splitlines()[0].startswith("door-code, en, main")) == (0, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{half", "event.json: the value is not JSON in UTF-8"),
        ("", "event.json: the record has no value"),
        ("[1]", "expected a JSON object, got a list"),
        (json.dumps(cloud_event()) + "\n{}", "event.json: the value is not JSON"),
        ({**cloud_event(), "specversion": "0.3"}, 'specversion must be "1.0", got \'0.3\''),
        ({"type": "door.opened", "data": {}}, 'specversion must be "1.0", got nothing'),
        ({**cloud_event(), "type": "door.shut"},
         "door-code answers door.opened, and this event is a door.shut"),
    ],
)  # fmt: skip
def test_what_is_no_event(folder: Path, content: Any, said: str) -> None:
    status, output = shown(folder, "--event", event(folder, content))
    assert status == 1
    assert said in output


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--without", "cod"], 1, "--without: no variable `cod`; did you mean `code`?"),
        (["--event", "nowhere.json"], 2, "'nowhere.json' does not exist"),
        (["--yes"], 2, "--yes answers the question of --send-to"),
        (["--watch", "--send-to", "+33612345678"], 2, "--send-to sends once"),
        (["--send-to", "0612345678"], 1, "--send-to: the phone number is not an international"),
        (["--send-to", "+33612345678"], 1, "--send-to needs CHAPPE_SMSC"),
    ],
)
def test_mistakes(folder: Path, arguments: list[str], status: int, said: str) -> None:
    assert shown(folder, *arguments)[0] == status
    assert said in shown(folder, *arguments)[1]


def test_an_unknown_template(folder: Path) -> None:
    result = piped("preview", "dor-code", CHAPPE_CATALOG=str(folder))
    assert result.exit_code == 1
    assert f"no template `dor-code` in {folder}; did you mean `door-code`?" in result.output


def test_faults_of_the_catalog(folder: Path) -> None:
    (folder / "door-code.yaml").write_text(swapped("owner: doors\n", ""))
    status, said = shown(folder)
    assert status == 1
    assert "the catalog has faults\ndoor-code.yaml:1: owner: missing" in said


SMSC = "smpp://me:hush@127.0.0.1:1"


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        ([], {}, "+33612345678 is not in CHAPPE_TEST_NUMBERS"),
        ([], {"CHAPPE_TEST_NUMBERS": "+447700900*"}, "+33612345678 is not in CHAPPE_TEST_NUMBERS"),
        (["--yes"], {"CHAPPE_MODE": "live"}, "say which with --locale (en, fr)"),
        (["--locale", "en"], {"CHAPPE_MODE": "live"}, "nobody can be asked; add --yes"),
        (["--locale", "en", "--without", "code", "--yes"], {"CHAPPE_TEST_NUMBERS": "+33612345678"},
         "no SMS: missing_data: variable code\nError: there is nothing to send"),
    ],
)  # fmt: skip
def test_nothing_is_sent(
    folder: Path, arguments: list[str], environment: dict[str, str], said: str
) -> None:
    status, output = shown(
        folder, "--send-to", "+33 6 12 34 56 78", *arguments, CHAPPE_SMSC=SMSC, **environment
    )
    assert status == 1
    assert said in output
    assert "hush" not in output


def test_no_bind(folder: Path) -> None:
    """Nobody listens on port 1; the question is asked, and no is an answer."""
    environment = {"CHAPPE_SMSC": SMSC, "CHAPPE_MODE": "live", "CHAPPE_CATALOG": str(folder)}
    arguments = ("preview", "door-code", "--locale", "en", "--send-to", "+33612345678")
    answers = (("y\n", 69, "me@127.0.0.1:1 can't be reached"), ("n\n", 1, "nothing was done"))
    for answer, status, said in answers:
        with Terminal(*arguments, cwd=folder, **environment) as terminal:
            terminal.until("Send 1 segment to +33612345678 through me@127.0.0.1:1? [y/N]: ")
            terminal.type(answer)
            assert terminal.end() == status
        assert said in terminal.shown
        assert "hush" not in terminal.shown


UCS2 = "{{ name }}, voilà votre code à bientôt: {{ code }}. " + "Merci de votre visite… " * 4
LINES = """\
encoding    ucs2
characters  127
units       127 UTF-16 code units
segments    2
forced by   ô U+00F4  … U+2026
budget      segments 1, encoding gsm7: exceeded: segments and encoding
"""


def test_what_a_text_costs(folder: Path) -> None:
    content = swapped('main: "{{ name }}, votre code est {{ code }}."', f"main: '{UCS2}'")
    content = content.replace("texts:\n", "budget: {segments: 1, encoding: gsm7}\ntexts:\n")
    (folder / "door-code.yaml").write_text(content)
    _, said = shown(folder, "--locale", "fr")
    assert said.endswith(LINES)
    assert all(f"┆{number}/2┆" in said for number in (1, 2))
    content = content.replace("texts:\n", "transliteration: prefer_gsm\ntexts:\n")
    (folder / "door-code.yaml").write_text(content)
    _, said = shown(folder, "--locale", "fr")
    assert "\nsent as     ô → o  … → ...\n" in said
    assert said.endswith("budget      segments 1, encoding gsm7: kept\n")


def test_many_characters_stay_within_eighty_columns(folder: Path) -> None:
    many = "".join(chr(0x3B1 + n) for n in range(24) if n != 17)
    (folder / "door-code.yaml").write_text(swapped("votre code est", many))
    _, said = shown(folder, "--locale", "fr")
    assert "forced by" in said and max(map(len, said.splitlines())) <= 80


def test_a_contact_needs_no_number(folder: Path) -> None:
    content = swapped("to: {phone: data.phone, locale: data.locale}", "to: {contact: subject}")
    content = content.replace("secret: [code]\n", "")
    (folder / "door-code.yaml").write_text(content)
    status, said = shown(folder, "--event", event(folder, {"code": "7"}))
    assert (status, "Your code is 7." in said) == (0, True)


def test_watching(folder: Path) -> None:
    """The YAML is broken in between, and mended."""
    file = folder / "door-code.yaml"
    environment = {"CHAPPE_CATALOG": str(folder), "TERM": "xterm"}
    arguments = ("preview", "door-code", "--locale", "en", "--watch")
    with Terminal(*arguments, cwd=folder, **environment) as terminal:
        for content, said in (
            (GOOD, "│ Jo, your code is 12."),
            (swapped("your code is", "here is your code:"), "│ Jo, here is your code: 12."),
            ("texts: [", "Error: the catalog has faults\ndoor-code.yaml:1: not YAML"),
            (GOOD, "│ Jo, your code is 12."),
        ):
            beside = folder / ".beside"
            beside.write_text(content)
            beside.replace(file)
            terminal.until(said)
            terminal.until("Ctrl-C ends it")
        terminal.type("\x03")
        assert terminal.end() == 0
    assert "Traceback" not in terminal.shown and "Aborted" not in terminal.shown
