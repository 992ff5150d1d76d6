"""What is in doubt, and what an operator may do about it.

Rules: a message is in doubt until an outcome, which stands, or a later copy of it; what is in
no doubt any more is left alone, so that saying it twice does it once; a message past its
deadline can only be dropped.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.message import Message
from schemas.reason import Reason
from schemas.record import Millis
from schemas.status import OUTCOMES, State, Status
from streams.composing import status_of

RESENT = "sent again by an operator"
DROPPED = "dropped by an operator"


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A message, its partition, and the status that says it is in doubt."""

    message: Message
    partition: int
    status: Status

    def worth_sending(self, now_ms: Millis) -> bool:
        """Its deadline is to come."""
        return now_ms <= self.message.deadline


class Ledger:
    """What is in doubt, of a day's records: first each copy that was kept, then the statuses.

    It holds the messages that were kept, the latest attempt of each, and one status for each
    that is in doubt, however many statuses it is told. `phones` are the keys of the statuses
    that it needs.
    """

    def __init__(self) -> None:
        self.phones: set[bytes] = set()
        self._kept: dict[str, tuple[int, Message]] = {}
        self._open: dict[str, Status] = {}
        self._latest: dict[str, int] = {}
        self._ended: set[str] = set()

    def keep(self, partition: int, message: Message) -> None:
        """As `chappe.in-doubt` has it; of several copies the latest attempt counts, of those the
        last."""
        known = self._kept.get(message.id)
        if known is None or known[1].attempt <= message.attempt:
            self._kept[message.id] = partition, message
        self.phones.add(message.phone.encode())

    def note(self, status: Status) -> None:
        """In the order of each partition."""
        if status.id not in self._kept:
            return
        attempt, latest = status.attempt, self._latest.get(status.id, 0)
        if attempt is not None:
            self._latest[status.id] = max(attempt, latest)
        if status.state is State.IN_DOUBT:
            lives_on = attempt is not None and attempt < latest
            if not lives_on and status.id not in self._ended:
                self._open[status.id] = status
        elif status.state in OUTCOMES:
            self._ended.add(status.id)
            self._open.pop(status.id, None)
        elif attempt is not None and attempt > latest:
            self._open.pop(status.id, None)

    def found(self) -> list[InDoubt]:
        """Oldest first. Not where an older copy is all that was read: the one in doubt has come
        meanwhile, and what is sent again would count as it."""
        found = [
            InDoubt(self._kept[name][1], self._kept[name][0], status)
            for name, status in self._open.items()
            if self._kept[name][1].attempt >= (status.attempt or 0)
        ]
        return sorted(found, key=lambda one: one.status.at)

    def still(self, chosen: Iterable[InDoubt]) -> list[InDoubt]:
        """Those of which nothing was noted since they were found."""
        return [one for one in chosen if self._open.get(one.message.id) == one.status]


def resent(one: InDoubt, now_ms: Millis) -> tuple[Message, Status]:
    """For `chappe.retries`, due at once, and the status beside it. That a copy of it may have
    been taken goes with it."""
    attempt, unanswered = one.message.attempt + 1, max(1, one.message.unanswered)
    message = one.message.model_copy(
        update={"attempt": attempt, "due": now_ms, "unanswered": unanswered}
    )
    status = status_of(
        message, State.RETRYING, now_ms, reason=Reason.DECIDED, detail=RESENT, attempt=attempt
    )
    return message, status


def dropped(one: InDoubt, now_ms: Millis) -> Status:
    """Its last status: nobody will send it."""
    return status_of(one.message, State.CANCELLED, now_ms, reason=Reason.DECIDED, detail=DROPPED)
