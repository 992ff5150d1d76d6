"""One message in the gateway's hands, from its batch to its last status."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemas.message import Message
from streams.sending.submission import Submission
from streams.text.decode import DefaultAlphabet
from streams.text.default_alphabet import payloads_in

if TYPE_CHECKING:
    from agents.gateway.carrier import Bind, Carrier

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Item:
    """A submission, its partition, and who is told when its last status is in Kafka.

    `carrier` has it in `queue` or on its way; `bind` has begun it, and sends the rest of
    its segments. `tried`: SMSCs that sent it elsewhere. `dropped`: no longer ours to send.
    `ended`: its last status is written, and may not be in Kafka yet. `moved`: it lives on
    elsewhere, as this attempt; or may, where it is in doubt. `behind`: later attempts, which
    are looked at when this one is finished.
    """

    submission: Submission
    partition: int
    finished: Callable[[], None]
    candidates: tuple[str, ...] = ()
    carrier: "Carrier | None" = None
    bind: "Bind | None" = None
    queue: "deque[Item] | None" = None
    due: asyncio.TimerHandle | None = None
    tried: set[str] = field(default_factory=set)
    dropped: bool = False
    ended: bool = False
    moved: int | None = None
    behind: list[Callable[[], None]] = field(default_factory=list)
    alphabet: DefaultAlphabet = "gsm7"

    @classmethod
    def of(
        cls,
        message: Message,
        partition: int,
        finished: Callable[[], None],
        alphabet: DefaultAlphabet = "gsm7",
    ) -> "Item":
        """In segments, for an SMSC whose data_coding 0 is `alphabet`: where a part of it was
        taken, of the SMSC that has it."""
        submission = _worded(message, alphabet)
        if strays := message.taken.keys() - submission.taken.keys():
            logger.warning(
                "message %s: segments %s were taken and are not among the %d that it has in %s",
                message.id, sorted(strays), len(submission.payloads), alphabet,
            )  # fmt: skip
        return cls(submission, partition, finished, alphabet=alphabet)

    def word_in(self, alphabet: DefaultAlphabet) -> None:
        """For an SMSC whose data_coding 0 is `alphabet`. What has begun stays as it is: other
        words would fall into other segments."""
        if alphabet == self.alphabet or not self.submission.untouched:
            return
        self.alphabet = alphabet
        self.submission = _worded(self.carried(), alphabet)

    def leave(self) -> None:
        """It waits no more, or not where it did: whoever sends it on puts it in anew."""
        queue, self.queue = self.queue, None
        if queue is not None:
            queue.remove(self)

    @property
    def in_hand(self) -> bool:
        """It is to be sent on from here."""
        return not (self.ended or self.dropped) and self.moved is None

    @property
    def begun(self) -> bool:
        """A bind has sent a part of it, and is to send the rest: to stop here is to double it."""
        return self.bind is not None

    @property
    def goes_on(self) -> bool:
        """Its bind is to send the rest of it, and soon: it does not wait for a late answer."""
        submission, bind = self.submission, self.bind
        rest = bind is not None and bind.link.bound and submission.next is not None
        return rest and not submission.unsure

    @property
    def is_rest(self) -> bool:
        """A part of it was taken here, and nothing that is said yet ends it."""
        submission = self.submission
        some = submission.taken.keys() > submission.message.taken.keys()
        return some and submission.next is not None and self.in_hand

    def carried(self) -> Message:
        """The message with what the SMSC has of it and what was tried, for whoever sends the
        rest."""
        submission, message = self.submission, self.submission.message
        taken, known = submission.taken, (message.taken, message.tried, message.unanswered)
        if (taken, submission.tried, submission.unanswered) == known:
            return message
        news: dict[str, object] = {"tried": submission.tried, "unanswered": submission.unanswered}
        if taken != message.taken:
            smsc = self.carrier.name if self.carrier else message.smsc
            news |= {"taken": taken, "smsc": smsc}
        return message.model_copy(update=news)


def untold() -> None:
    """The `finished` of an item whose batch is told nothing: it is done, or another's."""


def _worded(message: Message, alphabet: DefaultAlphabet) -> Submission:
    bits = message.reference_bits
    return Submission(message, payloads_in(alphabet, message.text, message.reference, bits))
