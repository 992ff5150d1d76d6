"""Answers after their time-out: each settles a doubt, where there still is one.

Rules: before a late answer concludes anything, `sms.status` is asked whether a receipt, an
operator or another gateway did since: their word stands (what they say in the moment
between asking and writing is not seen). Those that come meanwhile are asked for together.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from agents.beside import Beside
from agents.gateway.answers import Token
from agents.gateway.item import Item, untold
from agents.gateway.outcomes import Outcomes
from agents.gateway.recovery import patiently
from agents.gateway.status_log import StatusLog
from agents.metrics import Metrics
from agents.smpp.submit import Accepted, Answer, Rejected
from schemas.record import Millis
from schemas.status import State
from streams.sending.submission import Conclusion


@dataclass(frozen=True, slots=True)
class _Late:
    """What an answer would conclude of a message that was submitted at `since`."""

    item: Item
    conclusion: Conclusion
    since: Millis


class LateAnswers:
    """Of all links. `clock` is wall time, `steady` is monotonic (s)."""

    def __init__(
        self,
        outcomes: Outcomes,
        status_log: StatusLog,
        metrics: Metrics,
        clock: Callable[[], float],
        steady: Callable[[], float],
        beside: Beside,
    ) -> None:
        self._outcomes, self._status_log, self._metrics = outcomes, status_log, metrics
        self._clock, self._steady, self._beside = clock, steady, beside
        self._heard: list[_Late] = []
        self._settling: asyncio.Task[None] | None = None

    def hear(self, token: Token, answer: Answer) -> None:
        """The link's callback: what was Doubt has an answer after all."""
        if not isinstance(answer, Accepted | Rejected):
            return
        item, conclusion = token.item, conclusion_of(token, answer)
        if conclusion is None or item.dropped:
            self._count(item, "unused")
            return
        since = self._clock() - (self._steady() - token.at)
        self._heard.append(_Late(item, conclusion, int(since * 1000)))
        if self._settling is None or self._settling.done():
            self._settling = self._beside.start(self._settle(), "late answers")

    async def _settle(self) -> None:
        while self._heard:
            by_partition: defaultdict[int, list[_Late]] = defaultdict(list)
            for late in self._heard:
                by_partition[late.item.partition].append(late)
            self._heard = []
            for number, heard in by_partition.items():
                await self._settle_of(number, heard)

    async def _settle_of(self, number: int, heard: list[_Late]) -> None:
        messages = [late.item.submission.message for late in heard]
        since = min(late.since for late in heard)
        past = await patiently(
            lambda: self._status_log.past_of(number, since, messages), "what became of doubts"
        )
        for late, message in zip(heard, messages, strict=True):
            if past.decided(message):
                self._count(late.item, "unused")
            else:
                self.conclude(late.item, late.conclusion)

    def conclude(self, item: Item, conclusion: Conclusion) -> None:
        """Its doubt is settled."""
        self._count(item, "settled")
        item.finished = untold  # its batch was done with the doubt
        if conclusion.state is State.SUBMITTED:
            self._outcomes.end(item, conclusion, untold)
        else:
            self._outcomes.later(item, conclusion, int(self._clock() * 1000))

    def _count(self, item: Item, outcome: str) -> None:
        assert item.carrier is not None, "what was submitted has a carrier"
        self._metrics.count("late_answers_total", item.carrier.name, outcome)


def conclusion_of(token: Token, answer: Accepted | Rejected) -> Conclusion | None:
    """None where it settles nothing, or not yet."""
    if token.submission is not token.item.submission:
        return None  # it was worded anew since, for another SMSC
    if isinstance(answer, Rejected):
        return token.submission.answered_late(token.index, answer.command_status, "")
    return token.submission.answered_late(token.index, 0, answer.message_id)
