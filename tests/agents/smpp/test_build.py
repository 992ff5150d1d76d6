"""aiosmpplib's PDUs and our own table say the same; the table fills the gaps."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.smpp import build, pdu
from agents.smpp import commands as c
from agents.smpp.config import BindConfig, Role
from agents.smpp.submit import Submit
from tests.agents.smpp.samples import SUBMIT

BOTH: list[tuple[str, dict[str, Any]]] = [
    ("as usual", {}),
    ("E.164 sender", {"source": "33700000000", "source_ton": 1, "source_npi": 1}),
    ("UCS-2", {"data_coding": 8, "short_message": "é€".encode("utf-16-be")}),
    ("a segment with UDH", {"esm_class": 0x40, "short_message": b"\x05\0\x03\x01\x02\x01a"}),
    ("our reference", {"user_message_reference": 65535}),
    ("no validity", {"validity_period": ""}),
    ("two days", {"validity_period": "000002000000000R"}),
    ("no receipt", {"registered_delivery": 0}),
    ("254 octets", {"short_message": b"\0" * 254}),
    ("all at once", {"source": "3", "source_ton": 3, "esm_class": 0x40, "data_coding": 8,
                     "destination": "1", "validity_period": "", "registered_delivery": 1,
                     "short_message": b"\x05\0\x03\x01\x02\x01\0a", "user_message_reference": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("why", "changes"), BOTH, ids=[why for why, _ in BOTH])
def test_both_write_the_same(
    why: str, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = SUBMIT._replace(**changes)
    by_table = build._submit_by_table(submit, 7)
    with monkeypatch.context() as patch:
        patch.delattr(build, "_submit_by_table")  # so that aiosmpplib must do it
        assert build.submit_sm(submit, 7) == by_table


LATIN = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0"), max_size=21)
SMALL_NUMBER = st.integers(0, 9)


@given(
    st.builds(
        Submit, LATIN, SMALL_NUMBER, SMALL_NUMBER, LATIN | st.just("33612345678"), SMALL_NUMBER,
        SMALL_NUMBER, SMALL_NUMBER, st.sampled_from((0, 0x40)), st.binary(max_size=254),
        st.sampled_from(("", "000000001000000R", "231123091100004-")), st.integers(0, 1),
        st.none() | st.integers(0, 65535),
    )
)  # fmt: skip
def test_whoever_writes_it_writes_the_same(submit: Submit) -> None:
    assert build.submit_sm(submit, 7) == build._submit_by_table(submit, 7)


GAPS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("flash", {"data_coding": 0x10}, {"data_coding": 0x10}),
    ("class 1", {"data_coding": 0xF1}, {"data_coding": 0xF1}),
    ("a TON without a name", {"source_ton": 7}, {"source_addr_ton": 7}),
    ("an NPI without a name", {"dest_npi": 2}, {"dest_addr_npi": 2}),
    ("empty", {"short_message": b""}, {"short_message": b""}),
    (
        "absolute validity, west of Greenwich",
        {"validity_period": "231123091100004-"},
        {"validity_period": "231123091100004-"},
    ),
    ("13 months", {"validity_period": "001300000000000R"}, {"validity_period": "001300000000000R"}),
    ("a sender in Latin-1", {"source": "Café"}, {"source_addr": "Café"}),
]


@pytest.mark.parametrize(("why", "changes", "fields"), GAPS, ids=[row[0] for row in GAPS])
def test_what_aiosmpplib_refuses(why: str, changes: dict[str, Any], fields: dict[str, Any]) -> None:
    read = pdu.parse(build.submit_sm(SUBMIT._replace(**changes), 7))
    assert fields.items() <= read.fields.items()


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("short_message", {"short_message": b"x" * 255}),
    ("source_addr", {"source": "Ω"}),
    ("esm_class", {"esm_class": -1}),
    ("user_message_reference", {"user_message_reference": 70_000}),
]


@pytest.mark.parametrize(("name", "changes"), REFUSED)
def test_what_nobody_can_write(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=name):
        build.submit_sm(SUBMIT._replace(**changes), 7)


BINDS: list[tuple[Role, int]] = [
    ("transceiver", c.BIND_TRANSCEIVER),
    ("transmitter", c.BIND_TRANSMITTER),
    ("receiver", c.BIND_RECEIVER),
]


@pytest.mark.parametrize("password", ["secret", "longer-than-eight"])
@pytest.mark.parametrize(("role", "command_id"), BINDS)
def test_binds(role: Role, command_id: int, password: str) -> None:
    read = pdu.parse(build.bind_as(role, BindConfig("acme", password, "vma"), 1))
    fields = read.fields
    assert (fields["system_id"], fields["password"], fields["system_type"]) == (
        "acme",
        password,
        "vma",
    )
    assert (read.command_id, fields["interface_version"]) == (command_id, 0x34)


SMALL = [
    (build.enquire_link(1), c.ENQUIRE_LINK, 0),
    (build.enquire_link_resp(1), c.ENQUIRE_LINK_RESP, 0),
    (build.unbind(1), c.UNBIND, 0),
    (build.unbind_resp(1), c.UNBIND_RESP, 0),
    (build.generic_nack(1, 3), c.GENERIC_NACK, 3),
    (build.answer_deliver(c.DELIVER_SM, 1), c.DELIVER_SM_RESP, 0),
    (build.answer_deliver(c.DATA_SM, 1), c.DATA_SM_RESP, 0),
]


@pytest.mark.parametrize(("octets", "command_id", "status"), SMALL)
def test_the_small_ones(octets: bytes, command_id: int, status: int) -> None:
    read = pdu.parse(octets)
    assert (read.command_id, read.command_status, read.sequence) == (command_id, status, 1)
