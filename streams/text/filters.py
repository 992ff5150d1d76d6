"""What authors may do with a value beside printing it: the filters of texts.

Rules: each prints by the locale of the text (CLDR through Babel); what an author may give
a filter is a table here, so that a wrong word is found before anything is rendered.
"""

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from jinja2.filters import FILTERS

from streams.text.formats import known, plain, with_currency

WORDS = ("capitalize", "lower", "title", "trim", "upper")
"""Of Jinja2 itself."""
DATE_FORMS = ("short", "medium", "long", "full", "day", "weekday")
PLURAL_FORMS = ("zero", "one", "two", "few", "many", "other")
"""Plural categories of CLDR."""
MOST_DECIMALS = 9
LARGEST_COUNT = 200
"""Rules of CLDR repeat below: whatever a count in an SMS may ask for has been seen by then."""


def filters(locale: str) -> dict[str, Callable[..., Any]]:
    """By name. Wrong values raise; what stops the message is the caller's business."""
    babel = known(locale)

    def money(amount: Decimal, currency: str) -> Decimal:
        return with_currency(amount, currency)

    def number(value: Decimal, decimals: int) -> str:
        whole = babel.decimal_formats[None].pattern.partition(".")[0]
        fraction = "." + "0" * decimals if decimals else ""
        return plain(format_decimal(value, f"{whole}{fraction}", babel), babel)

    def date(value: datetime.date, form: str) -> str:
        if form == "day":  # without a year; CLDR knows the order
            return plain(format_skeleton("MMMMd", value, locale=babel), babel)
        return plain(format_date(value, "EEEE" if form == "weekday" else form, babel), babel)

    def plural(value: Decimal, **forms: str) -> str:
        return forms.get(babel.plural_form(value), forms["other"])

    ours = {"money": money, "number": number, "date": date, "plural": plural}
    return {**{name: FILTERS[name] for name in WORDS}, **ours}


@lru_cache(maxsize=256)
def plural_forms(locale: str) -> frozenset[str]:
    """The categories that counts take in `locale`."""
    rule = known(locale).plural_form
    return frozenset(rule(count) for count in range(LARGEST_COUNT + 1))


def misuse(name: str, args: list[Any], named: Mapping[str, Any], locale: str) -> str | None:
    """What is wrong with the words given to a filter; None where nothing is.

    A value that only the event will tell is None in `args` and `named`.
    """
    checker = _CHECKERS.get(name, _nothing)
    return checker(args, named, locale)


def _nothing(args: list[Any], named: Mapping[str, Any], _: str) -> str | None:
    return "takes nothing in brackets" if args or named else None


def _money(args: list[Any], named: Mapping[str, Any], _: str) -> str | None:
    return None if len(args) == 1 and not named else "takes a currency, as in money(currency)"


def _number(args: list[Any], named: Mapping[str, Any], _: str) -> str | None:
    right = len(args) == 1 and not named and args[0] in range(MOST_DECIMALS + 1)
    return None if right else "takes how many decimals, as in number(2)"


def _date(args: list[Any], named: Mapping[str, Any], _: str) -> str | None:
    right = len(args) == 1 and not named and args[0] in DATE_FORMS
    return None if right else f'takes one of {", ".join(DATE_FORMS)}, as in date("long")'


def _plural(args: list[Any], named: Mapping[str, Any], locale: str) -> str | None:
    if args or named.keys() - set(PLURAL_FORMS):
        return (
            f"takes forms by name ({', '.join(PLURAL_FORMS)}), "
            'as in plural(one="day", other="days")'
        )
    if lacking := (plural_forms(locale) | {"other"}) - named.keys():
        ordered = [form for form in PLURAL_FORMS if form in lacking]
        return f"in {locale} needs {', '.join(ordered)} as well"
    return None


_CHECKERS: Mapping[str, Callable[[list[Any], Mapping[str, Any], str], str | None]] = {
    "money": _money, "number": _number, "date": _date, "plural": _plural,
}  # fmt: skip
