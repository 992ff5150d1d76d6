"""What upstream teams and tools are given: JSON Schema and AsyncAPI 3, made of the catalog.

Rules: nothing is written by hand that a template or a record already says; an example
stands with every event, and is one that the catalog answers.
"""

import re
from collections.abc import Iterable, Mapping

from schemas.dead_letter import DeadLetter
from schemas.inbound import Consent, Inbound, Part
from schemas.message import Message
from schemas.recipient import Recipient
from schemas.record import Record
from schemas.request import Request
from schemas.status import Status
from schemas.tracking import Doubted, Expected, Outcome, Told
from streams.catalog.catalog import Catalog
from streams.catalog.editor_schema import DRAFT, catalog_schema, defaults_schema
from streams.catalog.event_schema import Schema, event_schema, example_event
from streams.catalog.template import Template

RECORDS: Mapping[str, type[Record]] = {
    "request": Request,
    "message": Message,
    "status": Status,
    "dead-letter": DeadLetter,
    "recipient": Recipient,
    "inbound": Inbound,
    "consent": Consent,
    "part": Part,
    "expected": Expected,
    "doubted": Doubted,
    "told": Told,
    "outcome": Outcome,
}
DOCUMENTS = (*RECORDS, "template", "defaults", "asyncapi")
CLOUD_EVENT = "application/cloudevents+json"

Event = tuple[str, str]
"""Topic and type."""


def record_schemas() -> dict[str, Schema]:
    """JSON Schema (2020-12) of each record, by its name."""
    return {
        name: {"$schema": DRAFT, **record.model_json_schema(mode="validation")}
        for name, record in RECORDS.items()
    }


def documents(catalog: Catalog) -> dict[str, Schema]:
    """What `docs/schemas` has and `chappe schema` prints: each of DOCUMENTS."""
    return {
        **record_schemas(),
        "template": catalog_schema(),
        "defaults": defaults_schema(),
        "asyncapi": asyncapi(catalog),
    }


def asyncapi(catalog: Catalog) -> Schema:
    """An AsyncAPI 3.0 document: a channel per domain topic, an operation per event."""
    asked = sorted({(one.topic, one.type) for one in catalog.templates.values()})
    events = {event: catalog.answering(*event) for event in asked}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chappe: events that become SMS",
            "version": "1",
            "description": "CloudEvents 1.0 on Kafka, in structured or binary mode.",
        },
        "defaultContentType": CLOUD_EVENT,
        "channels": {topic: _channel(topic, events) for topic in sorted(catalog.topics)},
        "operations": {_name(*event): _operation(event, found) for event, found in events.items()},
        "components": {
            "messages": {_name(*event): _message(event, found) for event, found in events.items()}
        },
    }


def _name(*parts: str) -> str:
    """A key in the characters that AsyncAPI allows; any other one becomes its code."""
    return re.sub(r"[^A-Za-z0-9.\-]", lambda odd: f"_{ord(odd[0]):x}_", ".".join(parts))


def _channel(topic: str, events: Iterable[Event]) -> Schema:
    kinds = [kind for of, kind in events if of == topic]
    messages = {
        _name(kind): {"$ref": f"#/components/messages/{_name(topic, kind)}"} for kind in kinds
    }
    return {"address": topic, "messages": messages}


def _operation(event: Event, templates: tuple[Template, ...]) -> Schema:
    topic, kind = event
    said = "; ".join(f"{one.description} ({one.name}, lane {one.lane})" for one in templates)
    return {
        "action": "receive",
        "summary": said,
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{_name(kind)}"}],
    }


def _message(event: Event, templates: tuple[Template, ...]) -> Schema:
    _, kind = event
    return {
        "name": kind,
        "contentType": CLOUD_EVENT,
        "payload": event_schema(kind, templates),
        "examples": [{"name": "usual", "payload": example_event(kind, templates)}],
    }
