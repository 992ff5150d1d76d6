"""What an option or an action may hold, and the words for what it may not.

Rules: a value comes typed (JSON, Python) or as the text of a YAML file or of a command
line, and means the same; who reads an error learns what to write instead.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from streams.catalog.catalog_file import WORDS as CATALOG_WORDS
from streams.catalog.yaml_lines import dotted
from streams.text.texts import suggestion

UNITS_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
PLAIN_S: Final = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
ONE_TIME: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h)", re.ASCII)
NOTHING: Final = frozenset({"", "none", "null", "~"})
LONGEST_S: Final = 86_400.0
MOST: Final = 0xFFFFFFFF

WORDS: Final[Mapping[str, str]] = {
    **CATALOG_WORDS,
    "literal_error": "expected {expected}",
    "enum": "expected {expected}",
    "string_type": "expected a text",
    "greater_than": "expected more than {gt}",
    "less_than": "expected less than {lt}",
    "float_parsing": "expected a number",
    "float_type": "expected a number",
    "int_parsing_size": "expected a smaller number",
    "finite_number": "expected a number",
    "dict_type": "expected keys with values, or none",
    "model_type": "expected keys with values",
    "model_attributes_type": "expected keys with values",
    "list_type": "expected a list in brackets, such as [one, another], or none",
    "tuple_type": "expected a list, each with `at`",
    "string_unicode": "half a character, which no encoding can write",
    "string_too_long": "at most {max_length} characters",
    "no_such_attribute": "there is no option of this name",
    "path_type": "expected the path of a file",
    "json_invalid": "not JSON: {error}",
    "simulator": "{said}",
}
"""Kinds of pydantic's errors in the words of who wrote the value."""
STATE_WORD: Final = "^[A-Za-z0-9_]{1,20}$"
PRINTABLE: Final = r"^[\x20-\x7e]+$"
PATTERNS: Final[Mapping[str, str]] = {
    STATE_WORD: "expected 1 to 20 letters without accents, digits or _",
    PRINTABLE: "expected letters without accents, digits, and other signs of ASCII",
}
"""The same for texts of a form."""
A_TIME: Final = "expected a time such as 10s, 500ms, 1m30s, 1h, or seconds"


class Shape(BaseModel):
    """A mapping whose keys are known; what each is for stands below it."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )


def wrong(message: str) -> PydanticCustomError:
    """An error with a sentence of ours."""
    return PydanticCustomError("simulator", "{said}", {"said": message})


def duration(value: object) -> object:
    """`10s`, `500ms`, `2m`, `1m30s`, `1h`, or seconds; a number in seconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise wrong(A_TIME)
    if not isinstance(value, str):
        return value
    text = value.strip()
    if PLAIN_S.fullmatch(text):
        return float(text)
    if not text or ONE_TIME.sub("", text):
        raise wrong(A_TIME)
    return sum(float(amount) * UNITS_S[unit] for amount, unit in ONE_TIME.findall(text))


def number(value: object) -> object:
    """`0x58` or `88`."""
    if not isinstance(value, str):
        return no_truth(value)
    try:
        return int(value, 0)
    except ValueError:
        raise wrong("expected a number such as 0x58 or 88") from None


def choice(value: object) -> object:
    """One of some numbers; what is no number is left to the choice, which says them all."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


def no_truth(value: object) -> object:
    """JSON's true is no 1."""
    if isinstance(value, bool):
        raise wrong("expected a number")
    return value


def octets(value: object) -> object:
    """Hexadecimal digits, spaces between them at will."""
    if isinstance(value, bytes):
        return value
    try:
        return bytes.fromhex(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise wrong("expected octets in hexadecimal, such as 00 00 00 10") from None


def nothing(value: object) -> object:
    """YAML's text `none`, or nothing at all, is None."""
    return None if isinstance(value, str) and value.strip().lower() in NOTHING else value


def _nothing_is(kind: type) -> BeforeValidator:
    return BeforeValidator(lambda value: kind() if nothing(value) is None else value)


def together(shares: dict[Any, float]) -> dict[Any, float]:
    """Each is a part of the same whole."""
    if sum(shares.values()) > 1.000001:
        raise wrong(f"the shares add up to {sum(shares.values()):g}; expected at most 1")
    return shares


Share = Annotated[float, BeforeValidator(no_truth), Field(ge=0, le=1)]
Seconds = Annotated[float, BeforeValidator(duration), Field(ge=0, le=LONGEST_S)]
Count = Annotated[int, BeforeValidator(no_truth), Field(ge=1)]
Limit = Annotated[int, BeforeValidator(no_truth), Field(ge=0)]
Status = Annotated[int, BeforeValidator(number), Field(ge=0, le=MOST)]
Octet = Annotated[int, BeforeValidator(number), Field(ge=0, le=0xFF)]
Tag = Annotated[int, BeforeValidator(number), Field(ge=0, le=0xFFFF)]
Octets = Annotated[
    bytes,
    BeforeValidator(octets),
    PlainSerializer(lambda value: value.hex(), return_type=str, when_used="json"),
]
Word = Annotated[str, Field(pattern=STATE_WORD)]
"""A state as receipts spell it: DELIVRD."""
Optional: Final = BeforeValidator(nothing)
"""Beside `| None`: the text `none` is read as None."""
Listed: Final = _nothing_is(list)
Keyed: Final = _nothing_is(dict)
"""Beside a list, beside a mapping: none is an empty one."""
Together: Final = AfterValidator(together)
"""Shares of one whole."""


def sentences(error: ValidationError, known: Mapping[str, Sequence[str]]) -> list[str]:
    """One for each fault, `key: what to write`. `known`: which keys there are below a key."""
    return [": ".join(part for part in said if part) for _, *said in faults(error, known)]


def faults(
    error: ValidationError, known: Mapping[str, Sequence[str]]
) -> list[tuple[tuple[str | int, ...], str, str]]:
    """(path, path as text, what is wrong) of each fault. `known` by the last named key."""
    found = []
    for each in error.errors(include_url=False):
        path = tuple(step for step in each["loc"] if step != "[key]")
        found.append((path, dotted(path), _words(each, path, known)))
    return found


def _words(each: Any, path: tuple[str | int, ...], known: Mapping[str, Sequence[str]]) -> str:
    kind, context = each["type"], each.get("ctx", {})
    if kind == "extra_forbidden":
        parent = next((step for step in reversed(path[:-1]) if isinstance(step, str)), "")
        return f"unknown key{suggestion(str(path[-1]), frozenset(known.get(parent, ())))}"
    if kind == "string_pattern_mismatch":
        return PATTERNS[context["pattern"]]
    words: str = WORDS.get(kind, each["msg"])
    return words.format(**context)
