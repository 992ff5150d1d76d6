"""What a text costs, counted on what the encoder makes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.message import ReferenceBits
from schemas.reason import Refusal
from streams.text.measure import Measure, measure
from streams.text.segment import TEXT_LIMIT, UNIT, encode


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("", ("gsm7", 0, 0, 1, ()), "an empty text is one empty segment"),
        ("{}", ("gsm7", 2, 4, 1, ()), "two septets each"),
        ("It’s here", ("ucs2", 9, 9, 1, ("’",)), "one curly quote"),
        ("ç’ç’", ("ucs2", 4, 4, 1, ("ç", "’")), "each once, as they come"),
        ("😀", ("ucs2", 1, 2, 1, ("😀",)), "one character, two code units"),
        ("e\u0301", ("gsm7", 1, 1, 1, ()), "counted after NFC"),
        ("a" * 1_001, ("gsm7", 1_001, 1_001, 7, ()), "too long to be sent, and counted"),
    ],
)
def test_counts(text: str, expected: tuple[str, int, int, int, tuple[str, ...]], why: str) -> None:
    assert tuple(measure(text)) == expected, why


def test_a_wider_reference_leaves_less_room() -> None:
    """TS 23.040, 9.2.3.24.8: one octet more in each header."""
    assert [measure("a" * 306, bits).segments for bits in (8, 16)] == [2, 3]
    assert [measure("ç" * 134, bits).segments for bits in (8, 16)] == [2, 3]
    assert [measure("a" * 160, bits).segments for bits in (8, 16)] == [1, 1]


def test_half_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(Refusal, match="surrogate"):
        measure("x\udc00")


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=TEXT_LIMIT),
    st.sampled_from([8, 16]),
)
def test_it_is_what_the_encoder_makes(text: str, bits: ReferenceBits) -> None:
    if len(unicodedata.normalize("NFC", text)) > TEXT_LIMIT:
        return
    counted, encoded = measure(text, bits), encode(text, bits)
    octets = sum(map(len, encoded.parts))
    expected = (encoded.encoding, octets // UNIT[encoded.encoding], len(encoded.parts))
    assert (counted.encoding, counted.units, counted.segments) == expected
    assert bool(counted.forced_by) == (counted.encoding == "ucs2")
    assert isinstance(counted, Measure)
