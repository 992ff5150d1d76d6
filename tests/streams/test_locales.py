"""Which locale's text a person gets: one row a wish."""

import pytest
from hypothesis import example
from hypothesis import given as given_by
from hypothesis import strategies as st

from schemas.reason import Reason
from streams.text.locales import chain, normal
from streams.text.render import render
from tests.streams.catalogs import GOOD, catalog, refusal, swapped, with_variable

DOOR = catalog(door=GOOD).templates["door"]

LOCALES = [
    ("fr", "fr", "there"),
    ("fr-FR", "fr", "a region reads its language"),
    ("fr_FR", "fr", "as POSIX writes it"),
    ("FR_fr.UTF-8", "fr", "as an environment has it"),
    ("zh-Hant-TW", "en", "none of it: the default"),
    ("br", "fr", "a declared fallback"),
    ("br-FR", "fr", "the language's fallback"),
    ("en-GB", "en", "a region"),
    (None, "en", "no wish: the default"),
    ("", "en", "an empty wish: the default"),
    ("-", "en", "no locale at all"),
    ("x" * 10_000, "en", "rubbish is not looked at for long"),
]


@pytest.mark.parametrize(("wished", "got", "why"), LOCALES)
def test_which_locales_text_is_sent(wished: str | None, got: str, why: str) -> None:
    assert render(DOOR, wished, {"code": "1", "name": "Jo"}).locale == got, why


def test_no_text_where_neither_wish_nor_default_is_there() -> None:
    only_german = swapped("  en: '{{ it }}'\n  fr:", "  de:", with_variable("text"))
    template = catalog(one=only_german).templates["one"]
    assert render(template, "de-AT", {"it": "x"}).locale == "de"
    refused = refusal(template, {"it": "x"}, "fr")
    assert (refused.reason, refused.detail) == (Reason.NO_TEXT, "locale fr")


@example("0\r@")
@example("a-xßy")
@given_by(st.text(max_size=50))
def test_any_wish_ends_in_the_default(wished: str) -> None:
    assert chain(wished, {"a": ("b",), "b": ("a",)}, "en")[-1] == "en"
    assert normal(normal(wished)) == normal(wished)
