"""Answers after their time-out: each settles a doubt, where there still is one.

Rules: what is still in hand, to be sent again, ends in dispatch; before a late answer concludes
anything of what is in doubt, `sms.status` is asked whether a receipt, an operator or another
gateway did since: their word stands (what they say in the moment between asking and writing
is not seen). Those that come meanwhile are asked for together.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from agents.beside import Beside
from agents.gateway.answers import Token
from agents.gateway.dispatch import Dispatch
from agents.gateway.item import Item, untold
from agents.gateway.recovery import patiently
from agents.gateway.status_log import StatusLog
from agents.metrics import Metrics
from agents.smpp.submit import Accepted, Answer, Rejected
from schemas.record import Millis
from schemas.status import State
from streams.sending.submission import Conclusion
from streams.sending.verdict import SENT, Then, Verdict


@dataclass(frozen=True, slots=True)
class _Late:
    """What an answer would conclude of a message that was submitted at `since`."""

    token: Token
    conclusion: Conclusion
    since: Millis

    @property
    def item(self) -> Item:
        """The message in doubt."""
        return self.token.item


class LateAnswers:
    """Of all links. `clock` is wall time, `steady` is monotonic (s)."""

    def __init__(
        self,
        dispatch: Dispatch,
        status_log: StatusLog,
        metrics: Metrics,
        clock: Callable[[], float],
        steady: Callable[[], float],
        beside: Beside,
    ) -> None:
        self._dispatch, self._status_log, self._metrics = dispatch, status_log, metrics
        self._clock, self._steady, self._beside = clock, steady, beside
        self._heard: list[_Late] = []
        self._settling: asyncio.Task[None] | None = None

    def hear(self, token: Token, answer: Answer) -> None:
        """The link's callback: what was Doubt has an answer after all."""
        if not isinstance(answer, Accepted | Rejected):
            return
        item, message = token.item, token.submission.message
        if isinstance(answer, Accepted):
            self._metrics.count("segments_total", message.lane, message.template)
        if item.in_hand and concerns(token):
            self._in_hand(token, answer)
        elif item.moved is not None and concerns(token):
            self._in_doubt(token, answer)
        else:
            self._count(token, "unused")

    def _in_hand(self, token: Token, answer: Accepted | Rejected) -> None:
        """It waits to be sent again, or is on its way again."""
        submission, unsure = token.submission, token.submission.may_have(token.index)
        status, verdict, smsc_id = said(token, answer)
        is_its_smsc = token.carrier is token.item.carrier
        taken = verdict.then is Then.SENT
        conclusion = submission.answered_late(
            token.index, status, verdict if taken or is_its_smsc else None, smsc_id
        )
        self._count(token, "settled" if unsure else "unused")
        if unsure and (taken or conclusion is not None):
            self._dispatch.on_late(token, conclusion)

    def _in_doubt(self, token: Token, answer: Accepted | Rejected) -> None:
        submission, index = token.submission, token.index
        unsure = submission.may_have(index)
        conclusion = submission.settled(index, *said(token, answer))
        if conclusion is None:  # where it settles its segment, others are in doubt still
            settled = unsure and not submission.may_have(index)
            self._count(token, "settled" if settled else "unused")
            return
        since = self._clock() - (self._steady() - token.at)
        self._heard.append(_Late(token, conclusion, int(since * 1000)))
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
                self._count(late.token, "unused")
            else:
                self.conclude(late.token, late.conclusion)

    def conclude(self, token: Token, conclusion: Conclusion) -> None:
        """Its doubt is settled."""
        item, outcomes = token.item, self._dispatch.outcomes
        self._count(token, "settled")
        item.finished = untold  # its batch was done with the doubt
        if item.submission.taken:
            item.carrier = token.carrier
        due = int((self._clock() + conclusion.after_s) * 1000)
        if conclusion.state is State.RETRYING and due > item.submission.message.deadline:
            conclusion = item.submission.gives_up(conclusion)
        if conclusion.state is State.RETRYING:
            outcomes.later(item, conclusion, due)
        else:
            outcomes.end(item, conclusion, untold)

    def _count(self, token: Token, outcome: str) -> None:
        self._metrics.count("late_answers_total", token.carrier.name, outcome)


def concerns(token: Token) -> bool:
    """Not where it went to another gateway, was worded anew since for another SMSC, or where
    another SMSC has begun one of several segments."""
    item, submission = token.item, token.submission
    if item.dropped or submission is not item.submission:
        return False
    begun = bool(submission.taken) or submission.outstanding
    return token.carrier is item.carrier or not begun or len(submission.payloads) == 1


def said(token: Token, answer: Accepted | Rejected) -> tuple[int, Verdict, str]:
    """command_status, what it means at that SMSC, and the message id."""
    if isinstance(answer, Accepted):
        return 0, SENT, answer.message_id
    status = answer.command_status
    return status, token.carrier.config.verdicts.of(status), ""
