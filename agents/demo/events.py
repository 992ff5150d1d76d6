"""The events of the demo, and what must come of each.

Rules: numbers are of the range that is kept for fiction (+44 7700 900…); every way an event
can end is among them; ids are new in each run, so that Chappe has never seen them. No I/O,
no clock.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import JsonValue

from schemas.dead_letter import digest
from schemas.lane import LANES, Lane
from schemas.message import ReferenceBits
from schemas.record import Millis, moment, rfc3339
from streams.catalog.catalog import Catalog
from streams.catalog.template import Template
from streams.events.identity import message_id

Ends = Literal["delivered", "refused", "dead letter", "no template"]
PHONES = 1000
"""Numbers of the range for fiction."""
FIRST_OF_CAMPAIGN = 300
"""Campaigns have the numbers from here on, single events those before."""


class Due(NamedTuple):
    """One thing that must come of an event: an SMS, or the reason why there is none.

    `key` is what it is known by when it comes: a message id, or `dead_key`. `text` None: no
    SMS. `reason` and `variable` are what the refusal must name; empty: whatever it is.
    """

    ends: Ends
    key: str
    template: str = ""
    lane: Lane | None = None
    sender: str = ""
    reference_bits: ReferenceBits = 8
    text: str | None = None
    reason: str = ""
    variable: str = ""


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """What is published. `phone` is empty where the event names none that can be used."""

    id: str
    topic: str
    type: str
    value: bytes
    phone: str
    due: tuple[Due, ...]
    campaign: bool = False


def phone_number(number: int) -> str:
    """`+447700900007`. Of two events with one number each still has its own message."""
    return f"+447700900{number % PHONES:03d}"


def single_number(number: int) -> str:
    """For an event that is none of a campaign."""
    return phone_number(number % FIRST_OF_CAMPAIGN)


def dead_key(sha256: str, template: str = "") -> str:
    """What a dead letter is known by: the digest of the value, and for which template it is."""
    return f"{sha256} {template}"


def envelope(
    topic: str, kind: str, name: str, now_ms: Millis, data: Mapping[str, JsonValue]
) -> dict[str, Any]:
    """A CloudEvent."""
    return {
        "specversion": "1.0",
        "id": name,
        "source": f"/{topic.removeprefix('domain.')}",
        "type": kind,
        "time": rfc3339(moment(now_ms)),
        "datacontenttype": "application/json",
        "data": dict(data),
    }


def to_bytes(event: Mapping[str, Any]) -> bytes:
    """As it is published."""
    return json.dumps(event, ensure_ascii=False).encode()


def due_text(template: Template, event: Mapping[str, Any], phone: str, text: str) -> Due:
    """An SMS with this text."""
    return _of(template, event, phone)._replace(text=text)


def due_refusal(
    template: Template, event: Mapping[str, Any], phone: str, reason: str, variable: str = ""
) -> Due:
    """A status that says why there is no SMS."""
    due = _of(template, event, phone)
    return due._replace(ends="refused", reason=reason, variable=variable)


def due_dead_letter(template: Template, value: bytes, reason: str, variable: str = "") -> Due:
    """The event is not what the template needs."""
    key = dead_key(digest(value), template.name)
    return Due("dead letter", key, template.name, template.lane, reason=reason, variable=variable)


def _of(template: Template, event: Mapping[str, Any], phone: str) -> Due:
    key = message_id(str(event["source"]), str(event["id"]), template.name, phone)
    return Due(
        "delivered", key, template.name, template.lane, template.sender, template.reference_bits
    )


class Sample(NamedTuple):
    """A row of the table below. `text` None: it is refused for `reason`."""

    topic: str
    type: str
    text: str | None
    data: dict[str, JsonValue]
    reason: str = ""


def _samples() -> list[Sample]:
    made = []

    def add(topic: str, kind: str, text: str | None, reason: str = "", **data: JsonValue) -> None:
        made.append(Sample(f"domain.{topic}", kind, text, {"locale": "en", **data}, reason))

    for parcel in ("X289746B", "X289747C", "X289748D", "X289749E"):
        add("parcels", "package.arrived",
            f"Hello, your package {parcel} has arrived at your relay store.",
            parcel_id=parcel)  # fmt: skip
    for balance, shown in (("350.00", "€350.00"), ("1200.50", "€1,200.50"), ("-3.10", "-€3.10")):
        add("accounts", "balance.changed", f"Your account balance: {shown}",
            balance=balance, currency="EUR")  # fmt: skip
    add("accounts", "balance.changed", "Solde de votre compte : 350,00 €",
        balance="350.00", currency="EUR", locale="fr-FR")  # fmt: skip
    for code in ("482913", "115920", "730166", "904471", "662038"):
        add("identity", "otp.requested", f"{code} is your code. It is valid for 10 minutes.",
            code=code, minutes=10)  # fmt: skip
    for name, read in (("Jane", "Jane"), ("Ahmed", "Ahmed"), ("Zoë", "Zoe"), ("Ελένη", "Ελένη")):
        add("campaign-recipients", "campaign.recipient.selected",
            f"{read}, our private sale starts on Friday. Reply STOP to opt out.",
            first_name=name, opted_in=True)  # fmt: skip
    add("campaign-recipients", "campaign.recipient.selected", None, "no_consent",
        first_name="Max", opted_in=False)  # fmt: skip
    return made


def shipped_events(catalog: Catalog, now_ms: Millis, run: str, first: int = 0) -> list[DemoEvent]:
    """For the catalog that comes with Chappe. `first` counts on from earlier rounds."""
    made = [
        _sampled(sample, catalog, now_ms, f"{run}-{number:02d}", single_number(first + number))
        for number, sample in enumerate(_samples())
    ]
    return [*made, *_useless(catalog, now_ms, run, len(made))]


def _sampled(sample: Sample, catalog: Catalog, now_ms: Millis, name: str, phone: str) -> DemoEvent:
    (template,) = catalog.answering(sample.topic, sample.type)
    event = envelope(sample.topic, sample.type, name, now_ms, {"phone": phone, **sample.data})
    if sample.text is None:
        due = due_refusal(template, event, phone, sample.reason)
    else:
        due = due_text(template, event, phone, sample.text)
    return DemoEvent(name, sample.topic, sample.type, to_bytes(event), phone, (due,))


def mixed(events: Sequence[DemoEvent]) -> list[int]:
    """Their places, one of each kind after the other, the most urgent first."""
    kinds: dict[tuple[str, str], list[int]] = {}
    for place, event in enumerate(events):
        kinds.setdefault((event.topic, event.type), []).append(place)
    ordered = sorted(kinds.values(), key=lambda places: _urgency(events[places[0]]))
    longest = max(map(len, ordered), default=0)
    return [places[turn] for turn in range(longest) for places in ordered if turn < len(places)]


def _urgency(event: DemoEvent) -> int:
    lanes = [LANES.index(due.lane) for due in event.due if due.lane is not None]
    return min(lanes, default=len(LANES))


def _useless(catalog: Catalog, now_ms: Millis, run: str, number: int) -> list[DemoEvent]:
    """Nobody asks for the first, the second has no number, the third is half an event."""
    topic, kind = "domain.parcels", "package.arrived"
    (template,) = catalog.answering(topic, kind)
    lost = f"{run}-{number:02d}"
    value = to_bytes(envelope(topic, "package.lost", lost, now_ms, {"parcel_id": "X289750F"}))
    nobody = DemoEvent(lost, topic, "package.lost", value, "", (Due("no template", lost),))

    name = f"{run}-{number + 1:02d}"
    data: dict[str, JsonValue] = {"parcel_id": "X289751G", "phone": "none"}
    value = to_bytes(envelope(topic, kind, name, now_ms, data))
    letter = due_dead_letter(template, value, "bad_phone")
    unreachable = DemoEvent(name, topic, kind, value, "", (letter,))

    name = f"{run}-{number + 2:02d}"
    half = to_bytes(envelope(topic, kind, name, now_ms, {"parcel_id": "X289752H"}))[:-25]
    letter = Due("dead letter", dead_key(digest(half)), reason="not_json")
    broken = DemoEvent(name, topic, kind, half, "", (letter,))
    return [nobody, unreachable, broken]
