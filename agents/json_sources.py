"""`[[source]]` tables: topics with plain JSON, and the names of their fields.

Rule: an unknown key is an error, never ignored.
"""

from typing import Any

from streams.events.event import JsonSource


def parse_sources(tables: Any) -> dict[str, JsonSource]:
    """By topic. Raises ValueError that names the key and says what it takes."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError("source must be [[source]] tables")
    found = [_source(table) for table in tables]
    return {source.topic: source for source in found}


def _source(table: dict[str, Any]) -> JsonSource:
    known = {"topic", "format", "id", "type", "time"}
    for key, value in table.items():
        if key not in known or not isinstance(value, str) or not value:
            raise ValueError(
                f"[[source]] {key}: expected a text under one of {', '.join(sorted(known))}"
            )
    if table.get("format") != "json":
        raise ValueError('[[source]] format: takes "json"; CloudEvents need no [[source]]')
    for key in ("topic", "type"):
        if key not in table:
            raise ValueError(f"[[source]] {key} is missing")
    return JsonSource(table["topic"], table["type"], table.get("id"), table.get("time"))
