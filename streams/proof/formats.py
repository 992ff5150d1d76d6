"""A report as it is printed: for a terminal, GitHub's log, a comment, a program.

Rules: report in, text out; whatever an author wrote is escaped for where it goes; what a
cell has no room for is in the JSON.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from streams.proof.outcomes import Found
from streams.proof.report import Report, Row

HEADINGS = ("template", "locale", "encoding", "segments", "forces UCS-2", "sent as", "faults")
MOST_SHOWN = 8
"""Characters, or pairs of them, in a cell."""
BOLD, RED, GREEN, NORMAL = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[0m"
_CODE_SPAN = re.compile(r"(`[^`]+`)")
_MARKS = re.compile(r"([\\`*_{}\[\]#~|])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}


def text(report: Report, folder: str, *, colour: bool = False) -> str:
    """For a terminal: the table, the faults as `file:line: key: what`, the sum."""
    bold, verdict, normal = ("", "", "")
    if colour:
        bold, verdict, normal = BOLD, RED if report.faults else GREEN, NORMAL
    head, *rows = _aligned([HEADINGS, *map(_cells, report.rows)])
    table = [f"{bold}{head}{normal}", *rows] if rows else []
    faults = [
        f"{bold}{_where(found, folder)}:{normal} {_on_one_line(_key(found) + found.fault.message)}"
        for found in report.faults
    ]
    blocks = [table, faults, [f"{verdict}{summary(report, folder)}{normal}"]]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def github(report: Report, folder: str) -> str:
    """For a log of GitHub Actions: the table, and a workflow command for each fault."""
    table = _aligned([HEADINGS, *map(_cells, report.rows)]) if report.rows else []
    return "\n".join([*table, *(_command(found, folder) for found in report.faults),
                      summary(report, folder)])  # fmt: skip


def markdown(report: Report, folder: str) -> str:
    """For a comment on a pull request."""
    lines = [f"**{_escaped(summary(report, folder))}**", ""]
    if report.rows:
        lines += [*_markdown_table([HEADINGS, *map(_cells, report.rows)]), ""]
    if report.faults:
        found = [(f"`{_where(each, folder)}`", _key(each) + each.fault.message)
                 for each in report.faults]  # fmt: skip
        lines += _markdown_table([("where", "fault"), *found])
    return "\n".join(lines).rstrip("\n")


def as_json(report: Report, folder: str) -> str:
    """For a program; the keys are documented in docs/catalog.md and stay."""
    found: dict[str, Any] = {
        "folder": folder,
        "rows": [_row(row, folder) for row in report.rows],
        "faults": [_fault(each, folder) for each in report.faults],
    }
    return json.dumps(found, ensure_ascii=False, indent=2)


FORMATS: Mapping[str, Callable[[Report, str], str]] = {
    "text": text,
    "github": github,
    "json": as_json,
    "markdown": markdown,
}


def summary(report: Report, folder: str) -> str:
    """`catalog: 12 templates, 2 locales, 1 fault`; templates that could be read."""
    templates = _count(len({row.template for row in report.rows}), "template")
    locales = _count(len({row.locale for row in report.rows}), "locale")
    faults = _count(len(report.faults), "fault") if report.faults else "no fault"
    return f"{folder}: {templates}, {locales}, {faults}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def place(folder: str, file: str) -> str:
    """Where a file is; the folder itself where `file` is empty."""
    return "/".join(part for part in (folder.rstrip("/"), file) if part)


def _where(found: Found, folder: str) -> str:
    line = f":{found.fault.line}" if found.fault.line else ""
    return f"{place(folder, found.fault.file)}{line}"


def _key(found: Found) -> str:
    return f"{found.fault.key}: " if found.fault.key else ""


def _on_one_line(words: str) -> str:
    r"""What can't be seen as it is escaped in Python: `\n`, `\xa0`."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in words
    )


def _cells(row: Row) -> tuple[str, ...]:
    low, high = row.segments or (0, 0)
    segments = "" if row.segments is None else str(low) if low == high else f"{low}–{high}"
    sent_as = [f"{_seen(old)}→{''.join(map(_seen, new)) or 'nothing'}" for old, new in row.changes]
    return (
        row.template,
        row.locale,
        ", ".join(row.encodings),
        segments,
        _some([_seen(char) for char in row.forced_by]),
        _some(sent_as),
        str(row.faults or ""),
    )


def _some(words: Sequence[str]) -> str:
    more = [f"+{len(words) - MOST_SHOWN}"] if len(words) > MOST_SHOWN else []
    return " ".join([*words[:MOST_SHOWN], *more])


def _seen(char: str) -> str:
    """Itself, or its code point where it can't be seen by itself."""
    visible = char.isprintable() and not char.isspace() and unicodedata.category(char)[0] != "M"
    return char if visible else f"U+{ord(char):04X}"


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    padded = (
        [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        for row in table
    )
    return ["  ".join(row).rstrip() for row in padded]


def _width(cell: str) -> int:
    """Columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in cell)


def _command(found: Found, folder: str) -> str:
    """A workflow command; its escapes are those of GitHub's toolkit."""
    file, title = place(folder, found.fault.file), f"catalog check: {found.rule}"
    said = _key(found) + found.fault.message
    line = str(found.fault.line or "")
    properties = {"file": file, "line": line, "title": title}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::error {written}::{_data(said)}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def _markdown_table(table: Sequence[Sequence[str]]) -> list[str]:
    head, *rows = [[_escaped(cell) for cell in row] for row in table]
    return [_piped(head), _piped(["---"] * len(head)), *map(_piped, rows)]


def _piped(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(words: str) -> str:
    """On one line; marks stay as they are inside `code`, but for the pipe."""
    words = words.replace("\r", " ").replace("\n", " ")
    parts = _CODE_SPAN.split(words)
    return "".join(
        part.replace("|", "\\|") if at % 2 else _without_marks(part)
        for at, part in enumerate(parts)
    )


def _without_marks(words: str) -> str:
    """Nothing of it is a link, a tag or a mention."""
    return "".join(_ENTITIES.get(char, char) for char in _MARKS.sub(r"\\\1", words))


def _row(row: Row, folder: str) -> dict[str, Any]:
    low, high = row.segments or (None, None)
    return {
        "template": row.template,
        "file": place(folder, row.file),
        "locale": row.locale,
        "encodings": list(row.encodings),
        "segments": {"smallest": low, "largest": high},
        "forced_by": list(row.forced_by),
        "changes": [{"written": old, "sent": new} for old, new in row.changes],
        "faults": row.faults,
    }


def _fault(found: Found, folder: str) -> dict[str, Any]:
    fault = found.fault
    return {
        "rule": found.rule,
        "file": place(folder, fault.file),
        "line": fault.line or None,
        "key": fault.key or None,
        "locale": found.locale,
        "variable": found.variable,
        "message": fault.message,
    }
