"""What is in doubt, and what an operator may do about it.

Rules: the last status of a message counts; what is in no doubt any more is left alone, so
that saying it twice does it once; a message past its deadline can only be dropped.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.message import Message
from schemas.reason import Reason
from schemas.record import Millis
from schemas.status import State, Status
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


def in_doubt(kept: Iterable[tuple[int, Message]], statuses: Iterable[Status]) -> list[InDoubt]:
    """Oldest first. `kept`: partition and message, as `chappe.in-doubt` has them, in order;
    `statuses` in the order of each partition.
    """
    messages = {message.id: (partition, message) for partition, message in kept}
    last = {status.id: status for status in statuses if status.id in messages}
    found = [
        InDoubt(messages[name][1], messages[name][0], status)
        for name, status in last.items()
        if status.state is State.IN_DOUBT
    ]
    return sorted(found, key=lambda one: one.status.at)


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
