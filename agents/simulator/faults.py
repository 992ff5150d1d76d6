"""What becomes of a submit: the faults asked for, decided in one order.

Rule: time and chance come in; the options are read anew for every submit, so that a
test can change them while messages flow. An option that is not asked for uses up no chance.
"""

import random
from collections import Counter, deque
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeVar

from agents.simulator.options import SimulatorOptions
from agents.smpp import commands as c

K = TypeVar("K")

Fate = Literal["take", "refuse", "silent", "drop"]


class Verdict(NamedTuple):
    """`command_status` is what the answer says, where there is one; `late_s` how late it is."""

    fate: Fate
    command_status: int = c.ESME_ROK
    late_s: float = 0.0


TAKE: Final = Verdict("take")
SILENT: Final = Verdict("silent")
DROP: Final = Verdict("drop")
THROTTLED: Final = Verdict("refuse", c.ESME_RTHROTTLED)
QUEUE_FULL: Final = Verdict("refuse", c.ESME_RMSGQFUL)


class Chance:
    """All that is decided by chance, from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def hits(self, share: float) -> bool:
        """In `share` of all calls."""
        return share > 0 and self._random.random() < share

    def up_to(self, most: float) -> float:
        """From 0 to `most`."""
        return self._random.random() * most if most > 0 else 0.0

    def one_of(self, shares: Mapping[K, float]) -> K | None:
        """Each in its share of all calls, None in the rest."""
        if not shares:
            return None
        at = self._random.random()
        for key, share in shares.items():
            at -= share
            if at < 0:
                return key
        return None


class Faults:
    """Decides for all connections of one simulator."""

    def __init__(self, options: SimulatorOptions, chance: Chance | None = None) -> None:
        self._options = options
        self._chance = chance or Chance(options.seed)
        self._submits = 0
        self._second = 0
        self._in_second = 0
        self._queues = Queues()

    def judge(self, destination: str, nth: int, unanswered: int, now: float) -> Verdict:
        """For the `nth` submit of its connection, with `unanswered` others before it."""
        options = self._options
        self._submits += 1
        if self._drops(nth):
            return DROP
        if options.mute:
            return SILENT
        if options.window_limit is not None and unanswered >= options.window_limit:
            return THROTTLED
        if self._throttles(now):
            return THROTTLED
        refused = self._refuses(destination)
        if refused is not None:
            return refused
        limit = options.queue_limit
        if limit is not None and not self._queues.add(destination, now, limit, options.queue_s):
            return QUEUE_FULL
        return self._answers()

    def _drops(self, nth: int) -> bool:
        """Once means: until a test sets `drop_after` again."""
        options = self._options
        if options.drop_after is None or nth < options.drop_after:
            return False
        if options.drop_once:
            options.drop_after = None
        return True

    def _throttles(self, now: float) -> bool:
        """Whole seconds are counted apart; a refused submit uses up nothing."""
        options = self._options
        if options.throttle_per_s is not None:
            if int(now) != self._second:
                self._second, self._in_second = int(now), 0
            if self._in_second >= options.throttle_per_s:
                return True
            self._in_second += 1
        return self._chance.hits(options.throttle_share)

    def _refuses(self, destination: str) -> Verdict | None:
        options = self._options
        for prefix, status in options.refuse_prefixes.items():
            if destination.startswith(prefix):
                return Verdict("refuse", status)
        if self._chance.hits(options.refuse_share):
            return Verdict("refuse", options.refuse_status)
        drawn = self._chance.one_of(options.refuse_shares)
        return None if drawn is None else Verdict("refuse", drawn)

    def _answers(self) -> Verdict:
        """It is taken: whether and when its answer comes."""
        options = self._options
        if options.silent_from is not None and self._submits >= options.silent_from:
            return SILENT
        if self._chance.hits(options.silent_share):
            return SILENT
        late_s = self._chance.up_to(options.answer_jitter_s)
        if self._chance.hits(options.late_share):
            late_s += options.late_s
        return TAKE._replace(late_s=late_s) if late_s else TAKE


class Queues:
    """How many messages each destination has taken of late."""

    def __init__(self) -> None:
        self._taken: deque[tuple[float, str]] = deque()
        self._count: Counter[str] = Counter()

    def add(self, destination: str, now: float, limit: int, kept_s: float) -> bool:
        """False where `limit` of the last `kept_s` seconds are there already."""
        while self._taken and self._taken[0][0] <= now - kept_s:
            _, gone = self._taken.popleft()
            self._count[gone] -= 1
            if not self._count[gone]:
                del self._count[gone]
        if self._count[destination] >= limit:
            return False
        self._taken.append((now, destination))
        self._count[destination] += 1
        return True
