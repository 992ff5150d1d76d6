"""Rendering: template, locale and values in, the text as it is sent out.

Rules: the same input gives the same text for ever; a text is refused, never cut; a
variable is missing only where the chosen text needs it.
"""

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple, cast

from pydantic import JsonValue

from schemas.reason import Reason, Refusal
from streams.catalog.template import MAIN, Default, Template, Use, Variable
from streams.text.formats import Value, with_currency
from streams.text.locales import chain
from streams.text.texts import Text

LONGEST_TEXT = 1000
"""Unicode code points after NFC."""


class Rendered(NamedTuple):
    """`locale` and `variant` say which of the template's texts it is."""

    text: str
    locale: str
    variant: str


def render(template: Template, locale: str | None, given: Mapping[str, JsonValue]) -> Rendered:
    """Raises Refusal: NO_TEXT, MISSING_DATA, BAD_DATA, RENDER_FAILED or TOO_LONG."""
    chosen = choose_locale(template, locale)
    variant = choose_variant(template, chosen, given)
    values = _values(template, chosen, variant, given)
    text = unicodedata.normalize("NFC", _worded(template, chosen, variant, values))
    if len(text) > LONGEST_TEXT:
        detail = f"{len(text):,} characters; the longest is {LONGEST_TEXT:,}"
        raise Refusal(Reason.TOO_LONG, detail)
    return Rendered(text, chosen, variant)


def choose_locale(template: Template, locale: str | None) -> str:
    """The best that the template has. Raises Refusal(NO_TEXT) where it has none."""
    if locale is not None and locale in template.texts:
        return locale
    for candidate in chain(locale, template.fallbacks, template.default_locale):
        if candidate in template.texts:
            return candidate
    wished = f"locale {locale[:20]}" if locale else "the event names no locale"
    raise Refusal(Reason.NO_TEXT, wished)


def choose_variant(template: Template, locale: str, given: Mapping[str, JsonValue]) -> str:
    """The text `main`, unless a variable it needs is missing and names another."""
    variant = MAIN
    for _ in template.compiled[locale]:
        missing = _instead(template, template.compiled[locale][variant], given)
        if missing is None:
            break
        variant = missing
    return variant


def _instead(template: Template, text: Text, given: Mapping[str, JsonValue]) -> str | None:
    for name in text.needs:
        if name not in given and isinstance(missing := template.variables[name].missing, Use):
            return missing.variant
    return None


def _values(
    template: Template, locale: str, variant: str, given: Mapping[str, JsonValue]
) -> dict[str, Value]:
    variables = template.variables
    needs = template.compiled[locale][variant].needs
    values = {name: _value(variables[name], locale, given) for name in needs}
    for name in needs:
        if (currency := variables[name].currency) is not None:
            amount, code = cast(Decimal, values[name]), cast(str, values[currency])
            values[name] = with_currency(amount, code)
    return values


def _value(variable: Variable, locale: str, given: Mapping[str, JsonValue]) -> Value:
    if variable.name in given:
        return variable.read(given[variable.name])
    if isinstance(variable.missing, Default):
        return variable.read(variable.missing.value(locale))
    raise Refusal(Reason.MISSING_DATA, f"variable {variable.name}")


def _worded(template: Template, locale: str, variant: str, values: Mapping[str, Value]) -> str:
    where = f"template {template.name}, {locale}, {variant}"
    try:
        text = template.compiled[locale][variant].render(values)
    except Exception as error:  # an author's mistake, whatever it is, stops one message only
        # the words of the error may hold a value: its kind is enough to find the line
        raise Refusal(Reason.RENDER_FAILED, f"{where}: {type(error).__name__}") from None
    if not text.strip():
        raise Refusal(Reason.RENDER_FAILED, f"{where}: the text is empty")
    return text
