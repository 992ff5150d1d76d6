"""Receipts that match nothing, made visible: a line in the log that says what it sees.

Rules: at most one line a minute and SMSC; memory is bounded; ids are the SMSC's and may be
shown, a phone number is not. A worker sees the ids of its own partitions: where there are
several, an answer and its receipt in another form are mostly not with the same one, and what
this one has not seen is not said to be nowhere.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from streams.sending.gathering import Speaks
from streams.sending.smsc_id import IdRule, look_alike, suspicion
from streams.sending.tracking import OVERDUE_MS

logger = logging.getLogger(__name__)

ANSWERS = 20_000
EARLY = 200
"""The last ids of answers and of waiting receipts that are compared."""
EVERY_S = 60.0
FIRST_S = 5.0
"""A doubt that a receipt ends is over by then, and not worth a line."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """What the settings say of an SMSC's receipts."""

    rule: IdRule = field(default_factory=IdRule)
    speaks: Speaks = Speaks.EVERY


@dataclass(slots=True)
class _Smsc:
    answers: deque[str] = field(default_factory=lambda: deque(maxlen=ANSWERS))
    early: dict[str, None] = field(default_factory=dict)
    late: dict[str, None] = field(default_factory=dict)
    overdue: int = 0
    say_at: float = 0.0


class Watch:
    """`clock` is monotonic, in seconds."""

    def __init__(self, carriers: Mapping[str, Carrier], clock: Callable[[], float]) -> None:
        self._carriers, self._clock = carriers, clock
        self._smscs: dict[str, _Smsc] = {}

    def answered(self, smsc: str, smsc_id: str) -> None:
        """A submit waits for its receipt."""
        if smsc_id:
            self._of(smsc).answers.append(smsc_id)

    def early(self, smsc: str, smsc_id: str) -> None:
        """A receipt waits for its submit."""
        _add(self._of(smsc).early, smsc_id)

    def matched(self, smsc: str, smsc_id: str) -> None:
        """It has found it."""
        seen = self._of(smsc)
        seen.early.pop(smsc_id, None)
        if smsc_id in seen.late:
            del seen.late[smsc_id]
            seen.overdue -= 1

    def overdue(self, smsc: str, smsc_id: str) -> None:
        """It has waited long."""
        seen = self._of(smsc)
        if not seen.overdue:
            seen.say_at = max(seen.say_at, self._clock() + FIRST_S)
        seen.overdue += 1
        _add(seen.late, smsc_id)

    async def say(self) -> None:
        """Once a second: what there is to say, said."""
        for name, seen in list(self._smscs.items()):
            if not seen.overdue or self._clock() < seen.say_at:
                continue
            rule = self._carriers.get(name, Carrier()).rule
            answers, early = list(seen.answers), list(seen.early)
            found = await asyncio.to_thread(_see, rule, answers, early)
            logger.warning(
                "%s: %d receipts have found no submit of ours in %d s, the last for id %r; %s",
                name, seen.overdue, OVERDUE_MS // 1000, next(reversed(seen.late), ""),
                found or f"the {len(answers)} ids of answers that this worker has seen do not "
                "tell why",
            )  # fmt: skip
            seen.late.clear()
            seen.overdue, seen.say_at = 0, self._clock() + EVERY_S

    def _of(self, smsc: str) -> _Smsc:
        return self._smscs.setdefault(smsc, _Smsc())


def _see(rule: IdRule, answers: list[str], early: list[str]) -> str | None:
    return suspicion(rule, answers, early) or look_alike(rule, answers, early)


def _add(ids: dict[str, None], smsc_id: str) -> None:
    """The last EARLY of them."""
    ids[smsc_id] = None
    if len(ids) > EARLY:
        del ids[next(iter(ids))]
