"""What a session tells its owner.

Rule: facts in the past tense, without I/O; `token` is the owner's and never looked into.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from agents.smpp.backoff import Trouble
from agents.smpp.pdu import Pdu
from streams.sending.receipt import Receipt, read_receipt


@dataclass(frozen=True, slots=True)
class Bound:
    """The SMSC accepted the bind."""


@dataclass(frozen=True, slots=True)
class BindRefused:
    """The SMSC answered the bind with `command_status`. Closed follows."""

    command_status: int


@dataclass(slots=True)
class Answered:
    """A submit was answered. `command_status` 0: taken, as `message_id` (may be empty)."""

    token: Any
    command_status: int
    message_id: str


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """The answer to a submit that was reported as Unanswered before."""

    token: Any
    command_status: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """These were written, and not answered: doubt. `awaited`: the link stands, and a late answer
    may come."""

    tokens: list[Any]
    why: str
    awaited: bool = False


@dataclass(frozen=True, slots=True)
class NeverWritten:
    """These were submitted to the session and never handed out to be written."""

    tokens: list[Any]
    why: str


@dataclass(frozen=True, slots=True)
class Deliver:
    """A deliver_sm or data_sm from the SMSC: a receipt, or a reply from a person.

    `receipt` is None in a reply. `message` holds octets as they came, UDH included.
    `connection` and `sequence` are for the answer, which the owner asks for once it has
    stored this; the SMSC sends it again otherwise.
    """

    receipt: Receipt | None
    source: str
    source_ton: int
    source_npi: int
    destination: str
    dest_ton: int
    dest_npi: int
    esm_class: int
    data_coding: int
    message: bytes
    tlvs: dict[int, bytes]
    command_id: int
    sequence: int
    connection: int

    @property
    def kind(self) -> Literal["receipt", "reply"]:
        """Which of the two."""
        return "reply" if self.receipt is None else "receipt"


@dataclass(frozen=True, slots=True)
class Unbound:
    """The bind ended in good order, asked by us or by the SMSC. Closed follows."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The session is over: write what `outgoing` still has, then close the connection."""

    reason: str
    trouble: Trouble = field(default=Trouble.CLOSED, compare=False)


Event = (
    Bound
    | BindRefused
    | Answered
    | LateAnswer
    | Unanswered
    | NeverWritten
    | Deliver
    | Unbound
    | Closed
)


def read_deliver(pdu: Pdu, connection: int) -> Deliver:
    """Also from one cut short: what is missing is empty, and it is answered like any."""
    fields = pdu.fields
    message, esm_class, data_coding = pdu.message, fields["esm_class"], fields["data_coding"]
    return Deliver(
        receipt=read_receipt(esm_class, message, pdu.tlvs, data_coding),
        source=fields["source_addr"],
        source_ton=fields["source_addr_ton"],
        source_npi=fields["source_addr_npi"],
        destination=fields["destination_addr"],
        dest_ton=fields["dest_addr_ton"],
        dest_npi=fields["dest_addr_npi"],
        esm_class=esm_class,
        data_coding=data_coding,
        message=message,
        tlvs=pdu.tlvs,
        command_id=pdu.command_id,
        sequence=pdu.sequence,
        connection=connection,
    )
