"""One file of the catalog: YAML in, its shape out, or its faults with line and key.

Rules: every fault is reported, not only the first; what is wrong is said in the words
of people who write texts, never in those of the library that found it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from pydantic import JsonValue, ValidationError

from streams.catalog.shape import NAME, PATH, Shape, keys_of
from streams.catalog.yaml_lines import Fault, Table, dotted, line_at, plain, read_yaml, text_line
from streams.text.formats import kind as kind_of
from streams.text.texts import suggestion

S = TypeVar("S", bound=Shape)
Loc = tuple[str | int, ...]

PATTERNS = {
    PATH: "expected a path such as data.code",
    NAME: "expected a name of small letters, digits and _",
}
WORDS: Mapping[str, str] = {
    "missing": "missing; say it here",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "greater_than_equal": "expected at least {ge}",
    "less_than_equal": "expected at most {le}",
    "bool_parsing": "expected true or false",
    "bool_type": "expected true or false",
    "string_too_short": "empty",
    "too_short": "empty",
    "dict_type": "expected `key: value` lines",
    "model_type": "expected `key: value` lines",
    "list_type": "expected a list, such as [code]",
    "chappe": "{said}",
}


@dataclass(frozen=True, slots=True)
class File(Generic[S]):
    """A file whose shape is right; `tree` knows the lines."""

    name: str
    tree: Table
    shape: S

    def fault(self, path: Loc, message: str) -> Fault:
        """A fault at a key."""
        return Fault(self.name, line_at(self.tree, path), dotted(path), message)

    def fault_within(self, path: Loc, line: int, message: str) -> Fault:
        """A fault in line `line` (from 1) of the text at a key."""
        at = text_line(self.tree, path) + line - 1
        return Fault(self.name, at, dotted(path), message)


def read_file(
    name: str, content: str, shapes: Mapping[tuple[str, ...], type[Shape]], shape: type[S]
) -> tuple[File[S] | None, list[Fault]]:
    """The file, or None and what is wrong with it. `shapes` says which keys are where."""
    tree, faults = read_yaml(name, content)
    if faults:
        return None, faults
    try:
        return File(name, tree, shape.model_validate(plain(tree))), []
    except ValidationError as error:
        return None, [_fault(name, tree, found, shapes) for found in error.errors()]


def _fault(
    file: str, tree: Table, found: Any, shapes: Mapping[tuple[str, ...], type[Shape]]
) -> Fault:
    loc: Loc = tuple(step for step in found["loc"] if step != "[key]")
    kind, context = found["type"], found.get("ctx", {})
    if kind == "extra_forbidden":
        message = f"unknown key{suggestion(str(loc[-1]), _keys_at(loc[:-1], shapes))}"
    elif kind == "string_pattern_mismatch":
        message = PATTERNS.get(context["pattern"], f"expected {context['pattern']}")
    elif kind in ("literal_error", "enum"):
        message = f"expected {context['expected']}, {_got(found['input'], context['expected'])}"
    elif kind == "string_type":
        message = f"expected a text, got {kind_of(found['input'])}{_money(found['input'])}"
    else:
        message = WORDS.get(kind, found["msg"]).format(**context)
    return Fault(file, line_at(tree, loc), dotted(loc), message)


def _got(value: JsonValue, expected: str) -> str:
    """What came instead of the words in `expected`, and which of them may be meant."""
    if not isinstance(value, str):
        return f"got {kind_of(value)}"
    # up to two, unlike `nearest`: of a few words that are alike, a slip may be either
    close = get_close_matches(value, expected.split("'")[1::2], n=2, cutoff=2 / 3)
    meant = " or ".join(f"`{word}`" for word in close)
    return f"got {value!r}" + (f"; did you mean {meant}?" if close else "")


def _money(value: JsonValue) -> str:
    """A hint for who writes an amount and its currency as one value."""
    if not isinstance(value, dict) or "amount" not in value:
        return ""
    return '; money is "45.00", and its currency a variable of its own'


def _keys_at(loc: Loc, shapes: Mapping[tuple[str, ...], type[Shape]]) -> frozenset[str]:
    """The keys there are at `loc`; a name or a number of the author's own stands for `*`."""
    starred = (*map(str, loc[:1]), *("*" for _ in loc[1:]))
    return frozenset(keys_of(shapes[starred]))
