"""JSON Schema for the editors of people who write templates, and `_defaults.yaml`.

Rules: made of the shapes, never written by hand; it says what authors may write, where
an editor's YAML reader has already made numbers and booleans of some of it.
"""

import json
from typing import Any

from streams.catalog.shape import DefaultsShape, Shape, TemplateShape

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def catalog_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a template's YAML, for editors."""
    return _schema(TemplateShape)


def defaults_schema() -> dict[str, Any]:
    """The same of `_defaults.yaml`."""
    return _schema(DefaultsShape)


def printed(schema: Any) -> str:
    """As it stands in a file, or on a terminal."""
    return json.dumps(schema, indent=2, ensure_ascii=False)


def _schema(shape: type[Shape]) -> dict[str, Any]:
    return {"$schema": DRAFT, **_tidy(shape.model_json_schema(by_alias=True))}


def _tidy(schema: Any) -> Any:
    """Without the titles, nulls and empty defaults that pydantic adds: authors leave keys out."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _named(key, value) for key, value in schema.items() if not _noise(key, value)}
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    choices = [choice for choice in kept.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        del kept["anyOf"]
        kept |= choices[0]
    return kept


def _named(key: str, value: Any) -> Any:
    """Below these keys stand names of the author's own, which are never noise."""
    if key in ("properties", "$defs", "patternProperties"):
        return {name: _tidy(schema) for name, schema in value.items()}
    return _tidy(value)


def _noise(key: str, value: Any) -> bool:
    return key == "title" or (key == "default" and (value is None or isinstance(value, dict)))
