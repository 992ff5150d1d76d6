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
        self._errors = 0
        self._down_until = float("-inf")

    def up(self, now: float) -> bool:
        """A bind can be submitted on, and the breaker is closed."""
        return now >= self._down_until and any(bind.link.bound for bind in self.binds)

    def roomiest(self, now: float) -> Bind | None:
        """The bind with the most room in its window, None where no submit may go."""
        if now < self._down_until or not self.binds:
            return None
        best = max(self.binds, key=lambda bind: bind.link.free)
        return best if best.link.free > 0 else None

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
        self.queues[item.submission.message.lane].append(item)

    def put_back(self, item: Item) -> None:
        """At the head of its lane: its turn had come. What a bind has begun stays with it."""
        lane = item.submission.message.lane
        bind = item.bind
        if bind is None or item.submission.untouched or not bind.link.bound:
            item.bind = None
            self.queues[lane].appendleft(item)
        elif item not in bind.begun[lane]:
            bind.begun[lane].appendleft(item)

    def next(self, bind: Bind, ready: Callable[[Item], bool]) -> Item | None:
        """The first item that is `ready`, most urgent lane first; others leave their queue."""
        for lane in LANES:
            for queue in (bind.begun[lane], self.queues[lane]):
                while queue:
                    if ready(queue[0]):
                        return queue[0]
                    queue.popleft()
        return None

    def taken(self, item: Item, bind: Bind) -> None:
        """A segment of the first of a queue went out on `bind`."""
        lane = item.submission.message.lane
        (bind.begun if item.bind is bind else self.queues)[lane].popleft()
        item.bind = bind
        if item.submission.next is not None:
            bind.begun[lane].appendleft(item)

    def leave(self, item: Item) -> None:
        """It is concluded: whoever sends it again puts it in anew."""
        lane = item.submission.message.lane
        for queue in (*(bind.begun[lane] for bind in self.binds), self.queues[lane]):
            while item in queue:
                queue.remove(item)

    def release(self) -> None:
        """What lost binds had begun goes on with whichever bind has room."""
        for bind in self.binds:
            if not bind.link.bound:
                for lane, begun in bind.begun.items():
                    while begun:
                        item = begun.pop()
                        item.bind = None
                        self.queues[lane].appendleft(item)

    def leaving(self) -> Iterator[Item]:
        """Takes out every waiting message of which this SMSC has nothing yet."""
        self.release()
        for queue in self.queues.values():
            for item in [each for each in queue if each.submission.untouched]:
                queue.remove(item)
                yield item

    def answered(self, *, breaker: bool, now: float) -> None:
        """Counts failures in a row that are the SMSC's own."""
        self._errors = self._errors + 1 if breaker else 0
        if self._errors >= BREAKER_AFTER:
            logger.error("%s fails each submit: left alone for %g s", self.name, BREAKER_S)
            self._errors, self._down_until = 0, now + BREAKER_S
