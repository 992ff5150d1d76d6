"""Bytes on a domain topic → one event, or a Refusal that its publisher can act on.

Rules: what a record says of itself (headers) wins over what its value looks like; an
event is never half read; the time of an event is never later than its record's.
Source: CloudEvents 1.0.2, its JSON format and its Kafka protocol binding.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import JsonValue
from pydantic_core import from_json

from schemas.reason import Reason, Refusal
from schemas.record import Millis

EVENT_LIMIT = 1024 * 1024
"""Octets that an event may have: Kafka's own default for a record."""

Headers = Sequence[tuple[str, bytes]]

_REQUIRED = ("id", "source", "type")
_BINARY_PREFIX = "ce_"
_STRUCTURED = "application/cloudevents"
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class JsonSource:
    """A topic of plain JSON: which fields hold the event's id, type and time.

    Without `id` the record's position is its id. Without `time` the record's own is used;
    a time may be RFC 3339 text or a number of milliseconds since 1970.
    """

    topic: str
    type: str
    id: str | None = None
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record was read."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Event:
    """A CloudEvent. `fields` holds its attributes, and its payload under `data`."""

    id: str
    source: str
    type: str
    time_ms: Millis
    fields: Mapping[str, JsonValue]


def read_event(
    value: bytes | None,
    headers: Headers,
    at: Position,
    record_ms: Millis,
    plain: JsonSource | None = None,
) -> Event:
    """Raises Refusal: EMPTY, TOO_LARGE, AVRO, NOT_JSON, NOT_AN_EVENT or BAD_TIME."""
    if not value:
        raise Refusal(Reason.EMPTY)
    if len(value) > EVENT_LIMIT:
        raise Refusal(Reason.TOO_LARGE, f"{len(value):,} octets, the limit is {EVENT_LIMIT:,}")
    if value[0] == 0 and len(value) >= 5:
        raise Refusal(Reason.AVRO, f"schema id {int.from_bytes(value[1:5], 'big')}")
    if plain is not None:
        return _plain_event(_json_object(value), at, record_ms, plain)
    return _cloud_event(_envelope(value, _text_headers(headers)), record_ms)


def _text_headers(headers: Headers) -> dict[str, str]:
    return {name.lower(): (raw or b"").decode("utf-8", "replace") for name, raw in headers}


def _envelope(value: bytes, headers: Mapping[str, str]) -> dict[str, JsonValue]:
    content_type = headers.get("content-type", "").strip().lower()
    if content_type.startswith(_STRUCTURED):
        kind = content_type.partition(";")[0]
        if kind != f"{_STRUCTURED}+json":
            raise Refusal(Reason.NOT_JSON, f"content-type {kind}, expected {_STRUCTURED}+json")
        return _json_object(value)
    if f"{_BINARY_PREFIX}specversion" in headers or f"{_BINARY_PREFIX}id" in headers:
        fields: dict[str, JsonValue] = {
            name.removeprefix(_BINARY_PREFIX): text
            for name, text in headers.items()
            if name.startswith(_BINARY_PREFIX)
        }
        fields["data"] = _json(value)
        return fields
    return _json_object(value)


def _json(value: bytes) -> Any:
    try:
        return from_json(value, allow_inf_nan=False)
    except ValueError as error:
        raise Refusal(Reason.NOT_JSON, str(error)) from None


def _json_object(value: bytes) -> dict[str, JsonValue]:
    parsed = _json(value)
    if not isinstance(parsed, dict):
        raise Refusal(Reason.NOT_AN_EVENT, f"expected a JSON object, got {_kind(parsed)}")
    return parsed


def _cloud_event(fields: dict[str, JsonValue], record_ms: Millis) -> Event:
    version = fields.get("specversion")
    if version != "1.0":
        raise Refusal(Reason.NOT_AN_EVENT, f'specversion must be "1.0", got {_shown(version)}')
    for name in _REQUIRED:
        value = fields.get(name)
        if not isinstance(value, str) or not value:
            raise Refusal(Reason.NOT_AN_EVENT, f"{name} must be a text, got {_shown(value)}")
    if "data_base64" in fields and "data" not in fields:
        fields["data"] = _unpacked(fields["data_base64"])
    return Event(
        str(fields["id"]),
        str(fields["source"]),
        str(fields["type"]),
        _event_ms(fields.get("time"), record_ms),
        fields,
    )


def _unpacked(encoded: JsonValue) -> JsonValue:
    try:
        raw = base64.b64decode(str(encoded), validate=True)
    except (ValueError, binascii.Error):
        raise Refusal(Reason.NOT_AN_EVENT, "data_base64 is not base64") from None
    return _json(raw)  # type: ignore[no-any-return]


def _plain_event(
    data: dict[str, JsonValue], at: Position, record_ms: Millis, plain: JsonSource
) -> Event:
    kind = data.get(plain.type)
    if not isinstance(kind, str) or not kind:
        raise Refusal(Reason.NOT_AN_EVENT, f"{plain.type} must be a text, got {_shown(kind)}")
    name: JsonValue = f"{at.topic}-{at.partition}-{at.offset}"
    if plain.id is not None:
        name = data.get(plain.id)
        if isinstance(name, bool) or not isinstance(name, str | int) or name == "":
            raise Refusal(
                Reason.NOT_AN_EVENT, f"{plain.id} must be a text or a number, got {_shown(name)}"
            )
    time_ms = _event_ms(data.get(plain.time) if plain.time else None, record_ms, millis=True)
    source = f"/{at.topic}"
    fields: dict[str, JsonValue] = {
        "id": str(name), "source": source, "type": kind, "data": data,
    }  # fmt: skip
    return Event(str(name), source, kind, time_ms, fields)


def _event_ms(time: JsonValue, record_ms: Millis, *, millis: bool = False) -> Millis:
    """Never later than the record's: a clock that runs ahead must not delay a deadline."""
    if time is None:
        return record_ms
    if millis and isinstance(time, int) and not isinstance(time, bool) and time >= 0:
        return min(time, record_ms)
    if not isinstance(time, str) or not _RFC3339.fullmatch(time):
        raise Refusal(Reason.BAD_TIME, f"expected 2026-11-23T10:00:00Z, got {_shown(time)}")
    try:
        at = datetime.fromisoformat(time.upper())
        return min(int(at.timestamp() * 1000), record_ms)
    except (ValueError, OverflowError):
        raise Refusal(Reason.BAD_TIME, f"no such moment: {_shown(time)}") from None


def _shown(value: JsonValue) -> str:
    """An envelope's value, short enough for a sentence; never used on payload data."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return _kind(value)
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _kind(value: JsonValue) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return names.get(type(value), "null" if value is None else "a number")
