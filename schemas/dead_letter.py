"""DeadLetter: the headers beside the raw bytes of a record that could not be used."""

import hashlib

from schemas.reason import Reason
from schemas.record import Record

VALUE_LIMIT = 256 * 1024
"""Octets of the raw value that are kept."""


class DeadLetter(Record):
    """Says from where, why and what was cut. Travels as Kafka headers, see `to_headers`.

    `length` and `sha256` are those of the whole value, also where `value` keeps less of
    it (over `VALUE_LIMIT`, or nothing where the topic feeds a secret template).
    """

    topic: str
    partition: int
    offset: int
    reason: Reason
    detail: str
    length: int
    sha256: str
    template: str | None = None

    def to_headers(self) -> list[tuple[str, bytes]]:
        """One header a field, `chappe-<field>`, as UTF-8 text."""
        fields = self.model_dump(mode="json", exclude_none=True)
        return [(f"chappe-{name}", str(value).encode()) for name, value in fields.items()]


def digest(value: bytes | None) -> str:
    """SHA-256 of a value in hexadecimal; of the empty string where there is none."""
    return hashlib.sha256(value or b"").hexdigest()
