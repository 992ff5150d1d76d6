"""Receipts in every dialect, each row one that some carrier speaks."""

from typing import Any

import pytest

from agents.simulator.assembly import Part
from agents.simulator.delivery import Delivery
from agents.simulator.faults import Chance
from agents.simulator.ids import MessageId
from agents.simulator.options import SimulatorOptions
from agents.simulator.receipt import Planned, plan, receipt
from agents.smpp import commands as c
from agents.smpp import pdu
from streams.sending.receipt import ReceiptState, read_receipt
from tests.agents.simulator.esme import SUBMIT

AT = 1_700_000_000.0  # 2023-11-14 22:13:20
ID = MessageId(255, "a-1", "255")
DONE = Planned(0.0, "DELIVRD", True)
TEXT = (
    b"id:255 sub:001 dlvrd:001 submit date:2311142213 done date:2311142213 "
    b"stat:DELIVRD err:000 text:hello"
)
REFERENCE = (c.USER_MESSAGE_REFERENCE, b"\x01\x02")
ID_TLV = (c.RECEIPTED_MESSAGE_ID, b"255\0")
STATE_TLV = (c.MESSAGE_STATE, b"\x02")


def submit(tlvs: Any = (REFERENCE,), **fields: Any) -> pdu.Pdu:
    return pdu.parse(pdu.write(c.SUBMIT_SM, 1, fields=SUBMIT | fields, tlvs=tlvs))


def said(planned: Planned = DONE, **options: Any) -> Delivery:
    return receipt(SimulatorOptions(**options), submit(), ID, planned, AT, "hello")


def short(delivery: Delivery) -> bytes:
    octets: bytes = delivery.fields.get("short_message", b"")
    return octets


TEXTS: list[tuple[str, dict[str, Any], bytes]] = [
    ("appendix B", {}, TEXT),
    ("hex", {"receipt_id": "hex"}, TEXT.replace(b"id:255", b"id:ff")),
    (
        "seconds",
        {"receipt_dates": 12},
        TEXT.replace(b"2311142213", b"231114221320"),
    ),
    (
        "a long year",
        {"receipt_dates": 14},
        TEXT.replace(b"2311142213", b"20231114221320"),
    ),
    (
        "fields missing",
        {"receipt_omits": ["sub", "dlvrd", "submit date", "text"]},
        b"id:255 done date:2311142213 stat:DELIVRD err:000",
    ),
    ("err is text", {"receipt_err": "0A1"}, TEXT.replace(b"err:000", b"err:0A1")),
    (
        "capitals",
        {"receipt_layout": "capitals", "receipt_omits": ["submit date", "done date"]},
        b"ID:255 SUB:001 DLVRD:001 STAT:DELIVRD ERR:000 TEXT:hello",
    ),
    (
        "spaces",
        {"receipt_layout": "spaced", "receipt_omits": ["submit date", "done date", "text"]},
        b"id: 255  sub: 001  dlvrd: 001  stat: DELIVRD  err: 000",
    ),
    ("TLVs only", {"receipt_parts": "tlvs"}, b""),
]


@pytest.mark.parametrize(("why", "options", "text"), TEXTS, ids=[row[0] for row in TEXTS])
def test_texts(why: str, options: dict[str, Any], text: bytes) -> None:
    assert short(said(**options)) == text


TLVS: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
    ("all", {}, (ID_TLV, STATE_TLV, REFERENCE)),
    ("no echo", {"echo_reference": False}, (ID_TLV, STATE_TLV)),
    ("text only", {"receipt_parts": "text"}, (REFERENCE,)),
    ("neither", {"receipt_parts": "text", "echo_reference": False}, ()),
    ("padded", {"receipt_id": "padded"}, ((0x1E, b"0" * 17 + b"255\0"), STATE_TLV, REFERENCE)),
]


@pytest.mark.parametrize(("why", "options", "tlvs"), TLVS, ids=[row[0] for row in TLVS])
def test_tlvs(why: str, options: dict[str, Any], tlvs: tuple[Any, ...]) -> None:
    assert said(**options).tlvs == tlvs


FLAGS: list[tuple[str, dict[str, Any], bool, int]] = [
    ("a receipt", {}, True, 0x04),
    ("the flag is forgotten", {"receipt_esm_class": 0}, True, 0x00),
    ("an intermediate one", {}, False, 0x20),
    ("flagged as if final", {"receipt_step_esm_class": 4}, False, 0x04),
]


@pytest.mark.parametrize(("why", "options", "final", "esm_class"), FLAGS)
def test_flags(why: str, options: dict[str, Any], final: bool, esm_class: int) -> None:
    word = "DELIVRD" if final else "ENROUTE"
    assert said(Planned(0.0, word, final), **options).fields["esm_class"] == esm_class


def test_data_sm_carries_its_text_as_payload() -> None:
    delivery = said(receipt_command="data_sm")
    assert delivery.command_id == c.DATA_SM
    read = pdu.parse(pdu.write(c.DATA_SM, 1, fields=delivery.fields, tlvs=delivery.tlvs))
    assert (read.message, read.fields["source_addr"]) == (TEXT, "33612345678")


READABLE: list[dict[str, Any]] = [
    *({"receipt_dates": digits} for digits in (10, 12, 14)),
    *({"receipt_layout": layout} for layout in ("plain", "spaced", "capitals")),
    *({"receipt_parts": parts} for parts in ("both", "tlvs", "text")),
    {"receipt_omits": ["sub", "dlvrd", "submit date", "done date", "err", "text"]},
    {"receipt_esm_class": 0},
    {"receipt_command": "data_sm"},
]


@pytest.mark.parametrize("options", READABLE, ids=str)
def test_our_own_gateway_reads_it(options: dict[str, Any]) -> None:
    delivery = said(**options)
    tlvs = dict(delivery.tlvs)
    message = short(delivery) or tlvs.get(c.MESSAGE_PAYLOAD, b"")
    read = read_receipt(delivery.fields["esm_class"], message, tlvs)
    assert read is not None
    assert (read.message_id, read.state) == ("255", ReceiptState.DELIVRD)
    assert read.reference == 0x0102


PLANS: list[tuple[str, dict[str, Any], dict[str, Any], Part, list[tuple[float, str, bool]]]] = [
    ("one", {}, {}, Part(0, 1, 1, b""), [(0.0, "DELIVRD", True)]),
    ("not asked for", {}, {"registered_delivery": 0}, Part(0, 1, 1, b""), []),
    ("on failure, and it is none", {}, {"registered_delivery": 2}, Part(0, 1, 1, b""), []),
    (
        "on failure",
        {"receipt_states": {"336": "UNDELIV"}},
        {"registered_delivery": 2},
        Part(0, 1, 1, b""),
        [(0.0, "UNDELIV", True)],
    ),
    ("no receipts", {"receipt_delay_s": None}, {}, Part(0, 1, 1, b""), []),
    (
        "steps before it",
        {"receipt_delay_s": 4.0, "receipt_steps": ["ENROUTE", "ACCEPTD"]},
        {},
        Part(0, 1, 1, b""),
        [(0.0, "ENROUTE", False), (2.0, "ACCEPTD", False), (4.0, "DELIVRD", True)],
    ),
    ("twice", {"receipt_copies": 2}, {}, Part(0, 1, 1, b""), [(0.0, "DELIVRD", True)] * 2),
    (
        "the last is lost",
        {"receipt_lost_share": 1.0, "receipt_steps": ["ENROUTE"]},
        {},
        Part(0, 1, 1, b""),
        [(0.0, "ENROUTE", False)],
    ),
    ("first only: the first", {"receipt_segments": "first"}, {}, Part(1, 3, 1, b""), [DONE]),
    ("first only: another", {"receipt_segments": "first"}, {}, Part(1, 3, 3, b""), []),
    ("last only: the last", {"receipt_segments": "last"}, {}, Part(1, 3, 3, b""), [DONE]),
    ("last only: another", {"receipt_segments": "last"}, {}, Part(1, 3, 2, b""), []),
    (
        "the prefix wins over the shares",
        {"receipt_states": {"336": "EXPIRED"}, "receipt_shares": {"UNDELIV": 1.0}},
        {},
        Part(0, 1, 1, b""),
        [(0.0, "EXPIRED", True)],
    ),
]


@pytest.mark.parametrize(("why", "options", "fields", "part", "planned"), PLANS)
def test_which_receipts_there_are(
    why: str, options: dict[str, Any], fields: dict[str, Any], part: Part, planned: list[Any]
) -> None:
    assert plan(SimulatorOptions(**options), Chance(0), submit(**fields), part) == planned


def test_states_come_in_their_shares() -> None:
    options = SimulatorOptions(receipt_shares={"UNDELIV": 0.2, "EXPIRED": 0.1})
    chance = Chance(1)
    words = [plan(options, chance, submit(), Part(0, 1, 1, b""))[0].word for _ in range(2000)]
    assert 330 < words.count("UNDELIV") < 470
    assert 140 < words.count("EXPIRED") < 260
    assert words.count("DELIVRD") == 2000 - words.count("UNDELIV") - words.count("EXPIRED")
