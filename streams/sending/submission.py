"""One message on its way to the SMSC: which segment is next, and what the answers add up to.

Rules: a segment that was accepted is never sent again; after one answer that is not yes,
no further segment goes out until all answers are in; only silence is doubt.
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
    """`tries` counts rounds that ended in a retry. What `message.taken` says is not sent;
    numbers beyond `payloads` there say nothing: other words were in other segments.
    """

    __slots__ = ("_detail", "_legs", "_statuses", "_verdict", "message", "payloads", "smsc_ids",
                 "tries")  # fmt: skip

    def __init__(self, message: Message, payloads: Sequence[Payload]) -> None:
        self.message = message
        self.payloads = payloads
        taken = {number: of for number, of in message.taken.items() if 1 <= number <= len(payloads)}
        self.smsc_ids: list[str | None] = [None] * len(payloads)
        self.tries = message.tries
        self._legs = [TODO] * len(payloads)
        self._statuses: list[int | None] = [None] * len(payloads)
        self._verdict: Verdict | None = None
        self._detail: str | None = None
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
        """Nothing of it was ever taken or is on its way."""
        return self._legs.count(TODO) == len(self._legs)

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

    @property
    def doubted(self) -> int:
        """Segments that were submitted and not answered."""
        return self._legs.count(DOUBT)

    def submitted(self, index: int) -> None:
        """The segment was handed to the session."""
        self._legs[index] = OUT

    def unsent(self, index: int) -> Conclusion | None:
        """It was never written to the link: as if it had not been submitted."""
        self._legs[index] = TODO
        return self._conclude()

    def unanswered(self, index: int, why: str) -> Conclusion | None:
        """It was written, and no answer came."""
        self._legs[index] = DOUBT
        self._detail = why
        return self._conclude()

    def abandoned(self, why: str) -> Conclusion | None:
        """Nobody waits for the answers any more; None where none was due.

        RETRYING is not said: whoever has it next sends it. All else is its end.
        """
        if not self.outstanding:
            return None
        self._legs = [DOUBT if leg is OUT else leg for leg in self._legs]
        self._detail = why
        return self._conclude()

    def answered(
        self, index: int, command_status: int, verdict: Verdict, smsc_id: str = ""
    ) -> Conclusion | None:
        """The SMSC's answer; None while more is to come or to be sent."""
        self._statuses[index] = command_status
        if verdict.then is Then.SENT:
            self._legs[index] = SENT
            self.smsc_ids[index] = smsc_id or None
        else:
            self._legs[index] = RETRY if verdict.then is Then.RETRY else FAILED
            self._verdict = verdict
            self._detail = status_words(command_status)
        return self._conclude()

    def answered_late(self, index: int, command_status: int, smsc_id: str) -> Conclusion | None:
        """An answer to a segment in doubt. None where it was in no doubt, or others still are.

        RETRYING where something is left to be sent: a no means "not taken".
        """
        if self._legs[index] is not DOUBT or FAILED in self._legs:
            return None
        if OUT in self._legs:  # the last answer concludes; a "no" stays a doubt until then
            if not command_status:
                self._legs[index], self.smsc_ids[index] = SENT, smsc_id or None
            return None
        self._statuses[index] = command_status
        self._legs[index] = TODO if command_status else SENT
        self.smsc_ids[index] = smsc_id or None
        if DOUBT in self._legs:
            return None
        if self._legs.count(SENT) == len(self._legs):
            return ALL_SENT
        return Conclusion(State.RETRYING, Reason.NO_ANSWER, "a late answer: not all was taken")

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

    def _conclude(self) -> Conclusion | None:
        legs = self._legs
        if OUT in legs:
            return None
        if FAILED in legs:
            return self._failed(self._verdict)
        if DOUBT in legs:
            return self._doubtful()
        if RETRY in legs:
            return self._retry(self._verdict)
        return ALL_SENT if legs.count(SENT) == len(legs) else None

    def _failed(self, verdict: Verdict | None) -> Conclusion:
        reason = verdict.reason if verdict else Reason.REFUSED_BY_SMSC
        return Conclusion(State.FAILED, reason, self._detail)

    def _doubtful(self) -> Conclusion:
        if self.message.in_doubt == "hold":
            return Conclusion(State.IN_DOUBT, Reason.NO_ANSWER, self._detail)
        self._again()
        return Conclusion(State.RETRYING, Reason.NO_ANSWER, f"{self._detail}; sent again")

    def _retry(self, verdict: Verdict | None) -> Conclusion:
        self.tries += 1
        if verdict is None or self.tries > verdict.retries:
            for index, leg in enumerate(self._legs):
                self._legs[index] = FAILED if leg is RETRY else leg
            return Conclusion(State.FAILED, Reason.RETRIES_EXHAUSTED, self._detail)
        self._again()
        after_s = verdict.wait_s(self.tries)
        return Conclusion(State.RETRYING, verdict.reason, self._detail, after_s, verdict.elsewhere)

    def _again(self) -> None:
        for index, leg in enumerate(self._legs):
            if leg in (RETRY, DOUBT):
                self._legs[index] = TODO
