"""Our septets in the alphabet that a carrier means by data_coding 0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.text.decode import DefaultAlphabet, Piece, decode
from streams.text.default_alphabet import payload_in, written_in
from streams.text.gsm import BASIC, EXTENSION, to_septets
from streams.text.segment import encode, payloads

GSM = st.text(st.sampled_from(BASIC.replace("\x1b", "") + "".join(EXTENSION.values())))

ROWS: list[tuple[str, DefaultAlphabet, str, bytes | None]] = [
    ("the same septets", "gsm7", "@ £ é [ €", b"\0 \x01 \x05 \x1b< \x1be"),
    ("Latin-1 has no euro", "latin1", "@ £ é [ €", None),
    ("and no Greek", "latin1", "Δ_ΦΔ", None),
    ("but the rest of it", "latin1", "@ £ é [ ñ", b"@ \xa3 \xe9 [ \xf1"),
    ("ASCII has no accents", "ascii", "é à @", None),
    ("ASCII", "ascii", "Hi @ {you} $5_", b"Hi @ {you} $5_"),
    ("nothing", "latin1", "", b""),
]


@pytest.mark.parametrize(("why", "alphabet", "text", "octets"), ROWS)
def test_alphabets(why: str, alphabet: DefaultAlphabet, text: str, octets: bytes | None) -> None:
    septets = to_septets(text)
    assert septets is not None
    assert written_in(alphabet, septets) == octets, why


@given(GSM, st.sampled_from(["gsm7", "latin1", "ascii"]))
def test_what_can_be_written_is_read_back_and_no_longer(
    text: str, alphabet: DefaultAlphabet
) -> None:
    septets = to_septets(text)
    assert septets is not None
    octets = written_in(alphabet, septets)
    limit = {"gsm7": 0x110000, "latin1": 0x100, "ascii": 0x80}[alphabet]
    assert (octets is None) == any(ord(character) >= limit for character in text)
    if octets is not None:
        assert len(octets) <= len(septets)
        assert decode([Piece(octets, 0)], alphabet).text == text


def test_the_header_stays_as_it_is() -> None:
    """Its octets are no text: a reference of 0xE9 is not é."""
    parts = payloads(encode("[" * 153), 0x1B)
    written = [payload_in("latin1", part) for part in parts]
    assert [each and each.short_message for each in written] == [
        bytes((5, 0, 3, 0x1B, 3, 1)) + b"[" * 76,
        bytes((5, 0, 3, 0x1B, 3, 2)) + b"[" * 76,
        bytes((5, 0, 3, 0x1B, 3, 3)) + b"[",
    ]


def test_other_codings_are_left_alone() -> None:
    (ucs2,) = payloads(encode("ça"), 0)
    assert payload_in("ascii", ucs2) == ucs2
    (euro,) = payloads(encode("5 €"), 0)
    assert payload_in("latin1", euro) is None
    assert payload_in("gsm7", euro) == euro
