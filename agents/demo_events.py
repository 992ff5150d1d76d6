"""The events of the demo, and the texts that the phones must show.

Rules: numbers are of the range that is kept for fiction (+44 7700 900…); every way an
event can end is among them.
"""

import json
from dataclasses import dataclass

from schemas.record import Millis, moment, rfc3339


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """What is published, and how it must end. `text` None: no SMS."""

    id: str
    topic: str
    value: bytes
    ends: str
    phone: str = ""
    text: str | None = None


def demo_events(now_ms: Millis, run: str) -> list[DemoEvent]:
    """`run` goes into the ids, so that each round is new to Chappe."""
    made: list[DemoEvent] = []
    time = rfc3339(moment(now_ms))

    def event(topic: str, kind: str, ends: str, text: str | None, **data: object) -> None:
        number = len(made)
        phone = f"+447700900{number:03d}"
        envelope = {
            "specversion": "1.0",
            "id": f"{run}-{number:02d}",
            "source": f"/{topic.removeprefix('domain.')}",
            "type": kind,
            "time": time,
            "datacontenttype": "application/json",
            "data": {"phone": phone, "locale": "en", **data},
        }
        value = json.dumps(envelope, ensure_ascii=False).encode()
        made.append(DemoEvent(f"{run}-{number:02d}", topic, value, ends, phone, text))

    for parcel in ("X289746B", "X289747C", "X289748D", "X289749E"):
        event("domain.parcels", "package.arrived", "delivered",
              f"Hello, your package {parcel} has arrived at your relay store.",
              parcel_id=parcel)  # fmt: skip
    for balance, shown in (("350.00", "€350.00"), ("1200.50", "€1,200.50"), ("-3.10", "-€3.10")):
        event("domain.accounts", "balance.changed", "delivered",
              f"Your account balance: {shown}", balance=balance, currency="EUR")  # fmt: skip
    event("domain.accounts", "balance.changed", "delivered", "Solde de votre compte : 350,00 €",
          balance="350.00", currency="EUR", locale="fr-FR")  # fmt: skip
    for code in ("482913", "115920", "730166", "904471", "662038"):
        event("domain.identity", "otp.requested", "delivered",
              f"{code} is your code. It is valid for 10 minutes.",
              code=code, minutes=10)  # fmt: skip
    for name, read in (("Jane", "Jane"), ("Ahmed", "Ahmed"), ("Zoë", "Zoe"), ("Ελένη", "Ελένη")):
        event("domain.campaign-recipients", "campaign.recipient.selected", "delivered",
              f"{read}, our private sale starts on Friday. Reply STOP to opt out.",
              first_name=name, opted_in=True)  # fmt: skip
    event("domain.campaign-recipients", "campaign.recipient.selected", "refused", None,
          first_name="Max", opted_in=False)  # fmt: skip
    event("domain.parcels", "package.lost", "no_template", None, parcel_id="X289750F")
    event("domain.parcels", "package.arrived", "dead_letter", None,
          parcel_id="X289751G", phone="none")  # fmt: skip
    broken = made[0].value[:-25]
    made.append(DemoEvent(f"{run}-{len(made):02d}", "domain.parcels", broken, "dead_letter"))
    return made
