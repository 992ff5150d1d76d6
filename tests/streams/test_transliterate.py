"""A text's nearest reading in GSM: all of it, or none; what changed is said."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.text.gsm import to_septets
from streams.text.segment import TEXT_LIMIT
from streams.text.transliterate import READINGS, prefer_gsm, reading


@pytest.mark.parametrize(
    ("written", "sent", "why"),
    [
        ("It’s “here”", "It's \"here\"", "quotes that a word processor curls"),
        ("« Bonjour »", '" Bonjour "', "French quotes"),
        ("10–12 h — oui", "10-12 h - oui", "dashes"),
        ("Wait…", "Wait...", "an ellipsis is three characters"),
        ("12\u00a0€ à 8\u202fh", "12 € à 8 h", "spaces that don't break; € and à are GSM"),
        ("cœur, Œuvre", "coeur, OEuvre", "ligatures of letters"),
        ("ﬁn, ﬂou", "fin, flou", "ligatures of type"),
        ("garçon, fête, naïf", "garcon, fete, naif", "accents that GSM lacks"),
        ("élève à où", "élève à où", "accents that GSM has stay"),
        ("Ça va, ÇA", "Ça va, ÇA", "Ç is GSM, ç is not"),
        ("Łódź, Đorđe, Þór", "Lodz, Dorde, Thor", "letters that Unicode does not take apart"),
        ("ǘ", "ü", "the outermost mark goes first: GSM has ü"),
        ("Nguyễn Thế", "Nguyen The", "two marks go"),
        ("Şahin, Ğ, ı, İ", "Sahin, G, i, I", "Turkish"),
        ("x\u0302", "x", "a mark for which there is no letter reads as nothing"),
        ("so\u00adft\u200b", "soft", "what can't be seen"),
    ],
)  # fmt: skip
def test_read_in_gsm(written: str, sent: str, why: str) -> None:
    found = prefer_gsm(unicodedata.normalize("NFC", written))
    assert found.text == sent, why
    assert to_septets(found.text) is not None


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("It’s 李", "one letter without a reading makes it UCS-2 anyway: the quote stays curly"),
        ("Привет…", "Cyrillic has no reading here"),
        ("مرحبا…", "nor has Arabic"),
        ("fête 😀", "nor has an emoji"),
        ("Ñandú x²", "a power is no digit: 10² is not 102"),
    ],
)
def test_all_or_nothing(written: str, why: str) -> None:
    found = prefer_gsm(written)
    assert (found.text, found.changes) == (written, ()), why


def test_what_changed_is_said_once_each_in_order() -> None:
    found = prefer_gsm("fête, fêtes… l’été")
    assert found.changes == (("ê", "e"), ("…", "..."), ("’", "'"))


def test_codes_and_links_are_never_read_otherwise() -> None:
    text = "C’est là : https://exemple.fr/fête"
    assert prefer_gsm(text, ["https://exemple.fr/fête"]).text == text
    assert prefer_gsm(text, ["https://exemple.fr/"]).text == "C'est là : https://exemple.fr/fete"


def test_a_reading_that_would_be_too_long_is_not_taken() -> None:
    text = "…" * (TEXT_LIMIT // 3 + 1)
    assert prefer_gsm(text).text == text
    assert prefer_gsm("…" * (TEXT_LIMIT // 3)).text == "..." * (TEXT_LIMIT // 3)


def test_every_reading_is_gsm_and_every_source_is_not() -> None:
    for char, read in READINGS.items():
        assert to_septets(char) is None, f"{char!r} needs no reading"
        assert to_septets(read) is not None, f"{char!r} reads {read!r}, which is not GSM"


@given(st.characters(exclude_categories=["Cs"]))
def test_no_character_becomes_a_question_mark(char: str) -> None:
    read = reading(char)
    assert read is None or char == "?" or "?" not in read
    assert read is None or to_septets(read) is not None


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_it_is_all_gsm_or_as_written_and_done_once(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    found = prefer_gsm(text)
    assert found.text == text or to_septets(found.text) is not None
    assert prefer_gsm(found.text).text == found.text
