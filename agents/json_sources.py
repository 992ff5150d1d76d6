"""`[[source]]` tables: topics with plain JSON, and the names of their fields.

Rule: an unknown key is an error, never ignored.
"""

from typing import Any

from agents.meant import meant
from streams.events.event import JsonSource

KEYS = {
    "topic": "the domain topic; needed",
    "format": '`"json"`; needed, and nothing else yet',
    "type": "the field whose value is the event's type; needed",
    "id": "the field with an id that is never used again; without it, the record's topic, "
    "partition and offset are its id, so that the same thing published twice is said twice",
    "time": "the field that says when it happened; without it, the record's timestamp",
}
"""What each key says; docs/settings.md is written from here."""


def parse_sources(tables: Any) -> dict[str, JsonSource]:
    """By topic. Raises ValueError that names the key and says what it takes."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError("source must be [[source]] tables")
    found = [_source(table) for table in tables]
    return {source.topic: source for source in found}


def _source(table: dict[str, Any]) -> JsonSource:
    for key, value in table.items():
        if key not in KEYS:
            raise ValueError(f"[[source]] {key}: there is no such key{meant(key, KEYS)}")
        if not isinstance(value, str) or not value:
            raise ValueError(f"[[source]] {key}: takes a text in quotes, got {value!r}")
    if table.get("format") != "json":
        raise ValueError('[[source]] format: takes "json"; CloudEvents need no [[source]]')
    for key in ("topic", "type"):
        if key not in table:
            raise ValueError(f"[[source]] {key} is missing: {KEYS[key].removesuffix('; needed')}")
    return JsonSource(table["topic"], table["type"], table.get("id"), table.get("time"))


def markdown() -> str:
    """The table of docs/settings.md."""
    head = "| key of `[[source]]` | says |\n|---|---|\n"
    return head + "".join(f"| `{key}` | {says} |\n" for key, says in KEYS.items())
