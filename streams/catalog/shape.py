"""The shape of the catalog's files: which keys there are and what each may hold.

Rules: an unknown key is refused; every scalar arrives as text and gets its type here;
this is the one description of the format, and what editors are given is made of it.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from schemas.lane import Lane
from schemas.message import Encoding, InDoubt, ReferenceBits
from schemas.topics import DAY_MS

UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": DAY_MS}
PATH = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"
NAME = r"^[a-z][a-z0-9_]*$"
MAIN = "main"

Purpose = Literal["authentication", "transactional", "marketing"]
Type = Literal["text", "name", "money", "number", "date", "time", "code", "link"]
Transliteration = Literal["as_written", "prefer_gsm"]


def _fail(message: str) -> PydanticCustomError:
    return PydanticCustomError("chappe", "{said}", {"said": message})


def _duration(value: object) -> int:
    """`10m` in milliseconds."""
    match = re.fullmatch(r"([1-9][0-9]{0,6})([smhd])", str(value), re.ASCII)
    if not match:
        raise _fail("expected a duration such as 30s, 10m, 24h or 1d")
    if (ms := int(match[1]) * UNITS_MS[match[2]]) > DAY_MS:
        raise _fail("at most 1d: internal topics keep a message no longer")
    return ms


def _sender(value: object) -> str:
    text = str(value)
    if re.fullmatch(r"\+?[0-9]{3,15}", text, re.ASCII):
        return text
    if not re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9 ._&-]{1,11}", text):
        raise _fail("expected a name of at most 11 letters, digits and spaces, or a number")
    return text


def _reference_bits(value: object) -> int:
    if str(value) not in ("8", "16"):
        raise _fail("expected 8 or 16")
    return int(str(value))


def _words(value: object) -> object:
    """One word alone is a list of one."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(
        isinstance(one, str) and one.strip() for one in words
    ):
        raise _fail("expected words, such as [STOP, ARRET]")
    return words


def _variants(value: object) -> object:
    """A text alone is the variant `main`."""
    texts: object = {MAIN: value} if isinstance(value, str) else value
    if isinstance(texts, dict) and MAIN not in texts:
        raise _fail(f"no text `{MAIN}`")
    return texts


def _missing(value: object) -> object:
    if value == "refuse":
        return {}
    if not isinstance(value, dict) or len(value) != 1 or set(value) - {"default", "use"}:
        raise _fail("expected refuse, {default: value} or {use: name of another text}")
    default = value.get("default", "")
    texts = list(default.values()) if isinstance(default, dict) else [default]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise _fail("expected a default that is one value, or one by locale")
    return value


# What people write unquoted where we read text: an editor's YAML reader types it.
_TEXT = {"type": ["string", "number", "boolean"]}
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_MISSING = {
    "oneOf": [
        {"const": "refuse"},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["default"],
            "properties": {
                "default": {"anyOf": [_TEXT, {"type": "object", "additionalProperties": _TEXT}]}
            },
        },
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["use"],
            "properties": {"use": {"type": "string"}},
        },
    ]
}
Text = Annotated[str, WithJsonSchema(_TEXT)]
Path = Annotated[str, Field(pattern=PATH)]
Name = Annotated[str, Field(pattern=NAME)]
Duration = Annotated[
    int, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": "^[0-9]+[smhd]$"})
]
Sender = Annotated[str, BeforeValidator(_sender), WithJsonSchema({"type": ["string", "integer"]})]
Bits = Annotated[ReferenceBits, BeforeValidator(_reference_bits), WithJsonSchema({"enum": [8, 16]})]
Words = Annotated[
    list[str],
    Field(min_length=1),
    BeforeValidator(_words),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}}),
]
Variants = Annotated[
    dict[Name, str],
    BeforeValidator(_variants),
    WithJsonSchema({"anyOf": [{"type": "string"}, {**_TEXTS, "required": [MAIN]}]}),
]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OnEvent(Shape):
    """Which events this template answers."""

    topic: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,249}$")]
    type: Annotated[str, Field(min_length=1, description="the CloudEvent's `type`")]


class To(Shape):
    """Where the event names the person: dotted paths such as `data.phone`.

    Either `phone`, or `contact` where the event has only an id to look the number up by.
    """

    phone: Path | None = None
    contact: Path | None = None
    locale: Path | None = None
    opted_in: Path | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.phone is None) == (self.contact is None):
            raise _fail("say phone (where the event has the number) or contact (its id), not both")
        return self


class BudgetShape(Shape):
    """What one message may cost."""

    segments: Annotated[int, Field(ge=1, le=255)] | None = None
    encoding: Encoding | None = None


class MissingShape(Shape):
    """Both None: refuse."""

    default: Text | dict[str, Text] | None = None
    use: str | None = None


class VariableShape(Shape):
    """One value the texts may hold, and where the event has it."""

    from_: Path = Field(alias="from")
    type: Type
    currency: str | None = Field(None, description="for money: the variable with the currency")
    example: Text
    longest: Text = Field(description="the longest value to reckon with")
    missing: Annotated[
        MissingShape, BeforeValidator(_missing), WithJsonSchema(_MISSING)
    ] = MissingShape()  # fmt: skip


class TestShape(Shape):
    """One case: these values give these texts, or this refusal."""

    name: Text
    given: dict[str, Text] = Field(default_factory=dict)
    expect: Annotated[
        dict[str, str],
        Field(min_length=1, description="a text by locale; or refused, and which variable"),
        WithJsonSchema({**_TEXTS, "minProperties": 1}),
    ]


class TemplateShape(Shape):
    """One template: what is said, to whom, on which event."""

    description: Text
    owner: Text = Field(description="who hears of refusals")
    on_event: OnEvent
    to: To
    purpose: Purpose
    lane: Lane | None = None
    deliver_within: Duration | None = None
    in_doubt: InDoubt | None = None
    secret: list[str] = Field(default_factory=list)
    keep_text: bool = False
    sender: Sender | None = None
    transliteration: Transliteration | None = None
    budget: BudgetShape = BudgetShape()
    variables: dict[Name, VariableShape] = Field(default_factory=dict)
    texts: Annotated[dict[str, Variants], Field(min_length=1)]
    tests: list[TestShape] = Field(default_factory=list)


class PurposeShape(Shape):
    """What templates of this purpose do unless they say otherwise."""

    lane: Lane | None = None
    deliver_within: Duration | None = None
    sender: Sender | None = None


class DefaultsShape(Shape):
    """`_defaults.yaml`: what templates need not repeat, and what holds for all of them."""

    sender: Sender | None = None
    transliteration: Transliteration = "as_written"
    reference_bits: Bits = Field(8, description="of the reference that joins segments")
    opt_out: dict[str, Words] = Field(
        default_factory=dict,
        description="by language, the words of which a marketing text names one",
    )
    default_locale: str | None = None
    fallbacks: dict[str, list[str]] = Field(default_factory=dict)
    purposes: dict[Purpose, PurposeShape] = Field(default_factory=dict)


SHAPES: dict[tuple[str, ...], type[Shape]] = {
    (): TemplateShape,
    ("on_event",): OnEvent,
    ("to",): To,
    ("budget",): BudgetShape,
    ("variables", "*"): VariableShape,
    ("tests", "*"): TestShape,
}
DEFAULTS_SHAPES: dict[tuple[str, ...], type[Shape]] = {
    (): DefaultsShape,
    ("purposes", "*"): PurposeShape,
}


def keys_of(shape: type[Shape]) -> list[str]:
    """The keys as authors write them."""
    return [field.alias or name for name, field in shape.model_fields.items()]
