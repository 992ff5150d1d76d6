"""Accepting a text: one scalar of the file changes, however it was written, and nothing else."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from streams.catalog.yaml_lines import plain, read_yaml, scalar_at
from streams.proof.accepting import (
    Change,
    Stuck,
    UnwritableError,
    differences,
    marked,
    quoted,
    rewritten,
    seen,
)
from tests.streams.catalogs import GOOD, catalog, swapped

EN = ("tests", 0, "expect", "en")


def file_with(expect: str) -> str:
    return f"# one\ntests:\n- name: a\n  expect: {expect}\n# two\nlast: x\n"


def text_at(content: str, path: tuple[str | int, ...]) -> str:
    found = scalar_at(read_yaml("", content)[0], path)
    assert found is not None
    return found.text


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('{en: "Old", fr: F}', '{en: "New", fr: F}', "double quotes in a flow mapping"),
        ("{en: 'It''s', fr: F}", '{en: "New", fr: F}', "single quotes, one doubled inside"),
        ("{en: Old one, fr: F}", '{en: "New", fr: F}', "plain in a flow mapping"),
        ("{ en: Old , fr: F }", '{ en: "New" , fr: F }', "blanks around it stay"),
        ("{en: , fr: F}", '{en: "New" , fr: F}', "nothing stood there"),
        ("{en: 'a\n     b', fr: F}", '{en: "New", fr: F}', "quotes over two lines"),
        ("\n    en: Old # c\n    fr: F", '\n    en: "New" # c\n    fr: F', "its comment stays"),
        ("\n    en: Old\n      more\n    fr: F", '\n    en: "New"\n    fr: F', "plain, two lines"),
        ("\n    en:\n    fr: F", '\n    en: "New"\n    fr: F', "nothing, in a block"),
        ("\n    en: # c\n      Old\n    fr: F", '\n    en: # c\n      "New"\n    fr: F', "below"),
        ("\n    en: |\n      a\n       b\n    fr: F", '\n    en: "New"\n    fr: F', "literal"),
        ("\n    en: >-  # c\n      a\n\n      b\n\n    fr: F",
         '\n    en: "New"  # c\n\n    fr: F', "a folded one, its comment, the blank line after"),
        ("\n    en: |+2\n        a  \n\n    fr: F", '\n    en: "New"\n\n    fr: F', "indicators"),
        ("\n    fr: F\n    en: |\n      # text\n", '\n    fr: F\n    en: "New"\n', "# is text"),
        ("\n    en: |\n      a\u2028      b\n    fr: F", '\n    en: "New"\n    fr: F', "U+2028"),
        ("\n    en: |\n    fr: F", '\n    en: "New"\n    fr: F', "a block of nothing"),
    ],
)  # fmt: skip
def test_whatever_stood_there(before: str, after: str, why: str) -> None:
    for ends in ("\n", "\r\n"):
        old, new = (file_with(one).replace("\n", ends) for one in (before, after))
        text = text_at(old, EN)
        assert rewritten(old, EN, text, "New") == new, why
        with_mark = rewritten("\ufeff" + old, EN, text, "New")
        assert with_mark == "\ufeff" + new, "with an editor's mark"


def test_a_block_at_the_end_of_a_file_without_a_line_break() -> None:
    assert rewritten("a: |\n  x", ("a",), "x", "New") == 'a: "New"'


@pytest.mark.parametrize(
    ("content", "path", "old", "why"),
    [
        ("a: 1\n", ("b",), "1", "no such key"),
        ("a: {b: 1}\n", ("a",), "1", "not a scalar"),
        ("a: [1]\n", ("a", 1), "1", "a list that is shorter"),
        ("a: [\n", ("a",), "1", "not YAML any more"),
        ("a: 2\n", ("a",), "1", "another text stands there"),
        ("a: {b: 1, c}\n", ("a", "c"), "", "a key without a colon has no place for a text"),
    ],
)
def test_what_cannot_be_written_is_refused(
    content: str, path: tuple[str | int, ...], old: str, why: str
) -> None:
    with pytest.raises(UnwritableError):
        rewritten(content, path, old, "New")


NASTY = st.text(
    st.one_of(
        st.sampled_from("\"'\\:#{}[],&*!|>%@`-? \t\n\r\x85\xa0\u2028\u2029\ufeff\0\x1b😀\u200d"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=30,
)  # fmt: skip
STYLES = st.fixed_dictionaries(
    {
        "default_style": st.sampled_from([None, '"', "'", "|", ">"]),
        "default_flow_style": st.booleans(),
        "allow_unicode": st.booleans(),
        "line_break": st.sampled_from(["\n", "\r\n"]),
        "width": st.sampled_from([10, 80]),
        "indent": st.sampled_from([2, 4]),
    }
)


@given(old=NASTY, beside=NASTY, new=NASTY, style=STYLES, mark=st.booleans())
def test_reading_again_gives_the_new_text_and_all_else_unchanged(
    old: str, beside: str, new: str, style: dict[str, Any], mark: bool
) -> None:
    case = {"name": beside, "expect": {"de": beside, "en": old, "fr": beside}}
    content = yaml.dump({"a": beside, "tests": [case], "z": old}, sort_keys=False, **style)
    content = "\ufeff# one\n" * mark + content + "# two\n"
    tree, faults = read_yaml("", content)
    before = plain(tree)
    assert not faults
    again = rewritten(content, EN, text_at(content, EN), new)
    tree, faults = read_yaml("", again)
    after: Any = plain(tree)
    assert not faults
    assert after["tests"][0]["expect"]["en"] == new
    after["tests"][0]["expect"]["en"] = before["tests"][0]["expect"]["en"]  # type: ignore[index,call-overload]
    assert after == before
    scalar = scalar_at(tree, EN)
    assert scalar is not None
    assert again[scalar.start : scalar.end] == quoted(new)


@pytest.mark.parametrize(
    ("text", "yaml_text", "why"),
    [
        ("Say \"hi\" \\o/", '"Say \\"hi\\" \\\\o/"', "quotes and backslashes"),
        (" a: b # c ", '" a: b # c "', "what would end a plain scalar, and outer blanks"),
        ("a\nb", '"a\\nb"', "one line always"),
        ("12\u00a0€", '"12\\_€"', "two kinds of space can be told apart"),
        ("a\u2028b\u202e", '"a\\Lb\\u202e"', "what can't be seen"),
        ("👩\u200d🚀 é", '"👩\u200d🚀 é"', "what can be seen stays readable"),
        ("\U000e0041", '"\\U000e0041"', "beyond the first plane"),
    ],
)  # fmt: skip
def test_how_a_text_is_written(text: str, yaml_text: str, why: str) -> None:
    assert quoted(text) == yaml_text, why


def found(content: str) -> list[Change | Stuck]:
    return list(differences(catalog(door_code=content).templates["door-code"], content))


EXPECTED = 'expect: {en: "Jo, your code is 12."}'


@pytest.mark.parametrize(
    ("old", "new", "expected", "why"),
    [
        ("", "", [], "as it is"),
        (EXPECTED, "expect: {en: Jo}", [(16 + 7, "en", "Jo", "Jo, your code is 12.")], "another"),
        (EXPECTED, "expect: {EN: Jo}", [(16 + 7, "en", "Jo", "Jo, your code is 12.")],
         "a locale as its author spells it"),
        (EXPECTED, "expect: {en: Jo, fr: Jo}",
         [(23, "en", "Jo", "Jo, your code is 12."), (23, "fr", "Jo", "Jo, votre code est 12.")],
         "each locale by itself"),
        (EXPECTED, "expect: {refused: missing_data}",
         [(23, "en", "expects missing_data, but there is a text: Jo, your code is 12."),
          (23, "fr", "expects missing_data, but there is a text: Jo, votre code est 12.")],
         "a refusal that no longer comes"),
        ('{code: "12", name: Jo}', "{name: Jo}",
         [(23, "en", "expects a text, but there is no SMS: missing_data: variable code")],
         "a text that no longer comes"),
        ('{code: "12", name: Jo}, expect: {en: "Jo, your code is 12."}',
         "{name: Jo}, expect: {refused: missing_data, variable: code}", [], "as expected"),
        ('{code: "12", name: Jo}, expect: {en: "Jo, your code is 12."}',
         "{name: Jo}, expect: {refused: bad_data}",
         [(23, "en", "expects bad_data, but gets missing_data: variable code"),
          (23, "fr", "expects bad_data, but gets missing_data: variable code")],
         "another refusal"),
        ('{code: "12", name: Jo}, expect: {en: "Jo, your code is 12."}',
         "{name: Jo}, expect: {refused: missing_data, variable: name}",
         [(23, "en", "expects missing_data for name, but gets missing_data: variable code"),
          (23, "fr", "expects missing_data for name, but gets missing_data: variable code")],
         "another variable"),
    ],
)  # fmt: skip
def test_what_is_found(old: str, new: str, expected: list[Any], why: str) -> None:
    got = [
        (one.line, one.locale, one.said)
        if isinstance(one, Stuck)
        else (one.line, one.locale, one.expected, one.got)
        for one in found(swapped(old, new))
    ]
    line = GOOD[: GOOD.index("- {name: usual")].count("\n") + 1
    assert got == [(line, *rest) for _, *rest in expected], why


def test_a_template_without_tests() -> None:
    assert found(GOOD[: GOOD.index("tests:")]) == []


@pytest.mark.parametrize(
    ("expected", "got", "lines", "why"),
    [
        ("Your code is 12.", "Your code is 13.",
         ("Your code is [-12.-]", "Your code is {+13.+}"), "one word"),
        ("a b", "a b c", ("a b", "a b{+ c+}"), "something came"),
        ("a\u00a0b", "a b", ("a[-<U+00A0>-]b", "a{+ +}b"), "only the space differs"),
        ("a\nb", "a b", ("a[-⏎-]b", "a{+ +}b"), "a line break"),
        ("", "a", ("", "{+a+}"), "nothing was expected"),
    ],
)  # fmt: skip
def test_what_differs_is_marked(expected: str, got: str, lines: tuple[str, str], why: str) -> None:
    assert marked(expected, got) == lines, why


UNMARKED = st.text(st.sampled_from("ab \n\xa0😀"), max_size=12)


@given(UNMARKED, UNMARKED)
def test_without_the_marks_both_texts_are_there(expected: str, got: str) -> None:
    old, new = marked(expected, got)
    assert old.replace("[-", "").replace("-]", "") == seen(expected)
    assert new.replace("{+", "").replace("+}", "") == seen(got)
    assert ("[-" in old or "{+" in new) is (expected != got)
