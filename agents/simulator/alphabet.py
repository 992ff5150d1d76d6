"""From the octets of a short message to its text (3GPP TS 23.038; SMPP 3.4, 5.2.19).

Rules: written apart from the tables that encode, so that a fault in those shows here;
reading never fails, a character that can't be is U+FFFD.
"""

from typing import Final, Literal

Encoding = Literal["gsm7", "ucs2", "latin1", "binary"]

BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""TS 23.038, 6.2.1: the character's place is its septet."""

EXTENSION: Final = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
"""TS 23.038, 6.2.1.1: behind an escape (0x1B)."""

ESCAPE: Final = 0x1B

ENCODINGS: Final[dict[int, Encoding]] = {
    **dict.fromkeys((0x00, *range(0x10, 0x14), *range(0xF0, 0xF4)), "gsm7"),
    **dict.fromkeys((0x08, *range(0x18, 0x1C)), "ucs2"),
    **dict.fromkeys((0x01, 0x03), "latin1"),
}
"""data_coding to encoding; any other one is binary, its text hexadecimal."""


def decode(octets: bytes, data_coding: int) -> tuple[str, Encoding]:
    """The text, and how it was written. GSM septets are unpacked, one an octet."""
    encoding = ENCODINGS.get(data_coding, "binary")
    if encoding == "gsm7":
        return decode_gsm7(octets), encoding
    if encoding == "ucs2":
        return octets.decode("utf-16-be", errors="replace"), encoding
    return (octets.decode("latin-1") if encoding == "latin1" else octets.hex()), encoding


def decode_gsm7(octets: bytes) -> str:
    """An unknown character of the extension table is the basic one (TS 23.038, 6.2.1.1)."""
    characters = []
    escaped = False
    for octet in octets:
        if escaped:
            characters.append(EXTENSION.get(octet) or _basic(octet))
            escaped = False
        elif octet == ESCAPE:
            escaped = True
        else:
            characters.append(_basic(octet))
    if escaped:
        characters.append("\ufffd")  # an escape with nothing behind it
    return "".join(characters)


def _basic(octet: int) -> str:
    return BASIC[octet] if octet < len(BASIC) else "\ufffd"


SEPTETS: Final = {
    **{character: bytes((at,)) for at, character in enumerate(BASIC) if at != ESCAPE},
    **{character: bytes((ESCAPE, at)) for at, character in EXTENSION.items()},
}
"""Each character of the alphabet as it travels: unpacked, one or two octets."""


def units(text: str, encoding: Encoding) -> list[bytes]:
    """What may not be cut: characters, in an alphabet that has them all.

    Raises ValueError, naming the character that `encoding` has not.
    """
    if encoding == "gsm7":
        missing = next((each for each in text if each not in SEPTETS), None)
        if missing is not None:
            raise ValueError(f"{missing!r} is not in the GSM alphabet; write ucs2")
        return [SEPTETS[each] for each in text]
    codec = "utf-16-be" if encoding == "ucs2" else "latin-1"
    try:
        return [each.encode(codec) for each in text]
    except UnicodeEncodeError as error:
        raise ValueError(f"{text[error.start]!r} can't be written in {encoding}") from None
