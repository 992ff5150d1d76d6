"""Intents: batches are opened for submitting, and Kafka is told so before.

Rules: one awaited commit says which batches are open and how far all is finished; only one
is under way at a time; what it refuses to take ends everything here at once (the fence);
while none was taken lately, the lease is over and nothing is submitted.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from itertools import chain

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata

from agents.gateway.dispatch import Dispatch
from agents.gateway.lease import LEASE_S, Lease
from agents.gateway.partition import Assigned, Batch
from schemas.lane import LANES, Lane

logger = logging.getLogger(__name__)

COMMIT_EVERY_S = 1.0
LEAST_SPARE = 50
"""Messages opened beyond the windows, at least: what goes out while a commit is on its way.
What is open when a gateway is killed is in doubt, so it is no more than is needed."""
RETRIES = None
"""The lane of `chappe.retries`: its messages have lanes of their own."""
ALL_LANES: tuple[Lane | None, ...] = (*LANES, RETRIES)


class Intents:
    """`partitions` are those assigned, by lane or `None` for retries; `start` is given each
    batch that was opened. `most_open`: messages of one lane. `steady` is monotonic seconds,
    `clock` wall time.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        dispatch: Dispatch,
        lease: Lease,
        window: int,
        start: Callable[[Assigned, Batch], None],
        fenced: Callable[[str], None],
        status_ends: dict[int, int],
        clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        self.partitions: dict[Lane | None, list[Assigned]] = {}
        self._consumer, self._dispatch, self._start = consumer, dispatch, start
        self._lease = lease
        self._spare = max(window, LEAST_SPARE)
        self.most_open = window + self._spare
        self._fenced, self._status_ends = fenced, status_ends
        self._clock, self._steady = clock, steady
        self._wanted = asyncio.Event()
        self._lock = asyncio.Lock()
        self._committed_at = float("-inf")
        self._turn = 0

    def wake(self) -> None:
        """There may be something to open."""
        self._wanted.set()

    def finished(self, lane: Lane) -> None:
        """A message ended: where half of what is spare has, more is opened."""
        if self._wanted.is_set():
            return  # of those that Kafka acknowledges together, the first has asked
        if self._in_hand(lane) <= self.most_open - self._spare // 2:
            self._wanted.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._sleep_s()):
                    await self._wanted.wait()
            except TimeoutError:
                pass
            self._wanted.clear()
            await self.open()

    def _sleep_s(self) -> float:
        """A tick now and then: retries come due, and the lease is kept."""
        return 0.1 if any(one.waiting for one in self._all()) else COMMIT_EVERY_S

    async def open(self) -> None:
        """Open what there is room for, and commit what is due."""
        if self._dispatch.stopping:
            return
        for one in self._all():
            ends = self._status_ends.get(one.tp.partition, 0)
            self._dispatch.send_off(one.far_behind(ends))
        chosen = self._choose()
        due = self._steady() - self._committed_at >= COMMIT_EVERY_S
        in_hand = any(self._dispatch.live.values())
        if not chosen and not due:
            return
        for assigned, batch in chosen:
            assigned.opening(batch, self._status_ends.get(assigned.tp.partition, 0))
        if not await self.commit(even_unchanged=in_hand):
            for assigned, batch in chosen:
                if assigned.alive:
                    assigned.not_opened(batch)
            return
        for assigned, batch in chosen:
            if assigned.alive:
                self._start(assigned, batch)
        self._dispatch.pump()

    def _choose(self) -> list[tuple[Assigned, Batch]]:
        """The oldest waiting batches, lane by lane, each partition in its turn."""
        chosen: list[tuple[Assigned, Batch]] = []
        now_ms = self._clock() * 1000
        self._turn += 1
        for lane, partitions in self.partitions.items():
            room = self.most_open - self._in_hand(lane)
            ready = [one for one in partitions if one.recovered and one.waiting]
            turn = self._turn % len(ready) if ready else 0
            queues = deque((one, one.openable(now_ms)) for one in ready[turn:] + ready[:turn])
            while room > 0 and queues:
                one, due = queues.popleft()
                if (batch := next(due, None)) is not None:
                    chosen.append((one, batch))
                    room -= len(batch.unfinished)
                    queues.append((one, due))
        return chosen

    def _in_hand(self, lane: Lane | None) -> int:
        """What is open, but for what waits for an SMSC that is down: no window is kept for it."""
        if lane is not None:
            return len(self._dispatch.live[lane]) - self.held_up(lane)
        opened = sum(len(batch.unfinished) for one in self.partitions[RETRIES]
                     for batch in one.open.values())  # fmt: skip
        return opened - self.held_up(RETRIES)

    def held_up(self, lane: Lane | None) -> int:
        """How many messages of a lane wait for SMSCs that are down while another is up."""
        placing, now = self._dispatch.placing, self._steady()
        if lane is not None:
            return placing.held_up(lane, now)
        retries = (one.items.values() for one in self.partitions.get(RETRIES, ()))
        return placing.held_up_among(chain.from_iterable(retries), now)

    async def commit(self, *, even_unchanged: bool = False) -> bool:
        """Tell Kafka; False where it did not take it. What was lost is fenced off first."""
        async with self._lock:
            told = {one: to for one in self._all() if (to := one.to_commit()) is not None}
            changed = {one: to for one, to in told.items() if to != one.committed}
            self._committed_at = self._steady()
            if not changed and (not even_unchanged or not told):
                return True
            sent = self._steady()
            if not await self._tell(changed or dict([next(iter(told.items()))])):
                return False
            self._lease.confirm(sent)
            for one, to in changed.items():
                one.committed = to
            return True

    async def _tell(self, told: dict[Assigned, tuple[int, str]]) -> bool:
        offsets = {one.tp: OffsetAndMetadata(*to) for one, to in told.items()}
        try:
            async with asyncio.timeout(LEASE_S):
                await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            self._lease.end()
            self._fenced(str(error))
            return False
        except (KafkaError, TimeoutError) as error:
            logger.warning("offsets can't be committed, trying again: %s", error or "no answer")
            return False
        return True

    def _all(self) -> Iterable[Assigned]:
        return (one for partitions in self.partitions.values() for one in partitions)

    def assign(self, partitions: dict[Lane | None, list[Assigned]]) -> None:
        """From here on these are ours; nothing of before is."""
        self.partitions = partitions
        self._wanted.set()
