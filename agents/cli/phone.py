"""A text as a phone shows it, in box drawing: text in, lines out.

Rules: the segments are those of the encoder, marked where they end; what a person sees as
one character is never taken apart by a line; right-to-left text is left in its order, for
the terminal to turn. Sources: UAX #11 (widths), UAX #29 (grapheme clusters).
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import regex

from schemas.message import ReferenceBits
from streams.text.gsm import from_septets
from streams.text.segment import encode

COLUMNS = 34
"""Of the frame; a line of text has four less."""

_GRAPHEME = regex.compile(r"\X")
_INVISIBLE = ("Mn", "Me", "Cf")
_EMOJI, _JOINER = "\ufe0f", "\u200d"


class Piece(NamedTuple):
    """What is not taken apart. `ends`: a line may end after it."""

    shown: str
    width: int
    ends: bool = False


def cut(text: str, reference_bits: ReferenceBits) -> list[str]:
    """`text` (NFC) by segments, as the encoder cuts it. Raises Refusal as `encode` does."""
    encoded = encode(text, reference_bits)
    if encoded.encoding == "gsm7":
        return [from_septets(part) for part in encoded.parts]
    return [part.decode("utf-16-be") for part in encoded.parts]


def phone(sender: str, segments: Sequence[str]) -> list[str]:
    """The frame. `┆1/3┆` stands where the first of three segments ends."""
    room = COLUMNS - 4
    side = (room - width(sender)) // 2
    lines = wrapped(pieces(segments), room)
    return [
        f"╭{'─' * (COLUMNS - 2)}╮",
        _framed(" " * side + sender, room),
        f"├{'─' * (COLUMNS - 2)}┤",
        *(_framed(line, room) for line in lines),
        f"╰{'─' * (COLUMNS - 2)}╯",
    ]


def _framed(line: str, room: int) -> str:
    line = line.rstrip(" ")
    return f"│ {line}{' ' * (room - width(line))} │"


def pieces(segments: Sequence[str]) -> Iterator[Piece]:
    """The characters that a person sees, with the marks of several segments."""
    for number, segment in enumerate(segments, start=1):
        for cluster in _GRAPHEME.findall(segment):
            shown = "\n" if cluster == "\r\n" else "".join(map(_shown, cluster))
            wide = width(shown)
            yield Piece(shown, wide, ends=shown in (" ", "\n") or wide > 1)
        if len(segments) > 1:
            mark = f"┆{number}/{len(segments)}┆"
            yield Piece(mark, len(mark))


def _shown(char: str) -> str:
    """What would move the cursor has a picture instead."""
    if char in "\u2028\u2029\x85\r":
        return "\n"
    if unicodedata.category(char) != "Cc" or char == "\n":
        return char
    return chr(0x2400 + ord(char)) if ord(char) < 0x20 else "\ufffd"


def wrapped(text: Iterable[Piece], room: int) -> list[str]:
    """Lines of at most `room` columns, but for blanks at their end.

    Together they are the text; a line break is the end of a line.
    """
    lines = _Lines(room)
    word: list[Piece] = []
    for piece in text:
        if piece.width > 1 and not _is_mark(piece):
            lines.place(word)  # between ideographs and emoji a line may end anywhere
            word = []
        word.append(piece)
        if piece.ends:
            lines.place(word)
            word = []
    lines.place(word)
    return lines.done


def _is_mark(piece: Piece) -> bool:
    return piece.shown.startswith("┆") and len(piece.shown) > 1


class _Lines:
    """Lines that are filled word by word."""

    def __init__(self, room: int) -> None:
        self.done = [""]
        self._room, self._used = room, 0

    def place(self, word: list[Piece]) -> None:
        """A word, with the blank or the line break after it."""
        length = sum(piece.width for piece in word if piece.shown not in (" ", "\n"))
        if self._used + length > self._room and self._used and length:
            self._next()
        for piece in word:
            if piece.shown == "\n":
                self._next()
                continue
            if self._used + piece.width > self._room and self._used and piece.shown != " ":
                self._next()  # a word longer than a line
            self.done[-1] += piece.shown
            self._used += piece.width

    def _next(self) -> None:
        self.done.append("")
        self._used = 0


def width(text: str) -> int:
    """Columns that a terminal gives it."""
    return sum(_cluster_width(cluster) for cluster in _GRAPHEME.findall(text))


def _cluster_width(cluster: str) -> int:
    if _EMOJI in cluster:
        return 2
    columns = sum(map(_columns, cluster))
    joined = _JOINER in cluster or any("\U0001f3fb" <= char <= "\U0001f3ff" for char in cluster)
    return min(2, columns) if joined else columns


def _columns(char: str) -> int:
    if unicodedata.category(char) in _INVISIBLE or "\u1160" <= char <= "\u11ff":
        return 0  # the vowels and finals of Hangul stand within the block of their initial
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
