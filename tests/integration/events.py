"""Events for the whole path, each with the text its phone must show.

Rules: every text occurs once, so that a text that is missing or doubled shows; the
numbers of events are those of a mixed day: most are sent, some are not for good reason.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.record import rfc3339


@dataclass(frozen=True, slots=True)
class Sample:
    """What is published to `domain.<short>`, and how it ends: a state, `dead_letter` or
    `no_template`. `text` None: no SMS. `binary`: its CloudEvents attributes go in headers."""

    id: str
    short: str
    value: str
    ends: str
    phone: str = ""
    text: str | None = None
    binary: bool = False


def envelope(kind: str, name: str, data: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    """A CloudEvent of now; `attributes` stand over its own."""
    return {
        "specversion": "1.0",
        "id": name,
        "source": "/tests",
        "type": kind,
        "time": rfc3339(datetime.now(UTC)),
        "data": data,
        **attributes,
    }


def written(event: object) -> str:
    """As one line of JSON."""
    return json.dumps(event, ensure_ascii=False)


def parcel(number: int, *, name: str = "parcel", **attributes: Any) -> Sample:
    """A parcel that arrived, in English."""
    code, phone = f"X{number:07d}", f"+3361{number:07d}"
    data = {"parcel_id": code, "phone": phone, "locale": "en"}
    event = envelope("package.arrived", f"{name}-{number}", data, **attributes)
    text = f"Hello, your package {code} has arrived at your relay store."
    return Sample(event["id"], "parcels", written(event), "delivered", phone, text)


def otp(number: int, *, name: str = "otp", prefix: str = "+3371") -> Sample:
    """A one-time code, in French; urgent."""
    code, phone = f"{number:07d}", f"{prefix}{number:07d}"
    data = {"code": code, "minutes": 10, "phone": phone, "locale": "fr-FR"}
    event = envelope("otp.requested", f"{name}-{number}", data)
    text = f"{code} est votre code. Il est valable 10 minutes."
    return Sample(event["id"], "identity", written(event), "delivered", phone, text)


def balance(number: int) -> Sample:
    """A balance in French: amounts in characters that GSM has."""
    phone = f"+3361{number:07d}"  # of somebody who also gets parcels
    amount = f"{number}.50"
    data = {"balance": amount, "currency": "EUR", "phone": phone, "locale": "fr"}
    event = envelope("balance.changed", f"balance-{number}", data)
    shown = f"{number:,}".replace(",", " ")
    text = f"Solde de votre compte : {shown},50 €"
    return Sample(event["id"], "accounts", written(event), "delivered", phone, text)


def sale(number: int, *, opted_in: bool = True, name: str = "sale") -> Sample:
    """An invitation; every third name needs UCS-2, and so two segments in French.

    No template asks for `campaign`: upstream may say more than is wanted.
    """
    phone = f"+3362{number:07d}"
    first = f"Ελένη{number}" if number % 3 == 0 else f"Jane{number}"
    data = {"campaign": "winter", "first_name": first, "opted_in": opted_in, "phone": phone,
            "locale": "fr"}  # fmt: skip
    event = envelope("campaign.recipient.selected", f"{name}-{number}", data)
    if not opted_in:
        return Sample(event["id"], "campaign-recipients", written(event), "refused", phone)
    text = (
        f"{first}, notre vente privée commence vendredi. "
        "Répondez STOP pour ne plus recevoir nos offres."
    )
    return Sample(event["id"], "campaign-recipients", written(event), "delivered", phone, text)


def thousand() -> list[Sample]:
    """1,000 mixed events, in an order that mixes topics, 20 of them in binary mode."""
    made = [
        *(parcel(n) for n in range(360)),
        *(balance(n) for n in range(250)),
        *(otp(n) for n in range(170)),
        *(sale(n) for n in range(130)),
        *(sale(n + 5000, opted_in=False) for n in range(30)),
        *(_lost(n) for n in range(30)),
        *(_without_phone(n) for n in range(15)),
        *(_truncated(n) for n in range(15)),
    ]
    mixed = [made[(at * 377) % 1000] for at in range(1000)]  # 377 and 1,000 share no factor
    return [_binary(one) if at % 50 == 0 else one for at, one in enumerate(mixed)]


def expected_texts(samples: list[Sample]) -> Counter[tuple[str, str]]:
    """(destination as the SMSC has it, text), each once."""
    return Counter((s.phone.removeprefix("+"), s.text) for s in samples if s.text is not None)


def _lost(number: int) -> Sample:
    event = envelope("package.lost", f"lost-{number}", {"parcel_id": f"L{number}"})
    return Sample(event["id"], "parcels", written(event), "no_template")


def _without_phone(number: int) -> Sample:
    event = envelope("package.arrived", f"phoneless-{number}", {"parcel_id": f"P{number}"})
    return Sample(event["id"], "parcels", written(event), "dead_letter")


def _truncated(number: int) -> Sample:
    whole = parcel(number + 9000, name="truncated")
    return Sample(whole.id, "parcels", whole.value[:-20], "dead_letter")


def _binary(sample: Sample) -> Sample:
    return Sample(sample.id, sample.short, sample.value, sample.ends, sample.phone, sample.text,
                  binary=sample.ends == "delivered")  # fmt: skip
