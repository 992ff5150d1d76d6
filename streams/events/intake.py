"""Event × catalog → requests: who is to be told what. No wording, no consent yet.

Rule: the templates of one event are independent; one that refuses stops no other.
"""

from dataclasses import dataclass

from schemas.origin import Origin
from schemas.reason import Refusal
from schemas.request import Request
from streams.catalog.catalog import Catalog
from streams.catalog.template import Template, at_path, given
from streams.events.address import e164
from streams.events.event import Event, Position
from streams.events.identity import message_id


@dataclass(frozen=True, slots=True)
class Rejected:
    """The event is not what this template needs: a dead letter."""

    template: str
    refusal: Refusal


def intake(event: Event, at: Position, catalog: Catalog) -> list[Request | Rejected]:
    """One entry a template that answers the event; empty where none does."""
    return [_asked(event, at, template) for template in catalog.answering(at.topic, event.type)]


def _asked(event: Event, at: Position, template: Template) -> Request | Rejected:
    try:
        return _request(event, at, template)
    except Refusal as refusal:
        return Rejected(template.name, refusal)


def _request(event: Event, at: Position, template: Template) -> Request:
    """Raises Refusal NO_PHONE, BAD_PHONE or BAD_DATA."""
    written = at_path(event.fields, template.to_phone) if template.to_phone else None
    phone = e164(written, template.to_phone or "")
    locale = at_path(event.fields, template.to_locale) if template.to_locale else None
    opted_in = at_path(event.fields, template.to_opted_in) if template.to_opted_in else None
    return Request(
        id=message_id(event.source, event.id, template.name, str(written)),
        lane=template.lane,
        template=template.name,
        phone=phone,
        locale=locale if isinstance(locale, str) else None,
        given=given(template, event.fields),
        opted_in=opted_in if isinstance(opted_in, bool) else None,
        event_time=event.time_ms,
        origin=Origin(
            topic=at.topic,
            partition=at.partition,
            offset=at.offset,
            event_id=event.id,
            event_source=event.source,
            event_type=event.type,
        ),
    )
