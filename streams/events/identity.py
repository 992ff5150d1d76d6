"""The name of a message: the same event, template and addressee always give the same id."""

import uuid

_NAMESPACE = uuid.UUID("6f1c9a52-6a7e-5f0b-9c57-2d8f6c1e4b3a")


def message_id(event_source: str, event_id: str, template: str, addressee: str) -> str:
    """UUIDv5 (RFC 9562, 5.5) of the four; `addressee` as the event itself names it."""
    name = "\x1f".join((event_source, event_id, template, addressee))
    return str(uuid.uuid5(_NAMESPACE, name))
