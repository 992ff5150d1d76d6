"""A submit × its receipt, by the SMSC's id: the first of two joins.

Rules: either may come first, and both again; an intermediate receipt decides nothing,
delivered wins over undelivered; what is kept is kept for a time that is passed in. A record
read again (the same offset, after a crash) repeats what it led to, to the letter; another
one that says the same leads to nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.reason import Reason
from schemas.record import Millis, moment
from schemas.status import Segment, State, Status
from schemas.tracked import Tracked
from schemas.tracking import Expected, Outcome, Told, doubt_key
from streams.sending.receipt import ReceiptState

HOUR_MS: Final = 3600 * 1000
KEPT_MS: Final = 72 * HOUR_MS
"""How long a submit waits for its receipt, and a receipt for its submit: SMSCs try a phone
that is off for one to three days."""
SETTLED_MS: Final = 6 * HOUR_MS
"""How long a delivered segment is known: for receipts that an SMSC sends again. An
undelivered one stays for KEPT_MS, since it may be bettered."""
OVERDUE_MS: Final = 15 * 1000
"""How long a receipt waits for its submit in the common race; then its doubt is asked.
Longer than a submit may go without an answer before it is in doubt (10 s by default)."""

ENDS: Final = {
    ReceiptState.DELIVRD: State.DELIVERED,
    ReceiptState.EXPIRED: State.UNDELIVERED,
    ReceiptState.DELETED: State.UNDELIVERED,
    ReceiptState.UNDELIV: State.UNDELIVERED,
    ReceiptState.REJECTD: State.UNDELIVERED,
}
"""UNKNOWN is not here: final for the SMSC, but it says nothing of the phone."""


class Seen(StrEnum):
    """How a receipt ended, for counting. Each receipt ends as one of these, once."""

    MATCHED = "matched"
    CORRECTED = "corrected"
    """Delivered, after an undelivered one."""
    AGAIN = "again"
    """It says what is known, or less."""
    INTERMEDIATE = "intermediate"
    """The phone may have it yet."""
    UNKNOWN = "unknown"
    """The SMSC's last word, which is that it does not know."""
    UNKNOWN_WORD = "unknown_word"
    """Its state is in no table."""
    UNNAMED = "unnamed"
    """It has no id, and what else it says does not tell which segment it is of."""
    UNMATCHED = "unmatched"
    """Given up after KEPT_MS."""
    MISSING = "missing"
    """No receipt: a submit was given up after KEPT_MS."""


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from one record, or from time.

    `keep` is to be stored until `due`; None: nothing is to be kept. `changed` False: the
    store stays as it is. `result` goes to `sms.status` (a Status) or to the join of segments
    (an Outcome), `forward` to the partition of its own key. `waited_ms`: from the submit to
    the receipt that settled it.
    """

    keep: Tracked | None
    due: Millis = 0
    changed: bool = True
    seen: Seen | None = None
    result: Status | Outcome | None = None
    forward: Told | None = None
    waited_ms: Millis | None = None


def verdict(told: Told) -> State | None:
    """DELIVERED or UNDELIVERED; None where the receipt decides nothing."""
    return ENDS.get(ReceiptState(told.state)) if told.final and told.state in _WORDS else None


def undecided(told: Told) -> Seen:
    """What a receipt is counted as that decides nothing."""
    if told.state == ReceiptState.OTHER or told.state not in _WORDS:
        return Seen.UNKNOWN_WORD
    is_last = told.state == ReceiptState.UNKNOWN and told.final
    return Seen.UNKNOWN if is_last else Seen.INTERMEDIATE


_WORDS: Final = frozenset(state.value for state in ReceiptState)


def expect(stored: Tracked | None, expected: Expected, offset: int, now: Millis) -> Step:
    """The SMSC took a segment."""
    if stored is None or stored.expected is None:
        if stored is None or stored.told is None:
            return Step(Tracked(expected=expected), now + KEPT_MS)
        return _settled(expected, stored.told, offset, now, Seen.MATCHED)
    if _is_same(stored.expected, expected):
        return _again(stored, offset, None)
    # The SMSC uses an id again: what it told before was of the older submit.
    seen = Seen.MISSING if stored.told is None else None
    return Step(Tracked(expected=expected), now + KEPT_MS, seen=seen)


def tell(stored: Tracked | None, told: Told, offset: int, now: Millis) -> Step:
    """The SMSC says what became of a segment."""
    state = verdict(told)
    if state is None:
        return Step(stored, changed=False, seen=undecided(told))
    if stored is None:
        return Step(Tracked(told=told), now + OVERDUE_MS)
    if stored.told is None and stored.expected is not None:
        return _settled(stored.expected, told, offset, now, Seen.MATCHED)
    betters = stored.told is None or (
        state is State.DELIVERED and verdict(stored.told) is not State.DELIVERED
    )
    if not betters:
        return _again(stored, offset, Seen.AGAIN)
    if stored.expected is not None:
        return _settled(stored.expected, told, offset, now, Seen.CORRECTED)
    due = now + (KEPT_MS if stored.overdue else OVERDUE_MS)
    return Step(stored.model_copy(update={"told": told}), due, seen=Seen.AGAIN)


def expire(stored: Tracked, now: Millis) -> Step:
    """What was kept until now is due."""
    if stored.told is None:
        return Step(None, seen=Seen.MISSING)
    if stored.expected is not None:
        return Step(None)
    if stored.overdue:
        return Step(None, seen=Seen.UNMATCHED)
    kept = stored.model_copy(update={"overdue": True})
    return Step(kept, now + KEPT_MS, forward=_to_its_doubt(stored.told))


def waiting(tracked: Tracked) -> str:
    """What an SRE counts it as: `early` (a receipt), `expected` (a submit), "" (neither)."""
    if tracked.expected is None:
        return "early"
    return "expected" if tracked.told is None else ""


def detail(word: str | None, err: str) -> str:
    """Of an undelivered segment: the receipt's word and error."""
    return f"{(word or '').upper()} {err}".strip()


def _is_same(one: Expected, other: Expected) -> bool:
    return (one.status.id, one.segment) == (other.status.id, other.segment)


def _settled(expected: Expected, told: Told, offset: int, now: Millis, seen: Seen) -> Step:
    kept_ms = SETTLED_MS if verdict(told) is State.DELIVERED else KEPT_MS
    return Step(
        Tracked(expected=expected, told=told, offset=offset),
        now + kept_ms,
        seen=seen,
        result=_result(expected, told),
        waited_ms=max(0, told.at - expected.at),
    )


def _again(stored: Tracked, offset: int, seen: Seen | None) -> Step:
    repeat = offset == stored.offset and stored.expected is not None and stored.told is not None
    if not repeat:
        return Step(stored, changed=False, seen=seen)
    assert stored.expected is not None
    assert stored.told is not None
    return Step(stored, changed=False, seen=seen, result=_result(stored.expected, stored.told))


def _result(expected: Expected, told: Told) -> Status | Outcome:
    state = verdict(told)
    assert state is not None
    if expected.segments > 1 or expected.several:
        return Outcome(
            segment=expected.segment,
            segments=expected.segments,
            smsc=expected.smsc,
            smsc_id=expected.smsc_id,
            state="delivered" if state is State.DELIVERED else "undelivered",
            word=told.state,
            err=told.err,
            status=expected.status,
            several=expected.several,
            guessed=expected.guessed,
            at=told.at,
        )
    segment = Segment(number=1, state=state, smsc_id=expected.smsc_id or None)
    why = None if state is State.DELIVERED else detail(told.state, told.err)
    return final_status(expected.status, state, told.at, expected.smsc, [segment], why)


def final_status(
    status: Status, state: State, at: Millis, smsc: str, segments: list[Segment], why: str | None
) -> Status:
    """The last step of a message's life, made of an earlier one."""
    return status.model_copy(
        update={
            "state": state,
            "reason": None if state is State.DELIVERED else Reason.NOT_DELIVERED,
            "detail": why,
            "at": moment(at),
            "smsc": smsc,
            "segments": segments,
        }
    )


def _to_its_doubt(told: Told) -> Told | None:
    if told.reference is None or not told.phone:
        return None
    key = doubt_key(told.smsc, told.phone, told.reference)
    return told.model_copy(update={"key": key, "came_from": told.key})
