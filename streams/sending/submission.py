"""One message on its way to the SMSC: which segment is next, and what the answers add up to.

Rules: a segment that was accepted is never sent again; after one answer that is not yes,
no further segment goes out until all answers are in; only silence is doubt. Under `resend`
what was not answered is sent again a few times, and a late yes to any copy is a yes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from schemas.message import Message
from schemas.reason import Reason
from schemas.status import Segment, State
from streams.sending.verdict import Then, Verdict, status_words
from streams.text.segment import Payload


class Leg(StrEnum):
    """Where one segment stands."""

    TODO = "todo"
    OUT = "out"
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    DOUBT = "doubt"


TODO, OUT, SENT, RETRY, FAILED, DOUBT = Leg
"""Plain names: to read `Leg.TODO` takes ten times as long (Python 3.11), at every answer."""
STUCK = (RETRY, FAILED, DOUBT)

RESENDS = 3
"""How often a message is sent again without an answer: then it is in doubt, `resend` or not.
An SMSC that is slower than the response time-out has four copies of it at most."""

STATES = {SENT: State.SUBMITTED, FAILED: State.FAILED, DOUBT: State.IN_DOUBT,
          RETRY: State.RETRYING}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the answers add up to. RETRYING comes with `after_s`; `elsewhere`: another SMSC
    may take it at once.
    """

    state: State
    reason: Reason | None = None
    detail: str | None = None
    after_s: float = 0.0
    elsewhere: bool = False


ALL_SENT = Conclusion(State.SUBMITTED)


class Submission:
    """`tried` counts rounds that ended in a retry, by command_status; `unanswered` those that
    ended without an answer. What `message.taken` says is not sent; numbers beyond `payloads`
    there say nothing: other words were in other segments.
    """

    __slots__ = ("_detail", "_legs", "_open", "_refused", "_statuses", "_verdict", "_wait_s",
                 "message", "payloads", "smsc_ids", "tried", "unanswered")  # fmt: skip

    def __init__(self, message: Message, payloads: Sequence[Payload]) -> None:
        self.message = message
        self.payloads = payloads
        taken = {number: of for number, of in message.taken.items() if 1 <= number <= len(payloads)}
        self.smsc_ids: list[str | None] = [None] * len(payloads)
        self.tried, self.unanswered = dict(message.tried), message.unanswered
        self._open = [0] * len(payloads)  # copies that were not answered
        self._legs = [TODO] * len(payloads)
        self._statuses: list[int | None] = [None] * len(payloads)
        self._verdict: Verdict | None = None
        self._refused = 0
        self._detail: str | None = None
        self._wait_s = 0.0
        for number, smsc_id in taken.items():
            self._legs[number - 1] = SENT
            self.smsc_ids[number - 1] = smsc_id or None

    @property
    def next(self) -> int | None:
        """Index of the segment to submit, or None: all out, or waiting for an answer."""
        legs = self._legs
        if TODO not in legs or any(leg in STUCK for leg in legs):
            return None
        return legs.index(TODO)

    @property
    def untouched(self) -> bool:
        """Nothing of it was ever taken or is on its way; but see `unsure`."""
        return self._legs.count(TODO) == len(self._legs)

    @property
    def unsure(self) -> bool:
        """A copy of it, or of a part, may have been taken: it is sent again nevertheless."""
        return any(self._open) or self.message.unanswered > 0

    @property
    def outstanding(self) -> bool:
        """A segment waits for its answer."""
        return OUT in self._legs

    @property
    def taken(self) -> dict[int, str]:
        """The segments that the SMSC has: number to the id it gave."""
        return {
            index + 1: self.smsc_ids[index] or ""
            for index, leg in enumerate(self._legs)
            if leg is SENT
        }

    def submitted(self, index: int) -> None:
        """The segment was handed to the session."""
        self._legs[index] = OUT

    def unsent(self, index: int) -> Conclusion | None:
        """It was never written to the link: as if it had not been submitted."""
        if self._legs[index] is SENT:
            return None
        self._legs[index] = TODO
        return self._conclude()

    def silent(self, index: int, why: str, wait_s: float = 0.0) -> Conclusion | None:
        """It was written, and no answer came; one may still come in the next `wait_s`."""
        if self._legs[index] is SENT:
            return None
        self._legs[index] = DOUBT
        self._open[index] += 1
        self._detail, self._wait_s = why, wait_s
        return self._conclude()

    def abandoned(self, why: str) -> Conclusion | None:
        """Nobody waits for the answers any more; None where none was due.

        RETRYING is not said: whoever has it next sends it. All else is its end.
        """
        if not self.outstanding:
            return None
        for index, leg in enumerate(self._legs):
            if leg is OUT:
                self._legs[index] = DOUBT
                self._open[index] += 1
        self._detail = why
        return self._conclude()

    def ends(self, reason: Reason, detail: str | None = None) -> Conclusion:
        """It is not sent on, with no answer outstanding.

        A message of which a part was taken was not `refused`: people may have seen it; and of
        one that was not answered nobody knows.
        """
        if self.unsure:
            everything = not any(self._open)  # what is not known is of an earlier stay
            for index, leg in enumerate(self._legs):
                if leg is TODO and (everything or self._open[index]):
                    self._legs[index] = DOUBT
            return Conclusion(State.IN_DOUBT, Reason.NO_ANSWER, self._detail or detail)
        return Conclusion(State.FAILED if self.taken else State.REFUSED, reason, detail)

    def gives_up(self, conclusion: Conclusion) -> Conclusion:
        """Where the try that `conclusion` asks for would come after its deadline."""
        if self.unsure:
            return self.ends(Reason.TOO_LATE)
        detail = f"{conclusion.detail}; the next try would come after its deadline"
        return Conclusion(State.FAILED, Reason.TOO_LATE, detail)

    def answered(
        self, index: int, command_status: int, verdict: Verdict, smsc_id: str = ""
    ) -> Conclusion | None:
        """The SMSC's answer; None while more is to come or to be sent."""
        if self._legs[index] is SENT:  # by a late yes to an earlier copy
            return None
        self._hear(index, command_status, verdict, smsc_id)
        return self._conclude()

    def may_have(self, index: int) -> bool:
        """Whether it is not known that an SMSC has the segment, or has not."""
        return self._open[index] > 0 and self._legs[index] is not SENT

    def answered_late(
        self, index: int, command_status: int, verdict: Verdict | None, smsc_id: str
    ) -> Conclusion | None:
        """An answer to a copy that counted as not answered, while the message is not concluded.

        None where it ends nothing, or not yet. A no without a verdict only says "not taken": of
        an SMSC that is not to send it any more.
        """
        if not self.may_have(index):
            return None
        if verdict is None or verdict.then is not Then.SENT:
            self._not_taken(index)
            if self._open[index] or verdict is None or self._legs[index] not in (TODO, DOUBT):
                return None  # another copy decides
        self._hear_late(index, command_status, verdict, smsc_id)
        return self._conclude()

    def settled(
        self, index: int, command_status: int, verdict: Verdict, smsc_id: str
    ) -> Conclusion | None:
        """The same of a message that was concluded to be in doubt. None where it was not, or
        is still. RETRYING where something is left to be sent.
        """
        if self._legs[index] is not DOUBT:
            return None
        if verdict.then is not Then.SENT:
            self._not_taken(index)
            if self._open[index]:
                return None
        self._hear_late(index, command_status, verdict, smsc_id)
        if DOUBT in self._legs:
            return None
        conclusion = self._conclude()
        if conclusion is None:
            return Conclusion(State.RETRYING, detail="a late answer: not all was taken")
        return None if conclusion.state is State.IN_DOUBT else conclusion

    def segments(self) -> list[Segment]:
        """One outcome each, for the status."""
        return [
            Segment(
                number=index + 1,
                state=STATES.get(leg, State.QUEUED),
                smsc_id=self.smsc_ids[index],
                command_status=self._statuses[index] or None,
            )
            for index, leg in enumerate(self._legs)
        ]

    def _not_taken(self, index: int) -> None:
        self._open[index] = max(0, self._open[index] - 1)
        if OUT not in self._legs:  # else that one may not be answered either
            self._forget_copies()

    def _forget_copies(self) -> None:
        """Where each was answered after all."""
        if not any(self._open):
            self.unanswered = self.message.unanswered

    def _hear_late(self, index: int, command_status: int, verdict: Verdict, smsc_id: str) -> None:
        only = self._open[index] == 1 and self._legs[index] is not OUT
        self._hear(index, command_status, verdict, smsc_id)
        if only:
            self._forget_copies()

    def _hear(self, index: int, command_status: int, verdict: Verdict, smsc_id: str) -> None:
        self._statuses[index] = command_status
        if verdict.then is Then.SENT:
            self._legs[index], self._open[index] = SENT, 0
            self.smsc_ids[index] = smsc_id or None
            return
        self._detail = status_words(command_status)
        if verdict.then is Then.RETRY:
            self._legs[index] = RETRY
            self._verdict, self._refused = verdict, command_status
        else:
            self._legs[index] = FAILED
        self._forget_copies()

    def _conclude(self) -> Conclusion | None:
        conclusion = self._sum()
        if conclusion is not None and conclusion.state is State.IN_DOUBT:
            for index, leg in enumerate(self._legs):
                if self._open[index] and leg is not SENT:
                    self._legs[index] = DOUBT
        return conclusion

    def _sum(self) -> Conclusion | None:
        legs = self._legs
        if OUT in legs:
            return None
        if FAILED in legs:
            return self._failed()
        if DOUBT in legs:
            return self._doubtful()
        if RETRY in legs:
            return self._retry(self._verdict)
        return ALL_SENT if legs.count(SENT) == len(legs) else None

    def _failed(self) -> Conclusion:
        """It can't arrive as a whole, but where an earlier copy may have been taken of each
        segment that was refused."""
        failed = [index for index, leg in enumerate(self._legs) if leg is FAILED]
        if self.message.unanswered or all(self._open[index] for index in failed):
            for index in failed:
                self._legs[index] = DOUBT
            return Conclusion(State.IN_DOUBT, Reason.NO_ANSWER, self._detail)
        return Conclusion(State.FAILED, Reason.REFUSED_BY_SMSC, self._detail)

    def _doubtful(self) -> Conclusion:
        if self.message.in_doubt == "hold":
            return Conclusion(State.IN_DOUBT, Reason.NO_ANSWER, self._detail)
        self.unanswered += 1
        if self.unanswered > RESENDS:
            detail = f"{self._detail}; sent {self.unanswered} times"
            return Conclusion(State.IN_DOUBT, Reason.NO_ANSWER, detail)
        self._again()
        detail = f"{self._detail}; to be sent again"
        return Conclusion(State.RETRYING, Reason.NO_ANSWER, detail, self._wait_s)

    def _retry(self, verdict: Verdict | None) -> Conclusion:
        tries = self.tried[self._refused] = self.tried.get(self._refused, 0) + 1
        if verdict is None or tries > verdict.retries:
            return self._exhausted()
        self._again()
        after_s = verdict.wait_s(tries)
        return Conclusion(State.RETRYING, verdict.reason, self._detail, after_s, verdict.elsewhere)

    def _exhausted(self) -> Conclusion:
        """What was refused each time was not taken; of a copy without an answer nobody knows."""
        unsure = self.unsure
        for index, leg in enumerate(self._legs):
            if leg is RETRY:
                self._legs[index] = DOUBT if unsure else FAILED
        if unsure:
            return Conclusion(State.IN_DOUBT, Reason.NO_ANSWER, self._detail)
        return Conclusion(State.FAILED, Reason.RETRIES_EXHAUSTED, self._detail)

    def _again(self) -> None:
        for index, leg in enumerate(self._legs):
            if leg in (RETRY, DOUBT):
                self._legs[index] = TODO
