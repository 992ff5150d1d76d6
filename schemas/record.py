"""What every record of ours has in common.

Rules: a record never changes; an unknown field is an error for the writer's
reviewer and ignored by the reader (so that a newer writer does not stop an older
reader); times are epoch milliseconds inside Chappe and RFC 3339 on public topics.
"""

from datetime import UTC, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

Millis = int
"""Milliseconds since 1970-01-01T00:00:00Z, as Kafka counts them."""


class Record(BaseModel):
    """A value that travels on Kafka as UTF-8 JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def to_bytes(self) -> bytes:
        """UTF-8 JSON without the fields that are None."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises pydantic.ValidationError where `data` is not this record."""
        return cls.model_validate_json(data)


Moment = datetime
"""An instant in UTC; RFC 3339 with a Z in JSON."""


def rfc3339(at: datetime) -> str:
    """`2026-11-23T10:00:00.123Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(at_ms: Millis) -> datetime:
    """The instant as a datetime in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)
