"""Loading: each row of a broken catalog names its file, line, key and what to do."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.catalog.catalog import CatalogError, parse_catalog
from tests.streams.catalogs import DEFAULTS, GOOD, faults_of, swapped

LANE = "purpose: authentication"
BROKEN = [
    # old, new, line, key, part of the message, why
    ("owner: doors\n", "", 1, "owner", "missing", "a required key"),
    ("owner:", "ownr:", 2, "ownr", "did you mean `owner`", "a slip of the pen"),
    ("phone: data.phone", "phon: data.phone", 4, "to.phon", "did you mean `phone`", "nested"),
    ("missing: refuse", "mising: refuse", 8, "variables.code.mising", "`missing`", "deeper"),
    ("owner: doors", "owner: doors\nowner: windows", 3, "owner", "first in line 2", "twice"),
    ("owner: doors", "owner: [a, b]", 2, "owner", "expected a text, got a list", "a list"),
    ("owner: doors", "owner: &x doors", 2, "", "anchors", "anchors are not read"),
    ("owner: doors", "owner: !!str doors", 2, "", "tags", "tags are not read"),
    ("owner: doors", 'owner: "do', 8, "", "not YAML", "a quote that is not closed"),
    ("owner: doors", 'owner: "\\ud83d"', 2, "", "halves", "half a character"),
    ("description: A door code\n", "- a\n", 2, "", "not YAML", "a list, then keys"),
    ("owner: doors", "owner: do: ors", 2, "", "a colon inside a value; put the value in quotes",
     "two colons"),
    ("owner: doors", "owner: doors\n  of: x", 3, "", "the key above has a value in its line",
     "a value, and lines below it"),
    (LANE, "purpose: spam", 5, "purpose", "'authentication', 'transactional'", "a purpose of none"),
    (LANE, f"{LANE}\nlane: fast", 6, "lane", "'urgent', 'normal' or 'bulk'", "no such lane"),
    (LANE, f"{LANE}\nlane: urgnt", 6, "lane",
     "expected 'urgent', 'normal' or 'bulk', got 'urgnt'; did you mean `urgent`?", "misspelt"),
    (LANE, f"{LANE}\nlane: normal", 7, "secret", "urgent only", "a secret kept for days"),
    (LANE, f"{LANE}\ndeliver_within: 10", 6, "deliver_within", "30s, 10m", "no unit"),
    (LANE, f"{LANE}\ndeliver_within: 2d", 6, "deliver_within", "at most 1d", "kept no longer"),
    (LANE, f"{LANE}\nkeep_text: true", 6, "keep_text", "never kept", "a secret kept"),
    (LANE, f"{LANE}\nkeep_text: maybe", 6, "keep_text", "true or false", "no boolean"),
    (LANE, f"{LANE}\nsender: TwelveLetter", 6, "sender", "at most 11", "12 characters"),
    (LANE, f"{LANE}\nbudget: {{segments: one}}", 6, "budget.segments", "whole number", "a word"),
    (LANE, f"{LANE}\nbudget: {{segments: 0}}", 6, "budget.segments", "at least 1", "none"),
    ("purpose: authentication", "purpose: marketing", 1, "lane", "_defaults.yaml", "no default"),
    ("secret: [code]", "secret: [cod]", 6, "secret[0]", "did you mean `code`", "unknown"),
    ("secret: [code]", "secret: code", 6, "secret", "expected a list", "a word for a list"),
    ("from: data.code", "from: data..code", 8, "variables.code.from", "a path", "no path"),
    ("type: code", "type: pin", 8, "variables.code.type", "'link', got 'pin'", "no such type"),
    ("type: code", "type: datetime", 8, "variables.code.type",
     "got 'datetime'; did you mean `time` or `date`?", "two types in one"),
    ("type: code", "type: [code]", 8, "variables.code.type", "'link', got a list", "no word"),
    ('example: "12"', "example: {amount: 1, currency: EUR}", 8, "variables.code.example",
     'got an object; money is "45.00"', "an amount with its currency"),
    ('type: code, example: "12"', 'type: number, example: "1 2"', 8, "variables.code.example",
     "got a text that is no such number", "a space"),
    ("  code: {", "  Code: {", 8, "variables.Code", "small letters", "a capital"),
    ("type: name", "type: number", 9, "variables.name.example", "expected a number", "example"),
    ("type: name", "type: money", 9, "variables.name.currency", "missing", "no currency"),
    ("type: code, ", "type: code, currency: name, ", 8, "variables.code.currency",
     "only a variable of type money", "a currency of no amount"),
    ('example: "12"', 'example: " "', 8, "variables.code.example", "blank", "counts as missing"),
    ("{use: short}", "{use: brief}", 9, "variables.name.missing.use", "no `brief`", "no text"),
    ("{use: short}", "perhaps", 9, "variables.name.missing", "expected refuse", "no policy"),
    ("{use: short}", "{default: {en: you}}", 9, "variables.name.missing.default",
     "no default for fr", "a locale without"),
    ("  fr:\n", "  frr-XX-zz:\n", 14, "texts.frr-XX-zz", "no such locale", "no locale"),
    ("  fr:\n", "  EN:\n", 14, "texts.EN", "said twice", "two spellings of one locale"),
    ("    main: \"{{ name }}, your", "    min: \"{{ name }}, your", 11, "texts.en",
     "no text `main`", "no main text"),
    ("your code is {{ code }}", "your code is {{ cod }}", 12, "texts.en.main",
     "no variable `cod`; did you mean `code`?", "an unknown variable"),
    ("your code is {{ code }}", "your code is {{ code", 12, "texts.en.main",
     "expected name", "not closed"),
    ("your code is {{ code }}", "{{ code | uper }}", 12, "texts.en.main", "`upper`", "no filter"),
    ("your code is {{ code }}", "{% for c in code %}{{ c }}{% endfor %}", 12, "texts.en.main",
     "`for` is not for texts", "a loop"),
    ("your code is {{ code }}", "{{ code * 99999999 }}", 12, "texts.en.main",
     "`mul` is not for texts", "a text that explodes"),
    ("your code is {{ code }}", "{{ code.__class__ }}", 12, "texts.en.main",
     "`getattr` is not for texts", "a way out of the sandbox"),
    ("your code is {{ code }}", "{{ range(9) }}", 12, "texts.en.main", "`call`", "a call"),
    ("Your code is {{ code }}.", " ", 13, "texts.en.short", "empty", "an empty text"),
    ("Your code is {{ code }}.", "{{ name }} {{ code }}", 13, "texts.en.short",
     "for when `name` is missing, and uses it", "a stand-in that needs what it stands in for"),
    ('given: {code: "12"', 'given: {kode: "12"', 18, "tests[0].given.kode", "`code`", "unknown"),
    ('expect: {en: "Jo', 'expect: {de: "Jo', 18, "tests[0].expect.de", "no text", "no German"),
    ('expect: {en: "Jo, your code is 12."}', "expect: {refused: no_data}", 18,
     "tests[0].expect.refused", "no refused `no_data`", "no such reason"),
    ('expect: {en: "Jo, your code is 12."}', "expect: {refused: no_text, en: x}", 18,
     "tests[0].expect.en", "beside refused", "both"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "key", "said", "why"), BROKEN)
def test_a_fault_names_file_line_key_and_what_to_do(
    old: str, new: str, line: int, key: str, said: str, why: str
) -> None:
    faults = faults_of(swapped(old, new))
    fitting = [one for one in faults if (one.line, one.key) == (line, key) and said in one.message]
    assert fitting, f"{why}: " + "\n".join(map(str, faults))
    assert str(fitting[0]).startswith(f"door-code.yaml:{line}: {key}")


def test_the_line_of_a_fault_inside_a_block_of_text() -> None:
    block = "main: |\n      Hello,\n      your code is {{ cod }}."
    fault = faults_of(swapped('main: "{{ name }}, your code is {{ code }}."', block))[0]
    assert (fault.line, fault.key) == (14, "texts.en.main")


def test_every_fault_is_reported_in_the_order_of_the_files() -> None:
    with pytest.raises(CatalogError) as caught:
        parse_catalog({
            "_defaults.yaml": DEFAULTS,
            "b.yaml": swapped("is {{ code", "is {{ cod", swapped("type: name", "type: date")),
            "a.yaml": "ownr: x\n",
        })  # fmt: skip
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.faults)
    assert lines == sorted(lines, key=lambda line: line.split(":")[0])
    assert any(line.startswith("a.yaml:1: ownr: unknown key") for line in lines)
    assert any("b.yaml:9: variables.name.example" in line for line in lines)
    assert any("b.yaml:12: texts.en.main: no variable `cod`" in line for line in lines)


@pytest.mark.parametrize(
    ("defaults", "key", "why"),
    [
        ("default_lcale: en\n", "default_lcale", "an unknown key"),
        ("default_locale: zz9\n", "default_locale", "no such locale"),
        ("fallbacks: {br: [xx-1]}\n", "fallbacks.br[0]", "no such locale"),
        ("purposes: {spam: {}}\n", "purposes.spam", "no such purpose"),
        ("purposes: {marketing: {lan: bulk}}\n", "purposes.marketing.lan", "an unknown key"),
    ],
)
def test_faults_of_the_defaults_are_named_alone(defaults: str, key: str, why: str) -> None:
    faults = faults_of(GOOD, defaults=defaults)
    assert [(fault.file, fault.key) for fault in faults] == [("_defaults.yaml", key)], why


@pytest.mark.parametrize("name", ["Door.yaml", "_door.yaml", "door code.yaml", "door.yaml.yaml"])
def test_a_file_name_that_is_no_template_name(name: str) -> None:
    assert "name the file" in faults_of(GOOD, name)[0].message


def test_a_catalog_without_templates_says_so() -> None:
    for files in ({}, {"_defaults.yaml": DEFAULTS}):
        with pytest.raises(CatalogError, match="nothing to say"):
            parse_catalog(files)


def test_a_template_alone_asks_for_what_the_defaults_would_say() -> None:
    with pytest.raises(CatalogError) as caught:
        parse_catalog({"door-code.yaml": GOOD})
    assert {fault.key for fault in caught.value.faults} == {"sender", "lane", "deliver_within"}


@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.text(max_size=4))
def test_whatever_is_cut_from_a_file_ends_as_a_catalog_or_as_faults(
    at: int, length: int, put: str
) -> None:
    content = GOOD[:at] + put + GOOD[at + length :]
    try:
        parse_catalog({"_defaults.yaml": DEFAULTS, "door-code.yaml": content})
    except CatalogError as error:
        assert error.faults
        lines = len(content.splitlines()) + 1
        for fault in error.faults:
            assert 1 <= fault.line <= lines
            assert fault.message


def test_deep_nesting_is_a_fault_and_not_a_crash() -> None:
    for bracket in ("[", "{a: "):
        deep = "owner: " + "".join(itertools.repeat(bracket, 5000))
        assert faults_of(deep)
