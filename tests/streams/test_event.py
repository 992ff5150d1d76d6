"""Reading events: each row is a record as met on a topic, and what becomes of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.reason import Reason, Refusal
from streams.events.event import EVENT_LIMIT, JsonSource, Position, read_event

AT = Position("domain.parcels", 3, 41)
NOW = 1_795_428_000_000  # 2026-11-23T10:00:00Z
GOOD = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/parcels",
    "type": "package.arrived",
    "time": "2026-11-23T09:00:00Z",
    "data": {"parcel_id": "X289746B"},
}
STRUCTURED = [("content-type", b"application/cloudevents+json; charset=utf-8")]
BINARY = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"e-1"),
    ("ce_source", b"/parcels"),
    ("ce_type", b"package.arrived"),
    ("ce_time", b"2026-11-23T09:00:00Z"),
    ("content-type", b"application/json"),
]


def but(**changes: object) -> bytes:
    """The good event with some attributes changed; None takes one away."""
    changed = {**GOOD, **changes}
    return json.dumps({key: value for key, value in changed.items() if value is not None}).encode()


@pytest.mark.parametrize(
    ("value", "headers", "why"),
    [
        (but(), STRUCTURED, "structured mode"),
        (b'{"parcel_id":"X289746B"}', BINARY, "binary mode"),
        (but(), [], "a bare kcat -P has no headers"),
        (but(), [("content-type", b"application/json")], "JSON, and the envelope inside"),
        (b'{"parcel_id":"X289746B"}', [(n.upper(), v) for n, v in BINARY], "headers in any case"),
        (
            but(data=None, data_base64="eyJwYXJjZWxfaWQiOiJYMjg5NzQ2QiJ9"),
            STRUCTURED,
            "the payload as base64 is legal in structured mode",
        ),
    ],
)
def test_modes(value: bytes, headers: list[tuple[str, bytes]], why: str) -> None:
    event = read_event(value, headers, AT, NOW)
    assert (event.id, event.source, event.type) == ("e-1", "/parcels", "package.arrived"), why
    assert event.time_ms == NOW - 3600 * 1000
    assert event.fields["data"] == {"parcel_id": "X289746B"}


@pytest.mark.parametrize(
    ("value", "headers", "reason", "words"),
    [
        (None, [], Reason.EMPTY, "value"),
        (b"", STRUCTURED, Reason.EMPTY, "value"),
        (but()[:40], STRUCTURED, Reason.NOT_JSON, "JSON"),
        (b"\x00\x00\x00\x00\x2a\x02abc", [], Reason.AVRO, "schema id 42"),
        (b" " * (EVENT_LIMIT + 1), [], Reason.TOO_LARGE, "1,048,577 octets"),
        ("{}".encode("utf-16"), [], Reason.NOT_JSON, "UTF-8"),
        (b'{"a": NaN}', [], Reason.NOT_JSON, "JSON"),
        (b"[" * 5000, [], Reason.NOT_JSON, "JSON"),
        (b"[1]", [], Reason.NOT_AN_EVENT, "a list"),
        (b'"x"', [], Reason.NOT_AN_EVENT, "a text"),
        (b"null", [], Reason.NOT_AN_EVENT, "null"),
        (b"{}", [], Reason.NOT_AN_EVENT, "specversion"),
        (but(specversion="0.3"), [], Reason.NOT_AN_EVENT, "'0.3'"),
        (but(specversion=1.0), [], Reason.NOT_AN_EVENT, "specversion"),
        (but(id=None), [], Reason.NOT_AN_EVENT, "id must be a text, got nothing"),
        (but(id=7), [], Reason.NOT_AN_EVENT, "id must be a text, got 7"),
        (but(source=""), [], Reason.NOT_AN_EVENT, "source"),
        (but(type={"a": 1}), [], Reason.NOT_AN_EVENT, "type must be a text, got an object"),
        (but(time="yesterday"), [], Reason.BAD_TIME, "'yesterday'"),
        (but(time="2026-11-23 10:00:00"), [], Reason.BAD_TIME, "RFC 3339"),
        (but(time="2026-11-23T10:00:00"), [], Reason.BAD_TIME, "2026-11-23T10:00:00"),
        (but(time="2026-13-23T10:00:00Z"), [], Reason.BAD_TIME, "no such moment"),
        (but(time=12), [], Reason.BAD_TIME, "12"),
        (but(data=None, data_base64="%%"), [], Reason.NOT_AN_EVENT, "base64"),
        (b"<xml/>", BINARY, Reason.NOT_JSON, "JSON"),
        (b"{}", BINARY[1:], Reason.NOT_AN_EVENT, "specversion"),
        (
            but(),
            [("content-type", b"application/cloudevents+avro")],
            Reason.NOT_JSON,
            "cloudevents+avro",
        ),
    ],
)
def test_refused(
    value: bytes | None, headers: list[tuple[str, bytes]], reason: Reason, words: str
) -> None:
    with pytest.raises(Refusal) as caught:
        read_event(value, headers, AT, NOW)
    assert caught.value.reason is reason
    assert words in caught.value.sentence


@pytest.mark.parametrize(
    ("time", "expected", "why"),
    [
        (None, NOW, "without a time, the record's"),
        ("2026-11-23T10:00:00+02:00", NOW - 7200_000, "an offset is honoured"),
        ("2036-01-01T00:00:00Z", NOW, "a clock that runs ahead changes nothing"),
        ("2026-11-23t09:59:59.123456789z", NOW - 877, "small letters and nanoseconds are legal"),
        ("1970-01-01T00:00:00Z", 0, "long past stays long past"),
    ],
)
def test_event_time(time: str | None, expected: int, why: str) -> None:
    assert read_event(but(time=time), [], AT, NOW).time_ms == expected, why


PLAIN = JsonSource("domain.parcels", type="kind", id="ref", time="at")


@pytest.mark.parametrize(
    ("value", "source", "identity", "time_ms"),
    [
        ({"kind": "k", "ref": "r-1", "at": "2026-11-23T09:00:00Z"}, PLAIN, "r-1", NOW - 3600_000),
        ({"kind": "k", "ref": 17, "at": NOW - 5}, PLAIN, "17", NOW - 5),
        ({"kind": "k", "ref": "r-1"}, PLAIN, "r-1", NOW),
        ({"kind": "k"}, JsonSource("domain.parcels", "kind"), "domain.parcels-3-41", NOW),
    ],
)
def test_plain_json(
    value: dict[str, object], source: JsonSource, identity: str, time_ms: int
) -> None:
    event = read_event(json.dumps(value).encode(), [], AT, NOW, source)
    assert (event.id, event.type, event.time_ms) == (identity, "k", time_ms)
    assert event.fields["data"] == value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"ref": "r"}, "kind must be a text"),
        ({"kind": "k", "ref": None}, "ref must be a text or a number"),
        ({"kind": "k", "ref": True}, "ref must be"),
        ({"kind": "k", "ref": "r", "at": True}, "RFC 3339"),
    ],
)
def test_plain_json_refused(value: dict[str, object], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_event(json.dumps(value).encode(), [], AT, NOW, PLAIN)
    assert words in caught.value.sentence


@given(st.binary(max_size=300), st.sampled_from([[], STRUCTURED, BINARY]))
def test_any_bytes_are_an_event_or_a_refusal(
    value: bytes, headers: list[tuple[str, bytes]]
) -> None:
    try:
        event = read_event(value, headers, AT, NOW)
    except Refusal:
        return
    assert event.id
    assert event.time_ms <= NOW
