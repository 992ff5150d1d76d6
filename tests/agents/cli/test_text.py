"""`chappe text`: what is printed, what is refused, and with which words."""

import json

import pytest
from click.testing import CliRunner, Result

from agents.cli.main import main


def text(*args: str, stdin: bytes | str = b"") -> Result:
    return CliRunner().invoke(main, ["text", *args], input=stdin)


def test_words() -> None:
    found = text("It’s 😀")
    assert found.exit_code == 0
    assert found.output.splitlines() == [
        "encoding    ucs2",
        "characters  6",
        "units       7 UTF-16 code units",
        "segments    1",
        "forced by   ’ U+2019  😀 U+1F600",
    ]


def test_what_can_not_be_seen_is_named_by_its_code_point() -> None:
    assert text("a\u200b").output.splitlines()[-1] == "forced by   U+200B"


@pytest.mark.parametrize(
    ("stdin", "characters", "why"),
    [
        (b"abc\n", 3, "echo's line break is not meant"),
        (b"abc\r\n", 3, "nor Windows'"),
        (b"abc\n\n", 4, "but only the last"),
        (b"", 0, "an empty text"),
    ],
)
def test_stdin(stdin: bytes, characters: int, why: str) -> None:
    assert json.loads(text("--json", stdin=stdin).output)["characters"] == characters, why


def test_json_lines() -> None:
    lines = [
        (b'"abc"',
         {"encoding": "gsm7", "characters": 3, "units": 3, "segments": 1, "forced_by": []}),
        (b'{"text": "\\u2019", "id": 7}',
         {"encoding": "ucs2", "characters": 1, "units": 1, "segments": 1, "forced_by": ["’"]}),
        (b"", None),
        (b"7", None),
        (b'{"txt": "a"}', None),
        (b"\xff", None),
        (b'"\\ud800"', None),
    ]  # fmt: skip
    found = text("--jsonl", stdin=b"\n".join(line for line, _ in lines))
    objects = [json.loads(line) for line in found.output.splitlines()]
    assert len(objects) == len(lines), "one object a line, whatever the line"
    for (line, expected), got in zip(lines, objects, strict=True):
        assert got == expected if expected else set(got) == {"error"}, line
    assert found.exit_code == 1


def test_too_long_is_counted_and_fails() -> None:
    found = text("--jsonl", stdin=json.dumps("a" * 1_001))
    assert json.loads(found.output)["segments"] == 7
    assert "1,001 characters; over 1,000 a text is not sent" in found.output
    assert found.exit_code == 1
    assert text("a" * 1_000).exit_code == 0


@pytest.mark.parametrize(
    ("args", "stdin", "status", "said"),
    [
        ([], b"\xff\xfe", 1, "stdin is not UTF-8 (octet 1)"),
        (["x\udc80"], b"", 1, "half of a surrogate pair"),
        (["--jsonl", "x"], b"", 2, "--jsonl reads stdin; leave TEXT out"),
        (["--reference-bits", "7", "x"], b"", 2, "'7' is not one of '8', '16'"),
    ],
)
def test_mistakes(args: list[str], stdin: bytes, status: int, said: str) -> None:
    found = text(*args, stdin=stdin)
    assert found.exit_code == status
    assert said in found.output


def test_a_wider_reference() -> None:
    assert json.loads(text("--json", "--reference-bits", "16", "a" * 306).output)["segments"] == 3
