"""One SMSC: its binds, its pace, and the messages that wait for it, by lane.

Rules: the most urgent goes first, and waits for one window slot at most; a message that one
bind has begun gets its other segments there, in order; an SMSC that fails many times in a
row counts as down for a while.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from agents.gateway.item import Item
from agents.smpp.config import SmscConfig
from agents.smpp.submit import Submit
from schemas.lane import LANES, Lane
from streams.sending.pace import Pace

logger = logging.getLogger(__name__)

BREAKER_AFTER = 20
"""System errors in a row, and nothing else between them."""
BREAKER_S = 30.0

Queues = dict[Lane, deque[Item]]


class Submits(Protocol):
    """What a bind needs of a link."""

    @property
    def bound(self) -> bool:
        """The SMSC has accepted the bind."""

    @property
    def free(self) -> int:
        """Submits that may be given now."""

    @property
    def in_flight(self) -> int:
        """Submits without an answer."""

    def submit(self, submit: Submit, token: object) -> None:
        """Raises ValueError where no PDU can carry it."""

    def rebind(self, reason: str) -> None:
        """Unbind, and bind again."""


class Bind:
    """One link that submits. `begun`: messages whose other segments are to go out here."""

    def __init__(self, link: Submits) -> None:
        self.link = link
        self.begun: Queues = {lane: deque() for lane in LANES}


class Carrier:
    """One SMSC as the settings name it. `binds` is filled by who builds it; `suspend` asks
    each of its links, those that only receive too, to stay away.
    """

    def __init__(self, config: SmscConfig) -> None:
        self.config, self.name = config, config.label
        self.binds: list[Bind] = []
        self.suspends: list[Callable[[str], None]] = []
        self.pace = Pace(config.rate_segments_per_s, config.urgent_share)
        self.queues: Queues = {lane: deque() for lane in LANES}
        self._held_up = dict.fromkeys(LANES, 0)
        self._errors = 0
        self._down_until = float("-inf")

    def up(self, now: float) -> bool:
        """A bind can be submitted on, and the breaker is closed."""
        return now >= self._down_until and any(bind.link.bound for bind in self.binds)

    def _roomy(self, now: float) -> list[Bind]:
        """The binds that a submit may go on now, the one with the most room first."""
        if now < self._down_until:
            return []
        roomy = [bind for bind in self.binds if bind.link.free > 0]
        return sorted(roomy, key=lambda bind: bind.link.free, reverse=True)

    @property
    def in_flight(self) -> int:
        """Submits without an answer, on all binds."""
        return sum(bind.link.in_flight for bind in self.binds)

    def suspend(self, reason: str) -> None:
        """The carrier does not want this account now."""
        for suspend in self.suspends:
            suspend(reason)

    def put(self, item: Item) -> None:
        """At the end of its lane, in this SMSC's alphabet."""
        item.word_in(self.config.default_alphabet)
        item.carrier, item.bind = self, None
        self._enter(item, self.queues)

    def put_back(self, item: Item) -> None:
        """At the head of its lane: its turn had come. What a bind has begun stays with it."""
        bind = item.bind
        if bind is None or item.submission.untouched or not bind.link.bound:
            item.bind, queues = None, self.queues
        else:
            queues = bind.begun
        if item.queue is not queues[item.submission.message.lane]:
            self._enter(item, queues, first=True)

    def next(self, now: float, ready: Callable[[Item], bool]) -> tuple[Bind, Item] | None:
        """The first item that is `ready`, and the bind that it goes out on; others leave their
        queue. Most urgent lane first, and in it what a bind has begun.
        """
        binds = self._roomy(now)
        for lane in LANES:
            for bind in binds:
                if (item := self._head(bind.begun[lane], ready)) is not None:
                    return bind, item
            if binds and (item := self._head(self.queues[lane], ready)) is not None:
                return binds[0], item
        return None

    def _head(self, queue: deque[Item], ready: Callable[[Item], bool]) -> Item | None:
        while queue:
            item = queue[0]
            if ready(item):
                return item
            item.leave()
        return None

    def taken(self, item: Item, bind: Bind) -> None:
        """A segment of it went out on `bind`, where its others go too."""
        item.leave()
        item.bind = bind
        if item.submission.next is not None:
            self._enter(item, bind.begun, first=True)

    def _enter(self, item: Item, queues: Queues, *, first: bool = False) -> None:
        """An item is in one queue at a time."""
        item.leave()
        item.queue = queue = queues[item.submission.message.lane]
        (queue.appendleft if first else queue.append)(item)

    def release(self) -> None:
        """What lost binds had begun goes on with whichever bind has room."""
        for bind in self.binds:
            if not bind.link.bound:
                for begun in bind.begun.values():
                    while begun:
                        item = begun[-1]
                        item.bind = None
                        self._enter(item, self.queues, first=True)

    def waits(self, lane: Lane) -> int:
        """How many of a lane are in its queues."""
        return len(self.queues[lane]) + sum(len(bind.begun[lane]) for bind in self.binds)

    def held_up(self, lane: Lane, now: float) -> int:
        """How many of a lane it is behind with because it is down, or was. Once up it makes that
        up: what comes new is not among them."""
        waits = self.waits(lane)
        self._held_up[lane] = min(waits, self._held_up[lane]) if self.up(now) else waits
        return self._held_up[lane]

    def waiting(self) -> Iterator[Item]:
        """All that is in its queues."""
        for queues in (*(bind.begun for bind in self.binds), self.queues):
            for queue in queues.values():
                yield from queue

    def leaving(self) -> Iterator[Item]:
        """Takes out every waiting message of which this SMSC has nothing yet."""
        self.release()
        for queue in self.queues.values():
            for item in [each for each in queue if each.submission.untouched]:
                item.leave()
                yield item

    def answered(self, *, breaker: bool, now: float) -> None:
        """Counts failures in a row that are the SMSC's own."""
        self._errors = self._errors + 1 if breaker else 0
        if self._errors >= BREAKER_AFTER:
            logger.error("%s fails each submit: left alone for %g s", self.name, BREAKER_S)
            self._errors, self._down_until = 0, now + BREAKER_S
