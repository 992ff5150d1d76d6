"""What the gateway gives to a link, and the four things it can hear back.

Rule: every submit ends as exactly one of the four. "Not taken" (Rejected, Unsent) may be
sent again without doubling; Doubt may not, unless somebody decides so.
"""

from typing import NamedTuple


class Submit(NamedTuple):
    """One segment, ready to be sent: `short_message` holds octets (with UDH, if any).

    `validity_period` is empty or 16 characters (`000000001000000R`: ten minutes from now;
    SMPP 3.4, 7.1.1). `registered_delivery` 1 asks for a receipt. `user_message_reference`
    (0..65535) is sent as the TLV 0x0204, which some SMSCs echo in receipts.
    """

    source: str
    source_ton: int
    source_npi: int
    destination: str
    dest_ton: int
    dest_npi: int
    data_coding: int
    esm_class: int
    short_message: bytes
    validity_period: str = ""
    registered_delivery: int = 1
    user_message_reference: int | None = None


class Accepted(NamedTuple):
    """command_status 0: the SMSC has it. `message_id` is opaque, and may be empty."""

    message_id: str


class Rejected(NamedTuple):
    """A negative answer, of any number: the SMSC has not taken it."""

    command_status: int


class Doubt(NamedTuple):
    """Written and not answered (time-out or lost link): the SMSC has it, or not. `awaited`: the
    link stands, and a late answer may come."""

    why: str
    awaited: bool = False


class Unsent(NamedTuple):
    """Never written: the SMSC has not seen it."""

    why: str


Answer = Accepted | Rejected | Doubt | Unsent
