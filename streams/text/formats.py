"""The types a variable may have: how a value is read, and how it is printed.

Rules: amounts and numbers are Decimal, never float; what is printed follows the locale
of the text (CLDR through Babel) in characters that GSM has; a message about a value
never repeats it, since it may be a secret or a name.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import list_currencies
from pydantic import JsonValue

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
ANY_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?", re.ASCII)
LINK = re.compile(r"https?://[^\s/]\S*")
UNPRINTABLE = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
CODE_THEN_DIGIT = re.compile(r"(?<=[A-Z])(?=[0-9])")
LINE_BREAK = re.compile("[\n\r]")
CURRENCIES = frozenset(list_currencies())
EXACT_DIGITS = 15
"""A float of at most this many significant digits is the decimal that was written."""

# Spaces, signs and marks that Babel prints and GSM 03.38 lacks, each to its plain sister.
PLAIN: dict[int, str | None] = {
    0x202F: " ", 0x00A0: " ", 0x2009: " ", 0x2212: "-", 0x2019: "'", 0x200E: None, 0x200F: None,
}  # fmt: skip
PLAIN_RTL = {code: char for code, char in PLAIN.items() if char is not None}
"""Right to left the marks of direction are needed, and cost no more: it is UCS-2 anyway."""


class Money(Decimal):
    """An amount that knows its currency (ISO 4217)."""

    currency: str


Value = str | Decimal | datetime.date | datetime.time
Reader = Callable[[JsonValue], Value]


def _text(value: JsonValue) -> str:
    """Text as it is; a whole number (many ids are) as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(_number(value))
    if not isinstance(value, str):
        raise ValueError("expected a text")
    if UNPRINTABLE.search(value):
        raise ValueError("expected a text without control characters or lone surrogates")
    return value


def _one_line(value: JsonValue) -> str:
    """Text only: a code that came as a number has lost its leading zeros."""
    if not isinstance(value, str):
        raise ValueError("expected a text")
    if LINE_BREAK.search(value):
        raise ValueError(
            "expected a text of one line", "a text with a line break or control character"
        )
    return _text(value)


def _link(value: JsonValue) -> str:
    if not isinstance(value, str) or not LINK.fullmatch(value) or UNPRINTABLE.search(value):
        raise ValueError("expected a link that begins with https:// or http://")
    return value


def _number(value: JsonValue) -> Decimal:
    written = _written(value)
    if not NUMBER.fullmatch(written):
        raise ValueError('expected a number such as 12 or "12.50"', _no_number(value))
    return Decimal(written) + 0  # minus nought is nought


def _no_number(value: JsonValue) -> str:
    """Why it is none, as far as that gives nothing of the value away."""
    if isinstance(value, str) and not ANY_NUMBER.fullmatch(value):
        return "a text that is no such number: a point, no currency, no spaces"
    if kind(value) not in ("a text", "a number"):
        return kind(value)
    return f"{kind(value)} with too many digits"


def _written(value: JsonValue) -> str:
    """The digits of a number as the event's author wrote them; empty where unsure."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if abs(value) >= 10**EXACT_DIGITS or value != value:  # too many digits, or not a number
        return ""
    exact = Decimal(repr(value))
    return f"{exact:f}" if len(exact.as_tuple().digits) <= EXACT_DIGITS else ""


def _date(value: JsonValue) -> datetime.date:
    if isinstance(value, str) and DATE.fullmatch(value):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            pass  # a 30th of February: the same sentence
    raise ValueError('expected a date such as "2026-11-23"')


def _time(value: JsonValue) -> datetime.time:
    if isinstance(value, str) and TIME.fullmatch(value):
        try:
            return datetime.time.fromisoformat(value)
        except ValueError:
            pass  # 25:00: the same sentence
    raise ValueError('expected a time of day such as "14:30"')


def _currency(value: JsonValue) -> str:
    if not isinstance(value, str) or value not in CURRENCIES:
        raise ValueError('expected an ISO 4217 currency such as "EUR"')
    return value


READERS: Mapping[str, Reader] = MappingProxyType({
    "text": _text,
    "name": _one_line,
    "code": _one_line,
    "link": _link,
    "number": _number,
    "money": _number,
    "date": _date,
    "time": _time,
    "currency": _currency,
})  # fmt: skip

KINDS: Mapping[type, str] = MappingProxyType({
    bool: "true or false",
    str: "a text",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
})  # fmt: skip


def kind(value: JsonValue) -> str:
    """What sort of JSON value it is, without saying the value."""
    return KINDS.get(type(value), "null")


def read(kind_of: str, value: JsonValue) -> Value:
    """The value of a type in `READERS`. Raises ValueError: what was expected, what came."""
    try:
        return READERS[kind_of](value)
    except ValueError as error:  # with what came, where its kind says too little
        expected, came = error.args if len(error.args) == 2 else (error, kind(value))
        raise ValueError(f"{expected}, got {came}") from None


def with_currency(amount: Decimal, currency: str) -> Money:
    money = Money(amount)
    money.currency = currency
    return money


def plain(printed: str, babel: Locale) -> str:
    """What Babel printed, in the characters of an SMS."""
    return printed.translate(PLAIN_RTL if babel.text_direction == "rtl" else PLAIN)


@lru_cache(maxsize=256)
def known(locale: str) -> Locale:
    """Babel's locale for `fr` or `fr-CA`. Raises ValueError where there is none."""
    try:
        return Locale.parse(locale, sep="-")
    except Exception as error:  # UnknownLocaleError, ValueError, TypeError: one meaning here
        raise ValueError(f"no such locale: {locale}") from error


Printer = Callable[[Any], str]


def printers(locale: str) -> dict[type, Printer]:
    """How each type is printed in `locale`, by the Python type of the value."""
    babel = known(locale)
    decimal, currency = babel.decimal_formats[None], babel.currency_formats["standard"]

    def money(value: Money) -> str:
        printed = currency.apply(value, babel, currency=value.currency, currency_digits=True)
        # CLDR parts a code of letters from the amount (UTS 35, currencySpacing), Babel does not
        return plain(CODE_THEN_DIGIT.sub(" ", printed, count=1), babel)

    return {
        Money: money,
        Decimal: lambda value: plain(
            decimal.apply(value, babel, decimal_quantization=False), babel
        ),
        datetime.date: lambda value: plain(format_date(value, "medium", babel), babel),
        datetime.time: lambda value: plain(format_time(value, "short", locale=babel), babel),
    }
