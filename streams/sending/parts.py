"""Which part of which message a deliver_sm is: user data header, or SAR TLVs.

Rules: a header that can't be true is no header, its octets are the person's words; the
reference of 8 bits, of 16 bits and of SAR count apart. Sources: TS 23.040, 9.2.3.24 (the
header), 9.2.3.24.1 and .8 (concatenation); SMPP 3.4, 5.2.12, 5.3.2.22 to 24.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

UDHI: Final = 0x40
SAR_MSG_REF_NUM: Final = 0x020C
SAR_TOTAL_SEGMENTS: Final = 0x020E
SAR_SEGMENT_SEQNUM: Final = 0x020F

CONCATENATION: Final = {(0x00, 3): "8 bits", (0x08, 4): "16 bits"}
"""(Information element, its octets) → the kind of its reference."""


class Part(NamedTuple):
    """`number` (from 1) of `total`. `kind` tells equal references of two sorts apart; it is
    empty for a message that is whole. `octets` are those behind the header.
    """

    kind: str
    reference: int
    total: int
    number: int
    octets: bytes


def read_part(esm_class: int, message: bytes, tlvs: Mapping[int, bytes]) -> Part:
    """Never raises; what says nothing of parts is part 1 of 1."""
    if esm_class & UDHI and message and message[0] < len(message):
        end = message[0] + 1
        header, octets = message[1:end], message[end:]
        return _from_header(header, octets) or Part("", 0, 1, 1, octets)
    return _from_sar(message, tlvs) or Part("", 0, 1, 1, message)


def _from_header(header: bytes, octets: bytes) -> Part | None:
    """The first element that speaks of concatenation, wherever it stands."""
    at = 0
    while at + 2 <= len(header):
        element, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        kind = CONCATENATION.get((element, len(value)))
        if kind is not None and 1 <= value[-1] <= value[-2]:
            return Part(kind, int.from_bytes(value[:-2], "big"), value[-2], value[-1], octets)
        at += 2 + length
    return None


def _from_sar(message: bytes, tlvs: Mapping[int, bytes]) -> Part | None:
    reference, total, number = (
        int.from_bytes(tlvs[tag], "big") if tlvs.get(tag) else -1
        for tag in (SAR_MSG_REF_NUM, SAR_TOTAL_SEGMENTS, SAR_SEGMENT_SEQNUM)
    )
    if reference < 0 or not 1 <= number <= total <= 255:
        return None
    return Part("SAR", reference, total, number, message)
