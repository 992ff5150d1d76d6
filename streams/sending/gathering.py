"""The segments' outcomes → the message's: the second of two joins, by message id.

Rules: delivered when all segments are, undelivered when any finally is not; it is said once,
and may only change from undelivered to delivered; where a carrier sends a receipt for one
segment only, that one speaks for all; of several copies of a segment the one that arrived
counts, and a guess which segment it was of is not mixed with what is known of a copy. A record
read again repeats what it led to.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.record import Millis
from schemas.status import Segment, State, Status
from schemas.tracked import Gathered, SegmentHeard
from schemas.tracking import Outcome
from streams.sending.tracking import HOUR_MS, KEPT_MS, SETTLED_MS, detail, final_status

COPIES_MS: Final = KEPT_MS + HOUR_MS
"""How long it is known that a message was delivered of which another copy may have been taken:
longer than that one waits for its receipt, which may say "expired" after days."""


class Speaks(StrEnum):
    """Of which segments an SMSC sends receipts: the setting `receipts`."""

    EVERY = "every"
    FIRST = "first"
    LAST = "last"


def speakers(segments: int, speaks: Speaks) -> range:
    """Numbers of the segments, of so many, that receipts come for."""
    first = segments if speaks is Speaks.LAST else 1
    return range(first, 2 if speaks is Speaks.FIRST else segments + 1)


@dataclass(frozen=True, slots=True)
class Step:
    """`keep` is to be stored until `due`; `changed` False: the store stays as it is."""

    keep: Gathered
    due: Millis = 0
    changed: bool = True
    status: Status | None = None


def gather(
    stored: Gathered | None, outcome: Outcome, offset: int, now: Millis, speaks: Speaks
) -> Step:
    """One segment has ended."""
    known = stored or Gathered()
    heard = _heard(known, outcome)
    if heard is None:
        return Step(known, changed=False, status=known.said if offset == known.offset else None)
    state = _verdict(heard, outcome.segments, speaks)
    news = {
        "heard": heard,
        "several": known.several or outcome.several,
        "named": known.named or _is_of_a_copy(outcome),
    }
    said = None
    if state is not None and not (known.said and known.said.state in (state, State.DELIVERED)):
        said = _status(heard, outcome, state)
        news |= {"said": said, "offset": offset}
    keep = known.model_copy(update=news)
    return Step(keep, now + _kept_ms(keep), status=said)


def _kept_ms(known: Gathered) -> Millis:
    if known.said is None or known.said.state is not State.DELIVERED:
        return KEPT_MS
    return COPIES_MS if known.several else SETTLED_MS


def _heard(known: Gathered, outcome: Outcome) -> list[SegmentHeard] | None:
    """With this one; None where it says nothing new."""
    if known.named and outcome.guessed:
        return None
    all_heard = [one for one in known.heard if not (one.guessed and _is_of_a_copy(outcome))]
    rest = [one for one in all_heard if one.segment != outcome.segment]
    before = next((one for one in all_heard if one.segment == outcome.segment), None)
    if before is not None and (before.state == "delivered" or outcome.state == "undelivered"):
        return None
    why = None if outcome.state == "delivered" else detail(outcome.word, outcome.err)
    mine = SegmentHeard(
        segment=outcome.segment, smsc_id=outcome.smsc_id, state=outcome.state, detail=why,
        guessed=outcome.guessed,
    )  # fmt: skip
    return sorted([*rest, mine], key=lambda one: one.segment)


def _is_of_a_copy(outcome: Outcome) -> bool:
    """The answer told which segment it is of, and another copy may have been taken."""
    return outcome.several and not outcome.guessed


def _verdict(heard: list[SegmentHeard], segments: int, speaks: Speaks) -> State | None:
    if speaks is not Speaks.EVERY:
        (speaker,) = speakers(segments, speaks)
        states = [one.state for one in heard if one.segment == speaker]
        return State(states[0]) if states else None
    if any(one.state == "undelivered" for one in heard):
        return State.UNDELIVERED
    return State.DELIVERED if len(heard) >= segments else None


def _status(heard: list[SegmentHeard], outcome: Outcome, state: State) -> Status:
    """Of a segment that nothing was heard of: what was said for all, else `submitted`."""
    known = {one.segment: one for one in heard}
    unheard = state if state is State.DELIVERED else State.SUBMITTED
    segments = [
        Segment(
            number=number,
            state=State(known[number].state),
            smsc_id=known[number].smsc_id or None,
        )
        if number in known
        else Segment(number=number, state=unheard)
        for number in range(1, outcome.segments + 1)
    ]
    why = next((one.detail for one in heard if one.detail), None)
    return final_status(
        outcome.status, state, outcome.at, outcome.smsc, segments,
        None if state is State.DELIVERED else why,
    )  # fmt: skip
