"""Branches of a text: which there are, and which have been taken."""

from decimal import Decimal

import pytest

from streams.text.branches import watch
from streams.text.formats import Value
from streams.text.texts import compile_text

ONE, TWO = Decimal(1), Decimal(2)
TAKEN = [
    # text, values of n, (outcome, line) of what is left, why
    ("{% if n == 1 %}a{% else %}b{% endif %}", [ONE], [(False, 1)], "the else"),
    ("{% if n == 1 %}a{% else %}b{% endif %}", [ONE, TWO], [], "both"),
    ("{% if n == 2 %}a{% endif %}", [ONE], [(True, 1)], "what no value brings"),
    ("{% if n == 1 %}a{% endif %}", [ONE], [], "no else: nothing is left to be seen"),
    ("x\n{% if n == 1 %}\na\n{% else %}\nb{% endif %}", [TWO], [(True, 2)], "with its line"),
    ("{% if n == 1 %}a{% elif n == 2 %}b{% else %}c{% endif %}", [ONE],
     [(False, 1), (True, 1)], "an elif has two"),
    ("{% if n == 1 %}a{% elif n == 2 %}b{% else %}c{% endif %}", [ONE, TWO],
     [(False, 1)], "the last condition decides about the else"),
    ("{% if n == 1 %}{% if n == 1 %}a{% endif %}{% endif %}", [TWO],
     [(True, 1), (True, 1)], "one in the other, alike"),
    ("{{ 'a' if n == 1 else 'b' }}", [ONE], [(False, 1)], "on one line"),
    ("{{ 'a' if n == 1 }}", [ONE], [], "without an else"),
    ("{% if n == 1 %}{% else %}b{% endif %}", [TWO], [], "an empty branch has no text"),
    ("{% if not (n == 1 and n < 3) %}a{% else %}b{% endif %}", [TWO], [(False, 1)], "not, and"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "left", "why"), TAKEN)
def test_what_no_value_has_taken(
    text: str, values: list[Value], left: list[tuple[bool, int]], why: str
) -> None:
    compiled, eyes = compile_text("en", text, frozenset({"n"})), watch("en", text)
    assert eyes is not None
    for value in values:
        assert eyes.render({"n": value}) == compiled.render({"n": value}), "it reads the same"
    assert [(branch.outcome, branch.line) for branch in eyes.untaken()] == left, why


def test_a_text_that_chooses_nothing_is_not_watched() -> None:
    assert watch("en", "a gift for {{ name }}, if you like") is None
