"""Receipts as met in the field: each row is one that some gateway got wrong."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sending.receipt import FINAL, Receipt, ReceiptState, read_receipt, shown
from tests.streams.receipts.met import MET, Met

S = ReceiptState
FULL = (
    b"id:%s sub:001 dlvrd:001 submit date:2311230910 done date:2311230911 "
    b"stat:%s err:%s text:Hello, your package"
)
ID, STATE = 0x001E, 0x0427


class Row(NamedTuple):
    why: str
    text: bytes
    message_id: str = "42"
    state: ReceiptState = S.DELIVRD
    final: bool = True
    err: str = ""
    done_date: str = ""
    esm_class: int = 0x04
    tlvs: dict[int, bytes] = {}  # noqa: RUF012 - never changed
    data_coding: int = 0
    reference: int | None = None


def full(message_id: bytes, word: bytes = b"DELIVRD", err: bytes = b"000") -> bytes:
    return FULL % (message_id, word, err)


D = "2311230911"

ROWS = [
    Row("appendix B as printed", full(b"42"), err="000", done_date=D),
    # states
    Row("final", full(b"42", b"EXPIRED"), state=S.EXPIRED, err="000", done_date=D),
    Row("final", full(b"42", b"DELETED"), state=S.DELETED, err="000", done_date=D),
    Row("final", full(b"42", b"UNDELIV"), state=S.UNDELIV, err="000", done_date=D),
    Row("final", full(b"42", b"REJECTD"), state=S.REJECTD, err="000", done_date=D),
    Row("final, but open", full(b"42", b"UNKNOWN"), state=S.UNKNOWN, err="000", done_date=D),
    Row(
        "on its way", full(b"42", b"ENROUTE"), state=S.ENROUTE, final=False, err="000", done_date=D
    ),
    Row(
        "in the field: taken by the SMSC, not by the phone",
        full(b"42", b"ACCEPTD"),
        state=S.ACCEPTD,
        final=False,
        err="000",
        done_date=D,
    ),
    Row("an aggregator's", b"id:42 stat:BUFFRED", state=S.ENROUTE, final=False),
    Row("an aggregator's", b"id:42 stat:ACKED", state=S.ACCEPTD, final=False),
    Row("an aggregator's", b"id:42 stat:FAILED", state=S.UNDELIV),
    Row("the word in full", b"id:42 stat:DELIVERED"),
    Row("the word in full", b"id:42 stat:UNDELIVERABLE", state=S.UNDELIV),
    Row("the word in full", b"id:42 stat:REJECTED", state=S.REJECTD),
    Row("a word nobody knows decides nothing", b"id:42 stat:PIGEON", state=S.OTHER, final=False),
    Row("message_state written as a number", b"id:42 stat:2"),
    Row("a number that is no state", b"id:42 stat:77", state=S.OTHER, final=False),
    Row("no state at all", b"id:42 err:001", state=S.OTHER, final=False, err="001"),
    # ids
    Row("23 digits are no 64-bit integer", full(b"1" * 23), "1" * 23, err="000", done_date=D),
    Row("leading zeros are kept: text", full(b"000042"), "000042", err="000", done_date=D),
    Row("hexadecimal, as it is", full(b"1F0aBc"), "1F0aBc", err="000", done_date=D),
    Row("a UUID", full(b"6ba7b810-9dad-11d1"), "6ba7b810-9dad-11d1", err="000", done_date=D),
    Row("with a slash and colons inside", full(b"a:b/c"), "a:b/c", err="000", done_date=D),
    Row("none: it is still a receipt", b"stat:DELIVRD err:000", "", err="000"),
    Row("empty", b"id: stat:DELIVRD", ""),
    # the shape of the text
    Row("small letters", b"id:42 sub:1 dlvrd:1 stat:delivrd err:000 text:x", err="000"),
    Row("capitals", b"ID:42 SUB:001 DLVRD:001 STAT:DELIVRD ERR:000 TEXT:X", err="000"),
    Row("spaces behind the colons", b"id: 42 stat: DELIVRD err: 000", err="000"),
    Row("spaces before the colons", b"id :42 stat :DELIVRD err :000", err="000"),
    Row("two spaces between", b"id:42  stat:DELIVRD  err:000", err="000"),
    Row("commas between", b"id:42,stat:DELIVRD,err:000", err="000"),
    Row("line ends between", b"id:42\r\nstat:DELIVRD\r\nerr:000", err="000"),
    Row("underscores in the keys", b"id:42 done_date:2311230911 stat:DELIVRD", done_date=D),
    Row("another order", b"stat:DELIVRD err:000 id:42", err="000"),
    Row("a NUL at the end", b"id:42 stat:DELIVRD err:000\0", err="000"),
    Row("a NUL behind the id", b"id:42\0 stat:DELIVRD", "42"),
    Row(
        "the customer's text looks like a receipt",
        b"id:42 stat:UNDELIV err:001 text:id:7 stat:DELIVRD",
        state=S.UNDELIV,
        err="001",
    ),
    Row(
        "no state of its own: the customer's text is no source",
        b"id:42 err:001 text:stat:DELIVRD",
        state=S.OTHER,
        final=False,
        err="001",
    ),
    # dates and errors never end a receipt
    Row("12 digits", b"id:42 done date:231123091155 stat:DELIVRD", done_date="231123091155"),
    Row("14 digits", b"id:42 done date:20231123091155 stat:DELIVRD", done_date="20231123091155"),
    Row(
        "with an offset",
        b"id:42 done date:231123091155000+04 stat:DELIVRD",
        done_date="231123091155000+04",
    ),
    Row("a colon inside", b"id:42 done date:09:11:55 stat:DELIVRD", done_date="09:11:55"),
    Row("not a date", b"id:42 done date:yesterday stat:DELIVRD", done_date="yesterday"),
    Row("no date", b"id:42 submit date: done date: stat:DELIVRD"),
    Row("err is text", full(b"42", err=b"0A1"), err="0A1", done_date=D),
    Row("err is long", b"id:42 stat:UNDELIV err:ESME_1203", state=S.UNDELIV, err="ESME_1203"),
    Row("sub and dlvrd are no numbers", b"id:42 sub:? dlvrd:- stat:DELIVRD"),
    # TLVs
    Row("TLVs only, no text", b"", tlvs={ID: b"42\0", STATE: b"\x02"}),
    Row(
        "no flag, TLVs only", b"", esm_class=0, tlvs={ID: b"42\0", STATE: b"\x05"}, state=S.UNDELIV
    ),
    Row("the TLV's id wins", b"id:66 stat:DELIVRD", tlvs={ID: b"42\0"}),
    Row("the TLV without its NUL", b"stat:DELIVRD", tlvs={ID: b"42"}),
    Row("an empty TLV: the text's", b"id:42 stat:DELIVRD", tlvs={ID: b"\0"}),
    Row("the TLV's state wins", b"id:42 stat:DELIVRD", tlvs={STATE: b"\x03"}, state=S.EXPIRED),
    Row("a TLV state that is none", b"id:42 stat:DELIVRD", tlvs={STATE: b"\x63"}),
    Row("an empty TLV state", b"id:42 stat:DELIVRD", tlvs={STATE: b""}),
    Row(
        "network_error_code",
        b"id:42 stat:UNDELIV",
        state=S.UNDELIV,
        err="27",
        tlvs={0x0423: b"\x03\x00\x1b"},
    ),
    Row("a malformed network_error_code", b"id:42 stat:DELIVRD", tlvs={0x0423: b"\x03"}),
    Row("our reference, echoed", b"id:42 stat:DELIVRD", tlvs={0x0204: b"\x01\x02"}, reference=258),
    Row("a reference cut short", b"id:42 stat:DELIVRD", tlvs={0x0204: b"\x01"}),
    # esm_class
    Row("the flag is forgotten", full(b"42"), esm_class=0, err="000", done_date=D),
    Row("other bits beside the flag", full(b"42"), esm_class=0x07, err="000", done_date=D),
    Row(
        "intermediate notification: undelivered for now",
        b"id:42 stat:UNDELIV err:027",
        esm_class=0x20,
        state=S.UNDELIV,
        final=False,
        err="027",
    ),
    Row("intermediate, yet delivered is delivered", b"id:42 stat:DELIVRD", esm_class=0x20),
    Row("flagged, and nothing can be read", b"\xff\xfe???", "", S.OTHER, final=False),
    Row("flagged and empty", b"", "", S.OTHER, final=False),
    # alphabets
    Row("in UCS-2", "id:42 stat:DELIVRD".encode("utf-16-be"), data_coding=8),
    Row(
        "UCS-2 cut in half a character",
        "id:42 stat:DELIVRD".encode("utf-16-be") + b"\0",
        data_coding=8,
    ),
    Row("with a user data header", b"\x05\x00\x03\x07\x01\x01id:42 stat:DELIVRD", esm_class=0x44),
    Row("Latin-1 in the text", b"id:42 stat:DELIVRD text:caf\xe9"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.why)
def test_a_receipt_is_read(row: Row) -> None:
    receipt = read_receipt(row.esm_class, row.text, row.tlvs, row.data_coding)
    assert receipt == Receipt(
        row.message_id, row.state, row.final, row.err, row.done_date, row.reference
    )


REPLIES = [
    ("a word", b"STOP", 0),
    ("nothing at all", b"", 0),
    ("an id, but no state", b"id: 4711 please", 0),
    ("an id and a state that is none", b"id:4711 stat:fine thanks", 0),
    ("it is in the middle of a sentence", b"I got this: text:id:7 stat:DELIVRD", 0),
    ("UCS-2", "arrêt".encode("utf-16-be"), 8),
    ("GSM: @ is NUL", b"\x00\x00", 0),
]


@pytest.mark.parametrize(("why", "text", "data_coding"), REPLIES)
def test_a_reply_is_not_a_receipt(why: str, text: bytes, data_coding: int) -> None:
    assert read_receipt(0, text, {}, data_coding) is None, why


@given(
    st.integers(0, 255),
    st.binary(max_size=200) | st.text("id:stat DELIVRD err0text\0", max_size=60).map(str.encode),
    st.dictionaries(st.sampled_from([ID, STATE, 0x0204, 0x0423, 9]), st.binary(max_size=8)),
    st.integers(0, 255),
)
def test_nothing_in_a_receipt_is_an_error(
    esm_class: int, text: bytes, tlvs: dict[int, bytes], data_coding: int
) -> None:
    receipt = read_receipt(esm_class, text, tlvs, data_coding)
    if esm_class & 0x3C == 0x04:
        assert receipt is not None, "flagged as a receipt: never taken for a person's words"
    if receipt is not None and receipt.final:
        assert receipt.state in FINAL


@given(st.data(), st.sampled_from(MET), st.sampled_from([0, 8]))
def test_nothing_done_to_a_receipt_is_an_error(
    data: st.DataObject, met: Met, data_coding: int
) -> None:
    text = met.text if isinstance(met.text, bytes) else met.text.encode("latin-1")
    at, until = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    text = text[:at] + data.draw(st.binary(max_size=9)) + text[until:]
    receipt = read_receipt(0x04, text, met.tlvs, data_coding)
    assert receipt is not None
    assert not set(receipt.message_id) & set(" \t\r\n\0"), "an id is one word"


LONG = [b"id:", b"id ", b"done ", b"done ____", b"stat:x ", b"\0", b"submit\t", b"a:", b"1"]


@pytest.mark.parametrize("words", LONG)
@pytest.mark.parametrize("data_coding", [0, 8])
def test_the_longest_receipt_is_read_in_one_go(words: bytes, data_coding: int) -> None:
    """64 KiB in message_payload, made of what the reader looks for: linear, or it hangs."""
    text = words * (65_536 // len(words))
    assert read_receipt(0x04, text, {0x0427: text, 0x001E: b""}, data_coding) is not None


@pytest.mark.parametrize(
    ("text", "tlvs", "word", "why"),
    [
        (b"id:1 stat:GONEFISHING err:000", {}, "GONEFISHING", "as it stands"),
        (b"id:1 stat:33612345678 err:000", {}, "…", "what may be a phone's number is not shown"),
        (b"id:1 err:000", {0x0427: b"\x4d"}, "message_state 0x4d", "a number in no table"),
        (b"id:1 stat:DELIVRD err:000", {}, "", "a word that is known"),
        (b"id:1 stat:" + b"A" * 99, {}, "A" * 32, "a long one is cut"),
    ],
)
def test_the_word_of_a_state_that_nobody_knows(
    text: bytes, tlvs: dict[int, bytes], word: str, why: str
) -> None:
    receipt = read_receipt(4, text, tlvs)
    assert receipt is not None
    assert shown(receipt.word) == word, why
