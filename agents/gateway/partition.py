"""One assigned partition of the gateway: what was read of it, and how far it is finished.

Rules: a batch is read, then opened (an intent names it), then finished; what the gateway
before us had open stays in the intent until it is settled; an ended partition is dead, and
whoever still holds it learns so from `alive`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from aiokafka import TopicPartition

from agents.gateway.item import Item
from schemas.message import Message
from schemas.record import Millis
from streams.sending.giving_back import BatchState
from streams.sending.intent import Intent, Past, write_intent
from streams.watermark import Watermark

FAR = 20_000
"""Statuses of a partition since its oldest open batch was opened: whoever has it next after a
crash reads them all first."""


@dataclass(slots=True, eq=False)
class Batch:
    """`unfinished`: its messages without an outcome. `due`: not to be opened before.

    `status_from`: the end of the statuses when it was opened. `intended`: the gateway
    before us had opened it.
    """

    offset: int
    messages: list[Message]
    unfinished: dict[str, Message]
    due: Millis = 0
    status_from: int = 0
    intended: bool = False

    @classmethod
    def of(cls, offset: int, messages: list[Message]) -> "Batch":
        """Just read."""
        due = max((message.due or 0 for message in messages), default=0)
        return cls(offset, messages, {message.id: message for message in messages}, due)


@dataclass(slots=True, eq=False)
class Assigned:
    """`recovered`: what the gateway before us left is known, so that batches may be opened.

    `committed` is the last commit: position and metadata. `live`: ids in hand. Batches
    below `left_until` may have been opened by the gateway before us: their outcomes stand
    behind `left_from`; `left_open` are those that it had not finished.
    """

    tp: TopicPartition
    watermark: Watermark = field(default_factory=Watermark)
    batches: dict[int, Batch] = field(default_factory=dict)
    waiting: dict[int, Batch] = field(default_factory=dict)
    open: dict[int, Batch] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)
    committed: tuple[int, str] | None = None
    left_open: set[int] = field(default_factory=set)
    left_from: int = 0
    left_until: int = 0
    past: Past = field(default_factory=Past)
    past_end: int = 0
    recovered: bool = False
    lookups: int = 0
    ended_meanwhile: set[str] = field(default_factory=set)

    @property
    def alive(self) -> bool:
        """Still ours."""
        return self.watermark.alive

    @property
    def held(self) -> int:
        """Messages read and without an outcome."""
        return sum(len(batch.unfinished) for batch in self.batches.values())

    def begin(self, batch: Batch) -> None:
        """It was read; the watermark has its offset."""
        self.batches[batch.offset] = self.waiting[batch.offset] = batch

    def inherit(self, intent: Intent | None, past: Past, past_end: int, until: int) -> None:
        """What the gateway before us said, and what is known of its messages.

        `past_end`: up to where the statuses were read. `until`: the end of the partition
        when it was assigned.
        """
        if intent is not None:
            self.left_open = set(intent.offsets)
            self.left_from, self.left_until = intent.status_from, until
        self.past, self.past_end, self.recovered = past, past_end, True

    def opening(self, batch: Batch, status_end: int) -> None:
        """It is named by the commit that follows."""
        batch.status_from = status_end
        batch.intended = batch.offset in self.left_open
        self.open[batch.offset] = batch
        self.waiting.pop(batch.offset, None)

    def not_opened(self, batch: Batch) -> None:
        """The commit was not taken: as if nothing had been said."""
        self.open.pop(batch.offset, None)
        self.waiting[batch.offset] = batch

    def finish(self, offset: int) -> None:
        """A record of which nothing is left to do."""
        self.open.pop(offset, None)
        self.waiting.pop(offset, None)
        self.left_open.discard(offset)
        if (batch := self.batches.get(offset)) is not None:
            batch.messages = []  # many may be finished above one that is not
        if not self.alive or not self.watermark.done(offset):
            return
        position = self.watermark.position or 0
        while self.batches and (first := next(iter(self.batches))) < position:
            del self.batches[first]

    def to_commit(self) -> tuple[int, str] | None:
        """Position and metadata as of now.

        None where nothing was read yet, or it is not known what the gateway before us left: a
        commit would wipe out its intent.
        """
        position = self.watermark.position
        if position is None or not self.recovered:
            return None
        return position, write_intent(self._intent(position))

    def _intent(self, position: int) -> Intent | None:
        """Also where nothing is open: what is finished above the position would be read again,
        and is known by its statuses only."""
        self.left_open = {offset for offset in self.left_open if offset >= position}
        places = [
            batch.status_from
            for offset, batch in self.batches.items()
            if offset >= position and offset not in self.waiting
        ]
        if position < self.left_until:
            places.append(self.left_from)
        if not places:
            return None
        return Intent(tuple(sorted(self.left_open | self.open.keys())), min(places))

    def states(self) -> list[BatchState]:
        """For giving back: every batch above the committed position, in order."""
        return [
            BatchState(
                offset,
                touched=self._touched(batch),
                unfinished=tuple(self._carried(batch)),
            )
            for offset, batch in sorted(self.batches.items())
        ]

    def given_back(self, position: int | None) -> None:
        """All below `position` (where there is one) is at the partition's end; none is open."""
        self.open.clear()
        for batch in list(self.waiting.values()):
            if position is not None and batch.offset < position:
                del self.waiting[batch.offset]
        if position is not None:
            self.watermark.position = position
            self.batches = {at: one for at, one in self.batches.items() if at >= position}
        for batch in self.batches.values():  # nothing of them was sent: they were not touched
            self.waiting[batch.offset] = batch

    def _touched(self, batch: Batch) -> bool:
        some = not batch.unfinished or len(batch.unfinished) < len(batch.messages)
        return some or self._has_parts(batch)

    def _has_parts(self, batch: Batch) -> bool:
        return any(one.taken for one in self._carried(batch))

    def far_behind(self, status_end: int) -> list[Item]:
        """What is left of open batches that FAR statuses have overtaken; nothing while the
        oldest of all is not one of them."""
        overtaken = status_end - FAR
        first = next(iter(self.batches.values()), None)
        if first is None or first.offset not in self.open or first.status_from > overtaken:
            return []
        old = (batch for batch in self.open.values() if batch.status_from <= overtaken)
        ids = (identity for batch in old for identity in batch.unfinished)
        return [self.items[identity] for identity in ids if identity in self.items]

    def _carried(self, batch: Batch) -> Iterator[Message]:
        for identity, message in batch.unfinished.items():
            item = self.items.get(identity)
            yield item.carried() if item is not None else message

    def end(self) -> None:
        """It goes to another gateway."""
        self.watermark.end()
