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
from streams.text.segment import TEXT_LIMIT, too_long
from streams.text.texts import Text
from streams.text.transliterate import prefer_gsm


class Rendered(NamedTuple):
    """`locale` and `variant` say which of the template's texts it is.

    `changes`: what `prefer_gsm` made of it, (as written, as sent).
    """

    text: str
    locale: str
    variant: str
    changes: tuple[tuple[str, str], ...] = ()


def render(template: Template, locale: str | None, given: Mapping[str, JsonValue]) -> Rendered:
    """Raises Refusal: NO_TEXT, MISSING_DATA, BAD_DATA, RENDER_FAILED or TOO_LONG."""
    chosen = choose_locale(template, locale)
    variant = choose_variant(template, chosen, given)
    values = _values(template, chosen, variant, given)
    text = unicodedata.normalize("NFC", _worded(template, chosen, variant, values))
    changes: tuple[tuple[str, str], ...] = ()
    if template.transliteration == "prefer_gsm":
        text, changes = prefer_gsm(text, _as_they_are(template, values))
    if len(text) > TEXT_LIMIT:
        raise too_long(text)
    return Rendered(text, chosen, variant, changes)


def _as_they_are(template: Template, values: Mapping[str, Value]) -> list[str]:
    """Another letter in a code or a link makes it another code, or no link."""
    exact = ("code", "link")
    return [str(values[name]) for name in values if template.variables[name].type in exact]


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
