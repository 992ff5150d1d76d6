"""A submit whose answer was lost × a receipt without a submit, by our own reference.

Rules: what is found out is the answer that was lost, an Expected, and the join by id does
the rest; each id is one of the segments in doubt, in the order in which they are heard of;
a record read again finds the same.
"""

from dataclasses import dataclass
from typing import Final

from schemas.record import Millis
from schemas.status import State
from schemas.tracked import Doubt
from schemas.tracking import Doubted, Expected, Told
from streams.sending.tracking import HOUR_MS

NEAR_MS: Final = HOUR_MS
"""Between a doubt and a receipt of the same phone and reference. References are counted per
phone and come round after 256 messages or 65,536, and other senders on the account have
references of their own: within an hour the same two mean the same message; a day later
they may not, and a wrong `delivered` is worse than a doubt that stays."""
RECEIPTS: Final = 16
"""Receipts that may wait under one doubt key: more than a message has segments."""


@dataclass(frozen=True, slots=True)
class Step:
    """`keep` is to be stored until `due`; `changed` False: the store stays as it is."""

    keep: Doubt
    due: Millis = 0
    changed: bool = True
    found: tuple[Expected, ...] = ()


def doubt(stored: Doubt | None, doubted: Doubted, now: Millis) -> Step:
    """Answers were lost. Of two messages under one key the newer counts."""
    known = stored or Doubt()
    if known.doubted is not None and known.doubted.status.id == doubted.status.id:
        return Step(known, changed=False)
    keep, found = _take(Doubt(doubted=doubted), known.told)
    return Step(keep, now + NEAR_MS, found=found)


def tell(stored: Doubt | None, told: Told, now: Millis) -> Step:
    """A receipt that has waited for its submit, with `came_from` set."""
    known = stored or Doubt()
    if known.doubted is not None:
        keep, found = _take(known, [told])
        return Step(keep, now + NEAR_MS, changed=keep != known, found=found)
    waits = [one for one in known.told if one.came_from != told.came_from]
    return Step(Doubt(told=[*waits, told][-RECEIPTS:]), now + NEAR_MS)


def _take(known: Doubt, receipts: list[Told]) -> tuple[Doubt, tuple[Expected, ...]]:
    doubted = known.doubted
    assert doubted is not None
    numbers, keys, found = _in_doubt(doubted), list(known.keys), []
    for told in receipts:
        if told.came_from is None or abs(told.at - doubted.at) > NEAR_MS:
            continue
        if told.came_from not in keys:
            if len(keys) == len(numbers):
                continue
            keys.append(told.came_from)
        found.append(_answer(doubted, told, numbers[keys.index(told.came_from)]))
    return known.model_copy(update={"keys": keys}), tuple(found)


def _in_doubt(doubted: Doubted) -> list[int]:
    """The numbers of the segments in doubt: in old records those that the status names."""
    if doubted.numbers is not None:
        return doubted.numbers
    named = [one.number for one in doubted.status.segments or () if one.state is State.IN_DOUBT]
    return named or list(range(1, doubted.segments + 1))


def _answer(doubted: Doubted, told: Told, segment: int) -> Expected:
    assert told.came_from is not None
    status = doubted.status.model_copy(
        update={
            "state": State.SUBMITTED,
            "reason": None,
            "detail": None,
            "attempt": None,
            "segments": None,
        }
    )
    return Expected(
        key=told.came_from,
        smsc=doubted.smsc,
        smsc_id=told.smsc_id,
        segment=segment,
        segments=doubted.of or max(len(doubted.status.segments or ()), doubted.segments),
        partition=doubted.partition,
        status=status,
        several=doubted.several,
        at=doubted.at,
    )
