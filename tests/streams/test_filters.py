"""What authors may do with a value: printed by locale, wrong words found at once."""

import datetime
from decimal import Decimal

import pytest

from streams.text.filters import DATE_FORMS, PLURAL_FORMS, plural_forms
from streams.text.texts import BadTextError, compile_text

SIX = "zero='0', one='1', two='2', few='f', many='m', other='o'"
NAMES = frozenset({"n", "day", "name", "amount", "cur"})


def shown(locale: str, source: str, **values: object) -> str:
    return compile_text(locale, source, NAMES).render(values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("locale", "source", "value", "expected", "why"),
    [
        ("en", "{{ n | number(2) }}", "1234.5", "1,234.50", "two decimals, also where one is"),
        ("fr", "{{ n | number(2) }}", "1234.5", "1 234,50", "with a plain space"),
        ("de", "{{ n | number(0) }}", "1234.5", "1.234", "half to even, as banks do"),
        ("en", "{{ n }} {{ n | plural(one='day', other='days') }}", "1", "1 day", "one"),
        ("en", "{{ n }} {{ n | plural(one='day', other='days') }}", "0", "0 days", "nought: other"),
        ("fr", "{{ n }} {{ n | plural(one='an', other='ans') }}", "0", "0 an", "in French: one"),
        ("ar", f"{{{{ n | plural({SIX}) }}}}", "11", "m", "six forms"),
        ("de", "{{ n | plural(one='Tag', other='Tage') }}", "1.5", "Tage", "a fraction is other"),
    ],
)  # fmt: skip
def test_numbers(locale: str, source: str, value: str, expected: str, why: str) -> None:
    assert shown(locale, source, n=Decimal(value)) == expected, why


@pytest.mark.parametrize(
    ("locale", "form", "expected"),
    [
        ("en", "short", "11/25/26"),
        ("en", "medium", "Nov 25, 2026"),
        ("en", "long", "November 25, 2026"),
        ("en", "full", "Wednesday, November 25, 2026"),
        ("en", "day", "November 25"),
        ("en", "weekday", "Wednesday"),
        ("fr", "day", "25 novembre"),
        ("fr", "weekday", "mercredi"),
        ("de", "full", "Mittwoch, 25. November 2026"),
        ("ar", "day", "25 نوفمبر"),
    ],
)
def test_dates(locale: str, form: str, expected: str) -> None:
    day = datetime.date(2026, 11, 25)
    assert shown(locale, f"{{{{ day | date('{form}') }}}}", day=day) == expected


@pytest.mark.parametrize(
    ("locale", "source", "said"),
    [
        ("en", "{{ n | number }}", "filter `number` takes how many decimals, as in number(2)"),
        ("en", "{{ n | number(10) }}", "takes how many decimals"),
        ("en", "{{ n | number('2') }}", "takes how many decimals"),
        ("en", "{{ n | number(name) }}", "takes how many decimals"),
        ("en", "{{ day | date }}", "filter `date` takes one of short, medium"),
        ("en", "{{ day | date('dd/MM') }}", 'as in date("long")'),
        ("en", "{{ n | plural('day', 'days') }}", "filter `plural` takes forms by name"),
        ("en", "{{ n | plural(1) }}", "takes forms by name"),
        ("en", "{{ n | plural(some='x', other='y') }}", "takes forms by name"),
        ("en", "{{ n | plural(other='days') }}", "filter `plural` in en needs one as well"),
        ("ar", "{{ n | plural(one='a', other='b') }}", "in ar needs zero, two, few, many as well"),
        ("en", "{{ amount | money }}", "filter `money` takes a currency, as in money(currency)"),
        ("en", "{{ name | upper(1) }}", "filter `upper` takes nothing in brackets"),
        ("en", "{{ name | uper }}", "no filter `uper`; did you mean `upper`?"),
    ],
)
def test_wrong_words_are_found_before_anything_is_rendered(
    locale: str, source: str, said: str
) -> None:
    with pytest.raises(BadTextError) as caught:
        compile_text(locale, source, NAMES)
    ((line, message),) = caught.value.faults
    assert line == 1
    assert said in message


def test_only_categories_that_counts_take_are_demanded() -> None:
    """French has `many` from a million on, which no SMS counts to."""
    assert plural_forms("fr") == {"one", "other"}
    assert plural_forms("ar") == set(PLURAL_FORMS)
    assert plural_forms("ja") == {"other"}


def test_every_date_form_prints_in_every_language_of_ours() -> None:
    day = datetime.date(2026, 11, 25)
    for locale in ("en", "fr", "de", "ar", "ja", "en-GB"):
        for form in DATE_FORMS:
            assert shown(locale, f"{{{{ day | date('{form}') }}}}", day=day).strip()
