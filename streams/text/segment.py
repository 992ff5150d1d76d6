"""Text → encoding → segments that a handset shows as one message.

Rules: text is NFC first; GSM where every character is GSM, UCS-2 otherwise; an escape
pair or a surrogate pair is never cut; what a person sees as one character is kept whole
where that costs no further segment. Sources: 3GPP TS 23.038 (6.2.1, 6.2.3), TS 23.040
(9.2.3.24.1 and 9.2.3.24.8, the concatenation elements), SMPP 3.4 (5.2.12 esm_class,
5.2.19 data_coding), UAX #29 (grapheme clusters).
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import regex

from schemas.message import Encoding, ReferenceBits
from schemas.reason import Reason, Refusal
from streams.text.gsm import ESCAPE, to_septets

TEXT_LIMIT = 1000
"""Characters (code points after NFC) that a text may have."""

ESM_UDH = 0x40
DATA_CODING: dict[Encoding, int] = {"gsm7": 0x00, "ucs2": 0x08}
UNIT: dict[Encoding, int] = {"gsm7": 1, "ucs2": 2}
"""Octets of one unit: a septet travels unpacked, a code unit takes two."""
_ALONE: dict[Encoding, int] = {"gsm7": 160, "ucs2": 140}
_JOINED: dict[tuple[Encoding, ReferenceBits], int] = {
    ("gsm7", 8): 153, ("gsm7", 16): 152, ("ucs2", 8): 134, ("ucs2", 16): 132,
}  # fmt: skip
"""Octets that are left beside a header with a reference of so many bits."""

_GRAPHEME = regex.compile(r"\X")
_JOINING = ("CR", "Extend", "ZWJ", "SpacingMark", "Prepend", "RI", "L", "V", "T", "LV", "LVT")
_JOINS = regex.compile("[" + "".join(rf"\p{{GCB={name}}}" for name in _JOINING) + "]")
"""Without one of these each code point is a character of its own (UAX #29, table 2)."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """`parts` are the octets of each segment, without header. GSM unpacked, UCS-2 big-endian."""

    encoding: Encoding
    parts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Payload:
    """One segment as it goes into submit_sm."""

    esm_class: int
    data_coding: int
    short_message: bytes


def encode(text: str, reference_bits: ReferenceBits = 8) -> Encoded:
    """Raises Refusal TOO_LONG, or RENDER_FAILED for a lone surrogate (it is no character)."""
    text = unicodedata.normalize("NFC", text)
    if len(text) > TEXT_LIMIT:
        raise too_long(text)
    return encode_any(text, reference_bits)


def encode_any(text: str, reference_bits: ReferenceBits = 8) -> Encoded:
    """The same for NFC `text` of any length: to count what is too long to be sent."""
    septets = to_septets(text)
    if septets is not None:
        return Encoded("gsm7", _split(septets, "gsm7", _JOINED["gsm7", reference_bits], ()))
    return encode_ucs2(text, reference_bits)


def encode_ucs2(text: str, reference_bits: ReferenceBits = 8) -> Encoded:
    """NFC `text` in UCS-2, whatever it holds. Raises Refusal as `encode`."""
    try:
        octets = text.encode("utf-16-be")
    except UnicodeEncodeError:
        raise Refusal(Reason.RENDER_FAILED, "the text holds half of a surrogate pair") from None
    long = len(octets) > _ALONE["ucs2"]
    whole = _grapheme_ends(text) if long and _JOINS.search(text) else ()
    return Encoded("ucs2", _split(octets, "ucs2", _JOINED["ucs2", reference_bits], whole))


def too_long(text: str) -> Refusal:
    """What is said of a text (NFC) over the limit."""
    return Refusal(Reason.TOO_LONG, f"{len(text):,} characters; the longest is {TEXT_LIMIT:,}")


def _grapheme_ends(text: str) -> Sequence[int]:
    """Where each character that a person sees ends, in octets of UTF-16."""
    return list(accumulate(len(found.encode("utf-16-be")) for found in _GRAPHEME.findall(text)))


def _split(octets: bytes, encoding: Encoding, size: int, whole: Sequence[int]) -> tuple[bytes, ...]:
    """`whole`: the ends to prefer, ascending."""
    if len(octets) <= _ALONE[encoding]:
        return (octets,)
    left = _fewest(octets, 0, encoding, size)
    parts: list[bytes] = []
    start = 0
    while start < len(octets):
        left -= 1
        end = _last_end(octets, start, encoding, size)
        if end < len(octets) and whole:
            better = whole[bisect_right(whole, end) - 1] if whole[0] <= end else 0
            if start < better < end and _fewest(octets, better, encoding, size) <= left:
                end = better
        parts.append(octets[start:end])
        start = end
    return tuple(parts)


def _fewest(octets: bytes, start: int, encoding: Encoding, size: int) -> int:
    """Segments that the rest from `start` needs at least: each as full as it can be."""
    count = 0
    while start < len(octets):
        start = _last_end(octets, start, encoding, size)
        count += 1
    return count


def _last_end(octets: bytes, start: int, encoding: Encoding, size: int) -> int:
    end = min(start + size, len(octets))
    if end < len(octets) and _cuts_a_pair(octets, end, encoding):
        end -= UNIT[encoding]
    return end


def _cuts_a_pair(octets: bytes, end: int, encoding: Encoding) -> bool:
    """Whether the last unit before `end` opens a pair: an escape, or a high surrogate."""
    if encoding == "gsm7":
        return octets[end - 1] == ESCAPE
    return octets[end - 2] & 0xFC == 0xD8


def payloads(encoded: Encoded, reference: int, reference_bits: ReferenceBits = 8) -> list[Payload]:
    """One segment needs no header; several carry reference, total and number.

    `reference` must fit `reference_bits`, and `encoded` be cut for them.
    """
    coding = DATA_CODING[encoded.encoding]
    total = len(encoded.parts)
    if total == 1:
        return [Payload(0, coding, encoded.parts[0])]
    head = _HEADS[reference_bits] + reference.to_bytes(reference_bits // 8, "big")
    return [
        Payload(ESM_UDH, coding, head + bytes((total, number)) + part)
        for number, part in enumerate(encoded.parts, start=1)
    ]


_HEADS: dict[ReferenceBits, bytes] = {8: bytes((5, 0x00, 3)), 16: bytes((6, 0x08, 4))}
"""Length of the header, the information element and its length."""
