"""What an answer of the SMSC says: of the message, and of the SMSC itself.

Rules: each answer is counted and timed, and teaches the pace and the breaker, before anything
is concluded of the message; a submit without an answer is counted, and teaches nothing.
"""

import logging
from dataclasses import dataclass

from agents.gateway.carrier import Bind, Carrier
from agents.gateway.item import Item
from agents.metrics import Metrics
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected
from streams.events.address import masked
from streams.sending.submission import Conclusion, Submission
from streams.sending.verdict import SENT

NO_ANSWER = "no_answer"
"""For metrics, in the place of a command_status."""
LATE_S = 10.0
"""Before it is sent again, what was not answered is given its time-out again, and so long at
most: an SMSC that is only slow answers meanwhile, and an overloaded one is not given more."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Token:
    """One submit that is on its way, since `at` (steady clock, s)."""

    item: Item
    submission: Submission
    index: int
    carrier: Carrier
    bind: Bind
    at: float


class Answers:
    """Judges them by the SMSC's own verdicts."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def hear(self, token: Token, answer: Answer, now: float) -> Conclusion | None:
        """What became of the message; None: it has segments that are out, or to be sent."""
        submission, carrier = token.submission, token.carrier
        if isinstance(answer, Accepted):
            self._accepted(carrier, token, now)
            return submission.answered(token.index, 0, SENT, answer.message_id)
        if isinstance(answer, Rejected):
            return self._rejected(carrier, token, answer.command_status, now)
        if isinstance(answer, Doubt):
            self._metrics.count("submit_answers_total", carrier.name, NO_ANSWER)
            wait_s = min(carrier.config.bind.response_timeout_s, LATE_S) if answer.awaited else 0.0
            return submission.silent(token.index, answer.why, wait_s)
        return submission.unsent(token.index)

    def _accepted(self, carrier: Carrier, token: Token, now: float) -> None:
        message = token.submission.message
        carrier.pace.accepted(now)
        carrier.answered(breaker=False, now=now)
        self._metrics.count("segments_total", message.lane, message.template)
        self._answered(carrier, 0, now - token.at)

    def _rejected(
        self, carrier: Carrier, token: Token, command_status: int, now: float
    ) -> Conclusion | None:
        judged = carrier.config.verdicts.of(command_status)
        self._answered(carrier, command_status, now - token.at)
        carrier.answered(breaker=judged.breaker, now=now)
        if judged.slow:
            carrier.pace.throttled(now)
        words = f"{carrier.name} answers 0x{command_status:08X}"
        if judged.stop:
            carrier.suspend(words)
        elif judged.rebind:
            token.bind.link.rebind(words)
        if judged.alert:
            phone = masked(token.submission.message.phone)
            logger.error("%s for %s: the next may fail too, see docs/smsc.md", words, phone)
        return token.submission.answered(token.index, command_status, judged)

    def _answered(self, carrier: Carrier, command_status: int, round_trip_s: float) -> None:
        label = carrier.config.verdicts.label(command_status)
        self._metrics.count("submit_answers_total", carrier.name, label)
        self._metrics.observe("submit_round_trip_seconds", carrier.name, value=round_trip_s)
