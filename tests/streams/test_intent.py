"""Intents: what is said before submitting, and what follows for whoever comes after."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.message import Message
from schemas.status import Segment, State, Status
from streams.composing import status_of
from streams.sending.intent import LAST, Intent, Past, Room, Then, read_intent, write_intent
from tests.streams.test_submission import submission

MESSAGE = submission().message
OFFSETS = st.lists(st.integers(0, 2**62), unique=True, max_size=200).map(sorted).map(tuple)


def noted(statuses: Iterable[Status]) -> Past:
    """All of them, in order."""
    past = Past()
    for one in statuses:
        past.note(one)
    return past


@given(OFFSETS, st.integers(0, 2**62))
def test_what_is_written_is_read(offsets: tuple[int, ...], status_from: int) -> None:
    intent = Intent(offsets, status_from)
    assert read_intent(write_intent(intent)) == intent


@given(OFFSETS, st.lists(st.integers(0, 2**62), unique=True, max_size=50), st.integers(50, 1_500))
def test_what_has_room_fits(named: tuple[int, ...], further: list[int], longest: int) -> None:
    """Whatever of it is finished later."""
    before = len(write_intent(Intent(named, LAST)))
    room = Room(named, longest)
    taken = [offset for offset in further if offset not in named and room.take(offset)]
    assert room.named == sorted([*named, *taken])
    for left in (room.named, room.named[1:], room.named[:-1], room.named[::2], taken):
        written = len(write_intent(Intent(tuple(sorted(left)), LAST)))
        assert written <= max(longest, before)


def test_neighbours_cost_two_octets() -> None:
    """So that some 1,800 batches of one message fit beside each other."""
    room = Room([])
    places = range(10**12, 10**12 + 5_000)
    assert sum(room.take(offset) for offset in places) == 1_875
    assert write_intent(None) == ""


@pytest.mark.parametrize("metadata", ["{", "7", '{"open":[1]}', '{"open":"x","from":1}', "null"])
def test_what_is_no_intent_is_said(metadata: str) -> None:
    with pytest.raises(ValueError, match="not an intent"):
        read_intent(metadata)


def status(state: State, attempt: int | None = None, taken: int = 0, message: Message = MESSAGE):  # type: ignore[no-untyped-def]
    segments = [Segment(number=1 + at, state=State.SUBMITTED, smsc_id="id") for at in range(taken)]
    return status_of(message, state, 0, attempt=attempt, segments=segments or None)


@pytest.mark.parametrize(
    ("statuses", "attempt", "intended", "then", "why"),
    [
        ([], 0, False, Then.SEND, "never opened: never sent"),
        ([], 0, True, Then.DOUBT, "opened, and nothing is known of it"),
        ([State.QUEUED], 0, True, Then.DOUBT, "compose's own word says nothing of the SMSC"),
        ([State.SUBMITTED], 0, True, Then.DONE, "it has its outcome"),
        ([State.IN_DOUBT], 0, True, Then.DONE, "which may be that it is in doubt"),
        ([State.REFUSED], 0, False, Then.DONE, "an outcome is one, opened or not"),
        ([State.RETRYING], 0, True, Then.DOUBT, "a retry in its batch may have gone out since"),
        ([(State.RETRYING, 1)], 0, True, Then.DONE, "it lives on in chappe.retries"),
        ([(State.RETRYING, 1)], 1, True, Then.DOUBT, "and there it may have gone out since"),
        ([(State.RETRYING, 1), (State.RETRYING, 2)], 1, True, Then.DONE, "unless it came back"),
        ([(State.RETRYING, 1)], 1, False, Then.SEND, "not opened there yet"),
        ([(State.HELD, 1)], 0, True, Then.DONE, "compose has it again"),
        ([State.IN_DOUBT, (State.RETRYING, 1)], 1, True, Then.DOUBT, "reopened by an operator"),
        ([State.IN_DOUBT, (State.RETRYING, 1)], 0, True, Then.DONE, "and the old copy is done"),
        ([(State.HELD, 1), State.QUEUED], 1, False, Then.SEND, "and decided it anew"),
        ([(State.IN_DOUBT, 0)], 0, False, Then.DONE, "this copy is the one in doubt"),
        ([(State.IN_DOUBT, 0)], 1, False, Then.SEND, "who resends it writes the copy first"),
        ([(State.IN_DOUBT, 0)], 1, True, Then.DOUBT, "and that one was open too"),
        ([(State.IN_DOUBT, 1), (State.HELD, 1)], 1, False, Then.DONE, "its own copy, said late"),
        ([(State.IN_DOUBT, 1), (State.RETRYING, 2)], 2, False, Then.SEND, "a later one is not"),
        (
            [(State.IN_DOUBT, 1), (State.IN_DOUBT, 0)],
            1,
            False,
            Then.DONE,
            "said late, of an old one",
        ),
        ([State.SUBMITTED, (State.IN_DOUBT, 0)], 1, False, Then.DONE, "said of two copies at once"),
        ([(State.IN_DOUBT, 0), State.SUBMITTED], 1, False, Then.DONE, "a late answer settled it"),
        ([State.SUBMITTED, (State.IN_DOUBT, 0), (State.RETRYING, 1)], 1, False, Then.DONE,
         "a gateway that was cut off says late what it made of the copy before"),
        ([State.SUBMITTED, (State.IN_DOUBT, 0), (State.RETRYING, 1)], 1, True, Then.DONE,
         "and its words put nothing in doubt"),
        ([State.SUBMITTED, (State.RETRYING, 1), (State.IN_DOUBT, 1), (State.RETRYING, 2)], 2, False,
         Then.DONE, "of several copies, too"),
        ([State.IN_DOUBT], 0, False, Then.DONE, "which copy is not said: there was one"),
        ([State.IN_DOUBT], 1, False, Then.SEND, "and a later one is not it"),
    ],
)  # fmt: skip
def test_what_follows(
    statuses: list[State | tuple[State, int]], attempt: int, intended: bool, then: Then, why: str
) -> None:
    past = noted(status(*one) if isinstance(one, tuple) else status(one) for one in statuses)
    message = MESSAGE.model_copy(update={"attempt": attempt})
    assert past.judge(message, intended=intended) is then, why


SAID = st.tuples(st.sampled_from(State), st.none() | st.integers(0, 3))


@given(
    st.lists(SAID, max_size=8).flatmap(lambda said: st.tuples(st.just(said), st.permutations(said)))
)
def test_in_whatever_order_it_is_said_the_same_follows(
    orders: tuple[list[tuple[State, int | None]], list[tuple[State, int | None]]],
) -> None:
    """A gateway that was cut off writes its words when others have written theirs."""
    one, other = (noted(status(*said) for said in order) for order in orders)
    for attempt in range(4):
        message = MESSAGE.model_copy(update={"attempt": attempt})
        assert one.decided(message) is other.decided(message)
        for intended in (False, True):
            assert one.judge(message, intended=intended) is other.judge(message, intended=intended)


@pytest.mark.parametrize(
    ("statuses", "attempt", "decided", "why"),
    [
        ([], 0, False, "its doubt is not in Kafka yet"),
        ([State.RETRYING], 0, False, "a retry in its batch came before the doubt"),
        ([State.IN_DOUBT], 0, False, "in doubt still"),
        ([State.IN_DOUBT, (State.RETRYING, 1)], 0, True, "an operator had it sent again"),
        ([State.IN_DOUBT, (State.RETRYING, 1), State.IN_DOUBT], 0, True, "which is in doubt too"),
        ([State.IN_DOUBT, (State.RETRYING, 1), State.IN_DOUBT], 1, False, "and not decided"),
        ([State.IN_DOUBT, State.CANCELLED], 0, True, "an operator gave it up"),
        ([State.IN_DOUBT, State.DELIVERED], 0, True, "a receipt told"),
        ([State.IN_DOUBT, State.UNDELIVERED], 0, True, "a receipt told"),
        ([State.IN_DOUBT, State.SUBMITTED], 0, True, "another answer told"),
        ([State.SUBMITTED, (State.IN_DOUBT, 0)], 0, True, "told before the doubt was"),
    ],
)
def test_what_is_in_doubt_no_more(
    statuses: list[State | tuple[State, int]], attempt: int, decided: bool, why: str
) -> None:
    past = noted(status(*one) if isinstance(one, tuple) else status(one) for one in statuses)
    assert past.decided(MESSAGE.model_copy(update={"attempt": attempt})) is decided, why


@pytest.mark.parametrize(
    ("smsc", "message", "carried", "why"),
    [
        ("a", {}, ("a", {1: "id", 2: "id"}), "who has a part of it gets the rest"),
        (None, {}, (None, {1: "id", 2: "id"}), "a status of before said no SMSC"),
        ("a", {"smsc": "a", "taken": {3: "x"}}, ("a", {1: "id", 2: "id", 3: "x"}), "both"),
        ("a", {"smsc": "a", "taken": {1: "x", 2: "x"}}, ("a", {1: "x", 2: "x"}), "nothing new"),
    ],
)
def test_segments_that_were_taken_are_known(
    smsc: str | None, message: dict[str, Any], carried: tuple[str | None, Any], why: str
) -> None:
    past = Past()
    past.note(status(State.RETRYING, taken=2).model_copy(update={"smsc": smsc}))
    found = past.carried(MESSAGE.model_copy(update=message))
    assert (found.smsc, found.taken) == carried, why


def test_a_message_of_which_nothing_was_taken_is_as_it_was() -> None:
    assert noted([status(State.RETRYING)]).carried(MESSAGE) is MESSAGE
