"""The table of fields, read and written; what SMSCs send that is not in the book."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.smpp import commands as c
from agents.smpp import pdu
from agents.smpp.pdu import Kind

TEXT = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=30)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: TEXT,
    Kind.NUMBER: st.integers(0, 255),
    Kind.MESSAGE: st.binary(max_size=254),
}


@given(st.data(), st.sampled_from(sorted(pdu.FIELDS)), st.integers(0, 0xFFFFFFFF))
def test_what_is_written_is_read(data: st.DataObject, command_id: int, status: int) -> None:
    fields = {name: data.draw(VALUES[kind]) for name, kind in pdu.FIELDS[command_id]}
    tlvs = data.draw(st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=300)))
    octets = pdu.write(command_id, 7, status, fields, tlvs.items())
    assert pdu.parse(octets) == (command_id, status, 7, fields, tlvs, True)


@given(st.sampled_from(sorted(pdu.FIELDS)), st.binary(max_size=300))
def test_any_body_can_be_read(command_id: int, body: bytes) -> None:
    read = pdu.parse(pdu.HEADER.pack(16 + len(body), command_id, 0, 1) + body)
    assert set(read.fields) == {name for name, _ in pdu.FIELDS[command_id]}


ANSWERS = [
    ("usual", b"id-1\0", "id-1", {}),
    ("FACTS 6: no body", b"", "", {}),
    ("FACTS 6: a TLV behind message_id", b"id-1\0\x04\x27\x00\x01\x02", "id-1", {0x0427: b"\x02"}),
    ("no NUL at its end", b"id-1", "id-1", {}),
    ("an empty id", b"\0", "", {}),
    ("65 octets", b"9" * 64 + b"\0", "9" * 64, {}),
    ("not ASCII", b"\xe9\0", "é", {}),
    ("FACTS 7: a TLV nobody knows", b"i\0\x14\x00\x00\x01x", "i", {0x1400: b"x"}),
    ("FACTS 7: a TLV longer than the PDU", b"i\0\x14\x00\x00\x09x", "i", {}),
    ("FACTS 7: half a TLV header", b"i\0\x14\x00\x00", "i", {}),
    ("two TLVs of one tag: the first", b"i\0\x14\0\0\x01a\x14\0\0\x01b", "i", {0x1400: b"a"}),
]


@pytest.mark.parametrize(("why", "body", "message_id", "tlvs"), ANSWERS)
def test_answers_are_read(why: str, body: bytes, message_id: str, tlvs: dict[int, bytes]) -> None:
    read = pdu.parse(pdu.HEADER.pack(16 + len(body), c.SUBMIT_SM_RESP, 0x4A1, 3) + body)
    assert (read.fields["message_id"], read.tlvs) == (message_id, tlvs), why
    assert read.command_status == 0x4A1, "a vendor's status stays a number"


def test_a_message_is_by_length_not_by_nul() -> None:
    """`@` is 0x00 in unpacked GSM."""
    octets = pdu.write(c.DELIVER_SM, 1, fields={"short_message": b"\0a\0"})
    assert pdu.parse(octets).message == b"\0a\0"


def test_a_long_message_travels_in_message_payload() -> None:
    octets = pdu.write(c.DELIVER_SM, 1, tlvs=((c.MESSAGE_PAYLOAD, b"x" * 900),))
    assert pdu.parse(octets).message == b"x" * 900


def test_a_message_cut_short_is_read_as_far_as_it_goes() -> None:
    octets = pdu.write(c.DELIVER_SM, 1, fields={"source_addr": "336", "short_message": b"abcdef"})
    read = pdu.parse(octets[:-3])
    assert (read.complete, read.fields["source_addr"], read.message) == (False, "336", b"abc")


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("source_addr", {"source_addr": "a\0b"}),
    ("source_addr", {"source_addr": "Ω"}),
    ("esm_class", {"esm_class": 256}),
    ("dest_addr_ton", {"dest_addr_ton": -1}),
    ("short_message", {"short_message": b"x" * 255}),
]


@pytest.mark.parametrize(("name", "fields"), REFUSED)
def test_what_cannot_be_written_names_its_field(name: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=name):
        pdu.write(c.SUBMIT_SM, 1, fields=fields)
