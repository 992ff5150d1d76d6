"""One message in the gateway's hands, from its batch to its last status."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemas.message import Message
from streams.sending.submission import Submission
from streams.text.decode import DefaultAlphabet
from streams.text.default_alphabet import payloads_in

if TYPE_CHECKING:
    from agents.gateway.carrier import Bind, Carrier


@dataclass(slots=True, eq=False)
class Item:
    """A submission, its partition, and who is told when its last status is in Kafka.

    `carrier` has it in a queue or on its way; `bind` has begun it, and sends the rest of
    its segments. `tried`: SMSCs that sent it elsewhere. `dropped`: no longer ours to send.
    """

    submission: Submission
    partition: int
    finished: Callable[[], None]
    candidates: tuple[str, ...] = ()
    carrier: "Carrier | None" = None
    bind: "Bind | None" = None
    due: asyncio.TimerHandle | None = None
    tried: set[str] = field(default_factory=set)
    dropped: bool = False
    alphabet: DefaultAlphabet = "gsm7"

    @classmethod
    def of(cls, message: Message, partition: int, finished: Callable[[], None]) -> "Item":
        """In segments, for an SMSC that is not chosen yet."""
        bits = message.reference_bits
        segments = payloads_in("gsm7", message.text, message.reference, bits)
        return cls(Submission(message, segments), partition, finished)

    def word_in(self, alphabet: DefaultAlphabet) -> None:
        """For an SMSC whose data_coding 0 is `alphabet`; nothing of it was submitted yet."""
        message, self.alphabet = self.submission.message, alphabet
        bits = message.reference_bits
        segments = payloads_in(alphabet, message.text, message.reference, bits)
        self.submission = Submission(message, segments)

    @property
    def begun(self) -> bool:
        """A bind has sent a part of it, and is to send the rest: to stop here is to double it."""
        return self.bind is not None

    def carried(self) -> Message:
        """The message with what the SMSC has of it, for whoever sends the rest."""
        message, taken = self.submission.message, self.submission.taken
        if taken == message.taken:
            return message
        smsc = self.carrier.name if self.carrier else message.smsc
        return message.model_copy(update={"taken": taken, "smsc": smsc})
