"""Inbound: what a person wrote back, and the parts it came in. Consent: what they want."""

from typing import Literal

from pydantic import ConfigDict

from schemas.record import Millis, Moment, Record


class Part(Record):
    """One deliver_sm from a person, as it came: on `chappe.replies`, by phone number.

    Octets are in base64 in JSON. A part that comes again has the same fields but `at`.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64"
    )

    smsc: str
    sender: str
    recipient: str
    esm_class: int
    data_coding: int
    message: bytes
    tlvs: dict[int, bytes]
    at: Millis


class Inbound(Record):
    """A person's message, whole, on `sms.inbound`: keyed by `phone`, who wrote it.

    `id` is the same where it is stored again. `parts` of `total` arrived: fewer where the
    rest did not come in time. `intent` is what its words ask for, None where nothing known.
    """

    id: str
    at: Moment
    phone: str
    to: str
    text: str
    is_binary: bool = False
    parts: int = 1
    total: int = 1
    intent: Literal["stop", "start", "help"] | None = None
    smsc: str


class Consent(Record):
    """Whether a person wants messages of a purpose, on `sms.consents`, and how we know.

    `purpose` is a purpose of the catalog, or `all`. `evidence` is what was said, as said;
    `evidence_id` the Inbound's id where it was a reply.
    """

    phone: str
    purpose: str
    state: Literal["opted_in", "opted_out"]
    source: str
    evidence: str
    evidence_id: str | None = None
    at: Moment
