"""The GSM 7-bit default alphabet and its extension, as data (3GPP TS 23.038, 6.2.1).

Rules: septets travel unpacked, one an octet (SMPP 3.4); 0x1B alone is no character; a
character that is not in the two tables is not GSM, whatever it looks like.
"""

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""Index = septet. 0x1B is the escape to the extension table, not a character."""

ESCAPE = 0x1B
EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\",
    0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
"""Septet after the escape → character. Each costs two septets."""

_NOT_GSM = "\uffff"


def _translation() -> dict[int, str]:
    """Every code point that ASCII has and GSM has not becomes a marker."""
    table = dict.fromkeys(range(128), _NOT_GSM)
    table.update({ord(char): chr(septet) for septet, char in enumerate(BASIC)})
    table.update({ord(char): chr(ESCAPE) + chr(septet) for septet, char in EXTENSION.items()})
    table[ESCAPE] = _NOT_GSM
    return table


_TO_SEPTETS = _translation()
_FROM_BASIC = {septet: char for septet, char in enumerate(BASIC) if septet != ESCAPE}


def to_septets(text: str) -> bytes | None:
    """Unpacked septets, or None where a character is not GSM."""
    try:
        return text.translate(_TO_SEPTETS).encode("ascii")
    except UnicodeEncodeError:
        return None


def from_septets(septets: bytes) -> str:
    """What a handset shows. An unknown extension shows as the basic character (6.2.1.1)."""
    out: list[str] = []
    escaped = False
    for septet in septets:
        if septet == ESCAPE and not escaped:
            escaped = True
            continue
        extended = EXTENSION.get(septet) if escaped else None
        out.append(extended or _FROM_BASIC.get(septet & 0x7F, " "))
        escaped = False
    return "".join(out)
