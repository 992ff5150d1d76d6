"""Reading and printing values: each row is a value as upstream sends it."""

import datetime
from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from streams.text.formats import Money, Value, known, plain, printers, read, with_currency

GOOD: list[tuple[str, JsonValue, Value, str]] = [
    ("text", "A 1", "A 1", "as it is"),
    ("text", 42, "42", "many ids are numbers"),
    ("text", "two\nlines", "two\nlines", "a text may have lines"),
    ("name", "Zoë", "Zoë", "as it is"),
    ("code", "004071", "004071", "leading zeros stay"),
    ("link", "https://a.example/x?y=1", "https://a.example/x?y=1", "as it is"),
    ("number", 10, Decimal(10), "JSON's own"),
    ("number", "10", Decimal(10), "text that reads as one"),
    ("number", 2.5, Decimal("2.5"), "few digits: what was written"),
    ("number", -0.0, Decimal("0.0"), "minus nought is nought"),
    ("money", "350.00", Decimal("350.00"), "text keeps every cent"),
    ("money", 350.1, Decimal("350.1"), "the decimal that was written, not the float"),
    ("money", "-0.01", Decimal("-0.01"), "owed"),
    ("date", "2028-02-29", datetime.date(2028, 2, 29), "a leap day"),
    ("time", "09:05", datetime.time(9, 5), "minutes"),
    ("time", "23:59:58", datetime.time(23, 59, 58), "seconds"),
    ("currency", "EUR", "EUR", "ISO 4217"),
]
BAD: list[tuple[str, JsonValue, str, str]] = [
    ("text", True, "true or false", "a boolean is no text"),
    ("text", 1.5, "a number", "a float's digits are not its author's"),
    ("text", ["a"], "a list", "a list"),
    ("text", {"a": 1}, "an object", "an object"),
    ("text", None, "null", "nothing"),
    ("text", "a\x00b", "control characters", "NUL ends a text in some SMSCs"),
    ("text", "\ud83d", "lone surrogates", "half a character has no UTF-8"),
    ("name", "a\nb", "one line, got a text with a line break", "a name of two lines"),
    ("code", "\x00\n", "got a text with a line break or control character", "both"),
    ("name", 7, "a number", "no name is a number"),
    ("code", 4071, "a number", "0 at the head would be lost in silence"),
    ("link", "a.example", "https://", "a phone does not make it a link"),
    ("link", "https://a.example/x y", "https://", "a space ends a link"),
    ("link", "javascript:alert(1)", "https://", "another scheme"),
    ("number", "lots", "expected a number", "a word"),
    ("number", "1e9", "got a text that is no such number", "an exponent may hide a million digits"),
    ("number", "1,5", "no such number: a point, no", "a decimal comma"),
    ("number", "٣", "expected a number", "other digits"),
    ("number", "", "expected a number", "nothing"),
    ("number", True, "true or false", "Python counts booleans as numbers"),
    ("number", 0.1 + 0.2, "got a number with too many digits", "17 digits: reckoned, not written"),
    ("number", 1e22, "a number", "longer than any amount"),
    ("number", float("nan"), "a number", "not a number"),
    ("number", float("inf"), "a number", "no end"),
    ("number", 10**5000, "a number", "Python refuses to print it"),
    ("money", "45 EUR", "no currency, no spaces", "its currency is a variable of its own"),
    ("money", "1" * 29, "got a text with too many digits", "more than anybody owes"),
    ("money", "1." + "1" * 10, "got a text with too many digits", "after the point"),
    ("money", [350], "a list", "a list"),
    ("date", "2026-02-30", "expected a date", "no such day"),
    ("date", "23/11/2026", "expected a date", "which is the month?"),
    ("date", "20261123", "expected a date", "ISO, but not as documented"),
    ("date", 20261123, "expected a date", "a number"),
    ("time", "25:00", "expected a time", "no such hour"),
    ("time", "9:05", "expected a time", "one digit"),
    ("currency", "eur", "ISO 4217", "small letters"),
    ("currency", "EURO", "ISO 4217", "not a code"),
    ("currency", "ZZZ", "ISO 4217", "no such currency"),
]
MONEY = [
    ("en", "350.00", "EUR", "€350.00", "English"),
    ("fr", "350.00", "EUR", "350,00 €", "U+00A0 before the sign is not GSM"),
    ("fr", "1234567.5", "EUR", "1 234 567,50 €", "U+202F between thousands is not GSM"),
    ("en", "-1234.5", "USD", "-$1,234.50", "owed"),
    ("en", "1234", "JPY", "¥1,234", "a currency without decimals"),
    ("en", "1.5", "KWD", "KWD 1.500", "a currency of three decimals"),
    ("de-CH", "1234.5", "CHF", "CHF 1'234.50", "U+2019 between thousands is not GSM"),
    ("sv", "-1.5", "EUR", "-1,50 €", "U+2212 for minus is not GSM"),
]


@pytest.mark.parametrize(("kind", "value", "expected", "why"), GOOD)
def test_a_good_value_is_read(kind: str, value: JsonValue, expected: Value, why: str) -> None:
    got = read(kind, value)
    assert got == expected, why
    assert type(got) is type(expected), why
    assert str(got) == str(expected), why


@pytest.mark.parametrize(
    ("kind", "value", "said", "why"), BAD, ids=[f"{row[0]}: {row[3]}" for row in BAD]
)
def test_a_bad_value_is_refused_in_words_that_do_not_repeat_it(
    kind: str, value: JsonValue, said: str, why: str
) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        read(kind, value)
    assert said in str(caught.value), why


@given(st.sampled_from(["number", "money", "date", "time", "link", "currency"]), st.text())
def test_no_message_holds_the_value(kind: str, value: str) -> None:
    secret = f"hush{value}hush"
    with pytest.raises(ValueError, match="expected") as caught:
        read(kind, secret)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(("locale", "amount", "currency", "expected", "why"), MONEY)
def test_money(locale: str, amount: str, currency: str, expected: str, why: str) -> None:
    assert printers(locale)[Money](with_currency(Decimal(amount), currency)) == expected, why


@given(
    st.decimals(-(10**9), 10**9, places=2),
    st.sampled_from(["en", "fr", "de", "nb", "ar", "hi"]),
    st.sampled_from(["EUR", "USD", "JPY"]),
)
def test_money_is_babels_in_plain_characters(amount: Decimal, locale: str, currency: str) -> None:
    printed = printers(locale)[Money](with_currency(amount, currency))
    assert printed == plain(format_currency(amount, currency, locale=locale), known(locale))
    assert not {"\u00a0", "\u202f", "\u2009"} & set(printed)


@pytest.mark.parametrize(
    ("locale", "value", "expected"),
    [
        ("en", Decimal(1234567), "1,234,567"),
        ("fr", Decimal(1234567), "1 234 567"),
        ("en", Decimal("0.123456789"), "0.123456789"),
        ("fr", Decimal("2.5"), "2,5"),
        ("en", datetime.date(2026, 11, 23), "Nov 23, 2026"),
        ("fr", datetime.date(2026, 11, 23), "23 nov. 2026"),
        ("en", datetime.time(14, 30), "2:30 PM"),
        ("fr", datetime.time(14, 30), "14:30"),
    ],
)
def test_numbers_dates_and_times(locale: str, value: Value, expected: str) -> None:
    assert printers(locale)[type(value)](value) == expected


def test_an_unknown_locale_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such locale"):
        printers("xx-1")
