"""With which values a template is rendered."""

import pytest

from streams.catalog.catalog import read_catalog
from streams.catalog.template import Template
from streams.proof.cases import roads, trials
from streams.proof.outcomes import prove
from tests.streams.catalogs import DEFAULTS, GOOD, catalog, swapped

DOOR = catalog(door=GOOD).templates["door"]
CASES = [
    # said, code, name, why
    ("with the examples", "12", "Jo", "the usual"),
    ("in the test `usual`", "12", "Jo", "what its author thought of"),
    ("without `code`", None, "Jo", "a refusal, which takes no longest values"),
    ("without `name`", "12", None, "another text"),
    ("without `name` and with the others at their longest", "123456", None, "and its longest"),
    ("with `code` at its longest", "123456", "Jo", "one by one"),
    ("with `name` at its longest", "12", "Joanna", "one by one"),
    ("with all at their longest", "123456", "Joanna", "the largest text"),
]


def test_every_case_of_a_template() -> None:
    found = [(t.said, t.given.get("code"), t.given.get("name")) for t in trials(DOOR, "en")]
    assert found == [case[:3] for case in CASES]


def test_a_variable_that_the_locale_does_not_need_has_no_case() -> None:
    only_english = swapped("{{ name }}, votre", "Oui, votre")
    template = catalog(door=only_english).templates["door"]
    assert not any("`name`" in trial.said for trial in trials(template, "fr"))
    assert any("`name`" in trial.said for trial in trials(template, "en"))


TWO_AWAY = """\
description: A text two missing variables away
owner: doors
on_event: {topic: domain.doors, type: door.opened}
to: {phone: data.phone}
purpose: authentication
variables:
  code: {from: data.code, type: code, example: "12", longest: "12", missing: {use: shortest}}
  name: {from: data.name, type: name, example: Jo, longest: Jo, missing: {use: short}}
texts:
  en: {main: "{{ name }}, hello.", short: "Code {{ code }}.", shortest: "Hello."}
  fr: {main: "{{ name }} : {{ code }}.", short: "{{ code }}.", shortest: "Bonjour."}
"""


@pytest.mark.parametrize(
    ("template", "locale", "leads", "why"),
    [
        (DOOR, "en", {"main": (), "short": ("name",)}, "one away"),
        (catalog(door=TWO_AWAY).templates["door"], "en",
         {"main": (), "short": ("name",), "shortest": ("name", "code")}, "two away"),
        (catalog(door=TWO_AWAY).templates["door"], "fr",
         {"main": (), "short": ("name",), "shortest": ("code",)}, "the fewest"),
    ],
)  # fmt: skip
def test_what_leads_to_a_variant(
    template: Template, locale: str, leads: dict[str, tuple[str, ...]], why: str
) -> None:
    assert roads(template, locale) == leads, why


def test_a_text_two_variables_away_is_rendered() -> None:
    read = read_catalog({"_defaults.yaml": DEFAULTS, "door.yaml": TWO_AWAY})
    proof = prove(read.templates[0], read.files["door"])
    texts = {(locale, variant): cases for locale, variant, cases in proof.texts()}
    assert {sent.text for sent in texts["en", "shortest"]} == {"Hello."}
    assert texts["en", "shortest"][0].trial.said == "without `name` and `code`"
