"""What a loaded catalog holds, and which template answers which event."""

import pytest

from schemas.lane import Lane
from streams.catalog.catalog import Catalog, parse_catalog
from streams.catalog.template import Default, Refuse, Template, Use
from tests.streams.catalogs import DEFAULTS, GOOD, catalog, faults_of, swapped, with_variable


def door(content: str = GOOD) -> Template:
    return catalog(door_code=content).templates["door-code"]


def test_a_template_says_what_its_file_and_the_defaults_say() -> None:
    template = door()
    assert (template.name, template.topic, template.type) == (
        "door-code", "domain.doors", "door.opened",
    )  # fmt: skip
    assert (template.lane, template.deliver_within_ms) == (Lane.URGENT, 600_000)
    assert (template.sender, template.in_doubt) == ("Chappe", "resend")
    assert template.secret == frozenset({"code"})
    assert (template.to_phone, template.to_locale) == ("data.phone", "data.locale")
    assert template.to_opted_in is None
    assert not template.needs_consent
    assert template.variables["code"].missing == Refuse()
    assert template.variables["name"].missing == Use("short")


@pytest.mark.parametrize(
    ("said", "kept", "why"),
    [
        ("sender: No", "No", "YAML 1.1 reads No as false"),
        ("sender: +33612345678", "+33612345678", "YAML 1.1 reads a number"),
        ("sender: 012345", "012345", "YAML 1.1 reads an octal number"),
        ("sender: 12:30 x", "12:30 x", "refused as a name: a colon"),
    ],
)
def test_scalars_stay_the_text_that_was_written(said: str, kept: str, why: str) -> None:
    content = f"{said}\n{GOOD}"
    if ":" in kept:
        assert "expected a name" in faults_of(content)[0].message, why
    else:
        assert door(content).sender == kept, why


def test_norwegian_is_a_locale_and_not_false() -> None:
    assert "no" in door(swapped("  fr:\n", "  no:\n")).texts


def test_the_version_names_the_content() -> None:
    version = door().version
    assert len(version) == 12
    assert int(version, 16) >= 0
    assert door("# a comment\n" + GOOD).version == version, "a comment says nothing"
    moved = swapped("owner: doors\n", "") + "owner: doors\n"
    assert door(moved).version == version, "the order of keys says nothing"
    assert door(swapped("is {{ code", "is: {{ code")).version != version, "a text is content"
    louder = swapped("sender: Chappe", "sender: Other", DEFAULTS)
    other = parse_catalog({"_defaults.yaml": louder, "door-code.yaml": GOOD})
    assert other.templates["door-code"].version != version, "a default is content"


def mixed() -> Catalog:
    plain = with_variable("text").replace("domain.one", "domain.doors")
    return catalog(
        door_code=GOOD, aaa=GOOD, plain=plain, alone=with_variable("text"),
        other=with_variable("text").replace("type: one", "type: two"),
    )  # fmt: skip


def test_which_templates_answer_an_event() -> None:
    found = mixed()
    names = [template.name for template in found.answering("domain.doors", "door.opened")]
    assert names == ["aaa", "door-code"], "by name, so that a replay has the same order"
    assert [one.name for one in found.answering("domain.doors", "one")] == ["plain"]
    assert found.answering("domain.doors", "door.closed") == ()
    assert found.answering("domain.other", "door.opened") == ()
    assert found.topics == {"domain.doors", "domain.one"}


def test_a_topic_is_as_urgent_and_as_secret_as_its_most_urgent_and_secret_template() -> None:
    found = mixed()
    assert found.lane_of("domain.doors") is Lane.URGENT
    assert found.lane_of("domain.one") is Lane.NORMAL
    assert found.is_secret("domain.doors")
    assert not found.is_secret("domain.one")
    assert not found.is_secret("domain.nobody-reads")
    with pytest.raises(KeyError):
        found.lane_of("domain.nobody-reads")


def test_a_default_may_differ_by_locale() -> None:
    content = with_variable("text", missing="{default: {en: you, fr_FR: vous, fr: vous}}")
    variable = catalog(one=content).templates["one"].variables["it"]
    assert variable.missing == Default({"en": "you", "fr-FR": "vous", "fr": "vous"})
