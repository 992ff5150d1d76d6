"""Rows of a report, and what each rule leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.catalog.catalog import read_catalog
from streams.proof.formats import FORMATS
from streams.proof.report import Report, report
from tests.streams.catalogs import DEFAULTS, GOOD, swapped


def of(content: str, defaults: str = DEFAULTS, **more: str) -> Report:
    files = {f"{name}.yaml": text for name, text in more.items()}
    return report(read_catalog({"_defaults.yaml": defaults, "door.yaml": content, **files}))


def rules(found: Report) -> set[str]:
    return {fault.rule for fault in found.faults}


def test_a_good_catalog_has_a_row_a_locale_and_no_fault() -> None:
    found = of(GOOD)
    assert found.faults == []
    assert [(row.template, row.locale, row.encodings, row.segments) for row in found.rows] == [
        ("door", "en", ("gsm7",), (1, 1)),
        ("door", "fr", ("gsm7",), (1, 1)),
    ]


def test_a_row_has_the_smallest_and_the_largest_of_all_cases() -> None:
    row = of(swapped("longest: Joanna", f"longest: {'Joanna' * 30}")).rows[0]
    assert row.segments == (1, 2)


def test_a_row_says_what_forces_ucs2_and_what_was_read_otherwise() -> None:
    curly = swapped("longest: Joanna", "longest: “Joanna”")
    assert of(curly).rows[0].forced_by == ("“", "”")
    assert of(curly).rows[0].encodings == ("gsm7", "ucs2")
    row = of(curly, f"transliteration: prefer_gsm\n{DEFAULTS}").rows[0]
    assert (row.encodings, row.forced_by) == (("gsm7",), ())
    assert row.changes == (("“", '"'), ("”", '"'))


def test_a_budget_counts_with_the_reference_of_the_catalog() -> None:
    """305 septets at most: 2 segments of 153, or 3 of 152."""
    name = "J" * (305 - len(", votre code est 12."))
    long = swapped(
        "longest: Joanna", f"longest: {name}", swapped('longest: "123456"', 'longest: "12"')
    )
    long = swapped("purpose:", "budget: {segments: 2}\npurpose:", long)
    assert rules(of(long)) == set()
    assert rules(of(long, f"reference_bits: 16\n{DEFAULTS}")) == {"over-segments"}


def test_templates_that_load_are_checked_beside_others_that_do_not() -> None:
    found = of(GOOD, broken="owner: x\n", other=swapped("tests:", "# tests:").split("# tests:")[0])
    assert rules(found) == {"loads", "no-test"}
    assert {row.template for row in found.rows} == {"door", "other"}


def test_a_fault_of_a_locale_is_counted_in_its_row_and_one_of_the_template_in_all() -> None:
    one = of(swapped('{en: "Jo, your code is 12."}', '{en: "Jo, your code is 12.", fr: Non}'))
    assert [row.faults for row in one.rows] == [0, 1]
    whole = of(swapped("  name: {", "  other: {from: data.o, type: text, example: a, longest: a}\n"
                       "  name: {"))  # fmt: skip
    assert [row.faults for row in whole.rows] == [1, 1]


def test_faults_name_locale_and_variable() -> None:
    found = of(swapped("your code is {{ code }}", "your code is {{ cod }}"))
    assert [(fault.rule, fault.locale, fault.variable) for fault in found.faults] == [
        ("loads", "en", None)
    ]
    found = of(swapped("type: name", "type: number"))
    assert {fault.variable for fault in found.faults} == {"name"}
    found = of(swapped('given: {code: "12"', 'given: {kode: "12"'))
    assert [fault.variable for fault in found.faults] == ["kode"]


def test_a_locale_is_found_however_it_is_written() -> None:
    content = GOOD.replace("  fr:\n", "  fr_ca:\n").replace(
        'expect: {en: "Jo, your code is 12."}', "expect: {FR_CA: Non}"
    )
    fault = next(one for one in of(content).faults if one.rule == "test-differs")
    assert (fault.fault.key, fault.locale) == ("tests[0].expect.FR_CA", "fr-CA")


ALONE = [
    # old, new, rule, why
    ("purpose: authentication", "purpose: authentication\nsender: '36111'", "asks-reply",
     "a number can be answered"),
    ("secret: [code]", "keep_text: false", "secret-lookup", "no secret"),
    ('main: "{{ name }}, your', 'main: "{{ name }}, reply 36111: your', "asks-reply",
     "the number is there"),
    ("missing: refuse", "missing: {default: '00'}", "not-rendered", "a default stands in"),
    ("tests:\n", "tests:\n  - {name: no code, expect: {refused: missing_data, variable: code}}\n",
     "no-test", "one of two expects a text"),
    ("your code is 12.", "your code: 12.", "no-test", "one test alone, and test-differs says all"),
]  # fmt: skip


def test_several_tests_none_of_which_matches_may_be_of_another_template() -> None:
    twice = f'{GOOD}  - {{name: other, given: {{code: "12"}}, expect: {{en: "No."}}}}\n'
    assert "no-test" not in rules(of(twice)), "the first matches"
    assert "no-test" in rules(of(swapped("your code is 12.", "your code: 12.", twice)))


@pytest.mark.parametrize(("old", "new", "rule", "why"), ALONE)
def test_what_a_rule_leaves_alone(old: str, new: str, rule: str, why: str) -> None:
    assert rule not in rules(of(swapped(old, new))), why


def test_two_tests_of_one_name_are_told_apart() -> None:
    twice = f'{GOOD}  - {{name: usual, given: {{code: "12"}}, expect: {{en: "No."}}}}\n'
    keys = [one.fault.key for one in of(twice).faults if one.rule == "test-differs"]
    assert keys == ["tests[1].expect.en"]


@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.text(max_size=4))
def test_whatever_is_cut_from_a_file_is_reported_in_every_format(
    at: int, length: int, put: str
) -> None:
    found = of(GOOD[:at] + put + GOOD[at + length :])
    for print_it in FORMATS.values():
        print_it(found, "texts").encode()
