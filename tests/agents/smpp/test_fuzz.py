"""The session and its reader under hostile octets: no crash, no hang, bounded memory.

Rules: the pieces in which octets come make no difference, to events nor to what is
written back; a hostile length is refused at its fourth octet, whatever it promises.
"""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.smpp import commands as c
from agents.smpp import pdu
from agents.smpp.config import BindConfig
from agents.smpp.events import Closed, Deliver, Event, Unanswered, read_deliver
from agents.smpp.reader import MAX_PDU, Reader
from agents.smpp.session import MAX_UNREAD, Session
from agents.smpp.states import State
from tests.agents.smpp.samples import answer, bare, bound, give

RECEIPT = b"id:42 sub:001 dlvrd:001 done date:2311230911 stat:DELIVRD err:000 text:x"
VALID = [
    answer(2),
    answer(3, status=0x58),
    answer(4, message_id="9" * 23),
    pdu.write(c.BIND_TRANSCEIVER_RESP, 1, fields={"system_id": "smsc"}, tlvs=((0x210, b"\x34"),)),
    pdu.write(c.DELIVER_SM, 7, fields={"esm_class": 4, "short_message": RECEIPT}),
    pdu.write(c.DELIVER_SM, 8, fields={"short_message": b"\0STOP"}, tlvs=((0x1E, b"1\0"),)),
    pdu.write(c.DELIVER_SM, 9, tlvs=((c.MESSAGE_PAYLOAD, RECEIPT * 9),)),
    pdu.write(c.DATA_SM, 10, fields={"esm_class": 4}, tlvs=((0x1E, b"1\0"), (0x427, b"\2"))),
    bare(c.ENQUIRE_LINK, 11),
    bare(c.ENQUIRE_LINK_RESP, 12),
    bare(c.GENERIC_NACK, 2, 3),
    bare(c.UNBIND, 13),
    bare(c.UNBIND_RESP, 14),
    bare(c.OUTBIND, 15),
    bare(0x00000003, 0xFFFFFFFF),
    bare(0x8000ABCD, 0),
]
HOSTILE_LENGTHS = [*range(16), 17, 19, MAX_PDU - 1, MAX_PDU, MAX_PDU + 1, 2**31, 2**32 - 1]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid PDU with some octets changed, cut or doubled; its length mended or not."""
    octets = bytearray(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(octets) - 1))
        action = draw(st.sampled_from(["set", "cut", "insert", "end"]))
        if action == "set":
            octets[at] = draw(st.sampled_from([0, 1, 3, 4, 5, 0x40, 0x7F, 0x80, 0xFE, 0xFF]))
        elif action == "cut" and len(octets) > 1:
            del octets[at : at + draw(st.integers(1, 9))]
        elif action == "insert":
            octets[at:at] = draw(st.binary(max_size=9))
        else:
            octets += draw(st.binary(max_size=9))
        octets = octets or bytearray(1)
    if draw(st.booleans()) and len(octets) >= 16:
        octets[:4] = len(octets).to_bytes(4, "big")
    return bytes(octets)


LIES = st.sampled_from(HOSTILE_LENGTHS).map(lambda length: length.to_bytes(4, "big"))
STREAM = st.lists(
    st.sampled_from(VALID) | mutated() | st.binary(max_size=40) | LIES, max_size=10
).map(b"".join)
CUTS = st.lists(st.integers(0, 2_000), max_size=12)


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges)]


def begun(state: State, out: int) -> Session:
    """A session in `state`, with `out` submits written where it can be."""
    if state is State.BINDING:
        session = Session(BindConfig("acme", "secret"))
        session.connected(0.0)
        session.outgoing()
        return session
    session = bound()
    give(session, *"abc"[:out])
    if state is State.DRAINING:
        session.unbind(0.5, 8.0)
    return session


def told(parts: list[bytes], state: State, out: int) -> tuple[list[Event], bytes, State]:
    """What the session says of these octets, what it writes, and where it stands then."""
    session = begun(state, out)
    events = [event for part in parts for event in session.receive(part, 1.0)]
    return events, session.outgoing(), session.state


STATES = st.sampled_from([State.BINDING, State.BOUND, State.DRAINING])


@settings(max_examples=300)
@example(stream=bare(c.UNBIND, 13) + VALID[4], cuts=[16], state=State.BOUND, out=0)
@example(stream=answer(2) + VALID[4], cuts=[19], state=State.DRAINING, out=1)
@given(STREAM, CUTS, STATES, st.integers(0, 3))
def test_the_pieces_make_no_difference(
    stream: bytes, cuts: list[int], state: State, out: int
) -> None:
    at_once = told([stream], state, out)
    assert told(pieces(stream, cuts), state, out) == at_once
    assert told([bytes((octet,)) for octet in stream], state, out) == at_once


@settings(max_examples=300)
@given(STREAM, STATES)
def test_whatever_comes_the_session_comes_to_its_end(stream: bytes, state: State) -> None:
    session = begun(state, 3)
    events = session.receive(stream, 1.0)
    for event in events:
        if isinstance(event, Deliver):
            session.answer_deliver(event)
    Reader().feed(session.outgoing())
    events += session.tick(1e9) + session.tick(2e9) + session.closed(3e9)
    assert isinstance(events[-1], Closed)
    assert sum(isinstance(event, Closed) for event in events) == 1
    assert session.in_flight == 0


@settings(max_examples=400)
@given(st.sampled_from([c.DELIVER_SM, c.DATA_SM]), st.binary(max_size=400))
def test_any_delivery_is_told(command_id: int, body: bytes) -> None:
    """FACTS 11: what is not told is never answered, and comes again for ever."""
    read = pdu.parse(pdu.HEADER.pack(16 + len(body), command_id, 0, 1) + body)
    assert read_deliver(read, 0).sequence == 1


@pytest.mark.parametrize("length", HOSTILE_LENGTHS)
def test_a_hostile_length_holds_little_memory(length: int) -> None:
    """A command_length of 4 GB must not make the reader wait for 4 GB."""
    reader, chunk = Reader(), b"\xff" * 1_000
    tracemalloc.start()
    reader.feed(length.to_bytes(4, "big"))
    for _ in range(2_000):
        reader.feed(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MAX_PDU
    assert reader.broken is not None


BODIES = [
    ("sm_length beyond the end", bytes(16) + b"\xff" + b"abc"),
    ("a C-string without NUL", b"x" * 300),
    ("only NULs", bytes(300)),
    ("a TLV header cut in two", bytes(17) + b"\x04\x24\xff"),
    ("a TLV longer than the PDU", bytes(17) + b"\x04\x24\xff\xffabc"),
    ("TLVs of no length, to the end", bytes(17) + bytes(4) * 12_000),
    ("a TLV inside what sm_length claims", bytes(16) + b"\x08\x00\x1e\x00\x0242"),
]


@pytest.mark.parametrize(("why", "body"), BODIES)
def test_bodies_that_lie(why: str, body: bytes) -> None:
    octets = pdu.HEADER.pack(16 + len(body), c.DELIVER_SM, 0, 5) + body
    session = bound()
    (deliver,) = session.receive(octets, 1.0)
    assert isinstance(deliver, Deliver), why
    assert session.state is State.BOUND, "one odd body is no reason to drop the link"


@pytest.mark.parametrize("command_id", [c.ENQUIRE_LINK, 0x00000003])
def test_who_asks_and_never_reads_is_left(command_id: int) -> None:
    """Its answers would pile up here for as long as it likes."""
    session = bound()
    give(session, "a")
    flood = bare(command_id, 1) * 1_000
    events: list[Event] = []
    for _ in range(100):
        events += session.receive(flood, 1.0)
    assert [type(event) for event in events] == [Unanswered, Closed]
    assert len(session.outgoing()) <= 16 * (MAX_UNREAD + 1)


def test_who_asks_much_and_reads_is_kept() -> None:
    session: Session = bound()
    for _ in range(200):
        assert session.receive(bare(c.ENQUIRE_LINK, 1) * 100, 1.0) == []
        assert len(session.outgoing()) == 1_600
