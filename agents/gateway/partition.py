"""One assigned partition of the gateway: what was read of it, and how far it is finished.

Rules: a batch is read, then opened (an intent names it), then finished; what the gateway
before us had open stays in the intent until it is settled; an ended partition is dead, and
whoever still holds it learns so from `alive`.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import islice, takewhile
from typing import Any

from aiokafka import TopicPartition

from agents.gateway.item import Item
from schemas.message import Message
from schemas.record import Millis
from streams.sending.giving_back import BatchState, give_back
from streams.sending.intent import LONGEST, Intent, Past, Room, write_intent
from streams.watermark import Watermark

FAR = 20_000
"""Statuses of a partition since its oldest open batch was opened: whoever has it next after a
crash reads them all first."""


@dataclass(slots=True, eq=False)
class Batch:
    """`unfinished`: its messages without an outcome. `due`: not to be opened before.

    `intended`: the gateway before us had opened it.
    """

    offset: int
    messages: list[Message]
    unfinished: dict[str, Message]
    due: Millis = 0
    intended: bool = False

    @classmethod
    def of(cls, offset: int, messages: list[Message]) -> "Batch":
        """Just read. An id that is there twice counts once, or the batch would be finished with
        its first outcome: the latest attempt, since an earlier one lives on in it."""
        unfinished: dict[str, Message] = {}
        for message in messages:
            known = unfinished.setdefault(message.id, message)
            if message.attempt > known.attempt:
                unfinished[message.id] = message
        kept = list(unfinished.values())
        return cls(offset, kept, unfinished, max((one.due or 0 for one in kept), default=0))


@dataclass(slots=True, eq=False)
class Assigned:
    """`recovered`: what the gateway before us left is known, so that batches may be opened.

    `committed` is the last commit: position and metadata. `live`: ids in hand, and of which
    attempt; `ended_meanwhile`: those that ended during look-ups. `held`: messages read and
    without an outcome. `octets`: how long an intent may be. Batches below
    `left_until` may have been opened by the gateway before us: their outcomes stand behind
    `left_from`; `left_open` are those that it had not finished. `hearing`: the statuses are
    being read on, from `past_end`.
    """

    tp: TopicPartition
    watermark: Watermark = field(default_factory=Watermark)
    batches: dict[int, Batch] = field(default_factory=dict)
    waiting: dict[int, Batch] = field(default_factory=dict)
    open: dict[int, Batch] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    live: dict[str, int] = field(default_factory=dict)
    held: int = 0
    read_to: int = -1
    octets: int = LONGEST
    _queue: list[tuple[Millis, int]] = field(default_factory=list)
    _full_at: int = 0
    _places: dict[int, int] = field(default_factory=dict)
    committed: tuple[int, str] | None = None
    left_open: set[int] = field(default_factory=set)
    left_from: int = 0
    left_until: int = 0
    past: Past = field(default_factory=Past)
    past_end: int = 0
    hearing: asyncio.Future[None] | None = None
    recovered: bool = False
    _keeps_doubt: bool = False
    lookups: int = 0
    ended_meanwhile: dict[str, int] = field(default_factory=dict)

    @property
    def alive(self) -> bool:
        """Still ours."""
        return self.watermark.alive

    @property
    def reached(self) -> bool:
        """All that the gateway before us had open was read; until then reading goes on: only
        those batches may be opened where the intent has no room for others."""
        return not self.left_open or max(self.left_open) <= self.read_to

    def read(self, offset: int) -> None:
        """A record has come."""
        self.watermark.begin(offset)
        self.read_to = offset

    def begin(self, batch: Batch) -> None:
        """It was read; the watermark has its offset."""
        self.batches[batch.offset] = self.waiting[batch.offset] = batch
        self.held += len(batch.unfinished)
        heappush(self._queue, (batch.due, batch.offset))

    def settle(self, batch: Batch, identity: str) -> None:
        """One of its messages needs nothing more."""
        if batch.unfinished.pop(identity, None) is not None:
            self.held -= 1

    def inherit(self, intent: Intent | None, past: Past, past_end: int, until: int) -> None:
        """What the gateway before us said, and what is known of its messages.

        `past_end`: up to where the statuses were read. `until`: the end of the partition
        when it was assigned.
        """
        if intent is not None:
            self.left_open = {offset for offset in intent.offsets if offset < until}
            self.left_from, self.left_until = intent.status_from, until
        self.past, self.past_end, self.recovered = past, past_end, True

    def openable(self, now_ms: float) -> Iterator[Batch]:
        """Those whose time has come, in order: named already, then what there is room to name.
        Whoever takes one gives it to `opening`, before the next ask."""
        for offset in sorted(self.left_open & self.waiting.keys()):
            if self.waiting[offset].due <= now_ms:
                yield self.waiting[offset]
        named = self.left_open | self.open.keys()
        if len(named) > self._full_at * 7 // 8 > 0:
            return  # a commit for each that is finished would be many
        self._full_at = 0
        room: Room | None = None
        while self._queue and self._queue[0][0] <= now_ms:
            offset = self._queue[0][1]
            if offset in self.waiting and offset not in self.left_open:
                room = room or Room(named, self.octets)
                if not room.take(offset):
                    self._full_at = len(room.named)
                    return
                heappop(self._queue)
                yield self.waiting[offset]
            else:
                heappop(self._queue)

    def opening(self, batch: Batch, status_end: int) -> None:
        """It is named by the commit that follows. `status_end`: where the statuses end now."""
        batch.intended = batch.offset in self.left_open
        self.open[batch.offset] = batch
        self._places[batch.offset] = status_end
        self.waiting.pop(batch.offset, None)

    def not_opened(self, batch: Batch) -> None:
        """The commit was not taken: as if nothing had been said, and in its old place, since a
        copy that was given back may stand behind it."""
        self.open.pop(batch.offset, None)
        self._places.pop(batch.offset, None)
        self.waiting[batch.offset] = batch
        if batch.offset not in self.left_open:  # those need no place: they come first
            heappush(self._queue, (batch.due, batch.offset))

    def claimed(self, identity: str, offset: int) -> int | None:
        """The attempt of which a batch before `offset` that the gateway before us had open has
        a copy without an outcome, the last of several: what becomes of it is decided there."""
        before = (self.batches[at] for at in self.left_open if at < offset and at in self.batches)
        copies = (batch.unfinished.get(identity) for batch in before)
        return max((copy.attempt for copy in copies if copy is not None), default=None)

    def finish(self, offset: int) -> None:
        """A record of which nothing is left to do."""
        self.open.pop(offset, None)
        self.waiting.pop(offset, None)
        self.left_open.discard(offset)
        if (batch := self.batches.get(offset)) is not None:
            batch.messages = []  # many may be finished above one that is not
        if not self.alive or not self.watermark.done(offset):
            return
        _forget_below(self.watermark.position or 0, self.batches)

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
        _forget_below(position, self._places)
        places = list(islice(self._places.values(), 1))  # the lowest: they only grow
        if position < self.left_until:
            places.append(self.left_from)
        if not places:
            return None
        return Intent(tuple(sorted(self.left_open | self.open.keys())), min(places))

    def to_give_back(self) -> tuple[list[Message], int | None]:
        """The messages for the partition's end, then the position to commit when they are there.

        Nothing where a gateway before us left a doubt that is not settled: a position behind
        it, or a copy marked `again`, would say that it was never sent.
        """
        self._keeps_doubt = bool(self.left_open)
        return ([], None) if self._keeps_doubt else give_back(self._states())

    def _states(self) -> list[BatchState]:
        """Every batch above the committed position, in order."""
        return [
            BatchState(
                offset,
                touched=self._touched(batch),
                unfinished=tuple(self._carried(batch)),
            )
            for offset, batch in sorted(self.batches.items())
        ]

    def given_back(self, position: int | None) -> None:
        """All below `position` (where there is one) is at the partition's end; none is open.
        Where nothing was given back for a doubt's sake, it may be settled by now."""
        if self._keeps_doubt:
            self._keep_doubt()
            return
        self.open.clear()
        for batch in list(self.waiting.values()):
            if position is not None and batch.offset < position:
                del self.waiting[batch.offset]
        if position is not None:
            self.watermark.position = position
            self.batches = {at: one for at, one in self.batches.items() if at >= position}
        for batch in self.batches.values():  # nothing of them was sent: they were not touched
            self.waiting[batch.offset] = batch
        self._places.clear()

    def _keep_doubt(self) -> None:
        """What a gateway before us had open stays in the intent; of ours only the batches with
        a message that is sent in part, or perhaps. The others are read again: their outcomes
        stand behind the place that the intent keeps, and what has none was not sent.
        """
        ours = [offset for offset in self.open if offset not in self.left_open]
        for offset in ours:
            if not self._has_parts(self.open[offset]):
                del self.open[offset]

    def _touched(self, batch: Batch) -> bool:
        some = not batch.unfinished or len(batch.unfinished) < len(batch.messages)
        return some or self._has_parts(batch)

    def _has_parts(self, batch: Batch) -> bool:
        return any(one.taken or one.unanswered for one in self._carried(batch))

    def far_behind(self, status_end: int) -> list[Item]:
        """What is left of open batches that FAR statuses have overtaken; nothing while the
        oldest of all is not one of them."""
        overtaken = status_end - FAR
        first = next(iter(self.batches.values()), None)
        if first is None or first.offset not in self.open or self._places[first.offset] > overtaken:
            return []
        old = (batch for batch in self.open.values() if self._places[batch.offset] <= overtaken)
        ids = (identity for batch in old for identity in batch.unfinished)
        return [self.items[identity] for identity in ids if identity in self.items]

    def _carried(self, batch: Batch) -> Iterator[Message]:
        for identity, message in batch.unfinished.items():
            item = self.items.get(identity)
            if item is None or item.submission.message.attempt != message.attempt:
                yield message
            else:
                yield item.carried()

    def end(self) -> None:
        """It goes to another gateway."""
        self.watermark.end()


def _forget_below(position: int, by_offset: dict[int, Any]) -> None:
    """Of the first ones, in one walk: to ask a dict for its first again and again goes over all
    that are gone, each time, and a lane may stand for long before it moves."""
    for offset in list(takewhile(lambda at: at < position, by_offset)):
        del by_offset[offset]
