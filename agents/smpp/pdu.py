"""SMPP PDUs as values: one table of fields that reading and writing both walk.

Rules: reading never fails; what is missing takes its default and `complete` turns False,
what is unknown stays a number. Texts are by terminator, messages by sm_length: `@` is
0x00 in the GSM alphabet, so nothing in a message is an end.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from struct import Struct
from typing import Any, Final, NamedTuple

from agents.smpp import commands as c

HEADER: Final = Struct("!IIII")
TLV: Final = Struct("!HH")
HEADER_OCTETS: Final = 16
MAX_SHORT_MESSAGE: Final = 254
"""Octets; longer ones travel in the TLV message_payload (5.2.21, 5.2.22)."""


class Kind(Enum):
    """How a mandatory field is written (3.1): its reader and its writer follow from it."""

    TEXT = "C-Octet String"
    NUMBER = "Integer, 1 octet"
    MESSAGE = "sm_length, then as many octets"


TEXT, NUMBER, MESSAGE = Kind
"""Plain names: to read `Kind.TEXT` takes ten times as long (Python 3.11), for every field."""

DEFAULTS: Final[dict[Kind, str | int | bytes]] = {TEXT: "", NUMBER: 0, MESSAGE: b""}

Spec = tuple[tuple[str, Kind], ...]

_ADDRESSES: Final[Spec] = (
    ("service_type", TEXT),
    ("source_addr_ton", NUMBER),
    ("source_addr_npi", NUMBER),
    ("source_addr", TEXT),
    ("dest_addr_ton", NUMBER),
    ("dest_addr_npi", NUMBER),
    ("destination_addr", TEXT),
    ("esm_class", NUMBER),
)
_MESSAGE: Final[Spec] = (
    *_ADDRESSES,
    ("protocol_id", NUMBER),
    ("priority_flag", NUMBER),
    ("schedule_delivery_time", TEXT),
    ("validity_period", TEXT),
    ("registered_delivery", NUMBER),
    ("replace_if_present_flag", NUMBER),
    ("data_coding", NUMBER),
    ("sm_default_msg_id", NUMBER),
    ("short_message", MESSAGE),
)
_DATA: Final[Spec] = (
    *_ADDRESSES,
    ("registered_delivery", NUMBER),
    ("data_coding", NUMBER),
)
_BIND: Final[Spec] = (
    ("system_id", TEXT),
    ("password", TEXT),
    ("system_type", TEXT),
    ("interface_version", NUMBER),
    ("addr_ton", NUMBER),
    ("addr_npi", NUMBER),
    ("address_range", TEXT),
)
_BIND_RESP: Final[Spec] = (("system_id", TEXT),)
_MESSAGE_ID: Final[Spec] = (("message_id", TEXT),)

FIELDS: Final[dict[int, Spec]] = {
    c.BIND_RECEIVER: _BIND,
    c.BIND_TRANSMITTER: _BIND,
    c.BIND_TRANSCEIVER: _BIND,
    c.BIND_RECEIVER_RESP: _BIND_RESP,
    c.BIND_TRANSMITTER_RESP: _BIND_RESP,
    c.BIND_TRANSCEIVER_RESP: _BIND_RESP,
    c.SUBMIT_SM: _MESSAGE,
    c.SUBMIT_SM_RESP: _MESSAGE_ID,
    c.DELIVER_SM: _MESSAGE,
    c.DELIVER_SM_RESP: _MESSAGE_ID,
    c.DATA_SM: _DATA,
    c.DATA_SM_RESP: _MESSAGE_ID,
    c.ENQUIRE_LINK: (),
    c.ENQUIRE_LINK_RESP: (),
    c.UNBIND: (),
    c.UNBIND_RESP: (),
    c.GENERIC_NACK: (),
}
"""Section 4. A command that is not here is one we neither send nor read."""


class Pdu(NamedTuple):
    """One PDU as read.

    `fields` has every mandatory field of the command, by its name in the specification:
    str for texts (Latin-1, so that any octet reads), int, bytes for `short_message`. It is
    empty for a command that FIELDS does not know. `tlvs`: tag to octets; of two with one
    tag the first counts. `complete` is False where a mandatory field was cut short, which
    is usual in an answer (an error mostly has no body) and a fault in a request.
    """

    command_id: int
    command_status: int
    sequence: int
    fields: dict[str, Any]
    tlvs: dict[int, bytes]
    complete: bool

    @property
    def message(self) -> bytes:
        """The octets of the message, wherever they travel (5.3.2.32: one or the other)."""
        short: bytes = self.fields.get("short_message", b"")
        return short or self.tlvs.get(c.MESSAGE_PAYLOAD, b"")


def parse(frame: bytes) -> Pdu:
    """A whole PDU of at least 16 octets (`Reader` sees to it). Never raises on content."""
    _, command_id, command_status, sequence = HEADER.unpack_from(frame)
    spec = FIELDS.get(command_id)
    if spec is None:
        return Pdu(command_id, command_status, sequence, {}, {}, True)
    fields, at, complete = _read_fields(frame, spec)
    end = len(frame)
    tlvs = _read_tlvs(frame, at, end) if at + TLV.size <= end else {}
    return Pdu(command_id, command_status, sequence, fields, tlvs, complete)


def _read_fields(frame: bytes, spec: Spec) -> tuple[dict[str, Any], int, bool]:
    """The fields, the offset behind them, and whether all were there in full."""
    at, end, complete = HEADER_OCTETS, len(frame), True
    fields: dict[str, Any] = {}
    for name, kind in spec:
        if at >= end:
            fields[name], complete = DEFAULTS[kind], False
        elif kind is NUMBER:
            fields[name] = frame[at]
            at += 1
        elif kind is TEXT:
            stop = frame.find(0, at)
            if stop < 0:
                stop, complete = end, False
            fields[name] = frame[at:stop].decode("latin-1")
            at = stop + 1
        else:
            start = at + 1
            at = start + frame[at]
            fields[name] = frame[start:at]
            complete = complete and at <= end
    return fields, at, complete


def _read_tlvs(frame: bytes, at: int, end: int) -> dict[int, bytes]:
    """One that runs over the end is ignored, with what follows: its length is a lie."""
    tlvs: dict[int, bytes] = {}
    while at + TLV.size <= end:
        tag, length = TLV.unpack_from(frame, at)
        at += TLV.size
        if at + length > end:
            break
        tlvs.setdefault(tag, frame[at : at + length])
        at += length
    return tlvs


def write(
    command_id: int,
    sequence: int,
    command_status: int = c.ESME_ROK,
    fields: Mapping[str, str | int | bytes] | None = None,
    tlvs: Iterable[tuple[int, bytes]] = (),
) -> bytes:
    """The octets of a PDU; a field not given takes its default.

    Raises ValueError, naming the field, where a value can't be written: a text with NUL
    or outside Latin-1, a number over 255, a message over 254 octets.
    """
    given = fields or {}
    parts = [b""]
    for name, kind in FIELDS[command_id]:
        try:
            parts.append(_WRITERS[kind](given.get(name, DEFAULTS[kind])))
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{name} can't be written in a PDU: {error}") from None
    for tag, octets in tlvs:
        parts += (TLV.pack(tag, len(octets)), octets)
    length = HEADER_OCTETS + sum(map(len, parts))
    parts[0] = HEADER.pack(length, command_id, command_status, sequence)
    return b"".join(parts)


def _write_text(value: Any) -> bytes:
    try:
        octets: bytes = value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("a character is outside Latin-1") from None
    if 0 in octets:
        raise ValueError("a NUL would end it early")
    return octets + b"\0"


def _write_number(value: Any) -> bytes:
    return int(value).to_bytes(1, "big")


def _write_message(value: Any) -> bytes:
    if len(value) > MAX_SHORT_MESSAGE:
        raise ValueError(f"{len(value)} octets, at most {MAX_SHORT_MESSAGE}")
    return bytes((len(value),)) + bytes(value)


_WRITERS: Final = {
    TEXT: _write_text,
    NUMBER: _write_number,
    MESSAGE: _write_message,
}
