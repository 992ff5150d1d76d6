"""The session without I/O: binding and answers. `FACTS n` names the lesson."""

from collections.abc import Callable

import pytest

from agents.smpp import commands as c
from agents.smpp import pdu
from agents.smpp.backoff import Trouble
from agents.smpp.config import BindConfig, Role
from agents.smpp.events import (
    Answered,
    BindRefused,
    Bound,
    Closed,
    Deliver,
    LateAnswer,
    NeverWritten,
    Unanswered,
)
from agents.smpp.session import LAST_SEQUENCE, Session
from agents.smpp.states import State
from tests.agents.smpp.samples import SUBMIT, answer, bare, bound, give, written

BIND = BindConfig("acme", "secret")
NO_ANSWER = "no answer within 10 s"


# --- binding ---


def test_it_binds_at_once() -> None:
    session = Session(BIND)
    session.connected(0.0)
    assert written(session) == [(c.BIND_TRANSCEIVER, 0, 1)]
    assert session.free == 0, "not before the SMSC agrees"
    assert session.receive(pdu.write(c.BIND_TRANSCEIVER_RESP, 1), 0.1) == [Bound()]
    assert session.free == 10


BIND_ANSWERS: list[tuple[str, bytes, int]] = [
    ("FACTS 9: wrong password, no body", bare(c.BIND_TRANSCEIVER_RESP, 1, 0x0E), 0x0E),
    ("FACTS 9: already bound is not bound", bare(c.BIND_TRANSCEIVER_RESP, 1, 0x05), 0x05),
    ("with a body", pdu.write(c.BIND_TRANSCEIVER_RESP, 1, 0x0D, {"system_id": "x"}), 0x0D),
    ("FACTS 7: a vendor's status", bare(c.BIND_TRANSCEIVER_RESP, 1, 0x401), 0x401),
    ("an SMSC that knows no transceivers", bare(c.GENERIC_NACK, 1, 0x03), 0x03),
    ("a nack that says 0 is no welcome", bare(c.GENERIC_NACK, 1, 0), 0xFF),
]


@pytest.mark.parametrize(("why", "octets", "status"), BIND_ANSWERS)
def test_a_bind_refused(why: str, octets: bytes, status: int) -> None:
    session = Session(BIND)
    session.connected(0.0)
    refused, closed = session.receive(octets, 0.1)
    assert refused == BindRefused(status)
    assert isinstance(closed, Closed)
    assert session.next_timer() is None


def test_a_bind_without_answer_ends() -> None:
    session = Session(BIND)
    session.connected(5.0)
    assert session.next_timer() == 15.0
    assert session.tick(14.9) == []
    assert session.tick(15.0) == [Closed("the SMSC did not answer the bind")]


def test_the_bind_has_a_time_of_its_own() -> None:
    session = Session(BindConfig("acme", "secret", session_init_s=3.0))
    session.connected(5.0)
    assert session.next_timer() == 8.0
    (closed,) = session.tick(8.0)
    assert isinstance(closed, Closed)
    assert closed.trouble is Trouble.SESSION_INIT


def test_a_bind_accepted_without_a_body_or_with_tlvs() -> None:
    for octets in (
        bare(c.BIND_TRANSCEIVER_RESP, 1),
        pdu.write(c.BIND_TRANSCEIVER_RESP, 1, tlvs=((0x210, b"4"),)),
    ):
        session = Session(BIND)
        session.connected(0.0)
        assert session.receive(octets, 0.0) == [Bound()]


ROLES: list[tuple[Role, int, int]] = [
    ("transceiver", c.BIND_TRANSCEIVER, 10),
    ("transmitter", c.BIND_TRANSMITTER, 10),
    ("receiver", c.BIND_RECEIVER, 0),
]


@pytest.mark.parametrize(("role", "command", "free"), ROLES)
def test_it_binds_as_its_role_says(role: Role, command: int, free: int) -> None:
    session = Session(BIND, role=role)
    session.connected(0.0)
    assert written(session) == [(command, 0, 1)]
    assert session.receive(pdu.write(command | c.RESPONSE, 1), 0.1) == [Bound()]
    assert session.free == free, "a receiver submits nothing"


@pytest.mark.parametrize("role", ["transmitter", "receiver"])
def test_what_is_delivered_is_answered_in_any_role(role: Role) -> None:
    """A transmitter should get none; an SMSC that sends it all the same waits for its answer."""
    session = bound(role=role)
    deliver = pdu.write(c.DELIVER_SM, 7, fields={"short_message": b"STOP"})
    (event,) = session.receive(deliver, 0.1)
    assert isinstance(event, Deliver)
    session.answer_deliver(event)
    assert written(session) == [(c.DELIVER_SM_RESP, 0, 7)]


# --- answers ---

ANSWERS: list[tuple[str, Callable[[int], bytes], Answered]] = [
    ("taken", lambda n: answer(n, "A1"), Answered("t", 0, "A1")),
    ("FACTS 6: status 0, no body", lambda n: bare(c.SUBMIT_SM_RESP, n), Answered("t", 0, "")),
    (
        "FACTS 6: an error without a body",
        lambda n: bare(c.SUBMIT_SM_RESP, n, 0x58),
        Answered("t", 0x58, ""),
    ),
    (
        "FACTS 6: an error with one",
        lambda n: pdu.write(c.SUBMIT_SM_RESP, n, 0x14, {"message_id": "x"}),
        Answered("t", 0x14, "x"),
    ),
    (
        "FACTS 6: a TLV behind the id",
        lambda n: pdu.write(c.SUBMIT_SM_RESP, n, 0, {"message_id": "x"}, ((0x1400, b"?"),)),
        Answered("t", 0, "x"),
    ),
    (
        "FACTS 7: a vendor's status",
        lambda n: bare(c.SUBMIT_SM_RESP, n, 0x4FF),
        Answered("t", 0x4FF, ""),
    ),
    (
        "FACTS 7: any status at all",
        lambda n: bare(c.SUBMIT_SM_RESP, n, 0xDEADBEEF),
        Answered("t", 0xDEADBEEF, ""),
    ),
    (
        "FACTS 4: a nack is a refusal",
        lambda n: bare(c.GENERIC_NACK, n, 0x03),
        Answered("t", 0x03, ""),
    ),
    (
        "a nack that says 0 is no acceptance",
        lambda n: bare(c.GENERIC_NACK, n, 0),
        Answered("t", 0xFF, ""),
    ),
]


@pytest.mark.parametrize(("why", "reply", "event"), ANSWERS)
def test_an_answer(why: str, reply: Callable[[int], bytes], event: Answered) -> None:
    session = bound()
    (sequence,) = give(session, "t")
    assert session.receive(reply(sequence), 0.1) == [event]
    assert (session.in_flight, session.state) == (0, State.BOUND)
    assert session.receive(reply(sequence), 0.2) == [], "once only"


def test_answers_out_of_order() -> None:
    """FACTS 2: by sequence number only."""
    session = bound()
    one, two, three = give(session, "one", "two", "three")
    events = session.receive(answer(three, "c") + answer(one, "a") + answer(two, "b"), 0.1)
    assert events == [Answered("three", 0, "c"), Answered("one", 0, "a"), Answered("two", 0, "b")]


def test_the_window_is_kept() -> None:
    """FACTS 1."""
    session = bound(window=2)
    one, _ = give(session, "one", "two")
    assert session.free == 0
    with pytest.raises(RuntimeError, match="window is full"):
        session.submit(SUBMIT, "three", 0.0)
    session.receive(answer(one), 0.1)
    assert session.free == 1


def test_segments_go_in_the_order_they_were_given() -> None:
    """FACTS 12."""
    session = bound()
    sequences = give(session, "1/3", "2/3", "3/3", write=False)
    assert [each for _, _, each in written(session)] == sequences


def test_silence_is_doubt_and_a_late_answer_is_told() -> None:
    """FACTS 3."""
    session = bound()
    (sequence,) = give(session, "t", now=1.0)
    assert session.next_timer() == 11.0
    assert session.tick(10.9) == []
    assert session.tick(11.0) == [Unanswered(["t"], NO_ANSWER, awaited=True)]
    assert session.free == 10
    assert session.receive(answer(sequence, "late"), 12.0) == [LateAnswer("t", 0, "late")]
    assert session.receive(answer(sequence, "late"), 12.1) == []


def test_what_was_not_written_in_time_is_unsent_and_stays_unwritten() -> None:
    """FACTS 4: a full socket for 10 s; the octets must not follow later."""
    session = bound()
    give(session, "t", write=False)
    assert session.tick(10.0) == [NeverWritten(["t"], NO_ANSWER)]
    assert c.SUBMIT_SM not in [command for command, _, _ in written(session)]


def test_a_lost_link_splits_doubt_from_unsent() -> None:
    """FACTS 4."""
    session = bound()
    give(session, "written")
    give(session, "not written", write=False)
    assert session.closed(1.0, "cable") == [
        Unanswered(["written"], "cable"),
        NeverWritten(["not written"], "cable"),
        Closed("cable"),
    ]
    assert session.closed(2.0) == []


def test_an_answer_to_what_was_never_written_is_not_believed() -> None:
    session = bound()
    (sequence,) = give(session, "t", write=False)
    assert session.receive(answer(sequence), 0.1) == []
    assert session.in_flight == 1


def test_numbers_go_on_in_the_next_session_and_begin_again_at_the_end() -> None:
    """FACTS 2: 1..0x7FFFFFFF, counted across reconnects."""
    assert give(bound(sequence=41), "t") == [43]  # 42 was the bind
    assert give(bound(sequence=LAST_SEQUENCE - 2), "a", "b") == [LAST_SEQUENCE, 1]


def test_what_cannot_be_written_takes_no_room() -> None:
    session = bound()
    with pytest.raises(ValueError, match="short_message"):
        session.submit(SUBMIT._replace(short_message=b"x" * 255), "t", 0.0)
    assert session.in_flight == 0
