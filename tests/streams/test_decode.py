"""Replies are read whatever their data_coding says, and whatever it should have said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.text.decode import DefaultAlphabet, Piece, decode
from streams.text.gsm import BASIC, EXTENSION, to_septets
from streams.text.segment import encode

ROWS: list[tuple[str, bytes, int, DefaultAlphabet, str]] = [
    ("GSM", b"STOP", 0x00, "gsm7", "STOP"),
    ("nothing", b"", 0x00, "gsm7", ""),
    ("@ is the septet 0, at the end as well", b"a\0", 0x00, "gsm7", "a@"),
    ("accents of the GSM alphabet", b"\x04\x05\x06\x7f", 0x00, "gsm7", "èéùà"),
    ("the euro sign costs an escape", b"5\x1be", 0x00, "gsm7", "5€"),
    ("Latin-1 where the carrier says so", b"@ \xe9 [", 0x00, "latin1", "@ é ["),
    ("and its @ is no NUL", b"a@b\0", 0x00, "latin1", "a@b"),
    ("ASCII where the carrier says so", b"a@b[", 0x00, "ascii", "a@b["),
    ("Latin-1 where it says GSM: no septet has eight bits", b"arr\xeat", 0x00, "gsm7", "arrêt"),
    ("Latin-1 where it says ASCII", b"arr\xeat", 0x00, "ascii", "arrêt"),
    ("class 0, flash", b"\x00a", 0xF0, "gsm7", "@a"),
    ("class 3", b"\x00a", 0xF3, "gsm7", "@a"),
    ("the other way to say a class", b"\x00a", 0x10, "gsm7", "@a"),
    ("it is GSM whatever data_coding 0 means", b"\x00a", 0x13, "latin1", "@a"),
    ("Latin-1 under 0xF1", b"arr\xeat", 0xF1, "gsm7", "arrêt"),
    ("ASCII", b"a@b", 0x01, "gsm7", "a@b"),
    ("Latin-1", b"arr\xeat", 0x03, "gsm7", "arrêt"),
    ("Cyrillic", b"\xc1\xc2\xbe\xbf", 0x06, "gsm7", "СТОП"),
    ("Hebrew", b"\xe4\xf1\xf8", 0x07, "gsm7", "הסר"),
    ("UCS-2", "arrêt".encode("utf-16-be"), 0x08, "gsm7", "arrêt"),
    ("with a byte order mark", b"\xfe\xff" + "é".encode("utf-16-be"), 0x08, "gsm7", "é"),
    ("little-endian, as its mark says", b"\xff\xfe" + "é".encode("utf-16-le"), 8, "gsm7", "é"),
    ("UCS-2 of class 1", "é".encode("utf-16-be"), 0x19, "gsm7", "é"),
    ("a character beyond 16 bits", "😀".encode("utf-16-be"), 0x08, "gsm7", "😀"),
    ("half of one", "😀".encode("utf-16-be")[:2], 0x08, "gsm7", "\ufffd"),
    ("cut in half a unit", "ab".encode("utf-16-be")[:3], 0x08, "gsm7", "a\ufffd"),
    ("UCS-2 with the NUL of its C string", "ab\0".encode("utf-16-be"), 0x08, "gsm7", "ab"),
    ("called binary, and plain words", b"STOP", 0x04, "gsm7", "STOP"),
    ("an unknown data_coding, and plain words", b"STOP\r\n", 0x7F, "gsm7", "STOP\r\n"),
]


@pytest.mark.parametrize(("why", "octets", "data_coding", "default", "text"), ROWS)
def test_one_segment(
    why: str, octets: bytes, data_coding: int, default: DefaultAlphabet, text: str
) -> None:
    assert decode([Piece(octets, data_coding)], default) == (text, False), why


@pytest.mark.parametrize("data_coding", [0x02, 0x04, 0x14, 0xF4, 0x7F])
def test_what_is_no_text_is_hexadecimal(data_coding: int) -> None:
    assert decode([Piece(b"\x00\xff\x10", data_coding)]) == ("00ff10", True)


SMILE = "😀".encode("utf-16-be")
JOINED: list[tuple[str, list[Piece], str]] = [
    ("an escape at the end of a part", [Piece(b"a\x1b", 0), Piece(b"e", 0)], "a€"),
    ("half a surrogate pair", [Piece(SMILE[:2], 8), Piece(SMILE[2:], 8)], "😀"),
    (
        "a mark on the first part only",
        [Piece(b"\xff\xfea\0", 8), Piece(b"b\0", 8)],
        "ab",
    ),
    ("a mark on each part", [Piece(b"\xfe\xff\0a", 8), Piece(b"\xfe\xff\0b", 8)], "ab"),
    (
        "half a unit spoils its own part only",
        [Piece(b"\0a\0", 8), Piece(b"\0b", 8)],
        "a\ufffdb",
    ),
    ("parts of two alphabets", [Piece(b"\0", 0), Piece(b"\x20\xac", 8)], "@€"),
    ("one accent speaks for all parts", [Piece(b"[", 0), Piece(b"\xe9", 0)], "[é"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "pieces", "text"), JOINED)
def test_several_segments(why: str, pieces: list[Piece], text: str) -> None:
    assert decode(pieces) == (text, False), why


GSM_TEXT = st.text(st.sampled_from([*BASIC.replace("\x1b", ""), *EXTENSION.values()]), max_size=400)


@given(GSM_TEXT | st.text(st.characters(exclude_categories=["Cs"]), max_size=150))
def test_what_we_would_send_is_read(text: str) -> None:
    encoded = encode(text)
    coding = 0 if encoded.encoding == "gsm7" else 8
    read = decode([Piece(part, coding) for part in encoded.parts]).text
    if coding == 0:
        assert to_septets(read) == b"".join(encoded.parts)
    else:
        assert read == encode_back(encoded.parts).replace("\ufeff", "").rstrip("\0")


def encode_back(parts: tuple[bytes, ...]) -> str:
    return b"".join(parts).decode("utf-16-be")


@given(
    st.lists(st.builds(Piece, st.binary(max_size=60), st.integers(0, 255)), max_size=5),
    st.sampled_from(["gsm7", "latin1", "ascii"]),
)
def test_nothing_is_an_error(pieces: list[Piece], default: DefaultAlphabet) -> None:
    decode(pieces, default).text.encode("utf-8")
