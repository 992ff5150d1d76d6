"""Segments: lengths at every boundary, and that nothing is ever cut in two."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.message import ReferenceBits
from schemas.reason import Reason, Refusal
from streams.text.gsm import BASIC, EXTENSION, from_septets, to_septets
from streams.text.segment import _GRAPHEME, _JOINS, TEXT_LIMIT, encode, payloads


@pytest.mark.parametrize(
    ("text", "encoding", "sizes", "why"),
    [
        ("", "gsm7", [0], "an empty text is one empty segment"),
        ("a" * 160, "gsm7", [160], "the longest that needs no header"),
        ("a" * 161, "gsm7", [153, 8], "from here each segment carries a header"),
        ("a" * 306, "gsm7", [153, 153], "two full ones"),
        ("a" * 307, "gsm7", [153, 153, 1], "one more"),
        ("€" * 80, "gsm7", [160], "an extension character costs two septets"),
        ("a" * 159 + "€", "gsm7", [153, 8], "161 septets though 160 characters"),
        ("a" * 152 + "{" + "b" * 152, "gsm7", [152, 153, 1], "the escape pair is not cut"),
        ("ç" * 70, "ucs2", [140], "ç is not GSM, whatever keyboards say"),
        ("ç" * 71, "ucs2", [134, 8], "67 units beside a header"),
        ("a" * 66 + "😀" + "b" * 66, "ucs2", [132, 134, 2], "the surrogate pair is not cut"),
        ("`", "ucs2", [2], "a backtick is ASCII and not GSM"),
        ("e\u0301", "gsm7", [1], "NFC first: e and an accent are é"),
        ("Ç@£", "gsm7", [3], "Ç is GSM, @ is the septet 0"),
        ("\x1b", "ucs2", [2], "an escape alone is no GSM character"),
    ],
)
def test_boundaries(text: str, encoding: str, sizes: list[int], why: str) -> None:
    encoded = encode(text)
    assert (encoded.encoding, [len(part) for part in encoded.parts]) == (encoding, sizes), why


def test_header() -> None:
    first, second = payloads(encode("a" * 161), 0x2A)
    assert (first.esm_class, second.esm_class) == (0x40, 0x40)
    assert first.short_message[:6] == bytes((5, 0, 3, 0x2A, 2, 1))
    assert second.short_message[:6] == bytes((5, 0, 3, 0x2A, 2, 2))
    (alone,) = payloads(encode("short"), 0x2A)
    assert (alone.esm_class, alone.data_coding, alone.short_message) == (0, 0, b"short")


FAMILY = "👨‍👩‍👧‍👦"
"""Four people and three joiners: 11 code units, one character to whoever reads it."""


@pytest.mark.parametrize(
    ("text", "units", "why"),
    [
        ("ç" * 66 + "😀" + "b" * 20, [66, 22], "a surrogate pair, whatever it costs"),
        ("ç" * 60 + FAMILY + "b" * 40, [60, 51], "a family stays together"),
        ("ç" * 60 + FAMILY + "b" * 62, [66, 67], "not where that makes a third segment"),
        ("ç" * 66 + "🇫🇷" + "b" * 40, [66, 44], "nor is a flag of two letters cut"),
        ("ç" * 66 + "x\u0302\u0301" + "b" * 9, [66, 12], "nor a letter from its marks"),
        ("ç" * 60 + FAMILY + "b" * 63 + FAMILY, [60, 67, 18], "room for one is taken by the first"),
        ("👍🏽" * 40, [64, 64, 32], "a skin tone stays with its thumb"),
        ("a\u0300" + "\u0301" * 200, None, "a heap of marks longer than a segment is cut"),
    ],
)
def test_what_a_person_sees_as_one_stays_whole(
    text: str, units: list[int] | None, why: str
) -> None:
    sizes = [len(part) // 2 for part in encode(text).parts]
    assert units is None or sizes == units, why
    assert max(sizes) <= 67, why
    assert len(sizes) == -(-sum(sizes) // 67) or "😀" in text, why


def test_sixteen_bits() -> None:
    """TS 23.040, 9.2.3.24.8: element 8, four octets long, one less for the text."""
    first, second = payloads(encode("a" * 161, 16), 0x1234, 16)
    assert first.short_message[:7] == bytes((6, 8, 4, 0x12, 0x34, 2, 1))
    assert second.short_message[:7] == bytes((6, 8, 4, 0x12, 0x34, 2, 2))
    assert (len(first.short_message), len(second.short_message)) == (159, 16)


def test_too_long_is_refused_never_cut() -> None:
    assert encode("a" * TEXT_LIMIT)
    with pytest.raises(Refusal) as caught:
        encode("a" * (TEXT_LIMIT + 1))
    assert caught.value.reason is Reason.TOO_LONG


def test_lone_surrogate_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        encode("x\ud800y")
    assert caught.value.reason is Reason.RENDER_FAILED


def test_every_gsm_character_round_trips() -> None:
    for char in [*BASIC.replace("\x1b", ""), *EXTENSION.values()]:
        septets = to_septets(char)
        assert septets is not None
        assert from_septets(septets) == char


SEEN_AS_ONE = ["👨‍👩‍👧‍👦", "🇫🇷", "👍🏽", "e\u0323\u0302\u0301", "क्षि", "한", "\r\n", "€", "ç"]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=TEXT_LIMIT),
    st.lists(st.sampled_from([*SEEN_AS_ONE, "a"]), max_size=120).map("".join),
)


@given(TEXTS, st.sampled_from([8, 16]))
def test_segments_reassemble(text: str, bits: ReferenceBits) -> None:
    normal = unicodedata.normalize("NFC", text)
    if len(normal) > TEXT_LIMIT:
        return
    encoded = encode(text, bits)
    octets = b"".join(encoded.parts)
    decode = from_septets if encoded.encoding == "gsm7" else (lambda o: o.decode("utf-16-be"))
    assert decode(octets) == normal
    for part in encoded.parts:  # each shows whole characters by itself
        assert decode(part) is not None
    most = 160 if encoded.encoding == "gsm7" else 140
    sent = payloads(encoded, 255, bits)
    assert all(len(payload.short_message) <= most for payload in sent)


@given(TEXTS, st.sampled_from([8, 16]))
def test_keeping_characters_whole_costs_no_segment(text: str, bits: ReferenceBits) -> None:
    """As many segments as filling each with whole code points needs, counted naively."""
    normal = unicodedata.normalize("NFC", text)
    if len(normal) > TEXT_LIMIT:
        return
    gsm = to_septets(normal) is not None
    alone, joined = (160, 153 if bits == 8 else 152) if gsm else (70, 67 if bits == 8 else 66)
    sizes = [len(to_septets(c) or b"") if gsm else 1 + (ord(c) > 0xFFFF) for c in normal]
    count, filled = 1, 0
    for size in sizes:
        count, filled = (count, filled + size) if filled + size <= joined else (count + 1, size)
    assert len(encode(text, bits).parts) == (1 if sum(sizes) <= alone else count)


@given(st.text(st.sampled_from(BASIC.replace("\x1b", "") + "".join(EXTENSION.values()))))
def test_gsm_text_is_never_ucs2(text: str) -> None:
    if len(text) <= TEXT_LIMIT:
        assert encode(text).encoding == "gsm7"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=2, max_size=6))
def test_only_what_joins_is_looked_at_closely(text: str) -> None:
    assert _JOINS.search(text) or len(_GRAPHEME.findall(text)) == len(text)
