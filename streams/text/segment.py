"""Text → encoding → segments that a handset shows as one message.

Rules: text is NFC first; GSM where every character is GSM, UCS-2 otherwise; an escape
pair or a surrogate pair is never cut. Sources: 3GPP TS 23.038 (6.2.1, 6.2.3), TS 23.040
(9.2.3.24.1, the concatenation element), SMPP 3.4 (5.2.12 esm_class, 5.2.19 data_coding).
"""

import unicodedata
from dataclasses import dataclass

from schemas.message import Encoding
from schemas.reason import Reason, Refusal
from streams.text.gsm import ESCAPE, to_septets

TEXT_LIMIT = 1000
"""Characters (code points after NFC) that a text may have."""

ESM_UDH = 0x40
DATA_CODING: dict[Encoding, int] = {"gsm7": 0x00, "ucs2": 0x08}
_ALONE: dict[Encoding, int] = {"gsm7": 160, "ucs2": 140}
_JOINED: dict[Encoding, int] = {"gsm7": 153, "ucs2": 134}
_UNIT: dict[Encoding, int] = {"gsm7": 1, "ucs2": 2}


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


def encode(text: str) -> Encoded:
    """Raises Refusal TOO_LONG, or RENDER_FAILED for a lone surrogate (it is no character)."""
    text = unicodedata.normalize("NFC", text)
    if len(text) > TEXT_LIMIT:
        raise Refusal(Reason.TOO_LONG, f"{len(text)} characters")
    septets = to_septets(text)
    if septets is not None:
        return Encoded("gsm7", _split(septets, "gsm7"))
    try:
        return Encoded("ucs2", _split(text.encode("utf-16-be"), "ucs2"))
    except UnicodeEncodeError:
        raise Refusal(Reason.RENDER_FAILED, "the text holds half of a surrogate pair") from None


def _split(octets: bytes, encoding: Encoding) -> tuple[bytes, ...]:
    if len(octets) <= _ALONE[encoding]:
        return (octets,)
    parts: list[bytes] = []
    start = 0
    while start < len(octets):
        end = min(start + _JOINED[encoding], len(octets))
        if end < len(octets) and _cuts_a_pair(octets, end, encoding):
            end -= _UNIT[encoding]
        parts.append(octets[start:end])
        start = end
    return tuple(parts)


def _cuts_a_pair(octets: bytes, end: int, encoding: Encoding) -> bool:
    """Whether the last unit before `end` opens a pair: an escape, or a high surrogate."""
    if encoding == "gsm7":
        return octets[end - 1] == ESCAPE
    return octets[end - 2] & 0xFC == 0xD8


def payloads(encoded: Encoded, reference: int) -> list[Payload]:
    """One segment needs no header; several carry reference (0 to 255), total and number."""
    coding = DATA_CODING[encoded.encoding]
    total = len(encoded.parts)
    if total == 1:
        return [Payload(0, coding, encoded.parts[0])]
    return [
        Payload(ESM_UDH, coding, bytes((5, 0, 3, reference, total, number)) + part)
        for number, part in enumerate(encoded.parts, start=1)
    ]
