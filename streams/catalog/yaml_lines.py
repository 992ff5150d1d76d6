"""YAML as text with line numbers: every scalar stays the text its author wrote.

Rules: no scalar is typed here (YAML 1.1 would turn `no` into false and `+336...` into a
number); a key said twice is a fault; anchors, aliases and tags are faults, since a
catalog has no use for them and an alias can make a small file huge.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from pydantic import JsonValue
from yaml import events as ev

DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend. `line` counts from 1, 0 for a folder; `key` is dotted, empty for all."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        line = f":{self.line}" if self.line else ""
        return f"{self.file}{line}: {key}{self.message}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """`line` is the line of the first character of the content.

    `start` and `end` say where it stands in the file, in characters, quotes included.
    """

    text: str
    line: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Items:
    line: int
    items: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """`lines` has the line of each key."""

    line: int
    entries: dict[str, "Node"] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


Node = Scalar | Items | Table


class _BrokenError(Exception):
    """The tree cannot be built; carries the line and what is wrong."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


def read_yaml(file: str, content: str) -> tuple[Table, list[Fault]]:
    """The file's mapping, and its faults: with faults the mapping may lack entries."""
    reader = _Reader(file)
    try:
        return reader.document(yaml.parse(content, Loader=yaml.BaseLoader)), reader.faults
    except _BrokenError as broken:
        fault = Fault(file, broken.line, "", broken.message)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        fault = Fault(file, line, "", f"not YAML: {_what(error, content)}")
    except yaml.YAMLError as error:
        fault = Fault(file, 1, "", f"not YAML: {str(error).splitlines()[0]}")
    return Table(1), [*reader.faults, fault]


def _what(error: yaml.MarkedYAMLError, content: str) -> str:
    """The library's words, with ours where people who write texts come across it."""
    said = f"{error.problem or error.context}"
    if "'\\t'" in said:
        return "a tab; YAML is indented with spaces"
    if "mapping values" in said and error.problem_mark:
        before = content[: error.problem_mark.index].rpartition("\n")[2]
        if ": " in before:
            return f"{said}: a colon inside a value; put the value in quotes"
        return f"{said}: the key above has a value in its line already, or this line is too far in"
    return said


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def document(self, events: Iterator[ev.Event]) -> Table:
        root: Node | None = None
        for event in events:
            if isinstance(event, ev.DocumentStartEvent):
                if root is not None:
                    raise _BrokenError(_line(event), "a second document (---); one template a file")
                root = self.node(next(events), events, 0)
        if not isinstance(root, Table):
            raise _BrokenError(root.line if root else 1, "expected `key: value` lines")
        return root

    def node(self, event: ev.Event, events: Iterator[ev.Event], depth: int) -> Node:
        _refuse_extras(event)
        if depth > DEEPEST:
            raise _BrokenError(_line(event), f"nested deeper than {DEEPEST} levels")
        if isinstance(event, ev.ScalarEvent):
            return _scalar(event)
        if isinstance(event, ev.SequenceStartEvent):
            items = Items(_line(event))
            while not isinstance(event := next(events), ev.SequenceEndEvent):
                items.items.append(self.node(event, events, depth + 1))
            return items
        return self.table(Table(_line(event)), events, depth)

    def table(self, table: Table, events: Iterator[ev.Event], depth: int) -> Table:
        while not isinstance(event := next(events), ev.MappingEndEvent):
            _refuse_extras(event)
            if not isinstance(event, ev.ScalarEvent):
                raise _BrokenError(_line(event), "a key must be a plain word")
            key, line = event.value, _line(event)
            value = self.node(next(events), events, depth + 1)
            if key in table.entries:
                said = f"said twice, first in line {table.lines[key]}; keep one"
                self.faults.append(Fault(self.file, line, key, said))
            else:
                table.entries[key], table.lines[key] = value, line
        return table


def _scalar(event: ev.ScalarEvent) -> Scalar:
    line, block = _line(event), event.style in ("|", ">")
    start, end = (mark.index if mark else 0 for mark in (event.start_mark, event.end_mark))
    return Scalar(_whole(event.value, line), line + block, start, end)


def _line(event: ev.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _whole(text: str, line: int) -> str:
    """YAML escapes may spell half a character, which no encoding can write."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _BrokenError(line, "\\ud800 to \\udfff are halves; write the character itself")
    return text


def _refuse_extras(event: ev.Event) -> None:
    if isinstance(event, ev.AliasEvent) or getattr(event, "anchor", None):
        raise _BrokenError(_line(event), "anchors (&) and aliases (*) are not read; write it out")
    if tag := getattr(event, "tag", None):
        raise _BrokenError(_line(event), f"tags ({tag}) are not read; leave it out")


def plain(node: Node) -> JsonValue:
    """The tree as dicts, lists and text."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items()}


def line_at(node: Node, path: tuple[str | int, ...]) -> int:
    """The line of the key of the deepest part of `path` that is in the file."""
    return _walk(node, path)[0]


def text_line(node: Node, path: tuple[str | int, ...]) -> int:
    """The same, but of the first line of what stands there: a block begins below its key."""
    return _walk(node, path)[1].line


def scalar_at(node: Node, path: tuple[str | int, ...]) -> Scalar | None:
    """What stands at `path`; None where there is nothing, or no scalar."""
    for step in path:
        if isinstance(node, Table) and step in node.entries:
            node = node.entries[str(step)]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node if isinstance(node, Scalar) else None


def _walk(node: Node, path: tuple[str | int, ...]) -> tuple[int, Node]:
    line = node.line
    for step in path:
        if isinstance(node, Table) and step in node.entries:
            line, node = node.lines[str(step)], node.entries[str(step)]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            line = node.line
        else:
            break
    return line, node


def dotted(path: tuple[str | int, ...]) -> str:
    """`("tests", 0, "name")` as `tests[0].name`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")
