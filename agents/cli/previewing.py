"""What `chappe preview` shows: a template and values in, its outcomes as lines out.

Rules: values are read and texts rendered by what does it for events; a refusal is an
outcome like any other; what was assumed is said.
"""

import textwrap
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import JsonValue
from pydantic_core import from_json, to_json

from agents.cli.phone import cut, phone
from agents.cli.text import words
from schemas.reason import Refusal
from schemas.record import Millis
from streams.catalog.template import Template, at_path, checked, given
from streams.events.event import JsonSource, Position, read_event
from streams.text.measure import Measure, measure
from streams.text.render import Rendered, render

COLUMNS = 80


class Values(NamedTuple):
    """What the variables have. `locale`: what the event asks for; `refusal`: they are none.

    `note`: what was assumed of an event.
    """

    given: Mapping[str, JsonValue]
    locale: str | None = None
    from_event: bool = False
    note: str = ""
    refusal: Refusal | None = None


class Outcome(NamedTuple):
    """A text, or why there is none. `wished`: the locale that was asked for."""

    wished: str | None
    rendered: Rendered | Refusal


def examples(template: Template) -> Values:
    """The examples of the template's variables."""
    samples = {name: variable.example for name, variable in template.variables.items()}
    return Values(checked(template, samples))


def of_event(template: Template, raw: bytes, plain: JsonSource | None, now_ms: Millis) -> Values:
    """An event as upstream publishes it, or its `data` alone.

    Raises ValueError, for a person, where it is no event or not one of this template's.
    """
    note = ""
    if plain is None and (data := _data_alone(raw)) is not None:
        note = f"no CloudEvent: taken as the `data` of a {template.type} event"
        raw = to_json({
            "specversion": "1.0", "id": "preview", "source": "/preview",
            "type": template.type, "data": data,
        })  # fmt: skip
    try:
        event = read_event(raw, (), Position(template.topic, 0, 0), now_ms, plain)
    except Refusal as refusal:
        raise ValueError(refusal.sentence) from None
    if event.type != template.type:
        said = f"{template.name} answers {template.type}, and this event is a {event.type}"
        raise ValueError(said)
    locale = at_path(event.fields, template.to_locale) if template.to_locale else None
    wished = locale if isinstance(locale, str) else None
    try:
        return Values(given(template, event.fields), wished, True, note)
    except Refusal as refusal:
        return Values({}, wished, True, note, refusal)


def _data_alone(raw: bytes) -> dict[str, JsonValue] | None:
    """A JSON object that does not look like an envelope."""
    try:
        value = from_json(raw, allow_inf_nan=False)
    except ValueError:
        return None
    if not isinstance(value, dict) or "specversion" in value or {"type", "data"} <= value.keys():
        return None
    return value


def outcomes(
    template: Template, values: Values, locale: str | None, without: Iterable[str]
) -> list[Outcome]:
    """Of `locale`, or of the event's own; of each text's locale where neither is there."""
    gone = set(without)
    there = {name: value for name, value in values.given.items() if name not in gone}
    wished: list[str | None] = [locale or values.locale]
    if locale is None and not values.from_event:
        wished = list(template.texts)
    return [Outcome(one, _rendered(template, one, there, values.refusal)) for one in wished]


def _rendered(
    template: Template,
    locale: str | None,
    there: Mapping[str, JsonValue],
    refusal: Refusal | None,
) -> Rendered | Refusal:
    try:
        return refusal or render(template, locale, there)
    except Refusal as refused:
        return refused


def lines(template: Template, outcome: Outcome) -> list[str]:
    """The phone with its figures below, or why there is no SMS."""
    rendered, wished = outcome.rendered, outcome.wished
    if isinstance(rendered, Refusal):
        asked = f", {wished}" if wished else ""
        return [f"{template.name}{asked}", *folded(f"no SMS: {rendered}")]
    head = f"{template.name}, {rendered.locale}, {rendered.variant}"
    if wished != rendered.locale:
        head += f" (for {wished})" if wished else " (no locale was asked for)"
    drawn = phone(template.sender, cut(rendered.text, template.reference_bits))
    counted = measure(rendered.text, template.reference_bits)
    facts = [*words(counted).splitlines(), *_changes(rendered), *_budget(template, counted)]
    return [head, *drawn, *(line for fact in facts for line in folded(fact))]


def as_object(template: Template, outcome: Outcome) -> dict[str, JsonValue]:
    """The same for a script; `refused` and `detail` instead of a text where there is no SMS."""
    rendered = outcome.rendered
    found: dict[str, JsonValue] = {"template": template.name, "wished": outcome.wished}
    if isinstance(rendered, Refusal):
        return {**found, "refused": rendered.reason, "detail": rendered.detail}
    counted = measure(rendered.text, template.reference_bits)
    return {
        **found, "locale": rendered.locale, "variant": rendered.variant, "text": rendered.text,
        "sender": template.sender, "encoding": counted.encoding, "units": counted.units,
        "segments": counted.segments,
    }  # fmt: skip


def _changes(rendered: Rendered) -> list[str]:
    changes = "  ".join(f"{old} → {new or 'nothing'}" for old, new in rendered.changes)
    return [f"sent as     {changes}"] if changes else []


def _budget(template: Template, counted: Measure) -> list[str]:
    budget, over = template.budget, []
    allowed = []
    if budget.segments is not None:
        allowed.append(f"segments {budget.segments}")
        over += ["segments"] if counted.segments > budget.segments else []
    if budget.encoding is not None:
        allowed.append(f"encoding {budget.encoding}")
        over += ["encoding"] if (budget.encoding, counted.encoding) == ("gsm7", "ucs2") else []
    verdict = f"exceeded: {' and '.join(over)}" if over else "kept"
    return [f"budget      {', '.join(allowed)}: {verdict}"] if allowed else []


def folded(line: str) -> list[str]:
    """As wide as a terminal, what follows below the first word's column."""
    return textwrap.wrap(line, COLUMNS, subsequent_indent=" " * 12, break_on_hyphens=False)
