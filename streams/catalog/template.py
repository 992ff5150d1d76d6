"""Template: one thing that is said, to whom, on which event; and what an event gives it.

Rules: a template never changes, its version names its content; a value is checked
against its variable's type where it comes in; no message repeats a value, since it may
be a secret or a name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from schemas.lane import Lane
from schemas.message import Encoding, InDoubt, ReferenceBits
from schemas.reason import Reason, Refusal
from streams.catalog.shape import MAIN, Purpose, Transliteration, Type
from streams.text.formats import Value, read
from streams.text.texts import Text

__all__ = ["MAIN", "Budget", "Case", "Default", "Refuse", "Template", "Use", "Variable"]


@dataclass(frozen=True, slots=True)
class Refuse:
    """Without this variable there is no message."""


@dataclass(frozen=True, slots=True)
class Default:
    """What stands in: one value (under the locale ""), or one for each text's locale."""

    by_locale: Mapping[str, str]

    def value(self, locale: str) -> str:
        """Raises KeyError where neither is there; the loader sees to it that one is."""
        return self.by_locale[""] if "" in self.by_locale else self.by_locale[locale]


@dataclass(frozen=True, slots=True)
class Use:
    """Another whole text is sent instead."""

    variant: str


@dataclass(frozen=True, slots=True)
class Variable:
    """`path` is where the event has it, `longest` the longest value to reckon with.

    `currency` names the variable with the currency of a money; `is_currency` says that
    this variable is one.
    """

    name: str
    path: str
    type: Type
    example: str
    longest: str
    missing: Refuse | Default | Use
    currency: str | None = None
    is_currency: bool = False

    @property
    def kind(self) -> str:
        """How it is read: a key of `formats.READERS`."""
        return "currency" if self.is_currency else self.type

    def read(self, value: JsonValue) -> Value:
        """Raises Refusal(BAD_DATA) where `value` is not of this variable's type."""
        try:
            return read(self.kind, value)
        except ValueError as error:
            detail = f"variable {self.name} ({self.path}): {error}"
            raise Refusal(Reason.BAD_DATA, detail) from None


@dataclass(frozen=True, slots=True)
class Budget:
    """What one message may cost; None: no limit."""

    segments: int | None = None
    encoding: Encoding | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A test in a template's file: `texts` by locale are expected, or a refusal.

    `refused` None: the texts. `variable` is the one that the refusal must name.
    """

    name: str
    given: Mapping[str, JsonValue]
    texts: Mapping[str, str] = field(default_factory=dict)
    refused: Reason | None = None
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """`texts` are the sources, by locale and variant; `compiled` is what renders.

    Paths are dotted and start at the event's attributes: `data.phone`; of `to_phone` and
    `to_contact` one is set. `fallbacks` says which locales stand in for one that has no
    text; `default_locale` ends every chain. `reference_bits` counts in how many segments
    a text has.
    """

    name: str
    version: str
    description: str
    owner: str
    topic: str
    type: str
    to_phone: str | None
    to_contact: str | None
    to_locale: str | None
    to_opted_in: str | None
    purpose: Purpose
    lane: Lane
    deliver_within_ms: int
    in_doubt: InDoubt
    secret: frozenset[str]
    keep_text: bool
    sender: str
    transliteration: Transliteration
    reference_bits: ReferenceBits
    budget: Budget
    variables: Mapping[str, Variable]
    texts: Mapping[str, Mapping[str, str]]
    tests: tuple[Case, ...]
    fallbacks: Mapping[str, tuple[str, ...]]
    default_locale: str | None
    compiled: Mapping[str, Mapping[str, Text]] = field(repr=False, compare=False)

    @property
    def needs_consent(self) -> bool:
        """Marketing goes to those only who opted in."""
        return self.purpose == "marketing"


def at_path(event: Mapping[str, JsonValue], path: str) -> JsonValue:
    """What stands at `data.phone`; None where there is nothing."""
    value: JsonValue = dict(event) if not isinstance(event, dict) else event
    for step in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def given(template: Template, event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The variables as the event gives them; absent, null and blank ones are left out.

    Raises Refusal(BAD_DATA) for the first value that is not of its variable's type.
    """
    found = {name: at_path(event, var.path) for name, var in template.variables.items()}
    return checked(template, found)


def checked(template: Template, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The same for values that are known by their variables' names."""
    there = {name: value for name, value in values.items() if not _blank(value)}
    for name, value in there.items():
        template.variables[name].read(value)
    return there


def _blank(value: JsonValue) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
