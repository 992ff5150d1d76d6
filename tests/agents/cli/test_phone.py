"""The phone: nothing of the text is lost, no line leaves the frame, cuts are the encoder's."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.cli.phone import COLUMNS, Piece, cut, phone, pieces, width, wrapped
from schemas.message import ReferenceBits
from streams.text.segment import TEXT_LIMIT, encode


@pytest.mark.parametrize(
    ("text", "columns", "why"),
    [
        ("abc", 3, "letters"),
        ("é", 1, "one code point"),
        ("e\u0301", 1, "a letter and a mark"),
        ("你好", 4, "ideographs are wide"),
        ("😀", 2, "an emoji"),
        ("👩\u200d👩\u200d👧", 2, "three joined to one"),
        ("👍🏽", 2, "with a skin colour"),
        ("🇫🇷", 2, "a flag is two letters"),
        ("1\ufe0f\u20e3", 2, "a keycap"),
        ("☺\ufe0f", 2, "a sign asked for as an emoji"),
        ("한", 2, "a syllable"),
        ("\u1112\u1161\u11ab", 2, "the same in three letters"),
        ("שלום", 4, "right to left"),
        ("\u200e", 0, "a mark of direction"),
    ],
)
def test_width(text: str, columns: int, why: str) -> None:
    assert width(text) == columns, why


def plain(text: str) -> list[Piece]:
    return list(pieces([text]))


@pytest.mark.parametrize(
    ("text", "lines", "why"),
    [
        ("", [""], "nothing"),
        ("one two", ["one two"], "it fits"),
        ("one two three", ["one two ", "three"], "a word goes to the next line"),
        ("one two. x", ["one two. ", "x"], "the blank after a full line hangs over"),
        ("abcdefghijkl m", ["abcdefgh", "ijkl m"], "a word longer than a line"),
        ("a abcdefghi", ["a ", "abcdefgh", "i"], "begins on a line of its own"),
        ("a\nb\n", ["a", "b", ""], "line breaks"),
        ("a\r\nb\u2028c", ["a", "b", "c"], "all kinds of them"),
        ("你好你好你", ["你好你好", "你"], "between ideographs a line may end"),
        ("ab你好你好", ["ab你好你", "好"], "also after letters"),
        ("a\x1bb\x00", ["a␛b␀"], "what would move the cursor"),
    ],
)
def test_lines(text: str, lines: list[str], why: str) -> None:
    assert wrapped(plain(text), 8) == lines, why


TEXTS = st.text(
    st.one_of(
        st.sampled_from(" ab.\n你😀🇫🇷\u200d\ufe0f\u0301é€{ا१"),
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]),
    ),
    max_size=200,
).map(lambda text: unicodedata.normalize("NFC", text))


@given(TEXTS, st.integers(min_value=2, max_value=30))
def test_together_the_lines_are_the_text(text: str, room: int) -> None:
    lines = wrapped(plain(text), room)
    assert "".join(lines) == text.replace("\n", "")
    clusters = [piece.shown for piece in plain(text)]
    assert all(width(line.rstrip(" ")) <= room or line.rstrip(" ") in clusters for line in lines), (
        "only what one person sees as one character may be wider"
    )


BITS: st.SearchStrategy[ReferenceBits] = st.sampled_from([8, 16])


def inside(drawn: list[str]) -> str:
    return "".join(line[2:-2] for line in drawn[3:-1])


@given(TEXTS.filter(bool), st.integers(min_value=1, max_value=5), BITS)
def test_the_text_can_be_read_back_from_the_frame(
    text: str, times: int, bits: ReferenceBits
) -> None:
    text = unicodedata.normalize("NFC", text * times)[:TEXT_LIMIT]
    segments = cut(text, bits)
    assert "".join(segments) == text
    drawn = phone("Chappe", segments)
    shown = inside(drawn)
    for number in range(1, len(segments) + 1):
        mark = f"┆{number}/{len(segments)}┆"
        assert shown.count(mark) == (len(segments) > 1) or mark in text
        shown = shown.replace(mark, "", 1)
    assert [c for c in shown if c not in " \n"] == [c for c in text if c not in " \n"]
    assert all(line[0] in "╭│├╰" and line[-1] in "╮│┤╯" for line in drawn)


@given(st.text(st.sampled_from("ab é你😀שk,. \n"), min_size=1, max_size=300))
def test_no_line_is_wider_or_narrower_than_the_frame(text: str) -> None:
    assert {width(line) for line in phone("Chappe", cut(text, 8))} == {COLUMNS}


@pytest.mark.parametrize(
    ("text", "bits", "segments", "why"),
    [
        ("a" * 160, 8, ["a" * 160], "one"),
        ("a" * 161, 8, ["a" * 153, "a" * 8], "two of GSM"),
        ("a" * 161, 16, ["a" * 152, "a" * 9], "a wider reference takes one more"),
        ("a" * 152 + "{" + "b" * 8, 8, ["a" * 152, "{" + "b" * 8], "an escape pair"),
        ("ç" * 66 + "😀" + "ç" * 4, 8, ["ç" * 66, "😀" + "ç" * 4], "a surrogate pair"),
    ],
)
def test_cuts_are_the_encoders(
    text: str, bits: ReferenceBits, segments: list[str], why: str
) -> None:
    assert cut(text, bits) == segments, why
    assert len(segments) == len(encode(text, bits).parts)


def test_a_phone() -> None:
    text = "Jo, " + "your parcel has come. " * 8
    assert (
        phone("Chappe", cut(text.strip(), 8))
        == """\
╭────────────────────────────────╮
│             Chappe             │
├────────────────────────────────┤
│ Jo, your parcel has come. your │
│ parcel has come. your parcel   │
│ has come. your parcel has      │
│ come. your parcel has come.    │
│ your parcel has come. your     │
│ parcel has c┆1/2┆ome. your     │
│ parcel has come.┆2/2┆          │
╰────────────────────────────────╯""".splitlines()
    )
