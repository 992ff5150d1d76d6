"""What newcomers get wrong, one a row: the line they type, and the files that are there.

Rule: a line is what a person types, settings before it; {kafka} is a Kafka that is there.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Mistake(NamedTuple):
    """`files`: by name; one that is None is a folder."""

    title: str
    line: str
    files: Mapping[str, bytes | str | None] = MappingProxyType({})
    stdin: bytes = b""


TEMPLATE = """\
description: A door's code
owner: doors
on_event: {topic: domain.doors, type: door.code}
to: {phone: data.phone, locale: data.locale}
purpose: transactional
variables:
  code: {from: data.code, type: code, example: "12", longest: "123456", missing: refuse}
texts:
  en: "Your code is {{ code }}."
tests:
  - name: usual
    given: {code: "12"}
    expect: {en: "Your code is 12."}
"""
DEFAULTS = """\
default_locale: en
sender: Chappe
purposes: {transactional: {lane: normal, deliver_within: 24h}}
"""
CHECK = "chappe catalog check texts"


def texts(old: str, new: str, name: str = "door-code.yaml") -> dict[str, bytes | str | None]:
    """A catalog with one slip."""
    assert old in TEMPLATE
    return {"texts": None, "texts/_defaults.yaml": DEFAULTS, f"texts/{name}":
            TEMPLATE.replace(old, new)}  # fmt: skip


EVENT = '{"specversion":"1.0","id":"e-1","source":"/s","type":"parcel.lost","data":{}}'
SETTINGS = [
    Mistake("No Kafka was said", "chappe engine"),
    Mistake("Kafka with a scheme", "CHAPPE_KAFKA=http://localhost:9092 chappe engine"),
    Mistake("Kafka without a port", "CHAPPE_KAFKA=localhost chappe engine"),
    Mistake("Kafka is not there", "CHAPPE_KAFKA=127.0.0.1:1 chappe engine"),
    Mistake("Kafka's password under a misspelt name",
            "CHAPPE_KAFKA=127.0.0.1:1 CHAPPE_KAFKA_SECURITY=sasl.pasword=secret chappe engine"),
    Mistake("SASL without a mechanism",
            "CHAPPE_KAFKA=127.0.0.1:1 CHAPPE_KAFKA_SECURITY=security.protocol=SASL_SSL "
            "chappe engine"),
    Mistake("Another number of partitions than the topics have",
            "CHAPPE_KAFKA={kafka} CHAPPE_PARTITIONS=12 chappe receipts"),
    Mistake("A misspelt variable", "CHAPPE_SMCS=smpp://acme:secret@smsc.example chappe engine"),
    Mistake("An SMSC by HTTP", "CHAPPE_SMSC=http://smsc.example:2775 chappe gateway"),
    Mistake("An SMSC without a password", "CHAPPE_SMSC=smpp://acme@smsc.example chappe gateway"),
    Mistake("A misspelt key of an SMSC",
            "CHAPPE_SMSC='smpp://acme:secret@smsc.example?windw=50' chappe gateway"),
    Mistake("Live with a capital", "CHAPPE_MODE=Live chappe gateway"),
    Mistake("Live, and no SMSC", "CHAPPE_KAFKA=127.0.0.1:1 CHAPPE_MODE=live chappe gateway"),
    Mistake("Live, and no SMSC, all on one machine", "CHAPPE_MODE=live chappe up"),
    Mistake("A list of SMSCs that is empty", "CHAPPE_MODE=live chappe up",
            {"chappe.toml": "smsc = []\n"}),
    Mistake("A test number as people write it at home",
            "CHAPPE_TEST_NUMBERS='06 12 34 56 78' chappe gateway"),
    Mistake("Numbers with spaces between them",
            "CHAPPE_TEST_NUMBERS='+33612345678 +33687654321' chappe gateway"),
    Mistake("A catalog that is not there", "CHAPPE_CATALOG=text chappe engine"),
    Mistake("A catalog that is a file", "CHAPPE_CATALOG=door.yaml chappe engine",
            {"door.yaml": TEMPLATE}),
    Mistake("A folder for data that is a file", "CHAPPE_DATA=data chappe receipts", {"data": ""}),
    Mistake("A misspelt name in the file", "chappe engine", {"chappe.toml": "partition = 12\n"}),
    Mistake("YAML where TOML is due", "chappe engine", {"chappe.toml": "partitions: 12\n"}),
    Mistake("A [[source]] with a misspelt key", "chappe engine",
            {"chappe.toml": '[[source]]\ntopik = "domain.refunds"\n'}),
    Mistake("A file of settings that is not there", "CHAPPE_CONFIG=prod.toml chappe engine"),
    Mistake("A metrics port that is taken",
            "CHAPPE_KAFKA={kafka} CHAPPE_PARTITIONS=4 CHAPPE_METRICS_PORT={taken} "
            "chappe gateway"),
    Mistake("A port of `chappe up` that is taken", "CHAPPE_METRICS_PORT={taken} chappe up"),
    Mistake("No port left for the third process", "CHAPPE_METRICS_PORT=65534 chappe up"),
]  # fmt: skip
CATALOG = [
    Mistake("A folder that is not there", "chappe catalog check text"),
    Mistake("A file instead of a folder", "chappe catalog check door.yaml",
            {"door.yaml": TEMPLATE}),
    Mistake("An empty folder", CHECK, {"texts": None}),
    Mistake("A file named .yml", CHECK, texts("doors", "doors", "door-code.yml")),
    Mistake("A key that is misspelt", CHECK, texts("texts:", "text:")),
    Mistake("A bracket that is not closed", CHECK, texts("{code: \"12\"}", '{code: "12"')),
    Mistake("A tab", CHECK, texts("  code: {from", "\tcode: {from")),
    Mistake("Saved as Latin-1", CHECK,
            {**texts("doors", "doors"),
             "texts/door-code.yaml": TEMPLATE.replace("A door", "Où").encode("latin-1")}),
    Mistake("A variable that is not declared", CHECK, texts("{{ code }}", "{{ cod }}")),
    Mistake("A locale that there is not", CHECK, texts('  en: "Your', '  english: "Your')),
    Mistake("A test that expects another text", CHECK, texts("is 12.", "is: 12.")),
    Mistake("An engine with a catalog that has a fault",
            "CHAPPE_KAFKA={kafka} CHAPPE_PARTITIONS=4 CHAPPE_CATALOG=texts chappe engine",
            texts("texts:", "text:")),
    Mistake("A template that is misspelt", "chappe preview pakage-arrived"),
    Mistake("A variable that is misspelt", "chappe preview package-arrived --without parcel"),
    Mistake("A locale that is none", "chappe preview package-arrived --locale french!"),
    Mistake("An event that is another's", "chappe preview package-arrived --event event.json",
            {"event.json": EVENT}),
    Mistake("An event that is no JSON", "chappe preview package-arrived --event event.json",
            {"event.json": "{parcel: 1}"}),
    Mistake("To a phone without an SMSC", "chappe preview otp-requested --locale en "
            "--send-to +33612345678"),
    Mistake("To a phone in national form", "chappe preview otp-requested --locale en "
            "--send-to 0612345678"),
    Mistake("A text that is not UTF-8", "chappe text", stdin=b"caf\xe9"),
]  # fmt: skip
COMMANDS = [
    Mistake("A misspelt command", "chappe cataloge check"),
    Mistake("A command that there is not", "chappe send"),
    Mistake("A misspelt option", "chappe tail --jsn"),
    Mistake("No topic", "chappe publish events.jsonl", {"events.jsonl": EVENT}),
    Mistake("No file", "chappe publish event.jsonl --topic domain.parcels"),
    Mistake("A file that is one event over several lines",
            "CHAPPE_KAFKA={kafka} chappe publish event.json --topic domain.parcels",
            {"event.json": '{\n  "id": "e-1"\n}\n'}),
    Mistake("A list of events",
            "CHAPPE_KAFKA={kafka} chappe publish events.json --topic domain.parcels",
            {"events.json": '[{"id": "e-1"}]\n'}),
    Mistake("A topic that there is not",
            "CHAPPE_KAFKA={kafka} chappe publish events.jsonl --topic domain.parcel",
            {"events.jsonl": EVENT}),
    Mistake("A schema that there is not", "chappe schema template.json"),
    Mistake("Nothing said to decide about", "CHAPPE_KAFKA=127.0.0.1:1 chappe in-doubt resend"),
    Mistake("A port that is taken", "chappe smsc --port {taken}"),
    Mistake("A scenario that is not there", "chappe smsc --scenario rehearsal.yaml"),
]  # fmt: skip
TABLE = {"Settings": SETTINGS, "Texts": CATALOG, "Commands": COMMANDS}


class BadEvent(NamedTuple):
    """What upstream publishes to `domain.parcels`."""

    title: str
    value: str


def parcel(data: str, kind: str = "package.arrived", event_id: str = "e-1") -> str:
    """A CloudEvent."""
    head = f'"specversion":"1.0","id":"{event_id}","source":"/parcels","type":"{kind}"'
    return f'{{{head},"data":{data}}}'


EVENTS = [
    BadEvent("No JSON", "parcel X289746B has arrived"),
    BadEvent("No CloudEvent", '{"parcel_id":"X289746B","phone":"+33612345678"}'),
    BadEvent("No phone", parcel('{"parcel_id":"X289746B"}')),
    BadEvent("A phone in national form", parcel('{"parcel_id":"X289746B","phone":"0612345678"}')),
    BadEvent("A variable that is not there", parcel('{"phone":"+33612345678"}', event_id="e-2")),
    BadEvent("A variable of another type",
             parcel('{"parcel_id":["X"],"phone":"+33612345678"}', event_id="e-3")),
]  # fmt: skip
"""Each ends where a person can find it; an event that no template asks for is counted only."""
