"""How a kept record looks as octets: until when, counted as what, and the record.

Layout: due in ms since 1970 (8 octets, big-endian), length of the label (1), the label in
UTF-8, the record as JSON. The head can be read without the record: by it the store orders
what expires and counts what waits.
"""

import struct
from typing import NamedTuple

from schemas.record import Millis, Record

_HEAD = struct.Struct(">QB")


class Head(NamedTuple):
    """`label` says as what it is counted, "" as nothing."""

    due: Millis
    label: str


def keep(record: Record, due: Millis, label: str = "") -> bytes:
    """Raises ValueError for a label of over 255 octets."""
    encoded = label.encode()
    if len(encoded) > 255:
        raise ValueError(f"a label of {len(encoded)} octets; at most 255")
    return _HEAD.pack(due, len(encoded)) + encoded + record.to_bytes()


def head(octets: bytes) -> Head:
    """Raises ValueError where `octets` are not what `keep` makes."""
    try:
        due, length = _HEAD.unpack_from(octets)
    except struct.error as error:
        raise ValueError(f"not a kept record: {error}") from None
    return Head(due, octets[_HEAD.size : _HEAD.size + length].decode())


def kept(octets: bytes) -> bytes:
    """The record, as JSON."""
    return octets[_HEAD.size + octets[_HEAD.size - 1] :]
