"""A small good catalog, and ways to spoil it."""

import pytest
from pydantic import JsonValue

from schemas.reason import Refusal
from streams.catalog.catalog import Catalog, CatalogError, Fault, parse_catalog
from streams.catalog.template import Template
from streams.text.render import render

DEFAULTS = """\
sender: Chappe
default_locale: en
fallbacks:
  br: [fr]
purposes:
  authentication: {lane: urgent, deliver_within: 10m}
  transactional: {lane: normal, deliver_within: 24h}
"""
GOOD = """\
description: A door code
owner: doors
on_event: {topic: domain.doors, type: door.opened}
to: {phone: data.phone, locale: data.locale}
purpose: authentication
secret: [code]
variables:
  code: {from: data.code, type: code, example: "12", longest: "123456", missing: refuse}
  name: {from: data.name, type: name, example: Jo, longest: Joanna, missing: {use: short}}
texts:
  en:
    main: "{{ name }}, your code is {{ code }}."
    short: "Your code is {{ code }}."
  fr:
    main: "{{ name }}, votre code est {{ code }}."
    short: "Votre code est {{ code }}."
tests:
  - {name: usual, given: {code: "12", name: Jo}, expect: {en: "Jo, your code is 12."}}
"""


def swapped(old: str, new: str, content: str = GOOD) -> str:
    """`content` with one thing different; fails where `old` is not in it."""
    assert old in content, old
    return content.replace(old, new, 1)


def catalog(**templates: str) -> Catalog:
    """Of templates by name (`door_code` is door-code.yaml), with the defaults."""
    files = {f"{name.replace('_', '-')}.yaml": content for name, content in templates.items()}
    return parse_catalog({"_defaults.yaml": DEFAULTS, **files})


def with_variable(kind: str, text: str = "{{ it }}", missing: str = "refuse") -> str:
    """A template of one variable `it`, and `cur` for its currency."""
    samples = {"number": "1", "money": "1", "date": "2026-01-31", "time": "10:30"}
    sample = samples.get(kind, "https://a.example")
    currency = "currency: cur, " if kind == "money" else ""
    return f"""\
description: One
owner: one
on_event: {{topic: domain.one, type: one}}
to: {{phone: data.phone}}
purpose: transactional
variables:
  it: {{from: data.it, type: {kind}, {currency}example: "{sample}", longest: "{sample}", missing: {missing}}}
  cur: {{from: data.cur, type: code, example: EUR, longest: EUR, missing: {{default: EUR}}}}
texts:
  en: '{text}'
  fr: '{text}'
"""  # noqa: E501


def faults_of(content: str, name: str = "door-code.yaml", defaults: str = DEFAULTS) -> list[Fault]:
    with pytest.raises(CatalogError) as caught:
        parse_catalog({"_defaults.yaml": defaults, name: content})
    return caught.value.faults


def one(kind: str, text: str = "{{ it }}", missing: str = "refuse") -> Template:
    return catalog(one=with_variable(kind, text, missing)).templates["one"]


def refusal(template: Template, values: dict[str, JsonValue], locale: str = "en") -> Refusal:
    with pytest.raises(Refusal) as caught:
        render(template, locale, values)
    return caught.value
