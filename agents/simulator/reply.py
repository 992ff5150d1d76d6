"""A message from a phone: text to the deliver_sm that carry it.

Rules: written apart from the code that sends, like the alphabet; a character is never
cut in two. Sources: 3GPP TS 23.040, 9.2.3.24.1 and .8 (concatenation); SMPP 3.4, 5.2.12.
"""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from agents.simulator.alphabet import SEPTETS, Encoding, units
from agents.simulator.delivery import Delivery
from agents.simulator.values import PRINTABLE, Count, Octet, Shape, choice, wrong
from agents.smpp import commands as c

DATA_CODING: Final[dict[str, int]] = {"gsm7": 0x00, "latin1": 0x03, "ucs2": 0x08}
ALONE: Final = {"gsm7": 160, "latin1": 140, "ucs2": 140}
"""Octets as they travel: septets are unpacked."""
WITH_HEADER: Final = {
    ("gsm7", 8): 153, ("gsm7", 16): 152,
    ("latin1", 8): 134, ("latin1", 16): 133,
    ("ucs2", 8): 134, ("ucs2", 16): 132,
}  # fmt: skip
MOST_PARTS: Final = 255
ADDRESS: Final = Field(min_length=1, max_length=20, pattern=PRINTABLE)


class Reply(Shape):
    """What a phone writes, and how it travels."""

    from_: Annotated[str, ADDRESS] = Field(alias="from")
    """The phone, in the form the carrier uses: 33612345678."""
    to: Annotated[str, ADDRESS]
    """Whom it writes to: the sender of your messages."""
    text: Annotated[str, Field(max_length=5000)]
    """The message; split into parts where it is long."""
    coding: Literal["auto", "gsm7", "latin1", "ucs2"] = "auto"
    """auto is gsm7 where the alphabet has every character, else ucs2."""
    data_coding: Octet | None = None
    """Said instead of the true one: 0xF1, or 0 for Latin-1 octets."""
    reference_bits: Annotated[Literal[8, 16], BeforeValidator(choice)] = 8
    """Of the reference in the header of each part."""
    payload: bool = False
    """One deliver_sm with all of the text in message_payload."""
    reverse: bool = False
    """The last part comes first."""
    without_part: Annotated[Count, Field(le=MOST_PARTS)] | None = None
    """This part never comes."""
    system_id: str | None = None
    """The account it goes to; else every one that has bound to receive since the start."""

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        try:
            if len(split(self)[1]) > MOST_PARTS:
                raise wrong(f"the text is more than {MOST_PARTS} parts")
        except ValueError as error:
            raise wrong(str(error)) from None
        return self


def split(reply: Reply) -> tuple[Encoding, list[bytes]]:
    """How it is written, and the octets of each part. Raises ValueError."""
    encoding = _encoding(reply)
    pieces = units(reply.text, encoding)
    whole = b"".join(pieces)
    if reply.payload or len(whole) <= ALONE[encoding]:
        return encoding, [whole]
    room = WITH_HEADER[encoding, reply.reference_bits]
    parts = [b""]
    for piece in pieces:
        if len(parts[-1]) + len(piece) > room:
            parts.append(b"")
        parts[-1] += piece
    return encoding, parts


def _encoding(reply: Reply) -> Encoding:
    if reply.coding != "auto":
        return reply.coding
    return "gsm7" if all(each in SEPTETS for each in reply.text) else "ucs2"


def deliveries(reply: Reply, reference: int) -> list[Delivery]:
    """The deliver_sm, in the order in which they come. `reference`: any number."""
    encoding, parts = split(reply)
    coding = DATA_CODING[encoding] if reply.data_coding is None else reply.data_coding
    fields: dict[str, Any] = {
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "source_addr": reply.from_,
        "destination_addr": reply.to,
        "data_coding": coding,
    }
    if reply.payload:
        return [Delivery(fields, ((c.MESSAGE_PAYLOAD, parts[0]),))]
    if len(parts) == 1:
        return [Delivery(fields | {"short_message": parts[0]})]
    fields["esm_class"] = c.ESM_UDHI
    came = [
        Delivery(fields | {"short_message": _header(reply, reference, len(parts), at) + part})
        for at, part in enumerate(parts, start=1)
        if at != reply.without_part
    ]
    return came[::-1] if reply.reverse else came


def _header(reply: Reply, reference: int, total: int, at: int) -> bytes:
    if reply.reference_bits == 8:
        return bytes((5, 0x00, 3, reference & 0xFF, total, at))
    return bytes((6, 0x08, 4)) + (reference & 0xFFFF).to_bytes(2, "big") + bytes((total, at))
