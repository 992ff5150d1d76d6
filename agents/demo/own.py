"""Events for a catalog of one's own: what its tests expect is what the phones must show.

Rules: a test with texts is an event for each of its locales, a test with a refusal is one; a
test whose values no event can hold is left out, and it is said why. No I/O, no clock.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue

from agents.demo.events import (
    FIRST_OF_CAMPAIGN,
    PHONES,
    DemoEvent,
    Due,
    due_dead_letter,
    due_refusal,
    due_text,
    envelope,
    phone_number,
    single_number,
    to_bytes,
)
from schemas.lane import Lane
from schemas.reason import Reason, Refusal
from schemas.record import Millis
from schemas.request import Request
from streams.catalog.catalog import Catalog
from streams.catalog.template import Case, Template, at_path
from streams.events.event import Event, Position
from streams.events.intake import Rejected, intake
from streams.text.locales import normal
from streams.text.render import choose_locale, render


class OwnEvents(NamedTuple):
    """`left_out`: a sentence for each test that is none of the events."""

    events: list[DemoEvent]
    left_out: list[str]


class _CannotBe(Exception):  # noqa: N818
    """No event holds what the test gives; the text says why."""


def own_events(catalog: Catalog, now_ms: Millis, run: str, first: int = 0) -> OwnEvents:
    """One event after the other from the tests of all templates. `first` counts on."""
    made = OwnEvents([], [])
    for template, case, locale in _cases(catalog):
        name = f"{run}-{len(made.events):02d}"
        phone = single_number(first + len(made.events))
        try:
            made.events.append(_event(catalog, template, case, locale, name, phone, now_ms))
        except _CannotBe as why:
            made.left_out.append(f"{template.name}, `{case.name}`, {locale}: {why}")
    return made


def _cases(catalog: Catalog) -> Iterator[tuple[Template, Case, str]]:
    """A refusal is expected in every locale, so the first does."""
    for template in catalog.templates.values():
        for case in template.tests:
            locales = case.texts if case.refused is None else list(template.texts)[:1]
            yield from ((template, case, locale) for locale in locales)


def campaign_events(catalog: Catalog, count: int, now_ms: Millis, run: str) -> list[DemoEvent]:
    """So many recipients of the first template of the lane bulk; none where there is none."""
    for template, case, locale in _cases(catalog):
        if template.lane is Lane.BULK and case.refused is None:
            numbers = range(FIRST_OF_CAMPAIGN, PHONES)
            try:
                return [
                    _event(catalog, template, case, locale, f"{run}-c{number:03d}",
                           phone_number(numbers[number % len(numbers)]), now_ms, campaign=True)
                    for number in range(count)
                ]  # fmt: skip
            except _CannotBe:
                continue
    return []


def lanes_shown(catalog: Catalog) -> frozenset[Lane]:
    """Those in which an SMS comes; bulk: there is a campaign."""
    dues = [due for event in own_events(catalog, 0, "").events for due in event.due]
    single = {due.lane for due in dues if due.lane and due.text is not None} - {Lane.BULK}
    return frozenset(single | ({Lane.BULK} if campaign_events(catalog, 1, 0, "") else set()))


def _event(
    catalog: Catalog,
    template: Template,
    case: Case,
    locale: str,
    name: str,
    phone: str,
    now_ms: Millis,
    *,
    campaign: bool = False,
) -> DemoEvent:
    """Raises _CannotBe."""
    event = _filled(template, case, locale, name, phone, now_ms)
    value = to_bytes(event)
    dues = []
    for asked in catalog.answering(template.topic, template.type):
        if asked is template:
            dues.append(_expected(template, case, locale, event, value, phone))
        else:
            dues.append(_computed(asked, catalog, event, value, phone, now_ms))
    return DemoEvent(
        str(event["id"]), template.topic, template.type, value, phone, tuple(dues), campaign
    )


def _filled(
    template: Template, case: Case, locale: str, name: str, phone: str, now_ms: Millis
) -> dict[str, Any]:
    """The event with what the test gives, and with who is told. Raises _CannotBe."""
    if template.to_phone is None:
        raise _CannotBe("contacts are not looked up by this version")
    event = envelope(template.topic, template.type, name, now_ms, {})
    given = {template.variables[name].path: value for name, value in case.given.items()}
    told: dict[str, JsonValue] = {template.to_phone: phone}
    if template.to_locale is not None:
        told[template.to_locale] = locale
    elif case.refused is None and _without_locale(template) != normal(locale):
        raise _CannotBe("no event names its locale; `to` has none")
    if template.needs_consent:
        if template.to_opted_in is None:
            raise _CannotBe("marketing, and `to` does not say where the consent: never sent")
        told[template.to_opted_in] = True
    for path, value in (given | told).items():
        _put(event, path, value)
    holds = {path: at_path(event, path) for path in told}
    holds |= {name: at_path(event, variable.path) for name, variable in template.variables.items()}
    wanted = told | {name: case.given.get(name) for name in template.variables}
    if wrong := [name for name in wanted if holds[name] != wanted[name]]:
        raise _CannotBe(f"no event can hold its `{wrong[0]}`: another value is at the same path")
    return event


def _without_locale(template: Template) -> str | None:
    try:
        return choose_locale(template, None)
    except Refusal:
        return None


def _put(event: dict[str, Any], path: str, value: JsonValue) -> None:
    *folders, last = path.split(".")
    for step in folders:
        inner = event.get(step)
        if not isinstance(inner, dict):
            event[step] = inner = {}
        event = inner
    event[last] = value


def _expected(
    template: Template, case: Case, locale: str, event: Mapping[str, Any], value: bytes, phone: str
) -> Due:
    """What the test says."""
    if case.refused is None:
        return due_text(template, event, phone, case.texts[locale])
    variable = case.variable or ""
    if case.refused is Reason.BAD_DATA:
        return due_dead_letter(template, value, case.refused, variable)
    return due_refusal(template, event, phone, case.refused, variable)


def _computed(
    template: Template,
    catalog: Catalog,
    event: Mapping[str, Any],
    value: bytes,
    phone: str,
    now_ms: Millis,
) -> Due:
    """Of another template that answers the same event: what is rendered for it here."""
    read = Event(str(event["id"]), str(event["source"]), template.type, now_ms, event)
    position = Position(template.topic, 0, 0)
    place = catalog.answering(template.topic, template.type).index(template)
    found: Request | Rejected = intake(read, position, catalog)[place]
    if isinstance(found, Rejected):
        return due_dead_letter(template, value, found.refusal.reason)
    if template.needs_consent and found.opted_in is not True:
        return due_refusal(template, event, phone, Reason.NO_CONSENT)
    try:
        text = render(template, found.locale, found.given).text
    except Refusal as refusal:
        return due_refusal(template, event, phone, refusal.reason)
    return due_text(template, event, phone, text)
