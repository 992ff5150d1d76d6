"""What upstream is given is true: it validates, and the catalog answers its examples."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import JsonValue

from agents.catalog import SHIPPED, load_catalog
from schemas.reason import Reason, Refusal
from streams.catalog.catalog import Catalog, parse_catalog
from streams.catalog.catalog_tests import run_tests
from streams.catalog.contract import DOCUMENTS, asyncapi, documents
from streams.catalog.editor_schema import catalog_schema, defaults_schema, printed
from streams.catalog.event_schema import PROPERTIES, event_schema, example_event
from streams.catalog.template import given
from streams.events.event import Position, read_event
from streams.events.intake import Rejected, intake
from streams.text.formats import READERS
from streams.text.render import render
from tests.streams.catalogs import GOOD, catalog, swapped, with_variable

ROOT = Path(__file__).parents[2]
CATALOG = load_catalog()
FOUND = documents(CATALOG)
MESSAGES: dict[str, Any] = asyncapi(CATALOG)["components"]["messages"]


def errors(schema: dict[str, Any], value: object) -> list[str]:
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_committed_file_is_what_the_code_says(name: str) -> None:
    committed = (ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    assert committed == f"{printed(FOUND[name])}\n", "run `python -m tests.streams.write_schemas`"


def test_nothing_else_lies_beside_them() -> None:
    there = {path.name for path in (ROOT / "docs" / "schemas").iterdir()}
    assert there == {f"{name}.json" for name in FOUND}
    assert list(FOUND) == list(DOCUMENTS)


def resolved(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def test_the_document_has_what_asyncapi_3_asks_for() -> None:
    document = asyncapi(CATALOG)
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    assert {channel["address"] for channel in document["channels"].values()} == CATALOG.topics
    events = {(one.topic, one.type) for one in CATALOG.templates.values()}
    assert len(document["operations"]) == len(events)
    for operation in document["operations"].values():
        assert operation["action"] == "receive"
        channel = resolved(document, operation["channel"]["$ref"])
        # an operation's messages point into its own channel (AsyncAPI 3.0, Operation Object)
        for message in operation["messages"]:
            assert message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/")
            inner = resolved(document, message["$ref"])
            assert inner in channel["messages"].values()
            assert (channel["address"], resolved(document, inner["$ref"])["name"]) in events


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_an_example_is_valid_and_is_answered(name: str) -> None:
    message = MESSAGES[name]
    example = message["examples"][0]["payload"]
    assert errors(message["payload"], example) == []
    topic = name.removesuffix(f".{message['name']}")
    at = Position(topic, 0, 0)
    event = read_event(json.dumps(example).encode(), [], at, 2**45)
    requests = intake(event, at, CATALOG)
    assert requests
    for request in requests:
        assert not isinstance(request, Rejected)
        template = CATALOG.templates[request.template]
        assert render(template, request.locale, request.given).text
        assert given(template, event.fields) == request.given


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_what_a_message_cannot_do_without_is_required(name: str) -> None:
    message = MESSAGES[name]
    for field in message["payload"]["properties"]["data"]["required"]:
        example = json.loads(json.dumps(message["examples"][0]["payload"]))
        del example["data"][field]
        assert errors(message["payload"], example), field


VALUES: list[JsonValue] = [
    None, True, 7, 2.5, "text", "7", "2.50", "2026-11-23", "10:30", "https://a.example", "EUR",
    ["a"], {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize("kind", sorted(set(READERS) - {"currency"}))
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_the_schema_and_the_engine_agree(kind: str, value: JsonValue) -> None:
    template = catalog(one=with_variable(kind)).templates["one"]
    event: dict[str, JsonValue] = {
        **example_event("one", [template]), "data": {"it": value, "phone": "+33612345678"},
    }  # fmt: skip
    said_good = not errors(event_schema("one", [template]), event)
    try:
        render(template, "en", given(template, event))
        was_good = True
    except Refusal as refused:
        assert refused.reason in (Reason.BAD_DATA, Reason.MISSING_DATA)
        was_good = False
    assert said_good == was_good


def test_every_kind_of_variable_has_a_schema() -> None:
    assert set(PROPERTIES) == set(READERS)


def test_two_templates_of_one_event_share_a_schema() -> None:
    looser = swapped("missing: refuse", 'missing: {default: "0"}')
    nested = swapped("from: data.name, type: name", "from: data.who.name, type: name")
    both = catalog(door=GOOD, looser=looser, nested=nested)
    templates = both.answering("domain.doors", "door.opened")
    data = event_schema("door.opened", templates)["properties"]["data"]
    assert set(data["properties"]) == {"code", "name", "who", "phone", "locale"}
    assert set(data["required"]) == {"code", "phone"}, "what one of them needs is needed"
    assert data["properties"]["code"] == {"type": "string"}, "the same said twice is said once"


def test_two_templates_that_differ_on_a_field_must_both_be_pleased() -> None:
    text = with_variable("text")
    both = catalog(a=text, b=with_variable("date"))
    templates = both.answering("domain.one", "one")
    schema = event_schema("one", templates)
    event = example_event("one", templates)
    event["data"] = {"it": "2026-01-31", "phone": "+33612345678"}
    assert errors(schema, event) == []
    event["data"] = {"it": "soon", "phone": "+33612345678"}
    assert errors(schema, event)


def test_names_stay_within_the_characters_of_asyncapi() -> None:
    odd = with_variable("text").replace("type: one", "type: com.example/one two")
    document = asyncapi(catalog(one=odd))
    (operation,) = document["operations"].values()
    (message,) = operation["messages"]
    inner = resolved(document, message["$ref"])
    assert resolved(document, inner["$ref"])["name"] == "com.example/one two"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("[a-z]*.yaml")), ids=lambda path: path.stem)
def test_an_editor_finds_no_fault_in_a_shipped_template(path: Path) -> None:
    # as an editor reads it: with YAML's own types
    assert errors(catalog_schema(), yaml.safe_load(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("owner: doors", "ownr: doors", "an unknown key"),
        ("type: code", "type: pin", "an unknown type"),
        ("missing: refuse", "missing: perhaps", "no policy"),
        ("missing: refuse", "missing: {default: a, use: b}", "two policies"),
        ("purpose: authentication", "purpose: spam", "no such purpose"),
        ("    main: \"{{ name }}, your", "    min: \"{{ name }}, your", "no main text"),
        ("  code: {from", "  Code: {from", "a capital"),
    ],
)  # fmt: skip
def test_an_editor_finds_the_fault(old: str, new: str, why: str) -> None:
    assert errors(catalog_schema(), yaml.safe_load(GOOD)) == []
    assert errors(catalog_schema(), yaml.safe_load(swapped(old, new))), why


def test_an_editor_allows_a_default_and_completes_its_key() -> None:
    defaulted = swapped("missing: refuse", "missing: {default: {en: 10, fr: dix}}")
    assert errors(catalog_schema(), yaml.safe_load(defaulted)) == []


def test_an_editor_finds_no_fault_in_the_shipped_defaults() -> None:
    shipped = yaml.safe_load((SHIPPED / "_defaults.yaml").read_text(encoding="utf-8"))
    assert errors(defaults_schema(), shipped) == []


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("sendr", "Chappe", "an unknown key"),
        ("reference_bits", 12, "neither 8 nor 16"),
        ("transliteration", "ascii", "no such way"),
        ("opt_out", ["STOP"], "words without a language"),
        ("purposes", {"spam": {}}, "no such purpose"),
        ("purposes", {"marketing": {"segments": 1}}, "a key that no purpose has"),
    ],
)
def test_an_editor_finds_the_fault_in_defaults(key: str, value: JsonValue, why: str) -> None:
    assert errors(defaults_schema(), {"sender": "Chappe", key: value}), why


def doc_catalog() -> Catalog:
    """The files in docs/catalog.md: a comment with the name above each block."""
    text = (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8")
    files = {}
    for part in text.split("<!-- ")[1:]:
        name, _, rest = part.partition(" -->\n```yaml\n")
        files[name] = rest.partition("```")[0]
    assert set(files) == {"_defaults.yaml", "refund-paid.yaml"}
    return parse_catalog(files)


def test_the_examples_of_the_manual_are_true() -> None:
    assert run_tests(doc_catalog().templates["refund-paid"]) == []


def test_the_manual_names_every_key() -> None:
    text = (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8")
    schema = catalog_schema()
    variable = schema["$defs"]["VariableShape"]["properties"]
    for key in [*schema["properties"], *variable, *variable["type"]["enum"]]:
        assert f"`{key}`" in text, key
