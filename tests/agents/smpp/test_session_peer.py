"""The session without I/O: what the SMSC asks, silence, leaving. `FACTS n`: the lesson."""

import pytest

from agents.smpp import commands as c
from agents.smpp import pdu
from agents.smpp.backoff import Trouble
from agents.smpp.config import BindConfig
from agents.smpp.events import (
    Answered,
    Closed,
    Deliver,
    Event,
    NeverWritten,
    Unanswered,
    Unbound,
)
from agents.smpp.session import Session
from agents.smpp.states import TRANSITIONS, State
from tests.agents.smpp.samples import answer, bare, bound, give, written

BIND = BindConfig("acme", "secret")
NO_ANSWER = "no answer within 10 s"


# --- what the SMSC asks ---

REQUESTS: list[tuple[str, bytes, list[tuple[int, int, int]]]] = [
    ("FACTS 8: enquire_link is answered", bare(c.ENQUIRE_LINK, 9), [(c.ENQUIRE_LINK_RESP, 0, 9)]),
    ("FACTS 7: an unknown command", bare(0x0000ABCD, 9), [(c.GENERIC_NACK, 0x03, 9)]),
    ("a command we don't serve", bare(0x00000003, 9), [(c.GENERIC_NACK, 0x03, 9)]),
    ("an unknown answer is let pass, or two would go on for ever", bare(0x8000ABCD, 9), []),
    ("alert_notification has no answer", bare(c.ALERT_NOTIFICATION, 9), []),
    ("a nack of nothing of ours", bare(c.GENERIC_NACK, 0, 0x03), []),
    ("an answer to nothing of ours", answer(99), []),
]


@pytest.mark.parametrize(("why", "octets", "replies"), REQUESTS)
def test_requests(why: str, octets: bytes, replies: list[tuple[int, int, int]]) -> None:
    session = bound()
    assert session.receive(octets, 1.0) == []
    assert (written(session), session.state) == (replies, State.BOUND)


def test_an_enquiry_is_answered_before_a_backlog() -> None:
    """FACTS 8."""
    session = bound()
    give(session, "a", "b", write=False)
    session.receive(bare(c.ENQUIRE_LINK, 9), 1.0)
    assert written(session)[0] == (c.ENQUIRE_LINK_RESP, 0, 9)


def test_a_bad_length_is_refused_and_ends_the_session() -> None:
    """FACTS 7."""
    session = bound()
    (sequence,) = give(session, "a")
    give(session, "b")
    events = session.receive(answer(sequence) + b"\0\0\0\x03", 1.0)
    assert events[0] == Answered("a", 0, "id"), "what came before it counts"
    assert isinstance(events[1], Unanswered)
    assert isinstance(events[2], Closed)
    assert written(session) == [(c.GENERIC_NACK, 0x02, 0)]


DELIVERED: list[tuple[str, bytes, str, bytes]] = [
    ("a reply", pdu.write(c.DELIVER_SM, 5, fields={"short_message": b"STOP"}), "reply", b"STOP"),
    ("@ alone", pdu.write(c.DELIVER_SM, 5, fields={"short_message": b"\0"}), "reply", b"\0"),
    (
        "a receipt",
        pdu.write(c.DELIVER_SM, 5, fields={"esm_class": 4, "short_message": b"id:1 stat:DELIVRD"}),
        "receipt",
        b"id:1 stat:DELIVRD",
    ),
    (
        "a receipt in data_sm",
        pdu.write(c.DATA_SM, 5, fields={"esm_class": 4}, tlvs=((0x1E, b"1\0"), (0x427, b"\x02"))),
        "receipt",
        b"",
    ),
    (
        "a long reply in message_payload",
        pdu.write(c.DELIVER_SM, 5, tlvs=((c.MESSAGE_PAYLOAD, b"long"),)),
        "reply",
        b"long",
    ),
    (
        "FACTS 11: one cut short is delivered and answered all the same",
        pdu.HEADER.pack(16, c.DELIVER_SM, 0, 5),
        "reply",
        b"",
    ),
]


@pytest.mark.parametrize(("why", "octets", "kind", "message"), DELIVERED)
def test_deliveries(why: str, octets: bytes, kind: str, message: bytes) -> None:
    session = bound()
    (deliver,) = session.receive(octets, 1.0)
    assert isinstance(deliver, Deliver)
    assert (deliver.kind, deliver.message) == (kind, message)
    assert written(session) == [], "FACTS 11: not before it is stored"
    session.answer_deliver(deliver)
    assert written(session) == [(deliver.command_id | c.RESPONSE, 0, 5)]


def test_a_delivery_of_another_connection_is_not_answered() -> None:
    (deliver,) = bound().receive(pdu.write(c.DELIVER_SM, 5), 1.0)
    assert isinstance(deliver, Deliver)
    other = Session(BIND, connection=1)
    other.connected(0.0)
    other.outgoing()
    other.answer_deliver(deliver)
    assert written(other) == []


# --- keeping it alive ---


def test_silence_is_asked_after() -> None:
    """FACTS 8: every 30 s, with a time-out of our own."""
    session = bound()
    assert session.next_timer() == 30.0
    session.tick(30.0)
    assert [command for command, _, _ in written(session)] == [c.ENQUIRE_LINK]
    assert session.next_timer() == 40.0
    (closed,) = session.tick(40.0)
    assert closed == Closed("the SMSC is silent: no answer to enquire_link")
    assert isinstance(closed, Closed) and closed.trouble is Trouble.ENQUIRE_LINK


SIGNS = [("its answer", bare(c.ENQUIRE_LINK_RESP, 2)), ("anything else", bare(c.ENQUIRE_LINK, 77))]


@pytest.mark.parametrize(("why", "octets"), SIGNS)
def test_a_sign_of_life(why: str, octets: bytes) -> None:
    session = bound()
    session.tick(30.0)
    session.receive(octets, 39.0)
    assert session.tick(40.0) == []
    assert session.next_timer() == 69.0


# --- leaving ---


def test_leaving_in_good_order() -> None:
    """FACTS 10: stop feeding, wait for answers, unbind, wait for unbind_resp, close."""
    session = bound()
    (sequence,) = give(session, "t")
    assert session.unbind(1.0, 8.0) == []
    assert (session.free, written(session)) == (0, [])
    assert session.receive(answer(sequence), 2.0) == [Answered("t", 0, "id")]
    assert [command for command, _, _ in written(session)] == [c.UNBIND]
    assert session.receive(bare(c.UNBIND_RESP, 3), 3.0) == [Unbound(), Closed("we unbound")]


def test_leaving_is_bounded() -> None:
    session = bound()
    give(session, "t")
    session.unbind(0.0, 8.0)
    assert session.next_timer() == 6.0
    assert session.tick(6.0) == [Unanswered(["t"], "no answer before we had to leave")]
    assert [command for command, _, _ in written(session)] == [c.UNBIND]
    assert session.next_timer() == 8.0
    (closed,) = session.tick(8.0)
    assert closed == Closed("the SMSC did not answer the unbind")
    assert isinstance(closed, Closed) and closed.trouble is Trouble.CLOSED, "we wanted to leave"


def test_what_waits_is_still_written_when_we_leave() -> None:
    session = bound()
    give(session, "t", write=False)
    session.unbind(0.0, 8.0)
    assert [command for command, _, _ in written(session)] == [c.SUBMIT_SM]


def test_the_smsc_asks_to_unbind() -> None:
    """FACTS 10: stop sending, take the outstanding answers, then answer it."""
    session = bound()
    (sequence,) = give(session, "written")
    give(session, "not written", write=False)
    why = "the SMSC asked to unbind"
    assert session.receive(bare(c.UNBIND, 77), 1.0) == [NeverWritten(["not written"], why)]
    assert (session.free, written(session)) == (0, [])
    events: list[Event] = session.receive(answer(sequence), 2.0)
    assert events == [Answered("written", 0, "id"), Unbound(), Closed(why)]
    assert written(session) == [(c.UNBIND_RESP, 0, 77)]


def test_the_smsc_asks_to_unbind_and_never_answers() -> None:
    session = bound()
    give(session, "t")
    session.receive(bare(c.UNBIND, 77), 1.0)
    assert session.tick(10.0)[0] == Unanswered(["t"], NO_ANSWER, awaited=True)
    assert written(session) == [(c.UNBIND_RESP, 0, 77)]


def test_both_unbind_at_once() -> None:
    session = bound()
    session.unbind(0.0, 8.0)
    session.outgoing()
    assert session.receive(bare(c.UNBIND, 77), 1.0)[0] == Unbound()
    assert written(session) == [(c.UNBIND_RESP, 0, 77)]


def test_every_state_can_be_left() -> None:
    """A state nobody leaves would hold a link for ever."""
    assert {state for state, _ in TRANSITIONS} == set(State) - {State.CLOSED}
