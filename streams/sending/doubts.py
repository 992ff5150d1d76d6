"""What is in doubt, and what an operator may do about it.

Rules: a message is in doubt until an outcome or a later copy of it; what is in no doubt any
more is left alone, so that saying it twice does it once; a message past its deadline can only
be dropped.
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

    It holds the messages that were kept and one status for each that is in doubt, however
    many statuses it is told. `phones` are the keys of the statuses that it needs.
    """

    def __init__(self) -> None:
        self.phones: set[bytes] = set()
        self._kept: dict[str, tuple[int, Message]] = {}
        self._open: dict[str, Status] = {}

    def keep(self, partition: int, message: Message) -> None:
        """As `chappe.in-doubt` has it; of several copies the latest attempt counts, of those the
        last."""
        known = self._kept.get(message.id)
        if known is None or known[1].attempt <= message.attempt:
            self._kept[message.id] = partition, message
        self.phones.add(message.phone.encode())

    def note(self, status: Status) -> None:
        """In the order of each partition."""
        known = self._open.get(status.id)
        if status.state is State.IN_DOUBT and status.id in self._kept:
            if known is None or (known.attempt or 0) <= (status.attempt or 0):
                self._open[status.id] = status
        elif known is not None and _settles(status, known):
            del self._open[status.id]

    def found(self) -> list[InDoubt]:
        """Oldest first."""
        found = [
            InDoubt(self._kept[name][1], self._kept[name][0], status)
            for name, status in self._open.items()
        ]
        return sorted(found, key=lambda one: one.status.at)

    def still(self, chosen: Iterable[InDoubt]) -> list[InDoubt]:
        """Those of which nothing was noted since they were found."""
        return [one for one in chosen if self._open.get(one.message.id) == one.status]


def _settles(status: Status, doubt: Status) -> bool:
    """An outcome, or a later copy. All else is of what was before, and was long on its way."""
    if status.state in OUTCOMES:
        return True
    return status.attempt is not None and status.attempt > (doubt.attempt or 0)


def resent(one: InDoubt, now_ms: Millis) -> tuple[Message, Status]:
    """For `chappe.retries`, due at once, and the status beside it."""
    attempt = one.message.attempt + 1
    message = one.message.model_copy(update={"attempt": attempt, "due": now_ms})
    status = status_of(
        message, State.RETRYING, now_ms, reason=Reason.DECIDED, detail=RESENT, attempt=attempt
    )
    return message, status


def dropped(one: InDoubt, now_ms: Millis) -> Status:
    """Its last status: nobody will send it."""
    return status_of(one.message, State.CANCELLED, now_ms, reason=Reason.DECIDED, detail=DROPPED)
