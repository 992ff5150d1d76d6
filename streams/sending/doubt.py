"""A submit whose answer named no id, or was lost × a receipt without a submit, by our reference.

Rules: what is found out is the answer that should have been, an Expected, and the join by id
does the rest; each id is one of the segments in doubt, in the order in which they are heard
of; a record read again finds the same. All that is found out of a message is joined by its
id, since other copies of it may have been taken.

Of copies, each segment has as many ids: of one segment each id is a copy more, of several
nobody can tell which segment an id is of, nor whether another copy of it arrived, so that no
receipt settles anything.

A receipt may have no id either. It is given one of its own, by its place on the topic, and
goes to the join by id behind the Expected. All segments of a message have one reference, so
that where each gets a receipt nobody can tell another segment's from the same one sent again:
one that says "delivered" then settles nothing, since a wrong `delivered` is worse than none;
one bad end is the message's, whichever segment it is of.
"""

from dataclasses import dataclass
from typing import Final

from schemas.record import Millis
from schemas.status import State
from schemas.tracked import Doubt
from schemas.tracking import Doubted, Expected, Told, unnamed_key
from streams.sending.tracking import HOUR_MS, KEPT_MS, SETTLED_MS, Seen, undecided, verdict

NEAR_MS: Final = HOUR_MS
"""Between a doubt and a receipt of the same phone and reference. References have 16 bits, and
other senders on the account have references of their own: within an hour the same two mean
the same message; a day later they may not, and a wrong `delivered` is worse than a doubt that
stays. What the SMSC took without an id is in no doubt, and waits as long as all others."""
RECEIPTS: Final = 16
"""Receipts that may wait under one doubt key, and ids that copies may have: more than a message
has segments."""


@dataclass(frozen=True, slots=True)
class Step:
    """`keep` is to be stored until `due`; `changed` False: the store stays as it is. `found`
    goes to the partitions of its keys. `seen`: receipts without an id that end here, and
    submits without a receipt; those with an id are counted where their id is kept.
    """

    keep: Doubt
    due: Millis = 0
    changed: bool = True
    found: tuple[Expected | Told, ...] = ()
    seen: tuple[Seen, ...] = ()


def doubt(stored: Doubt | None, doubted: Doubted, now: Millis) -> Step:
    """Answers were lost, or had no id. Of two messages under one key the newer counts."""
    known = stored or Doubt()
    before = known.doubted
    if before is not None and _is_known(before, doubted):
        # Read again after a crash: what was found may not be in Kafka, though the store is.
        return Step(known, changed=False, found=_take(known, known.told, now).found)
    if before is not None and before.status.id == doubted.status.id:
        doubted = doubted.model_copy(update={"copies": max(before.copies, doubted.copies)})
        found = _found(known)
        known = Doubt(doubted=doubted, told=known.told, keys=known.keys, numbers=found)
        return Step(known, _due(known, now))
    gone = () if before is None else expire(known)
    early = known.told if before is None else []  # else they are the older message's
    step = _take(Doubt(doubted=doubted, told=early), early, now)
    return Step(step.keep, step.due, found=step.found, seen=(*gone, *step.seen))


def tell(stored: Doubt | None, told: Told, offset: int, now: Millis) -> Step:
    """A receipt that has waited for its submit, with `came_from` set; or one without an id."""
    known = stored or Doubt()
    if told.came_from is None:
        own = unnamed_key(told.smsc, told.key, offset)
        told = told.model_copy(update={"came_from": own, "smsc_id": ""})
    if verdict(told) is None:
        return Step(known, changed=False, seen=(undecided(told),))
    if known.doubted is not None:
        return _take(known, [told], now)
    waits = [*(one for one in known.told if one.came_from != told.came_from), told]
    seen = tuple(Seen.UNMATCHED for one in waits[:-RECEIPTS] if _is_unnamed(one))
    return Step(Doubt(told=waits[-RECEIPTS:]), now + NEAR_MS, seen=seen)


def expire(known: Doubt) -> tuple[Seen, ...]:
    """What is given up with it."""
    early = known.told if known.doubted is None else ()
    unmatched = (Seen.UNMATCHED for one in early if _is_unnamed(one))
    return (*unmatched, *[Seen.MISSING] * _waiting(known))


def waiting(known: Doubt) -> str:
    """What an SRE counts it as: `doubted`, `expected` (taken without an id), `early`, "" (none)."""
    if known.doubted is None:
        return "early" if any(map(_is_unnamed, known.told)) else ""
    if not _open(known):
        return ""
    return "expected" if known.doubted.taken else "doubted"


def _is_known(before: Doubted, doubted: Doubted) -> bool:
    """A late answer without an id tells more than the doubt did; else the later one counts."""
    if before.status.id != doubted.status.id:
        return False
    if before.taken != doubted.taken:
        return before.taken
    return doubted.at < before.at or (
        doubted.at == before.at and _numbers(doubted) == _numbers(before)
    )


def _take(known: Doubt, receipts: list[Told], now: Millis) -> Step:
    doubted = known.doubted
    assert doubted is not None
    keys, numbers = list(known.keys), _found(known)
    found, seen = list[Expected | Told](), list[Seen]()
    for told in receipts:
        slot = _slot(known, told, keys, numbers)
        if isinstance(slot, Seen):
            seen.extend([slot] if _is_unnamed(told) else [])
            continue
        assert told.came_from is not None
        if slot == len(keys):
            keys.append(told.came_from)
            numbers.append(next(iter(_left(doubted, numbers)), _numbers(doubted)[0]))
        if told.came_from == keys[slot]:
            found.append(_answer(doubted, told, numbers, slot))
        if _is_unnamed(told):
            found.append(told.model_copy(update={"key": keys[slot], "came_from": None}))
    keep = known.model_copy(update={"keys": keys, "numbers": numbers})
    return Step(keep, _due(keep, now), keep != known, tuple(found), tuple(seen))


def _slot(known: Doubt, told: Told, keys: list[str], numbers: list[int]) -> int | Seen:
    """Which of the ids found it has, or is the next of; or what it is counted as, where it is
    of no segment in doubt."""
    doubted = known.doubted
    assert doubted is not None
    kept_ms = KEPT_MS if doubted.taken else NEAR_MS
    if not -NEAR_MS <= told.at - doubted.at <= kept_ms:
        return Seen.UNMATCHED
    if told.came_from in keys:
        return keys.index(told.came_from)
    if not _is_alone(doubted):
        good, copies = verdict(told) is State.DELIVERED, doubted.copies > 1
        if copies or (_is_unnamed(told) and good):
            return Seen.UNNAMED
    elif _is_unnamed(told) and keys:
        return 0
    elif doubted.copies > 1 and len(keys) < RECEIPTS:
        return len(keys)
    return len(keys) if _left(doubted, numbers) else Seen.AGAIN


def _is_alone(doubted: Doubted) -> bool:
    """All receipts for it are of one segment."""
    return doubted.single or _of(doubted) == 1


def _due(known: Doubt, now: Millis) -> Millis:
    if known.doubted is None or not known.doubted.taken:
        return now + NEAR_MS
    return now + (KEPT_MS if _waiting(known) else SETTLED_MS)


def _waiting(known: Doubt) -> int:
    """How many segments were taken, and not heard of; none where they are in doubt."""
    if known.doubted is None or not known.doubted.taken:
        return 0
    return len(_open(known))


def _open(known: Doubt) -> list[int]:
    """The segments in doubt that nothing was heard of."""
    assert known.doubted is not None
    return _left(known.doubted, _found(known))


def _left(doubted: Doubted, found: list[int]) -> list[int]:
    return [number for number in _numbers(doubted) if number not in found]


def _found(known: Doubt) -> list[int]:
    """The segment of each key."""
    if known.doubted is None or len(known.numbers) == len(known.keys):
        return list(known.numbers)
    return _numbers(known.doubted)[: len(known.keys)]


def _is_unnamed(told: Told) -> bool:
    return not told.smsc_id


def _numbers(doubted: Doubted) -> list[int]:
    """Of the segments in doubt: in old records those that the status names."""
    if doubted.numbers is not None:
        return doubted.numbers
    named = [one.number for one in doubted.status.segments or () if one.state is State.IN_DOUBT]
    return named or list(range(1, doubted.segments + 1))


def _of(doubted: Doubted) -> int:
    """How many segments the message has."""
    return doubted.of or max(len(doubted.status.segments or ()), doubted.segments)


def _answer(doubted: Doubted, told: Told, found: list[int], slot: int) -> Expected:
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
        segment=found[slot],
        segments=_of(doubted),
        partition=doubted.partition,
        status=status,
        several=True,
        guessed=len({*_numbers(doubted), *found}) > 1,
        at=doubted.at,
    )
