"""The shipped demo's events, and those that a catalog's tests become."""

import json
from pathlib import Path

import pytest

from agents.catalog import load_catalog
from agents.demo.events import mixed, shipped_events
from agents.demo.own import campaign_events, lanes_shown, own_events
from schemas.lane import Lane
from streams.catalog.catalog import Catalog, parse_catalog
from streams.text.render import render
from tests.agents.demo.rounds import CATALOG, NOW_MS

TEMPLATE = """
description: d
owner: o
on_event: {topic: domain.x, type: x.happened}
to: {phone: data.phone, locale: data.locale%s}
purpose: %s
variables:
  name: {from: %s, type: name, example: Jane, longest: Jane, missing: refuse}
texts: {en: "Hello {{ name }}. STOP", fr: "Bonjour {{ name }}. STOP"}
tests:
  - {name: usual, given: {name: Jane}, expect: {en: "Hello Jane. STOP", fr: "Bonjour Jane. STOP"}}
  - {name: nobody, given: {}, expect: {refused: missing_data, variable: name}}
  - {name: two lines, given: {name: "a\\nb"}, expect: {refused: bad_data, variable: name}}
"""
DEFAULTS = """
sender: "12345"
default_locale: en
purposes:
  transactional: {lane: normal, deliver_within: 24h}
  marketing: {lane: bulk, deliver_within: 24h}
"""
USUAL = ("", "transactional", "data.name")


def catalog(*templates: tuple[str, str, str], **more: str) -> Catalog:
    """Templates of one event, `a`, `b` and so on: further keys of `to`, purpose, path."""
    files = {f"{chr(97 + n)}.yaml": TEMPLATE % values for n, values in enumerate(templates)}
    return parse_catalog({"_defaults.yaml": DEFAULTS, **files, **more})


def test_every_way_an_event_can_end_is_among_the_shipped_ones() -> None:
    events = shipped_events(CATALOG, NOW_MS, "r")
    ends = {due.ends for event in events for due in event.due}
    assert ends == {"delivered", "refused", "dead letter", "no template"}
    assert len({event.id for event in events}) == len(events)
    phones = [event.phone for event in events if event.phone]
    assert len(set(phones)) == len(phones)
    assert all(phone.startswith("+447700900") for phone in phones)


def test_one_of_each_kind_after_the_other_and_codes_first() -> None:
    events = shipped_events(CATALOG, NOW_MS, "r")
    order = mixed(events)
    assert sorted(order) == list(range(len(events)))
    kinds = [events[place].type for place in order]
    assert kinds[0] == "otp.requested"
    assert len(set(kinds[:5])) == 5


def test_each_test_of_a_catalog_is_an_event() -> None:
    found = own_events(catalog(USUAL), NOW_MS, "r")
    assert found.left_out == []
    english, french, refused, dead = found.events
    assert [event.due[0].text for event in (english, french)] == [
        "Hello Jane. STOP", "Bonjour Jane. STOP",
    ]  # fmt: skip
    assert json.loads(french.value)["data"] == {
        "name": "Jane", "phone": "+447700900001", "locale": "fr",
    }  # fmt: skip
    ends = [(due.ends, due.reason, due.variable) for event in (refused, dead) for due in event.due]
    assert ends == [("refused", "missing_data", "name"), ("dead letter", "bad_data", "name")]


def test_another_template_of_the_same_event_answers_too() -> None:
    marketing = ("", "marketing", "data.name")
    there = catalog(USUAL, ("", "transactional", "data.other"))
    usual = own_events(there, NOW_MS, "r").events[0]
    assert [(due.template, due.ends, due.reason) for due in usual.due] == [
        ("a", "delivered", ""), ("b", "refused", "missing_data"),
    ]  # fmt: skip
    usual = own_events(catalog(USUAL, marketing), NOW_MS, "r").events[0]
    assert [(due.template, due.ends, due.reason) for due in usual.due] == [
        ("a", "delivered", ""), ("b", "refused", "no_consent"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (("", "marketing", "data.name"), "consent: never sent"),
        (("", "transactional", "data.phone"), "`name`: another value is at the same path"),
        (("", "transactional", "data.phone.name"), "`name`: another value is at the same path"),
    ],
)
def test_what_no_event_can_show_is_left_out_and_said(
    template: tuple[str, str, str], why: str
) -> None:
    found = own_events(catalog(template), NOW_MS, "r")
    assert found.left_out[0].startswith("a, `usual`, en: ")
    assert found.left_out[0].endswith(why)


def test_without_a_place_for_the_locale_only_the_default_one_can_be_shown() -> None:
    content = (TEMPLATE % USUAL).replace(", locale: data.locale", "")
    found = own_events(parse_catalog({"_defaults.yaml": DEFAULTS, "a.yaml": content}), NOW_MS, "r")
    assert [event.due[0].text for event in found.events][:1] == ["Hello Jane. STOP"]
    assert found.left_out == ["a, `usual`, fr: no event names its locale; `to` has none"]


def test_all_tests_of_the_shipped_catalog_can_be_shown() -> None:
    found = own_events(CATALOG, NOW_MS, "r")
    assert found.left_out == []
    wanted = sum(
        1 if case.refused else len(case.texts)
        for template in CATALOG.templates.values() for case in template.tests
    )  # fmt: skip
    assert len(found.events) == wanted
    assert {len(event.due) for event in found.events} == {1}


def test_a_campaign_is_of_the_first_template_with_the_lane_bulk() -> None:
    events = campaign_events(CATALOG, 3, NOW_MS, "r")
    template = CATALOG.templates["private-sale"]
    assert {due.template for event in events for due in event.due} == {template.name}
    assert events[0].due[0].text == render(template, "en", template.tests[0].given).text
    assert [event.phone[-3:] for event in events] == ["300", "301", "302"]
    assert all(event.campaign for event in events)
    assert campaign_events(catalog(USUAL), 3, NOW_MS, "r") == []
    opted_in = (", opted_in: data.ok", "marketing", "data.name")
    (event,) = campaign_events(catalog(opted_in), 1, NOW_MS, "r")
    assert json.loads(event.value)["data"]["ok"] is True


def test_the_lanes_are_those_in_which_an_sms_comes() -> None:
    assert lanes_shown(CATALOG) == frozenset(Lane)
    assert lanes_shown(catalog(USUAL)) == {Lane.NORMAL}
    no_consent = ("", "marketing", "data.name")
    assert lanes_shown(catalog(no_consent)) == frozenset(), "never sent, so there is no campaign"
    assert lanes_shown(catalog((", opted_in: data.ok", "marketing", "data.name"))) == {Lane.BULK}


def test_a_catalog_is_read_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "_defaults.yaml").write_text(DEFAULTS)
    (tmp_path / "a.yaml").write_text(TEMPLATE % USUAL)
    assert len(own_events(load_catalog(tmp_path), NOW_MS, "r").events) == 4
