"""What a gateway says before it submits, and what follows for whoever comes after it.

Rules: nothing is submitted that no intent names; an intent travels as the metadata of an
offset commit, so that the same request also proves that the partition is still ours; what
an intent names and no status settles is in doubt, all else was never sent.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.message import Message
from schemas.status import OUTCOMES, State, Status

LONGEST = 3_800
"""Octets of metadata that an intent may have. Kafka takes 4,096 (`offset.metadata.max.bytes`),
and would refuse the whole commit, from then on each."""
LAST = 2**63 - 1
"""No offset of Kafka is higher."""


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


class Room:
    """Which further batches an intent that names these can name, in `longest` octets.

    A batch that is finished makes no intent longer: two steps become one.
    """

    def __init__(self, named: Iterable[int], longest: int = LONGEST) -> None:
        self.named = sorted(named)
        self._left = longest - len(write_intent(Intent(tuple(self.named), LAST)))

    def take(self, offset: int) -> bool:
        """Name it too; False where there is no room."""
        at = bisect_left(self.named, offset)
        before = self.named[at - 1] if at else 0
        octets = len(f"{offset - before},")
        if at < len(self.named):
            after = self.named[at]
            octets += len(str(after - offset)) - len(str(after - before))
        if octets > self._left:
            return False
        self._left -= octets
        self.named.insert(at, offset)
        return True


class Then(StrEnum):
    """What to do with a message that a gateway before us may have submitted."""

    SEND = "send"
    DONE = "done"
    DOUBT = "doubt"


@dataclass(slots=True)
class Past:
    """What `sms.status` says of messages: read with `note`, asked with `judge`.

    `ended` has the ids with an outcome, which stands: a gateway that was cut off may say later
    what it made of an older copy. `doubts`: the highest attempt that is in doubt; a later one is
    not, since who sends it again writes the copy first, and its status may not be read yet.
    `attempts`: the highest attempt that lives on elsewhere (in `chappe.retries`, or with
    compose). In whatever order all that is said, it says the same. `taken`: segments that an
    SMSC has, by id, and `smscs` which one.
    """

    ended: set[str] = field(default_factory=set)
    doubts: dict[str, int] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    taken: dict[str, dict[int, str]] = field(default_factory=dict)
    smscs: dict[str, str] = field(default_factory=dict)

    def note(self, status: Status) -> None:
        """One status."""
        if status.state is State.IN_DOUBT:  # without an attempt: of a version that had one copy
            _raise_to(self.doubts, status.id, status.attempt or 0)
        elif status.state in OUTCOMES:
            self.ended.add(status.id)
        elif status.state in (State.RETRYING, State.HELD):
            if status.attempt is not None:
                _raise_to(self.attempts, status.id, status.attempt)
            self._take(status)

    def _take(self, status: Status) -> None:
        for segment in status.segments or ():
            if segment.state is State.SUBMITTED:
                ids = self.taken.setdefault(status.id, {})
                ids[segment.number] = segment.smsc_id or ""
                if status.smsc is not None:
                    self.smscs[status.id] = status.smsc

    def supersede(self, message: Message) -> None:
        """It is there: the copies before it live on in it, though no status says so yet."""
        _raise_to(self.attempts, message.id, message.attempt)

    def judge(self, message: Message, *, intended: bool) -> Then:
        """`intended`: the batch it came in was open when the gateway before us ended."""
        if self.decided(message) or message.attempt <= self.doubts.get(message.id, -1):
            return Then.DONE
        return Then.DOUBT if intended else Then.SEND

    def decided(self, message: Message) -> bool:
        """Whether this copy of it is in no doubt any more: it has an outcome, or a later copy
        lives on."""
        return message.id in self.ended or self.attempts.get(message.id, -1) > message.attempt

    def carried(self, message: Message) -> Message:
        """With the segments that an SMSC has of it, which is the one to get the others."""
        taken = {**self.taken.get(message.id, {}), **message.taken}
        if taken == message.taken:
            return message
        smsc = self.smscs.get(message.id, message.smsc)
        return message.model_copy(update={"taken": taken, "smsc": smsc})


def _raise_to(highest: dict[str, int], name: str, attempt: int) -> None:
    highest[name] = max(attempt, highest.get(name, -1))
