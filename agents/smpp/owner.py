"""Whom a link belongs to: what the session hears, as the owner's callbacks are told it.

Rule: exactly one `on_answer` for every submit; a callback that raises is logged and harms
no other.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from agents.smpp.backoff import Trouble
from agents.smpp.events import Answered, Deliver, Event, LateAnswer, NeverWritten, Unanswered
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Unsent

log: Final = logging.getLogger("chappe.smpp")


@dataclass(frozen=True, slots=True)
class Owner:
    """The callbacks, see `Link`. They are synchronous, in the loop's thread."""

    on_answer: Callable[[Any, Answer], None]
    on_deliver: Callable[[Deliver], None]
    on_change: Callable[[], None]
    on_trouble: Callable[[Trouble], None] | None
    on_late: Callable[[Any, Answer], None] | None

    def hears(self, event: Event) -> None:
        """Of submits and deliveries; what else happens is the link's own business."""
        handler = HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def answered(self, token: Any, answer: Answer) -> None:
        """Once for each submit."""
        self._tell(self.on_answer, token, answer)

    def has_room(self) -> None:
        """Again, or for the first time."""
        self._tell(self.on_change)

    def has_trouble(self, trouble: Trouble) -> None:
        """The link is down, and rests."""
        if self.on_trouble is not None:
            self._tell(self.on_trouble, trouble)

    def _tell(self, callback: Callable[..., None], *args: Any) -> None:
        try:
            callback(*args)
        except Exception:
            log.exception("a callback of the SMPP link raised; the link goes on")

    def _on_answered(self, event: Answered) -> None:
        self.answered(event.token, _answer(event))

    def _on_unanswered(self, event: Unanswered) -> None:
        for token in event.tokens:
            self.answered(token, Doubt(event.why, event.awaited))

    def _on_never_written(self, event: NeverWritten) -> None:
        for token in event.tokens:
            self.answered(token, Unsent(event.why))

    def _on_late_answer(self, event: LateAnswer) -> None:
        """Its submit was told as Doubt before."""
        if self.on_late is None:
            log.warning("an answer came after its time-out, and nobody waits for it any more")
        else:
            self._tell(self.on_late, event.token, _answer(event))

    def _on_delivered(self, event: Deliver) -> None:
        self._tell(self.on_deliver, event)


def _answer(event: Answered | LateAnswer) -> Answer:
    status = event.command_status
    return Rejected(status) if status else Accepted(event.message_id)


HANDLERS: Final[dict[type[Any], Callable[[Owner, Any], None]]] = {
    Answered: Owner._on_answered,
    LateAnswer: Owner._on_late_answer,
    Unanswered: Owner._on_unanswered,
    NeverWritten: Owner._on_never_written,
    Deliver: Owner._on_delivered,
}
