"""From an event's data to the words: one row a rule."""

import unicodedata

import pytest
from hypothesis import assume
from hypothesis import given as given_by
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.catalog import load_catalog
from schemas.reason import Reason, Refusal
from streams.catalog.catalog_tests import Failure, run_tests
from streams.catalog.template import given
from streams.text.render import Rendered, render
from streams.text.segment import TEXT_LIMIT
from tests.streams.catalogs import GOOD, catalog, one, refusal, swapped

SHIPPED = load_catalog().templates
DOOR = catalog(door=GOOD).templates["door"]


SAID = [
    ("package-arrived", "en", {"parcel_id": "X289746B"},
     "Hello, your package X289746B has arrived at your relay store."),
    ("balance-changed", "en", {"balance": "350.00", "currency": "EUR"},
     "Your account balance: €350.00"),
    ("balance-changed", "fr", {"balance": "350.00", "currency": "EUR"},
     "Solde de votre compte : 350,00 €"),
    ("otp-requested", "en", {"code": "482913", "minutes": 10},
     "482913 is your code. It is valid for 10 minutes."),
    ("private-sale", "en", {"first_name": "Jane"},
     "Jane, our private sale starts on Friday. Reply STOP to opt out."),
    ("private-sale", "en", {},
     "Our private sale starts on Friday. Reply STOP to opt out."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "locale", "values", "text"), SAID)
def test_the_shipped_texts(name: str, locale: str, values: dict[str, JsonValue], text: str) -> None:
    assert render(SHIPPED[name], locale, values).text == text


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_authors_own_tests(name: str) -> None:
    assert SHIPPED[name].tests, "a shipped template has tests"
    assert run_tests(SHIPPED[name]) == []


def test_a_test_that_fails_says_what_came_instead() -> None:
    wrong = catalog(door=swapped("Jo, your code is 12", "Jo, your key is 12")).templates["door"]
    assert run_tests(wrong) == [
        Failure("door", "usual", "en", "Jo, your key is 12.", "Jo, your code is 12.")
    ]
    refused = swapped('{en: "Jo, your code is 12."}', "{refused: missing_data, variable: code}")
    failures = run_tests(catalog(door=refused).templates["door"])
    assert [failure.locale for failure in failures] == ["en", "fr"]
    assert failures[0].expected == "refused: missing_data, variable code"


MISSING = [
    ("refuse", {}, None, "no value, no message"),
    ("{default: there}", {}, "there", "one default"),
    ("{default: {en: you, fr: vous}}", {}, "you", "the default of the text's locale"),
    ("{default: there}", {"it": "here"}, "here", "the event wins"),
]


@pytest.mark.parametrize(("missing", "values", "text", "why"), MISSING)
def test_a_missing_variable(
    missing: str, values: dict[str, JsonValue], text: str | None, why: str
) -> None:
    template = one("text", missing=missing)
    if text is None:
        refused = refusal(template, values)
        assert (refused.reason, refused.detail) == (Reason.MISSING_DATA, "variable it"), why
    else:
        assert render(template, "en", values).text == text, why


def test_another_whole_text_where_a_variable_is_missing() -> None:
    assert render(DOOR, "fr", {"code": "1"}) == Rendered("Votre code est 1.", "fr", "short")
    assert refusal(DOOR, {"name": "Jo"}).detail == "variable code"
    assert refusal(DOOR, {}).detail == "variable code", "the stand-in needs it as well"


def test_only_what_the_text_uses_can_be_missing() -> None:
    assert render(one("text", "Hello"), "en", {}).text == "Hello"


def test_the_first_missing_variable_of_the_file_is_named_every_time() -> None:
    both = swapped("missing: {use: short}", "missing: refuse", swapped(
        "{{ name }}, your code is {{ code }}.", "{{ name }} {{ code }}"))  # fmt: skip
    assert refusal(catalog(door=both).templates["door"], {}).detail == "variable code"


def test_stand_ins_that_point_at_each_other_end_as_missing() -> None:
    content = (
        GOOD.replace("missing: refuse", "missing: {use: nameless}")
        .replace(
            '    short: "Your code is {{ code }}."',
            '    short: "{{ code }}"\n    nameless: "{{ name }}"',
        )
        .replace(
            '    short: "Votre code est {{ code }}."', '    short: "{{ code }}"\n    nameless: "-"'
        )
    )
    template = catalog(door=content).templates["door"]
    assert refusal(template, {}).reason is Reason.MISSING_DATA
    assert render(template, "fr", {}).text == "-"


def test_length_is_counted_in_code_points_after_nfc() -> None:
    template = one("text")
    assert len(render(template, "en", {"it": "a" * TEXT_LIMIT}).text) == TEXT_LIMIT
    assert render(template, "en", {"it": "e\u0301" * TEXT_LIMIT}).text == "é" * TEXT_LIMIT
    assert len(render(template, "en", {"it": "😀" * TEXT_LIMIT}).text) == TEXT_LIMIT
    refused = refusal(template, {"it": "a" * (TEXT_LIMIT + 1)})
    assert (refused.reason, refused.detail) == (
        Reason.TOO_LONG, "1,001 characters; the longest is 1,000",
    )  # fmt: skip


BROKEN = [
    ("number", "{% if it < cur %}x{% endif %}", "a number beside a text"),
    ("text", '{{ it | money("EUR") }}', "an amount that is a text"),
    ("number", '{{ it | money("EURO!") }}x{{ it | money(it) }}', "a currency that is none"),
    ("text", "{% if false %}{{ it }}{% endif %}", "nothing is left to send"),
]


@pytest.mark.parametrize(("kind", "text", "why"), BROKEN)
def test_a_text_that_breaks_is_refused_without_its_values(kind: str, text: str, why: str) -> None:
    refused = refusal(one(kind, text), {"it": "12345678" if kind == "number" else "hush"})
    assert refused.reason is Reason.RENDER_FAILED, why
    assert refused.detail.startswith("template one, en, main: "), why
    assert "12345678" not in refused.detail
    assert "hush" not in refused.detail


def test_values_are_data_and_never_a_text_to_render() -> None:
    for value in ("{{ cur }}", "{% if %}", "<b>&amp;", "{# x #}"):
        assert render(one("text"), "en", {"it": value}).text == value


CHOICES = [
    ("number", "{{ it }} minute{% if it != 1 %}s{% endif %}", 1, "1 minute"),
    ("number", "{{ it }} minute{% if it != 1 %}s{% endif %}", "10", "10 minutes"),
    ("money", "{{ it }}{% if it < 0 %} owed{% endif %}", "-3", "-€3.00 owed"),
    ("money", "{{ it | money(cur) }}", "3", "€3.00"),
    ("number", '{{ it | money("USD") }}', 3, "$3.00"),
    ("name", "{{ it | upper }}", "Zoë", "ZOË"),
]


@pytest.mark.parametrize(("kind", "text", "value", "expected"), CHOICES)
def test_choices_and_filters(kind: str, text: str, value: JsonValue, expected: str) -> None:
    assert render(one(kind, text), "en", {"it": value}).text == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
)


@given_by(
    st.sampled_from(["text", "name", "code", "link", "number", "money", "date", "time"]), JSON
)
def test_any_json_is_rendered_or_refused(kind: str, value: JsonValue) -> None:
    template = BY_KIND[kind]
    try:
        text = render(template, "fr", given(template, {"data": {"it": value}})).text
    except Refusal as refused:
        assert refused.reason in (Reason.BAD_DATA, Reason.MISSING_DATA, Reason.TOO_LONG)
    else:
        assert text.strip()
        assert unicodedata.is_normalized("NFC", text)
        text.encode()


BY_KIND = {
    kind: one(kind) for kind in ("text", "name", "code", "link", "number", "money", "date", "time")
}


@given_by(st.text(min_size=1, max_size=200, alphabet=st.characters(exclude_categories=["C"])))
def test_the_same_values_give_the_same_text(value: str) -> None:
    assume(value.strip())
    assert render(DOOR, "en", {"code": value, "name": value}) == render(
        DOOR, "en", {"code": value, "name": value}
    )
