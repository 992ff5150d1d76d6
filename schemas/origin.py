"""Where a message comes from, carried by every record down to the last status."""

from schemas.record import Record


class Origin(Record):
    """The Kafka record and the event in it that a message answers."""

    topic: str
    partition: int
    offset: int
    event_id: str
    event_source: str
    event_type: str
