"""Facts about submits and receipts, and both joins with the tables under them, for tests.

Rule: `Joins` is what agents/receipts does without Kafka: it reads a log in order, keeps
tables, writes logs. It can be killed between any two things.
"""

from typing import Any

from schemas.lane import Lane
from schemas.origin import Origin
from schemas.record import moment
from schemas.status import State, Status
from schemas.tracked import Doubt, Gathered, Tracked
from schemas.tracking import Doubted, Expected, Outcome, Told, doubt_key, id_key, is_doubt_key
from streams.sending import doubt
from streams.sending.gathering import Speaks, gather
from streams.sending.tracking import Seen, expect, tell

SMSC = "main"
PHONE = "+33612345678"
T0 = 1_795_428_000_000
FINAL = {"delivrd", "undeliv", "expired", "rejectd", "deleted", "unknown"}


def status(message: str = "m", state: State = State.SUBMITTED) -> Status:
    return Status(
        id=message,
        state=state,
        at=moment(T0),
        phone=PHONE,
        lane=Lane.NORMAL,
        template="parcel",
        event_time=moment(T0),
        origin=Origin(
            topic="domain.parcels", partition=0, offset=1, event_id="e", event_source="/s",
            event_type="t",
        ),
    )  # fmt: skip


def expected(
    smsc_id: str = "a1", message: str = "m", segment: int = 1, of: int = 1, **more: Any
) -> Expected:
    return Expected(
        key=id_key(SMSC, smsc_id),
        smsc=SMSC,
        smsc_id=smsc_id.upper(),
        segment=segment,
        segments=of,
        partition=3,
        status=status(message),
        at=T0,
        **more,
    )


def told(smsc_id: str = "a1", state: str = "delivrd", at: int = T0 + 2000, **more: Any) -> Told:
    return Told(
        key=id_key(SMSC, smsc_id),
        smsc=SMSC,
        smsc_id=smsc_id,
        state=state,
        final=more.pop("final", state in FINAL),
        at=at,
        **more,
    )


def unnamed(state: str = "delivrd", at: int = T0 + 2000, reference: int = 7) -> Told:
    """A receipt without an id, which echoes our reference."""
    receipt = told("", state, at, phone=PHONE[1:], reference=reference)
    return receipt.model_copy(update={"key": doubt_key(SMSC, PHONE, reference)})


def doubted(
    message: str = "m", segments: int = 1, at: int = T0, reference: int = 7, **more: Any
) -> Doubted:
    return Doubted(
        key=doubt_key(SMSC, PHONE, reference),
        smsc=SMSC,
        segments=segments,
        partition=3,
        status=status(message, State.SUBMITTED if more.get("taken") else State.IN_DOUBT),
        at=at,
        **more,
    )


class Joins:
    """One worker's life after another. `facts` and `outcomes` are the two logs, of which
    what is before `read` is committed; `statuses` is what the world sees."""

    def __init__(self, facts: list[Any], speaks: Speaks = Speaks.EVERY) -> None:
        self.facts, self.outcomes = list(facts), list[Outcome]()
        self.read = [0, 0]
        self.tracked: dict[str, Tracked] = {}
        self.doubts: dict[str, Doubt] = {}
        self.gathered: dict[str, Gathered] = {}
        self.statuses: list[Status] = []
        self.seen: list[Seen] = []
        self._speaks = speaks

    def fact(self) -> bool:
        """Read the next fact; False where there is none."""
        offset = self.read[0]
        if offset == len(self.facts):
            return False
        record, now = self.facts[offset], T0 + offset
        self.read[0] += 1
        if isinstance(record, Doubted) or (isinstance(record, Told) and is_doubt_key(record.key)):
            stored = self.doubts.get(record.key)
            step = (doubt.doubt(stored, record, now) if isinstance(record, Doubted)
                    else doubt.tell(stored, record, offset, now))  # fmt: skip
            if step.changed:
                self.doubts[record.key] = step.keep
            self.facts.extend(step.found)
            self.seen.extend(step.seen)
            return True
        of = self.tracked.get(record.key)
        joined = (expect(of, record, offset, now) if isinstance(record, Expected)
                  else tell(of, record, offset, now))  # fmt: skip
        self.seen.extend([joined.seen] if joined.seen else [])
        if joined.changed and joined.keep:
            self.tracked[record.key] = joined.keep
        if isinstance(joined.result, Status):
            self.statuses.append(joined.result)
        elif joined.result is not None:
            self.outcomes.append(joined.result)
        return True

    def outcome(self) -> bool:
        """Read the next outcome; False where there is none."""
        offset = self.read[1]
        if offset == len(self.outcomes):
            return False
        record = self.outcomes[offset]
        self.read[1] += 1
        stored = self.gathered.get(record.status.id)
        step = gather(stored, record, offset, T0 + offset, self._speaks)
        if step.changed:
            self.gathered[record.status.id] = step.keep
        if step.status is not None:
            self.statuses.append(step.status)
        return True

    def run(self) -> "Joins":
        """Until nothing is left to read."""
        while self.fact() or self.outcome():
            pass
        return self
