"""Segments become messages, as in a phone: by who wrote to whom, reference and total.

Rules: parts are ordered as numbers and may come in any order; a part that comes again
replaces itself; what stays incomplete is forgotten, the oldest first. No I/O.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from agents.smpp import commands as c

MOST_INCOMPLETE: Final = 10_000

IE_8BIT: Final = 0x00
IE_16BIT: Final = 0x08


class Part(NamedTuple):
    """Where a segment belongs: `number` of `total`, from 1. `octets` without the header."""

    reference: int
    total: int
    number: int
    octets: bytes


class Segment(NamedTuple):
    """One submit as the assembly keeps it."""

    octets: bytes
    message_id: str


def read_part(esm_class: int, octets: bytes, tlvs: Mapping[int, bytes]) -> Part:
    """By user data header (TS 23.040, 9.2.3.24), else SAR TLVs; else 1 of 1."""
    whole = Part(0, 1, 1, octets)
    if esm_class & c.ESM_UDHI and octets:
        header_end = octets[0] + 1
        part = _from_header(octets[1:header_end], octets[header_end:])
        return part or Part(0, 1, 1, octets[header_end:])
    reference = _number(tlvs, c.SAR_MSG_REF_NUM)
    total = _number(tlvs, c.SAR_TOTAL_SEGMENTS)
    number = _number(tlvs, c.SAR_SEGMENT_SEQNUM)
    if reference is None or total is None or number is None:
        return whole
    return Part(reference, total, number, octets) if 1 <= number <= total else whole


def _from_header(header: bytes, octets: bytes) -> Part | None:
    """The first element that says concatenation, of 8 or 16 bits."""
    at = 0
    while at + 2 <= len(header):
        kind, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if (kind, len(value)) in ((IE_8BIT, 3), (IE_16BIT, 4)):
            total, number = value[-2], value[-1]
            if 1 <= number <= total:
                return Part(int.from_bytes(value[:-2], "big"), total, number, octets)
        at += 2 + length
    return None


def _number(tlvs: Mapping[int, bytes], tag: int) -> int | None:
    octets = tlvs.get(tag)
    return int.from_bytes(octets, "big") if octets else None


Key = tuple[str, str, str, int, int]


class Assembly:
    """Messages that lack a segment, by (system_id, source, destination, reference, total)."""

    def __init__(self) -> None:
        self._open: dict[Key, dict[int, Segment]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, key: Key, number: int, segment: Segment) -> list[Segment] | None:
        """All segments in order, once the last one missing is there."""
        parts = self._open.setdefault(key, {})
        parts[number] = segment
        if len(parts) == key[-1]:
            del self._open[key]
            return [parts[n] for n in sorted(parts)]
        if len(self._open) > MOST_INCOMPLETE:
            del self._open[next(iter(self._open))]
        return None
