"""What an operator is shown as in doubt, and what of it is in doubt still when they decide."""

import gc
from itertools import count

import pytest

from schemas.message import Message
from schemas.status import State, Status
from streams.composing import status_of
from streams.sending.doubts import InDoubt, Ledger, dropped, resent
from tests.streams.test_submission import submission

MESSAGE = submission().message


def named(name: str, phone: str = "+33612345678") -> Message:
    return MESSAGE.model_copy(update={"id": name, "phone": phone})


Said = State | tuple[State, int]
"""With the attempt that it is about."""


def status(said: Said, message: Message = MESSAGE, at: int = 0) -> Status:
    state, attempt = said if isinstance(said, tuple) else (said, None)
    return status_of(message, state, at, attempt=attempt)


@pytest.mark.parametrize(
    ("states", "shown", "why"),
    [
        ([], False, "kept, and its status is not there yet"),
        ([State.IN_DOUBT], True, "in doubt"),
        ([State.QUEUED, State.RETRYING, State.IN_DOUBT], True, "what was before it is past"),
        ([State.IN_DOUBT, State.SUBMITTED], False, "a late answer settled it"),
        ([State.IN_DOUBT, State.DELIVERED], False, "or a receipt"),
        ([State.IN_DOUBT, State.CANCELLED], False, "or an operator, for ever"),
        ([State.IN_DOUBT, (State.RETRYING, 1)], False, "or one who had it sent again"),
        (
            [(State.IN_DOUBT, 0), (State.RETRYING, 1), State.IN_DOUBT],
            True,
            "and that is in doubt as well",
        ),
        (
            [(State.IN_DOUBT, 0), (State.RETRYING, 1), (State.IN_DOUBT, 1)],
            False,
            "and is in doubt, and that copy was kept only after this was read",
        ),
        (
            [(State.IN_DOUBT, 0), (State.RETRYING, 0)],
            True,
            "who wrote this copy was cut off, and says so only now",
        ),
        (
            [(State.HELD, 1), (State.IN_DOUBT, 0)],
            False,
            "said late, of a copy that lives on in a later one",
        ),
        ([State.SUBMITTED, (State.IN_DOUBT, 0)], False, "it was taken, whatever is said late"),
        (
            [State.SUBMITTED, (State.RETRYING, 1), (State.IN_DOUBT, 1)],
            False,
            "and of whichever copy",
        ),
        ([(State.IN_DOUBT, 0), State.RETRYING], True, "a retry in its batch, long on its way"),
        ([(State.IN_DOUBT, 0), State.QUEUED], True, "compose was killed, and repeats itself"),
    ],
)
def test_what_is_shown(states: list[Said], shown: bool, why: str) -> None:
    ledger = Ledger()
    ledger.keep(3, MESSAGE)
    for at, state in enumerate(states):
        ledger.note(status(state, at=at))
    assert [(one.message.id, one.partition) for one in ledger.found()] == (
        [(MESSAGE.id, 3)] if shown else []
    ), why


def test_the_oldest_is_first_and_what_was_not_kept_is_not_shown() -> None:
    ledger = Ledger()
    for name in "ab":
        ledger.keep(0, named(name))
    for at, name in ((2, "a"), (1, "b"), (0, "c")):
        ledger.note(status(State.IN_DOUBT, named(name), at))
    assert [one.message.id for one in ledger.found()] == ["b", "a"]


@pytest.mark.parametrize(
    ("meanwhile", "still", "why"),
    [
        ([], True, "nothing was said"),
        ([State.SUBMITTED], False, "a late answer, while a person thought"),
        ([State.CANCELLED], False, "another person was quicker"),
        ([(State.RETRYING, 1), State.IN_DOUBT], False, "another doubt, of which nobody decided"),
        ([(State.IN_DOUBT, 0)], False, "the same again, and it may be of another copy"),
    ],
)
def test_what_is_still_in_doubt(meanwhile: list[Said], still: bool, why: str) -> None:
    ledger = Ledger()
    ledger.keep(0, MESSAGE)
    ledger.note(status(State.IN_DOUBT))
    chosen = ledger.found()
    for at, state in enumerate(meanwhile, start=1):
        ledger.note(status(state, at=at))
    assert ledger.still(chosen) == (chosen if still else []), why


def test_of_several_copies_the_latest_attempt_is_the_one_to_send_again() -> None:
    """A gateway that was cut off keeps an older one, and says its doubt, when it is back."""
    ledger = Ledger()
    for attempt in (1, 0):
        ledger.keep(0, MESSAGE.model_copy(update={"attempt": attempt}))
        ledger.note(status((State.IN_DOUBT, attempt), at=attempt))
    (found,) = ledger.found()
    assert (found.message.attempt, found.status.attempt) == (1, 1)
    again = resent(found, 7)[0]
    assert (again.attempt, again.unanswered) == (2, 1), "it may have been taken before"


def test_what_is_decided_is_in_no_doubt() -> None:
    one = InDoubt(MESSAGE, 0, status(State.IN_DOUBT))
    message, said = resent(one, 7)
    assert (message.attempt, message.due, said.state, said.attempt) == (1, 7, State.RETRYING, 1)
    assert dropped(one, 7).state is State.CANCELLED


def test_a_day_of_statuses_is_not_held() -> None:
    """200,000 of them, for the same phones, and 10 in doubt: those 10 are kept."""
    ledger = Ledger()
    doubts = [named(f"doubt {number}") for number in range(10)]
    for message in doubts:
        ledger.keep(0, message)
    of_others, names = status(State.SUBMITTED), count()
    before = alive()
    for message in doubts:
        for _ in range(20_000):
            ledger.note(of_others.model_copy(update={"id": f"other {next(names)}"}))
        ledger.note(status(State.IN_DOUBT, message))
    assert alive() - before == 10
    assert len(ledger.found()) == 10


def alive() -> int:
    """Statuses that something holds."""
    gc.collect()
    return sum(type(one) is Status for one in gc.get_objects())
