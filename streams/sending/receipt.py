"""What a deliver_sm says of a message we sent, in any dialect met in the field.

Rules: TLVs win over the text; nothing in a receipt is ever an error, what can't be
read is left empty; who is not sure that it is a receipt treats it as a reply.
Source: SMPP 3.4, 5.2.12 (esm_class), 5.2.28 (message_state), appendix B (the text).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class ReceiptState(StrEnum):
    """The state of a message at its SMSC, by its word in receipts."""

    ENROUTE = "enroute"
    DELIVRD = "delivrd"
    EXPIRED = "expired"
    DELETED = "deleted"
    UNDELIV = "undeliv"
    ACCEPTD = "acceptd"
    UNKNOWN = "unknown"
    REJECTD = "rejectd"
    OTHER = "other"
    """A word that is in no table: never final, so that it decides nothing."""


S = ReceiptState

FINAL: Final = frozenset({S.DELIVRD, S.EXPIRED, S.DELETED, S.UNDELIV, S.UNKNOWN, S.REJECTD})
"""UNKNOWN is final, the SMSC says no more; but the outcome stays open."""

WORDS: Final[dict[str, ReceiptState]] = {
    "ENROUTE": S.ENROUTE,
    "BUFFRED": S.ENROUTE,
    "BUFFERED": S.ENROUTE,
    "BUFFERD": S.ENROUTE,
    "SCHEDULED": S.ENROUTE,
    "QUEUED": S.ENROUTE,
    "DELIVRD": S.DELIVRD,
    "DELIVERD": S.DELIVRD,
    "DELIVERED": S.DELIVRD,
    "EXPIRED": S.EXPIRED,
    "DELETED": S.DELETED,
    "UNDELIV": S.UNDELIV,
    "UNDELIVERED": S.UNDELIV,
    "UNDELIVERABLE": S.UNDELIV,
    "UNDELIVRD": S.UNDELIV,
    "FAILED": S.UNDELIV,
    "ACCEPTD": S.ACCEPTD,
    "ACCEPTED": S.ACCEPTD,
    "ACKED": S.ACCEPTD,
    "DELIVERED TO CARRIER": S.ACCEPTD,
    "UNKNOWN": S.UNKNOWN,
    "REJECTD": S.REJECTD,
    "REJECTED": S.REJECTD,
    "SKIPPED": S.UNDELIV,
}

NUMBERS: Final[dict[int, ReceiptState]] = {
    1: S.ENROUTE,
    2: S.DELIVRD,
    3: S.EXPIRED,
    4: S.DELETED,
    5: S.UNDELIV,
    6: S.ACCEPTD,
    7: S.UNKNOWN,
    8: S.REJECTD,
    9: S.UNDELIV,
}
"""message_state (5.2.28; 9 is SKIPPED of SMPP 5.0, final: it was not even tried). A few
SMSCs write the number into the text's `stat` too."""

MESSAGE_TYPE: Final = 0x3C
RECEIPT_FLAG: Final = 0x04
INTERMEDIATE_FLAG: Final = 0x20
UDHI: Final = 0x40

RECEIPTED_MESSAGE_ID: Final = 0x001E
USER_MESSAGE_REFERENCE: Final = 0x0204
NETWORK_ERROR_CODE: Final = 0x0423
MESSAGE_STATE: Final = 0x0427

LONGEST_SHOWN: Final = 32

UCS2: Final = frozenset({0x08, *range(0x18, 0x1C)})

_KEY: Final = re.compile(
    r"(?<![a-z0-9])(id|sub|dlvrd|submit[\s_.-]*date|done[\s_.-]*date|stat|err|text)\s*:",
    re.IGNORECASE,
)
_ODD: Final = {0x00: " ", 0x11: "_"}
"""NUL ends a C program's text, with rubbish behind; 0x11 is the underscore of GSM."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt for one segment.

    `message_id` is opaque text as the SMSC wrote it (empty: it named none). `err` and
    `done_date` are text as found: "0A1" and 10, 12 or 14 digits are all met. `reference`
    is our user_message_reference, where the SMSC echoes it. `final` is False while a later
    receipt may follow, and for a state nobody knows; `word` is what stands for that one.
    """

    message_id: str
    state: ReceiptState
    final: bool
    err: str
    done_date: str
    reference: int | None = None
    word: str = field(default="", compare=False)  # for logs


def read_receipt(
    esm_class: int, message: bytes, tlvs: Mapping[int, bytes], data_coding: int = 0
) -> Receipt | None:
    """The receipt in a deliver_sm or data_sm; None where it is a reply from a person.

    `message` is short_message, or message_payload where that is empty. Never raises.
    """
    fields = _read_text(esm_class, message, data_coding)
    kind = esm_class & MESSAGE_TYPE
    if kind not in (RECEIPT_FLAG, INTERMEDIATE_FLAG) and not _speaks_as_receipt(fields, tlvs):
        return None
    state = _state(fields, tlvs)
    provisional = kind == INTERMEDIATE_FLAG and state is not S.DELIVRD
    return Receipt(
        message_id=_c_string(tlvs.get(RECEIPTED_MESSAGE_ID, b"")) or _first(fields.get("id", "")),
        state=state,
        final=state in FINAL and not provisional,
        err=_first(fields.get("err", "")) or _network_error(tlvs),
        done_date=_date(fields.get("donedate", "")),
        reference=_reference(tlvs),
        word=_word(fields, tlvs) if state is S.OTHER else "",
    )


def shown(word: str) -> str:
    """What a log may have of a text of the SMSC's: short, and no number of a phone."""
    return re.sub(r"\d{6,}", "…", word)[:LONGEST_SHOWN]


def _speaks_as_receipt(fields: Mapping[str, str], tlvs: Mapping[int, bytes]) -> bool:
    """For SMSCs that forget the flag. A person may write "id:", hardly all of this."""
    if RECEIPTED_MESSAGE_ID in tlvs:
        return True
    return next(iter(fields), "") == "id" and _word_state(fields) is not S.OTHER


def _read_text(esm_class: int, message: bytes, data_coding: int) -> dict[str, str]:
    """data_coding is believed first. Where nothing can be read by it, it is what is wrong."""
    if esm_class & UDHI and message:
        message = message[message[0] + 1 :]
    little = message.startswith(b"\xff\xfe")
    ucs2, octets = "utf-16-le" if little else "utf-16-be", "latin-1"
    for encoding in (ucs2, octets) if data_coding in UCS2 else (octets, ucs2):
        text = message.decode(encoding, errors="replace").translate(_ODD)
        fields = _text_fields(text)
        if fields:
            return fields
    return {}


def _text_fields(text: str) -> dict[str, str]:
    """Keys in small letters without spaces, in the order met; of two the first counts.

    Everything behind `text:` is the customer's own words, whatever they look like.
    """
    fields: dict[str, str] = {}
    key, start = "", 0
    for found in _KEY.finditer(text):
        if key:
            fields.setdefault(key, _clean(text[start : found.start()]))
        key, start = re.sub(r"[\s_.-]", "", found[1].lower()), found.end()
        if key == "text":
            break
    if key and key != "text":
        fields.setdefault(key, _clean(text[start:]))
    return fields


def _clean(value: str) -> str:
    return value.strip(" \t\r\n\0,;|/\ufffd")


def _first(value: str) -> str:
    return _clean(value.split()[0]) if value.split() else ""


def _c_string(octets: bytes) -> str:
    return octets.split(b"\0", 1)[0].decode("latin-1").strip()


def _state(fields: Mapping[str, str], tlvs: Mapping[int, bytes]) -> ReceiptState:
    number = int.from_bytes(tlvs.get(MESSAGE_STATE, b""), "big")
    return NUMBERS.get(number) or _word_state(fields)


def _word_state(fields: Mapping[str, str]) -> ReceiptState:
    """By `stat`, or by a word behind the date: a few SMSCs leave out its key."""
    whole = " ".join(fields.get("stat", "").upper().split())
    word = whole if whole in WORDS else _first(whole).rstrip(".")
    if word.isascii() and word.isdigit():
        return NUMBERS.get(int(word[:4]), S.OTHER)
    *_, last = fields.get("donedate", "").upper().split() or [""]
    return WORDS.get(word or last, S.OTHER)


def _word(fields: Mapping[str, str], tlvs: Mapping[int, bytes]) -> str:
    """What the SMSC wrote for a state that is in no table; empty where it wrote none."""
    octets = tlvs.get(MESSAGE_STATE, b"")
    return fields.get("stat", "") or (f"message_state 0x{octets[:4].hex()}" if octets else "")


def _date(value: str) -> str:
    """A date, and a time behind it; any other word behind it is no part of it."""
    date, *rest = value.split() or [""]
    return f"{date} {rest[0]}" if rest and ":" in rest[0] else _clean(date)


def _network_error(tlvs: Mapping[int, bytes]) -> str:
    """network_error_code: one octet of network type, two of code (5.3.2.31)."""
    octets = tlvs.get(NETWORK_ERROR_CODE, b"")
    return str(int.from_bytes(octets[1:3], "big")) if len(octets) == 3 else ""


def _reference(tlvs: Mapping[int, bytes]) -> int | None:
    octets = tlvs.get(USER_MESSAGE_REFERENCE, b"")
    return int.from_bytes(octets, "big") if len(octets) == 2 else None
