"""How an expected text and the one that came differ."""

import pytest

from streams.proof.differences import difference

DIFFERENT = [
    ("one", "two", False, 'expected "one", got "two"; they part at character 1', "at the head"),
    ("one", "ore", False, 'expected "one", got "ore"; they part at character 2', "in the middle"),
    ("one", "ones", False, 'expected "one", got "ones"; it goes on after character 3', "longer"),
    ("ones", "one", False, 'expected "ones", got "one"; it ends after character 3', "shorter"),
    ("a b", "a\u00a0b", False, 'expected "a b", got "a\u00a0b"; they part at character 2 '
     "(U+0020 expected, got U+00A0)", "what can't be seen"),
    ("it's", "it’s", False, 'expected "it\'s", got "it’s"; they part at character 3 '
     "(' U+0027 expected, got ’ U+2019)", "lookalikes"),
    ("one", "refused: too_long", False, 'expected "one", got refused: too_long', "no text"),
    ("refused: no_text", "one", True, 'expected refused: no_text, got "one"', "a text"),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "got", "refused", "said", "why"), DIFFERENT)
def test_a_difference_in_words(expected: str, got: str, refused: bool, said: str, why: str) -> None:
    assert difference(expected, got, refused=refused) == said, why
