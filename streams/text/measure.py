"""What a text costs: the figures that authors and carriers count by.

Rules: counted on what the encoder makes, never by a rule of its own; a text that is too
long to be sent is counted all the same.
"""

import unicodedata
from typing import NamedTuple

from schemas.message import Encoding, ReferenceBits
from streams.text.gsm import to_septets
from streams.text.segment import UNIT, encode_any


class Measure(NamedTuple):
    """`characters` are code points after NFC; `units` septets or UTF-16 code units, without
    headers. `forced_by`: the characters that are not GSM, each once, as they come.
    """

    encoding: Encoding
    characters: int
    units: int
    segments: int
    forced_by: tuple[str, ...]


def measure(text: str, reference_bits: ReferenceBits = 8) -> Measure:
    """Raises Refusal RENDER_FAILED for a lone surrogate."""
    text = unicodedata.normalize("NFC", text)
    encoded = encode_any(text, reference_bits)
    units = sum(map(len, encoded.parts)) // UNIT[encoded.encoding]
    forced = not_gsm(text) if encoded.encoding == "ucs2" else ()
    return Measure(encoded.encoding, len(text), units, len(encoded.parts), forced)


def not_gsm(text: str) -> tuple[str, ...]:
    """The characters that GSM lacks, each once, as they come."""
    return tuple(dict.fromkeys(char for char in text if to_septets(char) is None))


def named(char: str) -> str:
    """With its code point, since some can't be seen and some are lookalikes."""
    return f"{char if char.isprintable() else ''} U+{ord(char):04X}".strip()
