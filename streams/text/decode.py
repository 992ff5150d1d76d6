"""From the octets of a reply to its text, by data_coding (SMPP 3.4, 5.2.19; TS 23.038, 4).

Rules: reading never fails, what is no character is U+FFFD; octets are joined before they
are read where one segment may end in half a pair; what is no text comes out as hexadecimal
and says so.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Final, Literal, NamedTuple

from streams.text.gsm import from_septets

DefaultAlphabet = Literal["gsm7", "latin1", "ascii"]
"""What an SMSC writes under data_coding 0: a setting, agreed with the carrier."""

_DEFAULT: Final = frozenset({0x00})
_GSM: Final = frozenset({*range(0x10, 0x14), *range(0xF0, 0xF4)})
_UCS2: Final = frozenset({0x08, *range(0x18, 0x1C)})
_CODECS: Final = {0x01: "latin-1", 0x03: "latin-1", 0x06: "iso8859-5", 0x07: "iso8859-8"}
"""0x01 is ASCII by the book; it is read as Latin-1, which holds it."""

_PRINTABLE: Final = frozenset({0x09, 0x0A, 0x0D, *range(0x20, 0x7F)})


class Piece(NamedTuple):
    """The octets of one segment without their header, and its data_coding."""

    octets: bytes
    data_coding: int


class Decoded(NamedTuple):
    """`is_binary`: `text` is hexadecimal, since the octets are none."""

    text: str
    is_binary: bool


def decode(pieces: Sequence[Piece], default: DefaultAlphabet = "gsm7") -> Decoded:
    """The text of segments that follow each other without a gap."""
    runs = [
        (kind, [octets for _, octets in group])
        for kind, group in groupby(_kinds(pieces, default), key=lambda pair: pair[0])
    ]
    if any(kind == "binary" for kind, _ in runs):
        return Decoded(b"".join(piece.octets for piece in pieces).hex(), True)
    return Decoded("".join(_read(kind, b"".join(octets)) for kind, octets in runs), False)


def _kinds(pieces: Sequence[Piece], default: DefaultAlphabet) -> list[tuple[str, bytes]]:
    """How each piece is read. One high octet among default octets speaks for all of them."""
    of_default = b"".join(octets for octets, coding in pieces if coding in _DEFAULT)
    alphabet = default
    if default != "latin1" and any(octet > 0x7F for octet in of_default):
        alphabet = "latin1"
    return [(_kind(piece, alphabet), piece.octets) for piece in pieces]


def _kind(piece: Piece, alphabet: DefaultAlphabet) -> str:
    """Under a data_coding that says binary, or nothing we know, plain ASCII is still text."""
    octets, coding = piece
    if coding in _DEFAULT:
        return "gsm7" if alphabet == "gsm7" else "latin-1"
    if coding in _GSM:
        return "latin-1" if any(octet > 0x7F for octet in octets) else "gsm7"
    if coding in _UCS2:
        return "ucs2" if len(octets) % 2 == 0 else "ucs2 cut short"
    if coding in _CODECS:
        return _CODECS[coding]
    return "latin-1" if _PRINTABLE.issuperset(octets) else "binary"


def _read(kind: str, octets: bytes) -> str:
    if kind == "gsm7":
        return from_septets(octets)
    if kind.startswith("ucs2"):
        little = octets.startswith(b"\xff\xfe")
        text = octets.decode("utf-16-le" if little else "utf-16-be", errors="replace")
        return text.replace("\ufeff", "").rstrip("\0")
    return octets.decode(kind, errors="replace").rstrip("\0")
