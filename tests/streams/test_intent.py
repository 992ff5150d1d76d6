"""Intents: what is said before submitting, and what follows for whoever comes after."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.message import Message
from schemas.status import Segment, State, Status
from streams.composing import status_of
from streams.sending.intent import Intent, Past, Then, read_intent, write_intent
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


def test_it_fits_a_commit() -> None:
    """Kafka takes 4,096 octets of metadata; neighbours cost two each."""
    neighbours = Intent(tuple(range(10**12, 10**12 + 1_000)), 10**12)
    assert len(write_intent(neighbours)) < 4_096
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
    ],
)
def test_what_follows(
    statuses: list[State | tuple[State, int]], attempt: int, intended: bool, then: Then, why: str
) -> None:
    past = noted(status(*one) if isinstance(one, tuple) else status(one) for one in statuses)
    message = MESSAGE.model_copy(update={"attempt": attempt})
    assert past.judge(message, intended=intended) is then, why


def test_segments_that_were_taken_are_known() -> None:
    past = Past()
    past.note(status(State.RETRYING, taken=2))
    assert past.taken == {MESSAGE.id: {1: "id", 2: "id"}}


def test_the_rest_goes_where_the_first_segments_are() -> None:
    past = noted([status(State.RETRYING, taken=1).model_copy(update={"smsc": "a"})])
    carried = past.carried(MESSAGE)
    assert (carried.smsc, carried.taken) == ("a", {1: "id"})
    assert Past().carried(MESSAGE) is MESSAGE
