"""`chappe try`: every way an event can end, and every way to get it wrong. No Kafka here."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from agents.cli.try_event import LIMIT
from agents.cli.trying import events_in
from streams.events.event import EVENT_LIMIT
from tests.agents.cli.terminal import piped
from tests.streams.catalogs import DEFAULTS, GOOD, swapped

SALE = swapped(
    "to: {phone: data.phone, locale: data.locale}\npurpose: authentication\nsecret: [code]",
    "to: {phone: data.phone, locale: data.locale, opted_in: data.yes}\npurpose: marketing",
    swapped("domain.doors, type: door.opened", "domain.sales, type: sale.near"),
)
TWICE = swapped("{{ name }}, your code", "Again, {{ name }}: your code")
EMPTY = swapped('"{{ name }}, your code is {{ code }}."', "'{% if code > \"0\" %}One.{% endif %}'")
LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "catalog"
    inside.mkdir()
    bulk = '  marketing: {lane: bulk, deliver_within: 24h, sender: "12345"}\n'
    (inside / "_defaults.yaml").write_text(DEFAULTS + bulk)
    (inside / "door-code.yaml").write_text(GOOD)
    (inside / "sale.yaml").write_text(SALE)
    return inside


def cloud_event(kind: str = "door.opened", time: str | None = None, **data: Any) -> dict[str, Any]:
    known = {"phone": "+33612345678", "locale": "fr", "code": "12", "name": "Jo"} | data
    event = {"specversion": "1.0", "id": "e-1", "source": "/doors", "type": kind, "data": known}
    return event | ({"time": time} if time else {})


def shown(folder: Path, content: Any, *arguments: str, **environment: str) -> tuple[int, str]:
    file = folder.parent / "event.json"
    raw = content if isinstance(content, bytes | str) else json.dumps(content)
    file.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    result = piped("try", str(file), "--catalog", str(folder), *arguments, **environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.replace(str(file), "event.json").split())


def found(folder: Path, content: Any, *arguments: str) -> list[dict[str, Any]]:
    file = folder.parent / "event.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    result = piped("try", str(file), "--catalog", str(folder), "--json", *arguments)
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == any(one["ends"] != "sms" for one in objects)
    return objects


def test_the_text_as_on_a_phone_the_persons_own_first(folder: Path) -> None:
    status, said = shown(folder, cloud_event())
    assert status == 0
    assert said.startswith(
        "event.json event door.opened, id e-1, from /doors "
        "template door-code, on domain.doors to +3361…78 lane urgent until 20"
    )
    french, english = said.index("│ Jo, votre code est 12."), said.index("│ Jo, your code is 12.")
    assert french < english
    assert "door-code, fr, main ╭" in said and "segments 1" in said


def test_one_object_with_the_same_fields_whatever_the_end(folder: Path) -> None:
    events = [cloud_event(), cloud_event("sale.near"), cloud_event(phone="12"), cloud_event("x")]
    lines = "\n".join([*map(json.dumps, events), "{half"])
    sms, refused, dead, nobody, unread = objects = found(folder, lines)
    assert {tuple(one) for one in objects} == {tuple(sms)}
    assert [one["ends"] for one in objects] == [
        "sms", "refused", "dead_letter", "no_template", "dead_letter",
    ]  # fmt: skip
    assert [one["where"].rpartition(":")[2] for one in objects] == ["1", "2", "3", "4", "5"]
    (answer,) = sms["answers"]
    own, other = answer.pop("texts")
    assert answer.pop("deadline").endswith("Z")
    assert answer == {
        "template": "door-code", "topic": "domain.doors", "lane": "urgent", "ends": "sms",
        "reason": None, "detail": None, "field": None, "phone": "+33612345678",
    }  # fmt: skip
    assert own == {
        "template": "door-code", "wished": "fr", "locale": "fr", "variant": "main",
        "text": "Jo, votre code est 12.", "sender": "Chappe",
        "encoding": "gsm7", "units": 22, "segments": 1,
    }  # fmt: skip
    assert other["locale"] == "en"
    assert refused["answers"][0].keys() == {*answer, "deadline", "texts"}
    assert (nobody["answers"], unread["type"]) == ([], None)
    assert dead["answers"][0]["field"] == "data.phone"


def test_why_it_ends_so_is_said_of_the_event_as_of_its_answer(folder: Path) -> None:
    events = [cloud_event(), cloud_event("sale.near"), cloud_event(phone="12")]
    sms, *others = found(folder, "\n".join(map(json.dumps, events)))
    assert (sms["reason"], sms["detail"]) == (None, None)
    assert [one["reason"] for one in others] == ["no_consent", "bad_phone"]
    for one in others:
        (answer,) = one["answers"]
        assert (one["reason"], one["detail"]) == (answer["reason"], answer["detail"])


@pytest.mark.parametrize(
    ("content", "said", "why"),
    [
        (cloud_event(code=None), "no SMS refused, missing_data: a variable that the text needs is "
         "missing from the event (variable code) field data.code", "null is missing"),
        (cloud_event("sale.near"), "refused, no_consent: the recipient has not opted in (opted_in "
         "is not true in the event) field data.yes", "marketing"),
        (cloud_event(phone=None), "dead letter, no_phone: the event has no phone number where the "
         "template expects one (data.phone) field data.phone", "nobody to tell"),
        (cloud_event(phone="0612345678"), "dead letter, bad_phone:", "no country is assumed"),
        (cloud_event(code=12), "dead letter, bad_data:", "a code that lost its zeros"),
        (cloud_event(code=12), "field data.code", "and where it stands"),
        (cloud_event(time=LONG_AGO), "refused, too_late:", "it happened long ago"),
        (cloud_event(time=LONG_AGO), "in time it would have been this; without `time` it happens "
         "now door-code, fr, main ╭", "its text is shown all the same"),
        (cloud_event(time="yesterday"), "dead letter, bad_time:", "no moment"),
        (cloud_event("door.open"), "no template asks for the type door.open; did you mean "
         "`door.opened`?", "one letter off"),
        (cloud_event("nothing.like"), "; there is: door.opened, sale.near", "what there is"),
        (cloud_event("x"), "catalog ", "of which catalog"),
        ("", "dead letter, empty:", "an empty file"),
        (" \n", "dead letter, not_json:", "blanks"),
        ("{half", "not_json: the value is not JSON in UTF-8; publish a CloudEvent as JSON (key "
         "must be a string at line 1 column 2)", "where it ends to be JSON"),
        ('{\n "id": "1",\n "source" "x"\n}', "at line 3 column 11", "in which of its lines"),
        ('{"a": NaN}', "not_json", "what JSON has not"),
        ("[]", "an event is one JSON object; several stand one a line, without brackets", "a list"),
        ("null", "expected a JSON object, got null", "null"),
        ({"code": "12"}, "this is no CloudEvent.", "the data alone"),
        (cloud_event() | {"id": None}, "id must be a text, got nothing", "a null attribute"),
        (cloud_event() | {"specversion": 1.0}, 'specversion must be "1.0", got 1.0', "a number"),
        (cloud_event() | {"data": None}, "no_phone", "no data"),
        ('{"a":\n"é"}'.encode("latin-1"), "octet 0xE9 in line 2 is not UTF-8; save the file as "
         "UTF-8", "Latin-1"),
        (b"\xef\xbb\xbf" + json.dumps(cloud_event()).encode(), "a byte order mark", "of Windows"),
        (json.dumps(cloud_event()).encode("utf-16"), "this is UTF-16", "of a PowerShell"),
        (json.dumps(cloud_event(name="x" * EVENT_LIMIT)), "dead letter, too_large:", "too large"),
        (b"\x00\x00\x00\x00\x07rest", "dead letter, avro:", "of a schema registry"),
        (json.dumps(cloud_event()) + "\noops", "event.json:2 no SMS dead letter, not_json", "line"),
    ],
)  # fmt: skip
def test_no_sms_and_why(folder: Path, content: Any, said: str, why: str) -> None:
    status, output = shown(folder, content)
    assert status == 1, why
    assert said in output, why


def test_a_template_that_refuses_hides_no_other(folder: Path) -> None:
    (folder / "again.yaml").write_text(TWICE)
    (one,) = found(folder, cloud_event())
    assert [answer["template"] for answer in one["answers"]] == ["again", "door-code"]
    without = re.sub(
        r"    short: .*\n", "", TWICE.replace("missing: {use: short}", "missing: refuse")
    )
    (folder / "again.yaml").write_text(without)
    (one,) = found(folder, cloud_event(name=None))
    assert [answer["ends"] for answer in one["answers"]] == ["refused", "sms"]
    assert one["ends"] == "sms"


def test_what_can_not_be_rendered_is_a_dead_letter(folder: Path) -> None:
    (folder / "door-code.yaml").write_text(EMPTY)
    status, said = shown(folder, cloud_event(code="0", locale="en"))
    assert (status, "dead letter, render_failed:" in said) == (1, True)


def test_a_catalog_with_faults(folder: Path) -> None:
    (folder / "door-code.yaml").write_text(GOOD.replace("{{ code }}", "{{ cod }}"))
    status, said = shown(folder, cloud_event())
    assert (status, "`chappe catalog check` says more door-code.yaml:" in said) == (1, True)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("domain.door", "no template reads the topic domain.door; did you mean `domain.doors`?"),
        ("domain.sales", "no template asks for door.opened on domain.sales; there is door-code on "
         "domain.doors"),
    ],
)  # fmt: skip
def test_a_topic_that_it_is_not_read_from(folder: Path, topic: str, said: str) -> None:
    status, output = shown(folder, cloud_event(), "--topic", topic)
    assert (status, said in output) == (1, True)


def test_plain_json_of_a_source(folder: Path) -> None:
    config = folder.parent / "chappe.toml"
    config.write_text('[[source]]\ntopic = "domain.doors"\nformat = "json"\ntype = "kind"\n')
    plain = {"kind": "door.opened"}
    settings = {"CHAPPE_CONFIG": str(config)}
    status, said = shown(folder, plain, "--topic", "domain.doors", **settings)
    assert (status, "no_phone" in said) == (1, True), "a template's paths begin with data"
    plain |= {"phone": "+33612345678", "code": "12"}
    assert shown(folder, plain, "--topic", "domain.doors", **settings)[0] == 0
    status, said = shown(folder, plain, **settings)
    assert (status, "named with --topic" in said) == (1, True)
    status, said = shown(folder, cloud_event(), **settings)
    assert (status, "no template asks for door.opened" in said) == (1, True), "not read as one"


def test_the_catalog_of_the_settings_and_the_shipped_one(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(cloud_event()))
    assert piped("try", str(file), CHAPPE_CATALOG=str(folder)).exit_code == 0
    result = piped("try", str(file))
    assert result.exit_code == 1
    assert "the one that comes with Chappe" in result.output


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["nothere.json"], 2, "No such file"),
        (["."], 2, "directory"),
        ([], 2, "Missing argument 'EVENT'"),
        (["-", "--catalog", "nowhere"], 2, "does not exist"),
    ],
)
def test_usage(arguments: list[str], status: int, said: str) -> None:
    result = piped("try", *arguments)
    assert result.exit_code == status
    assert said in result.stderr and result.stdout == ""


def test_too_many_to_look_at(folder: Path) -> None:
    status, said = shown(folder, b" " * (LIMIT + 1))
    assert (status, "event.json: more than 16 MiB" in said) == (1, True)


@pytest.mark.parametrize(
    ("raw", "places", "why"),
    [
        (b'{"a": 1}', ["f"], "one"),
        (b'{\n  "a": 1\n}\n', ["f"], "one, printed over many lines"),
        (b'{\n  "a": {"b": 1}\n', ["f"], "the same, broken"),
        (b'{"a": 1}\n\r\n{"a": 2}\n', ["f:1", "f:3"], "two, and a blank line"),
        (b'{half\n{"a": 2}', ["f:1", "f:2"], "the first is broken"),
        (b'{"a": 1}\noops', ["f:1", "f:2"], "the second is none"),
        (b'[\n{"a": 1}\n]', ["f"], "a list is one thing"),
        (b"", ["f"], "nothing is one empty event"),
    ],
)
def test_where_one_event_ends(raw: bytes, places: list[str], why: str) -> None:
    assert [where for where, _ in events_in("f", raw)] == places, why
