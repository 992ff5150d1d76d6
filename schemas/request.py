"""Request: somebody is to be told something. Written by ingest, read by compose."""

from pydantic import JsonValue

from schemas.lane import Lane
from schemas.origin import Origin
from schemas.record import Millis, Record


class Request(Record):
    """One template for one phone number, not decided and not worded yet.

    `id` is the message's id for its whole life. `given` holds the template's variables
    as the event gave them: what is missing is absent. `opted_in` is what the event says
    of consent, or None where it says nothing.

    `given_back`, where set, is the offset of the request that a message was made of which
    waited too long to be sent: it is decided again, once. `attempt` as in Message.
    """

    id: str
    lane: Lane
    template: str
    phone: str
    locale: str | None = None
    given: dict[str, JsonValue]
    opted_in: bool | None = None
    event_time: Millis
    given_back: int | None = None
    attempt: int = 0
    origin: Origin
