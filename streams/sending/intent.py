"""What a gateway says before it submits, and what follows for whoever comes after it.

Rules: nothing is submitted that no intent names; an intent travels as the metadata of an
offset commit, so that the same request also proves that the partition is still ours; what
an intent names and no status settles is in doubt, all else was never sent.
"""

import json
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.message import Message
from schemas.status import OUTCOMES, State, Status


@dataclass(frozen=True, slots=True)
class Intent:
    """Of one partition. `offsets`: the batches that are open, ascending.

    `status_from`: the place on its partition of `sms.status` behind which every outcome
    stands: of their messages, and of those that are finished above the committed position.
    """

    offsets: tuple[int, ...]
    status_from: int


def write_intent(intent: Intent | None) -> str:
    """The metadata of a commit: JSON, the offsets as steps from one to the next."""
    if intent is None:
        return ""
    places = (0, *intent.offsets)
    steps = [after - before for before, after in zip(places, intent.offsets, strict=False)]
    return json.dumps({"open": steps, "from": intent.status_from}, separators=(",", ":"))


def read_intent(metadata: str | None) -> Intent | None:
    """None where nothing above the position was ever opened.

    Raises ValueError for what no gateway of ours wrote.
    """
    if not metadata:
        return None
    try:
        said = json.loads(metadata)
        steps, status_from = said["open"], said["from"]
        offsets, at = [], 0
        for step in steps:
            at += int(step)
            offsets.append(at)
        return Intent(tuple(offsets), int(status_from))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"not an intent: {metadata[:60]!r}") from error


class Then(StrEnum):
    """What to do with a message that a gateway before us may have submitted."""

    SEND = "send"
    DONE = "done"
    DOUBT = "doubt"


@dataclass(slots=True)
class Past:
    """What `sms.status` says of messages: read with `note`, asked with `judge`.

    `ended` has the ids that need nothing more. `attempts`: the highest attempt that lives
    on elsewhere (in `chappe.retries`, or with compose), by id. `taken`: segments that the
    SMSC has, by id; `smscs`: which SMSC that is.
    """

    ended: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    attempts: dict[str, int] = field(default_factory=dict)
    taken: dict[str, dict[int, str]] = field(default_factory=dict)
    smscs: dict[str, str] = field(default_factory=dict)

    def note(self, status: Status) -> None:
        """One status, in the order of the topic."""
        if status.state in OUTCOMES:
            self.ended.add(status.id)
            (self.doubted.add if status.state is State.IN_DOUBT else self.doubted.discard)(
                status.id
            )
            return
        if status.state not in (State.RETRYING, State.HELD):
            return
        if status.attempt is not None:
            known = self.attempts.get(status.id, -1)
            self.attempts[status.id] = max(known, status.attempt)
            if status.id in self.doubted:  # decided to be sent again: the copy has no outcome yet
                self.ended.discard(status.id)
                self.doubted.discard(status.id)
        for segment in status.segments or ():
            if segment.state is State.SUBMITTED:
                ids = self.taken.setdefault(status.id, {})
                ids[segment.number] = segment.smsc_id or ""
                if status.smsc is not None:
                    self.smscs[status.id] = status.smsc

    def judge(self, message: Message, *, intended: bool) -> Then:
        """`intended`: the batch it came in was open when the gateway before us ended."""
        if message.id in self.ended or self.attempts.get(message.id, -1) > message.attempt:
            return Then.DONE
        return Then.DOUBT if intended else Then.SEND

    def carried(self, message: Message) -> Message:
        """The message with what an SMSC has of it, for whoever sends the rest."""
        if message.id not in self.taken:
            return message
        taken = {**self.taken[message.id], **message.taken}
        smsc = self.smscs.get(message.id, message.smsc)
        return message.model_copy(update={"taken": taken, "smsc": smsc})
