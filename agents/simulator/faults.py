"""What becomes of a submit: the faults asked for, decided in one order.

Rule: time and chance come in; the options are read anew for every submit, so that a
test can change them while messages flow.
"""

import random
from typing import Final, NamedTuple

from agents.simulator.options import Fate, SimulatorOptions
from agents.smpp import commands as c


class Verdict(NamedTuple):
    """`command_status` is what the answer says, where there is one."""

    fate: Fate
    command_status: int = c.ESME_ROK


TAKE: Final = Verdict("take")
SILENT: Final = Verdict("silent")
DROP: Final = Verdict("drop")
THROTTLED: Final = Verdict("refuse", c.ESME_RTHROTTLED)


class Faults:
    """Decides for all connections of one simulator."""

    def __init__(self, options: SimulatorOptions) -> None:
        self._options = options
        self._random = random.Random(options.seed)
        self._submits = 0
        self._second = 0
        self._in_second = 0

    def judge(self, destination: str, nth: int, unanswered: int, now: float) -> Verdict:
        """For the `nth` submit of its connection, with `unanswered` others before it."""
        options = self._options
        self._submits += 1
        if self._drops(nth):
            return DROP
        if options.window_limit is not None and unanswered >= options.window_limit:
            return THROTTLED
        if self._throttles(now):
            return THROTTLED
        for prefix, status in options.refuse_prefixes.items():
            if destination.startswith(prefix):
                return Verdict("refuse", status)
        if self._chance(options.refuse_share):
            return Verdict("refuse", options.refuse_status)
        if options.silent_from is not None and self._submits >= options.silent_from:
            return SILENT
        return SILENT if self._chance(options.silent_share) else TAKE

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
        return self._chance(options.throttle_share)

    def _chance(self, share: float) -> bool:
        return share > 0 and self._random.random() < share
