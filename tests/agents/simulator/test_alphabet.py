"""Octets to text, each row a character that somebody gets wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.simulator.alphabet import BASIC, EXTENSION, decode

ROWS = [
    ("@ is 0x00", b"\x00", 0x00, "@", "gsm7"),
    ("the first row", bytes(range(16)), 0x00, "@£$¥èéùìòÇ\nØø\rÅå", "gsm7"),
    ("_ is 0x11", b"\x11", 0x00, "_", "gsm7"),
    ("$ and the currency sign", b"\x02\x24", 0x00, "$¤", "gsm7"),
    ("the euro", b"5 \x1b\x65", 0x00, "5 €", "gsm7"),
    (
        "all of the extension",
        b"\x1b\x14\x1b\x28\x1b\x29\x1b\x2f\x1b\x3c\x1b\x3d\x1b\x3e\x1b\x40",
        0,
        "^{}\\[~]|",
        "gsm7",
    ),
    ("an unknown extension is the basic character", b"\x1ba", 0x00, "a", "gsm7"),
    ("an escape with nothing behind it", b"a\x1b", 0x00, "a\ufffd", "gsm7"),
    ("no septet", b"\x80", 0x00, "\ufffd", "gsm7"),
    ("flash", b"\x00", 0x10, "@", "gsm7"),
    ("class 1", b"\x00", 0xF1, "@", "gsm7"),
    ("UCS-2", b"\x00\xe7\x20\xac", 0x08, "ç€", "ucs2"),
    ("a surrogate pair", b"\xd8\x3d\xde\x00", 0x08, "😀", "ucs2"),
    ("half a character", b"\x00\xe7\x20", 0x08, "ç\ufffd", "ucs2"),
    ("Latin-1", b"\xe7@", 0x03, "ç@", "latin1"),
    ("ASCII", b"@", 0x01, "@", "latin1"),
    ("binary", b"\x00\xff", 0x04, "00ff", "binary"),
]


@pytest.mark.parametrize(("why", "octets", "data_coding", "text", "encoding"), ROWS)
def test_decode(why: str, octets: bytes, data_coding: int, text: str, encoding: str) -> None:
    assert decode(octets, data_coding) == (text, encoding)


def test_the_tables_are_whole() -> None:
    assert (len(BASIC), len(set(BASIC)), len(EXTENSION)) == (128, 128, 10)


@given(st.binary(max_size=200), st.integers(0, 255))
def test_anything_can_be_read(octets: bytes, data_coding: int) -> None:
    decode(octets, data_coding)
