"""What an event gives a template: one row a shape of data."""

import pytest
from pydantic import JsonValue

from schemas.reason import Reason, Refusal
from streams.catalog.template import at_path, given
from tests.streams.catalogs import GOOD, catalog, one

DOOR = catalog(door=GOOD).templates["door"]

EVENT: dict[str, JsonValue] = {"subject": "c-42", "data": {"code": "482913", "a": {"b": 0}}}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("subject", "c-42"),
        ("data.code", "482913"),
        ("data.a.b", 0),
        ("data.a.c", None),
        ("data.code.x", None),
        ("nothing.at.all", None),
    ],
)
def test_a_path_leads_into_the_event_or_to_nothing(path: str, found: JsonValue) -> None:
    assert at_path(EVENT, path) == found


GIVEN: list[tuple[JsonValue, dict[str, JsonValue] | str, str]] = [
    ({"code": "1", "name": "Jo"}, {"code": "1", "name": "Jo"}, "both"),
    ({"code": "1", "name": None}, {"code": "1"}, "null is left out"),
    ({"code": "1", "name": "  "}, {"code": "1"}, "blank is left out"),
    ({"code": "1", "other": [1]}, {"code": "1"}, "what no variable names is left alone"),
    (None, {}, "no data at all"),
    ("text", {}, "data that is no object"),
    ({"code": 482913}, "variable code (data.code): expected a text, got a number", "a number"),
    ({"code": ["482913"]}, "variable code (data.code): expected a text, got a list", "a list"),
    ({"code": {"a": "482913"}}, "variable code (data.code): expected a text, got an object", "{}"),
    ({"code": True}, "variable code (data.code): expected a text, got true or false", "a boolean"),
]


@pytest.mark.parametrize(("data", "expected", "why"), GIVEN)
def test_what_an_event_gives(
    data: JsonValue, expected: dict[str, JsonValue] | str, why: str
) -> None:
    if isinstance(expected, dict):
        assert given(DOOR, {"data": data}) == expected, why
        return
    with pytest.raises(Refusal) as caught:
        given(DOOR, {"data": data})
    assert (caught.value.reason, caught.value.detail) == (Reason.BAD_DATA, expected), why


def test_a_currency_is_checked_where_it_comes_in() -> None:
    with pytest.raises(Refusal) as caught:
        given(one("money"), {"data": {"it": "1", "cur": "euro"}})
    assert "variable cur (data.cur): expected an ISO 4217 currency" in caught.value.detail
