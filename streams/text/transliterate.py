"""A text's nearest reading in GSM: curly quotes, dashes, and letters whose accent GSM lacks.

Rules: all or nothing, since one character that is left makes the whole text UCS-2 anyway;
what has no reading is left as it is, never a question mark; what changed is said. Values
that must arrive as they are (codes, links) are not read otherwise.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from streams.text.gsm import to_septets
from streams.text.segment import TEXT_LIMIT

READINGS: dict[str, str] = {
    **dict.fromkeys("‘’‚‛′ʼ`´‹›", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−•", "-"),
    "…": "...",
    # spaces: no-break, figure, en to hair, narrow no-break, medium, ideographic; a tab
    **dict.fromkeys("\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008", " "),
    **dict.fromkeys("\u2009\u200a\u202f\u205f\u3000", " "),
    # nothing to be seen: soft hyphen, zero-width space, word joiner, byte order mark
    **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
    "œ": "oe", "Œ": "OE", "ĳ": "ij", "Ĳ": "IJ",
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    # letters that Unicode does not take apart
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
    "ħ": "h", "Ħ": "H", "ı": "i", "ŧ": "t", "Ŧ": "T", "ŋ": "ng", "Ŋ": "NG", "ſ": "s", "ẞ": "SS",
}  # fmt: skip
"""Character → how it reads in GSM."""


class Transliterated(NamedTuple):
    """`changes`: (as written, as sent), each once, as they come; empty where nothing changed."""

    text: str
    changes: tuple[tuple[str, str], ...] = ()


def prefer_gsm(text: str, fixed: Iterable[str] = ()) -> Transliterated:
    """`text` (NFC) in GSM where all of it has a reading, else as it is.

    As it is, too, where one of `fixed` (parts of the text) would change, or where the
    reading is longer than a text may be.
    """
    if to_septets(text) is not None or any(to_septets(part) is None for part in fixed):
        return Transliterated(text)
    read = [reading(char) for char in text]
    known = [each for each in read if each is not None]
    joined = "".join(known)
    if len(known) < len(read) or len(joined) > TEXT_LIMIT or not joined.strip():
        return Transliterated(text)
    pairs = zip(text, known, strict=True)
    return Transliterated(
        joined, tuple(dict.fromkeys(pair for pair in pairs if pair[0] != pair[1]))
    )


@lru_cache(maxsize=4096)
def reading(char: str) -> str | None:
    """How one character reads in GSM, None where it has no reading.

    Marks are taken off from the outermost: `ǘ` reads `ü`, which GSM has, and `ế` reads `e`.
    A mark by itself (NFC found no letter that has it) reads as nothing.
    """
    if to_septets(char) is not None:
        return char
    if char in READINGS:
        return READINGS[char]
    if "\u0300" <= char <= "\u036f":
        return ""
    letter, *marks = list(unicodedata.normalize("NFD", char))
    while marks:
        marks.pop()
        plainer = unicodedata.normalize("NFC", letter + "".join(marks))
        if len(plainer) == 1 and (plainer in READINGS or to_septets(plainer) is not None):
            return READINGS.get(plainer, plainer)
    return None
