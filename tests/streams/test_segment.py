"""Segments: lengths at every boundary, and that nothing is ever cut in two."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.reason import Reason, Refusal
from streams.text.gsm import BASIC, EXTENSION, from_septets, to_septets
from streams.text.segment import TEXT_LIMIT, encode, payloads


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


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=TEXT_LIMIT))
def test_segments_reassemble(text: str) -> None:
    normal = unicodedata.normalize("NFC", text)
    if len(normal) > TEXT_LIMIT:
        return
    encoded = encode(text)
    octets = b"".join(encoded.parts)
    decode = from_septets if encoded.encoding == "gsm7" else (lambda o: o.decode("utf-16-be"))
    assert decode(octets) == normal
    for part in encoded.parts:  # each shows whole characters by itself
        assert decode(part) is not None
    assert all(len(payload.short_message) <= 160 for payload in payloads(encoded, 255))
    assert len(encoded.parts) == 1 or max(map(len, encoded.parts)) <= 153


@given(st.text(st.sampled_from(BASIC.replace("\x1b", "") + "".join(EXTENSION.values()))))
def test_gsm_text_is_never_ucs2(text: str) -> None:
    if len(text) <= TEXT_LIMIT:
        assert encode(text).encoding == "gsm7"
