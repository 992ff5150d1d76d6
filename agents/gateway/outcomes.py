"""What became of a message, written to Kafka: statuses, and what later steps need.

Rules: a message counts as unwritten until Kafka has all of it, from its last answer on; what
was taken is written after the submits that follow; a copy for retries or for an operator, and
what lets a receipt settle a doubt, is in Kafka before the status that says so; nothing here
decides.
"""

from collections.abc import Callable, Iterable
from functools import partial

from agents.batches import MESSAGES, REQUESTS, Produces
from agents.gateway.item import Item
from agents.gateway.to_receipts import follows, left_of
from agents.kafka.partition import partition_of
from agents.metrics import Metrics
from agents.smpp.config import SmscConfig
from agents.statuses import Statuses
from schemas.message import Message
from schemas.record import Millis
from schemas.request import Request
from schemas.status import Segment, State, Status
from schemas.topics import Topics
from schemas.tracking import Doubted, Expected
from streams.composing import status_of
from streams.parts import Parts
from streams.sending.submission import Conclusion

UNWRITTEN = 100
"""Outcomes that may lack a durable status: a gateway that is killed may send so many again."""

DECIDED_AGAIN = "it waited too long to be sent and is decided again"


class Outcomes:
    """`unwritten` counts messages; `on_room` is called when it falls below the limit; `reaches`
    says which SMSCs a message may have been submitted to, here or by a gateway before this one.

    `soon` calls what it is given in the next turn of the loop.
    """

    def __init__(
        self,
        producer: Produces,
        statuses: Statuses,
        topics: Topics,
        partitions: int,
        metrics: Metrics,
        clock: Callable[[], float],
        soon: Callable[[Callable[[], None]], object],
    ) -> None:
        self.unwritten = 0
        self.on_room: Callable[[], None] = lambda: None
        self.reaches: Callable[[Message], Iterable[SmscConfig]] = lambda _: ()
        self._producer, self._statuses, self._topics = producer, statuses, topics
        self._partitions, self._metrics, self._clock = partitions, metrics, clock
        self._soon = soon
        self._taken: list[tuple[Item, Conclusion, Parts]] = []
        self._unsaid: dict[Item, list[Callable[[], None]]] = {}

    @property
    def full(self) -> bool:
        """Submitting waits for Kafka."""
        return self.unwritten >= UNWRITTEN

    def end(self, item: Item, conclusion: Conclusion, finished: Callable[[], None]) -> None:
        """The last status of its stay here; `finished` follows when Kafka has it."""
        parts = self._counted(finished)
        if conclusion.state is not State.SUBMITTED:  # a late answer may still change it
            self._end(item, conclusion, parts)
            return
        self._taken.append((item, conclusion, parts))
        if len(self._taken) == 1:
            self._soon(self.write_taken)

    def write_taken(self) -> None:
        """What `end` put off: the window is filled again first."""
        taken, self._taken = self._taken, []
        for item, conclusion, parts in taken:
            self._end(item, conclusion, parts)

    def _end(self, item: Item, conclusion: Conclusion, parts: Parts) -> None:
        if self._behind_its_doubt(item, partial(self._end, item, conclusion, parts)):
            return
        status = self._status(item, conclusion, item.submission.segments())
        if status.state is State.IN_DOUBT:
            attempt = item.submission.message.attempt
            status = status.model_copy(update={"attempt": attempt})
            item.moved = attempt + 1
            self._unsaid[item] = []
            say = partial(self._say_doubt, item, status, parts.add())
            self._keep(item.carried(), item.partition, self._follows(item, status), say)
        else:
            self._statuses.send(status, item.partition, parts.add())
            if status.state is State.SUBMITTED:
                for record in self._follows(item, status):
                    self._track(record, parts)
        parts.close()

    def _say_doubt(self, item: Item, status: Status, done: Callable[..., None]) -> None:
        self._statuses.send(status, item.partition, done)
        for follow in self._unsaid.pop(item):
            follow()

    def _behind_its_doubt(self, item: Item, follow: Callable[[], None]) -> bool:
        """Whether that is still to be said: what ends it is written then."""
        unsaid = item in self._unsaid
        if unsaid:
            self._unsaid[item].append(follow)
        return unsaid

    def step(self, item: Item, conclusion: Conclusion) -> None:
        """A retry that stays in its batch."""
        self._statuses.send(
            self._status(item, conclusion, item.submission.segments()), item.partition
        )

    def later(self, item: Item, conclusion: Conclusion, due: Millis) -> None:
        """It leaves its batch, to be tried again from `chappe.retries`."""
        if self._behind_its_doubt(item, partial(self.later, item, conclusion, due)):
            return
        parts = self._counted(item.finished)
        message = item.carried()
        item.moved = attempt = message.attempt + 1
        moved = message.model_copy(update={"attempt": attempt, "due": due})
        status = self._status(item, conclusion, item.submission.segments())
        status = status.model_copy(update={"attempt": moved.attempt})
        self._producer.produce(
            self._topics.retries.name,
            MESSAGES.dump_json([moved], exclude_none=True),
            partition=item.partition,
            on_done=self._then(status, item.partition, parts.add()),
        )
        parts.close()

    def _then(
        self, status: Status, partition: int, done: Callable[..., None]
    ) -> Callable[[int], None]:
        """The status follows when Kafka has the copy: alone it would end the message."""
        return lambda _: self._statuses.send(status, partition, done)

    def give_back(self, item: Item, request: Request) -> None:
        """It waited too long: compose decides again whether, and in which words."""
        parts = self._counted(item.finished)
        message = item.submission.message
        item.moved = attempt = message.attempt + 1
        again = request.model_copy(update={"attempt": attempt})
        status = self._status(item, Conclusion(State.HELD, detail=DECIDED_AGAIN), [])
        held = status.model_copy(update={"attempt": attempt, "segments": None})
        self._producer.produce(
            self._topics.requests[message.lane].name,
            REQUESTS.dump_json([again], exclude_none=True),
            partition=item.partition,
            on_done=self._then(held, item.partition, parts.add()),
        )
        parts.close()

    def doubt(self, message: Message, partition: int, conclusion: Conclusion,
              finished: Callable[[], None]) -> None:  # fmt: skip
        """In doubt, and not from this gateway: the one before it is gone."""
        parts = self._counted(finished)
        status = status_of(
            message, State.IN_DOUBT, self._now(), reason=conclusion.reason,
            detail=conclusion.detail, smsc=message.smsc if message.taken else None,
            attempt=message.attempt,
        )  # fmt: skip
        say = partial(self._statuses.send, status, partition, parts.add())
        reached, copies = self.reaches(message), message.unanswered + 1
        left = left_of(message, reached, partition, status, self._now(), copies=copies)
        self._keep(message, partition, left, say)
        parts.close()

    def refuse(self, message: Message, partition: int, conclusion: Conclusion,
               finished: Callable[[], None]) -> None:  # fmt: skip
        """It is not for this gateway to send."""
        parts = self._counted(finished)
        status = status_of(
            message, conclusion.state, self._now(), reason=conclusion.reason,
            detail=conclusion.detail,
        )  # fmt: skip
        self._statuses.send(status, partition, parts.add())
        parts.close()

    # --- inside ---

    def _now(self) -> Millis:
        return int(self._clock() * 1000)

    def _counted(self, finished: Callable[[], None]) -> Parts:
        self.unwritten += 1

        def written() -> None:
            self.unwritten -= 1
            finished()
            if self.unwritten == UNWRITTEN - 1:
                self.on_room()

        return Parts(written)

    def _status(self, item: Item, conclusion: Conclusion, segments: list[Segment]) -> Status:
        return status_of(
            item.submission.message,
            conclusion.state,
            self._now(),
            reason=conclusion.reason,
            detail=conclusion.detail,
            smsc=item.carrier.name if item.carrier else None,
            segments=segments,
        )

    def _follows(self, item: Item, status: Status) -> list[Expected | Doubted]:
        """What `chappe receipts` needs to know of it."""
        return follows(item, self.reaches, status, self._now())

    def _track(self, record: Expected | Doubted, parts: Parts) -> None:
        self._producer.produce(
            self._topics.receipts.name,
            record.to_bytes(),
            key=record.key.encode(),
            partition=partition_of(record.key, self._partitions),
            on_done=parts.add(),
        )

    def _keep(
        self,
        message: Message,
        partition: int,
        doubted: Iterable[Expected | Doubted],
        say: Callable[[], object],
    ) -> None:
        """For `chappe in-doubt`: the words are nowhere else; and for receipts. Then `say`."""
        parts = Parts(say)
        self._producer.produce(
            self._topics.in_doubt.name,
            message.to_bytes(),
            key=message.id.encode(),
            partition=partition,
            on_done=parts.add(),
        )
        for one in doubted:
            self._track(one, parts)
        parts.close()
