"""The event that some templates answer: its JSON Schema, and one worked example.

Rules: what two templates ask of the same field must hold together (`allOf`); a field is
required where a message cannot be sent without it; fields that no template names are
left to upstream.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue

from streams.catalog.template import Refuse, Template, Variable
from streams.text.formats import NUMBER

Schema = dict[str, Any]

_NUMBER: Schema = {"type": ["number", "string"], "pattern": f"^{NUMBER.pattern}$"}
PROPERTIES: Mapping[str, Schema] = {
    "text": {"type": ["string", "integer"]},
    "name": {"type": "string"},
    "code": {"type": "string"},
    "link": {"type": "string", "pattern": r"^https?://[^\s/]\S*$"},
    "number": _NUMBER,
    "money": _NUMBER,
    "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "time": {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"},
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217"},
}
"""What an event may hold for each kind of variable."""
PHONE: Schema = {"type": "string", "description": "international, such as +33612345678"}
CONTACT: Schema = {"type": "string", "description": "the id of a contact"}
LOCALE: Schema = {"type": "string", "description": "BCP 47, such as fr or fr-CA"}
OPTED_IN: Schema = {"type": "boolean", "description": "true, or nothing is sent"}
ENVELOPE: Mapping[str, tuple[Schema, JsonValue]] = {
    "specversion": ({"const": "1.0"}, "1.0"),
    "id": ({"type": "string", "minLength": 1}, "e-1"),
    "source": ({"type": "string", "minLength": 1}, "/upstream"),
    "type": ({"type": "string"}, None),
    "time": ({"type": "string", "format": "date-time"}, "2026-11-23T10:00:00Z"),
    "datacontenttype": ({"type": "string"}, "application/json"),
}
"""CloudEvents 1.0.2, section 3.1: each attribute with its example."""
REQUIRED = ("specversion", "id", "source", "type", "data")


class _Field(NamedTuple):
    path: str
    schema: Schema
    example: JsonValue
    required: bool


def event_schema(kind: str, templates: Iterable[Template]) -> Schema:
    """JSON Schema of the whole CloudEvent of type `kind`."""
    root: Schema = {
        "type": "object",
        "properties": {name: dict(schema) for name, (schema, _) in ENVELOPE.items()},
        "required": list(REQUIRED),
    }
    root["properties"]["type"] = {"const": kind}
    for field in _fields(templates):
        _add(root, field)
    return root


def example_event(kind: str, templates: Iterable[Template]) -> dict[str, JsonValue]:
    """An event that all of the templates answer, of their variables' examples."""
    event: dict[str, JsonValue] = {name: example for name, (_, example) in ENVELOPE.items()}
    event["type"] = kind
    for field in _fields(templates):
        place: dict[str, JsonValue] = event
        *parents, last = field.path.split(".")
        for step in parents:
            below = place.setdefault(step, {})
            assert isinstance(below, dict), f"{field.path} goes through a value"
            place = below
        place.setdefault(last, field.example)
    return event


def _fields(templates: Iterable[Template]) -> Iterator[_Field]:
    for template in templates:
        for variable in template.variables.values():
            required = isinstance(variable.missing, Refuse)
            schema = PROPERTIES[variable.kind]
            yield _Field(variable.path, schema, _example(variable), required)
        if template.to_phone:
            yield _Field(template.to_phone, PHONE, "+33612345678", True)
        if template.to_contact:
            yield _Field(template.to_contact, CONTACT, "customer-1", True)
        if template.to_locale:
            yield _Field(template.to_locale, LOCALE, next(iter(template.texts)), False)
        if template.to_opted_in:
            yield _Field(template.to_opted_in, OPTED_IN, True, template.needs_consent)


def _example(variable: Variable) -> JsonValue:
    """A whole number as JSON's own; amounts as text, as they should be sent."""
    whole = variable.type == "number" and re.fullmatch(r"-?[0-9]+", variable.example)
    return int(variable.example) if whole else variable.example


def _add(root: Schema, field: _Field) -> None:
    place = root
    *parents, last = field.path.split(".")
    for step in parents:
        _require(place, step, field.required)
        place = place["properties"].setdefault(step, {"type": "object"})
        place.setdefault("properties", {})
    _require(place, last, field.required)
    there = place["properties"].get(last)
    if there is None:
        place["properties"][last] = dict(field.schema)
    elif field.schema not in (there, *there.get("allOf", [])):
        others = there.get("allOf", [there])
        place["properties"][last] = {"allOf": [*others, dict(field.schema)]}


def _require(place: Schema, step: str, required: bool) -> None:
    if required and step not in place.setdefault("required", []):
        place["required"].append(step)
