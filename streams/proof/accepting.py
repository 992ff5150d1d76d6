"""Expected texts that are no longer what comes: found, shown, and rewritten in their file.

Rules: nothing but the one scalar changes; the file is read again after each rewriting, and
what does not read back exactly is refused; only a text takes the place of a text, since a
refusal that comes or goes is for a person to write.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from pydantic import JsonValue

from schemas.reason import Refusal
from streams.catalog.catalog_tests import outcome
from streams.catalog.template import Case, Template
from streams.catalog.yaml_lines import Items, Node, Table, line_at, plain, read_yaml, scalar_at
from streams.text.locales import normal

Path = tuple[str | int, ...]

_BREAKS = "\r\n\x85\u2028\u2029"
_BLOCK = re.compile(r"[|>][-+0-9]*(?P<comment>[ \t]+#[^\r\n\x85\u2028\u2029]*)?")
_ESCAPES = {
    '"': '\\"', "\\": "\\\\", "\0": "\\0", "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n",
    "\v": "\\v", "\f": "\\f", "\r": "\\r", "\x1b": "\\e", "\x85": "\\N", "\xa0": "\\_",
    "\u2028": "\\L", "\u2029": "\\P",
}  # fmt: skip
"""YAML 1.1, 5.6: the escapes that have a letter."""
_JOINERS = "\u200c\u200d"
"""They can't be seen, but make one emoji of several, and Persian words: left as they are."""


class Change(NamedTuple):
    """A test that gets another text: `path` is where its file has the one expected."""

    line: int
    test: str
    locale: str
    path: Path
    expected: str
    got: str


class Stuck(NamedTuple):
    """A test that expects a text and gets a refusal, or the reverse."""

    line: int
    test: str
    locale: str
    said: str


class UnwritableError(Exception):
    """The text can't be put there by us; its author can."""


def differences(template: Template, content: str) -> Iterator[Change | Stuck]:
    """In the order of the tests. `content` is the file that `template` was read from."""
    tree, _ = read_yaml(template.name, content)
    tests = tree.entries.get("tests")
    if not isinstance(tests, Items):
        return
    for at, (case, node) in enumerate(zip(template.tests, tests.items, strict=True)):
        expect = node.entries["expect"] if isinstance(node, Table) else node
        if case.refused is not None:
            yield from _refusals(template, case, line_at(tree, ("tests", at, "expect")))
        elif isinstance(expect, Table):
            for written in expect.entries:
                yield from _texts(template, case, tree, ("tests", at, "expect", written))


def _texts(template: Template, case: Case, tree: Node, path: Path) -> Iterator[Change | Stuck]:
    scalar, line, locale = scalar_at(tree, path), line_at(tree, path), normal(str(path[-1]))
    got = outcome(template, case, locale)
    if isinstance(got, Refusal):
        yield Stuck(line, case.name, locale, f"expects a text, but there is no SMS: {got}")
    elif scalar is not None and got != scalar.text:
        yield Change(line, case.name, locale, path, scalar.text, got)


def _refusals(template: Template, case: Case, line: int) -> Iterator[Stuck]:
    for locale in template.texts:
        got = outcome(template, case, locale)
        if isinstance(got, str):
            said = f"expects {case.refused}, but there is a text: {seen(got)}"
        elif got.reason is case.refused and case.variable in (None, *_named(got)):
            continue
        else:
            variable = f" for {case.variable}" if case.variable else ""
            said = f"expects {case.refused}{variable}, but gets {got}"
        yield Stuck(line, case.name, locale, said)


def _named(refusal: Refusal) -> list[str]:
    """`variable code (data.code): expected ...` names code."""
    words = refusal.detail.split()
    return words[1:2] if words[:1] == ["variable"] else []


def rewritten(content: str, path: Path, old: str, text: str) -> str:
    """`content` with `text` for the `old` one at `path`, double-quoted, and all else as it was.

    Raises UnwritableError where `old` does not stand there, or `text` would not read back.
    """
    tree, faults = read_yaml("", content)
    scalar = scalar_at(tree, path)
    if faults or scalar is None or scalar.text != old:
        raise UnwritableError("changed meanwhile; nothing was rewritten there, start again")
    span = content[scalar.start : scalar.end]
    new = content[: scalar.start] + _in_place_of(span, quoted(text)) + content[scalar.end :]
    again, faults = read_yaml("", new)
    if faults or plain(again) != _with(plain(tree), path, text):
        raise UnwritableError("it stands where it can't be rewritten; write it by hand")
    return new


def _in_place_of(span: str, new: str) -> str:
    """A block ends with its line breaks, and may have a comment in its first line."""
    if not span:
        return f" {new}"  # `en:` and nothing
    block = _BLOCK.match(span)
    if block is None:
        return new
    blank = span[len(span.rstrip()) :]
    return new + (block["comment"] or "") + "".join(char for char in blank if char in _BREAKS)


def _with(value: JsonValue, path: Path, text: str) -> JsonValue:
    if not path:
        return text
    if isinstance(value, list):
        return [_with(one, path[1:], text) if at == path[0] else one
                for at, one in enumerate(value)]  # fmt: skip
    assert isinstance(value, dict)
    return {key: _with(one, path[1:], text) if key == path[0] else one
            for key, one in value.items()}  # fmt: skip


def quoted(text: str) -> str:
    """A YAML scalar of one line; what can't be seen is escaped."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable() or char in _JOINERS:
        return char
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def marked(expected: str, got: str) -> tuple[str, str]:
    """Both in one line each, what differs in [-…-] and {+…+}, as `git diff --word-diff` has it."""
    old, new = (re.findall(r"\s|[^\s]+", text) for text in (expected, got))
    left: list[str] = []
    right: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = seen("".join(old[a:b])), seen("".join(new[c:d]))
        if kind == "equal":
            left.append(gone)
            right.append(come)
        else:
            left.append(f"[-{gone}-]" if gone else "")
            right.append(f"{{+{come}+}}" if come else "")
    return "".join(left), "".join(right)


def seen(text: str) -> str:
    """In one line, and what can't be seen by its code point: two kinds of space may differ."""
    return "".join(
        "⏎" if char == "\n"
        else char if char.isprintable() or char in _JOINERS
        else f"<U+{ord(char):04X}>"
        for char in text
    )  # fmt: skip
