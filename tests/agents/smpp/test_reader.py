"""A stream cut anywhere gives the same PDUs; a lie in a length ends it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.smpp import commands as c
from agents.smpp import pdu
from agents.smpp.reader import MAX_PDU, Reader
from tests.agents.smpp.samples import answer, bare

STREAM = b"".join(
    (
        pdu.write(c.BIND_TRANSCEIVER_RESP, 1, fields={"system_id": "smsc"}),
        answer(2),
        answer(3, status=0x58),
        bare(0x00010203, 9),
        pdu.write(c.DELIVER_SM, 4, fields={"short_message": b"\0" * 200}, tlvs=((0x1400, b"z"),)),
        bare(c.ENQUIRE_LINK, 5),
    )
)
WHOLE = Reader().feed(STREAM)


def test_all_at_once() -> None:
    assert [each.sequence for each in WHOLE] == [1, 2, 3, 9, 4, 5]


def test_octet_by_octet() -> None:
    reader = Reader()
    assert [each for octet in STREAM for each in reader.feed(bytes((octet,)))] == WHOLE


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_in_odd_pieces(cuts: list[int]) -> None:
    reader, edges = Reader(), [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in pairwise(edges)]
    assert [each for piece in pieces for each in reader.feed(piece)] == WHOLE


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_garbage_is_read_or_refused(pieces: list[bytes]) -> None:
    reader, whole = Reader(), Reader()
    read = [each for piece in pieces for each in reader.feed(piece)]
    assert (read, reader.broken) == (whole.feed(b"".join(pieces)), whole.broken)


LENGTHS = [
    (0, True),
    (15, True),
    (16, False),
    (MAX_PDU, False),
    (MAX_PDU + 1, True),
    (2**32 - 1, True),
]


@pytest.mark.parametrize(("length", "is_broken"), LENGTHS)
def test_a_length_that_cannot_be(length: int, is_broken: bool) -> None:
    reader = Reader()
    pdus = reader.feed(answer(1) + length.to_bytes(4, "big"))
    assert [each.sequence for each in pdus] == [1], "what came before it counts"
    assert (reader.broken is not None) is is_broken
    if is_broken:
        assert reader.feed(answer(2)) == [], "nothing behind it is trusted"


def test_the_largest_pdu_in_small_pieces() -> None:
    body = (0x1400).to_bytes(2, "big") + (MAX_PDU - 21).to_bytes(2, "big") + b"x" * (MAX_PDU - 21)
    octets = pdu.HEADER.pack(MAX_PDU, c.SUBMIT_SM_RESP, 0, 1) + b"\0" + body
    reader = Reader()
    read = [each for at in range(0, MAX_PDU, 7) for each in reader.feed(octets[at : at + 7])]
    assert len(read[0].tlvs[0x1400]) == MAX_PDU - 21
