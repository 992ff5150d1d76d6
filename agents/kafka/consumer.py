"""The consumer under Faust: reading, holding, finishing and committing.

Rules: nothing that was fetched is dropped but by a rebalance, after which it is read again;
a hold acts from the next fetch; only our own watermarks are committed, always after a
flush, and never after a failed one; before a partition is given away, what was begun on it
gets `drain_s` to be finished.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from typing import Any

from aiokafka.errors import KafkaError
from faust.types import TP, ConsumerMessage

from agents.kafka.connection import FETCH_WAIT_MS
from agents.kafka.driver import Driver, to_aiokafka, to_tp
from agents.kafka.errors import KafkaFailure
from agents.kafka.fetch import Fetch, Records
from agents.kafka.positions import Positions, Ticket, dead_ticket
from agents.kafka.start import starting_points

_LOG = logging.getLogger(__name__)
DURABLE_S = 5.0
"""For the flush, and for the commit, when partitions are given away or the app stops."""
FLUSH_S = 60.0
"""For the flush of an ordinary commit: a broker may restart meanwhile."""


class Consumer(Driver):
    """What agents use: `ticket`, `hold`, `release`, `ready`, `lag`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.positions = Positions()
        self._held: set[TP] = set()
        self._full: set[TP] = set()
        self._placed = False
        self._committing = asyncio.Lock()
        super().__init__(*args, **kwargs)

    # -- what agents use

    def ticket(self, message: ConsumerMessage) -> Ticket:
        """Call it once for each record, when the agent takes it; `done()` when all that
        follows from the record was handed to the producer and matters no more to the agent.

        A record of an earlier assignment gets a ticket that is not alive: drop it.
        """
        if message.generation_id != self.app.consumer_generation_id:
            return dead_ticket()
        return self.positions.ticket(message.tp, message.offset)

    def hold(self, tps: Iterable[TP]) -> None:
        """Reads no more of these from the next fetch on; what is fetched still comes."""
        self._held.update(tps)

    def release(self, tps: Iterable[TP]) -> None:
        """Reads these again."""
        self._held.difference_update(tps)
        self._fetch.wake()

    @property
    def held(self) -> frozenset[TP]:
        """Held now; emptied at every assignment."""
        return frozenset(self._held)

    @property
    def ready(self) -> bool:
        """Joined the group and recovered; an empty assignment counts."""
        return self._placed and self.flow_active and not self.app.rebalancing

    def lag(self) -> dict[TP, int]:
        """Records behind the end of each partition being read, as of the last fetch."""
        places, stands_at = self.positions.places, self.positions.stands_at
        return {to_tp(p): max(0, self.highwater(p) - stands_at(p)) for p in places}

    def lag_by_topic(self) -> dict[str, int]:
        """The same, of all partitions of a topic that are ours."""
        total: dict[str, int] = {}
        for tp, records in self.lag().items():
            total[tp.topic] = total.get(tp.topic, 0) + records
        return total

    # -- reading

    async def on_start(self) -> None:
        await super().on_start()
        self._fetch = Fetch(self.kafka, self.app.wiring.urgent_topics)

    def _wanted(self) -> set[TP]:
        """Faust's own pauses serve its recovery: until the partitions are placed, only
        changelogs are read."""
        if not self._placed:
            changelogs = {tp for tp in self._active_partitions if self._is_changelog_tp(tp)}
            return changelogs - self._full
        active: set[TP] = self._active_partitions
        return active - self._held - self._full

    async def _next(self, wait_s: float) -> Records:
        """The next round of records, empty after `wait_s` or when the flow stops."""
        with self.kafka._subscription.fetch_context():
            records = await self._fetch.round(self._wanted())
            if records:
                return records
            waiter = self._fetch.waiter()
            await asyncio.wait([waiter], timeout=wait_s)
            waiter.cancel()
            return await self._fetch.round(self._wanted())

    async def getmany(
        self,
        timeout: float,  # noqa: ASYNC109 (Faust's signature)
    ) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Everything that was fetched, stopping only for a stopped flow or a new generation.
        Raises KafkaFailure for a gap on an internal topic, and for what can't be read."""
        try:
            records = await self._next(timeout)
        except KafkaError as error:
            raise KafkaFailure(f"Kafka can't be read: {error!r}") from error
        generation, positions = self.app.consumer_generation_id, self.positions
        for place, record in records:
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if not self._is_changelog_tp(place):
                if not self._placed:
                    continue
                positions.begin(place, record.offset)
            tp = to_tp(place)
            yield tp, self._to_message(tp, record)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Faust's loop from the fetcher to the streams, without its acks and gaps."""
        try:
            while not (self.should_stop or fetcher.should_stop):
                if not self.flow_active:
                    await self.wait(self.can_resume_flow, timeout=1.0)
                    continue
                async for _, message in self.getmany(timeout=FETCH_WAIT_MS / 1000 * 4):
                    await self.callback(message)
                await asyncio.sleep(0)
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        except KafkaFailure as failure:
            await self.app.crash(failure)

    def on_buffer_full(self, tp: TP) -> None:
        """Faust: enough waits in front of the agent, or of a table that is recovered (a long
        changelog is read faster than it is taken in)."""
        self._full.add(tp)

    def on_buffer_drop(self, tp: TP) -> None:
        """Faust: who was in front has caught up."""
        if tp in self._full:
            self._full.discard(tp)
            self._fetch.wake()

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        super().resume_partitions(tps)
        self._fetch.wake()

    async def perform_seek(self) -> None:
        """Faust: recovery is over. Every partition is placed where the group stands."""
        positions = self.positions
        wanted = [tp for tp in self.assignment() if not self._is_changelog_tp(tp)]
        points = await starting_points(self.kafka, wanted, self.app.wiring.policy)
        if positions is not self.positions:
            return
        for tp, offset in points.items():
            self.kafka.seek(to_aiokafka(tp), offset)
            positions.start(tp, offset)
        self._placed = True

    # -- finishing

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commits the watermarks. Raises KafkaFailure; then nothing was committed."""
        return await self._commit_positions(FLUSH_S)

    async def _commit_positions(self, flush_s: float) -> bool:
        async with self._committing:
            positions = self.positions
            offsets = positions.committable()
            if not offsets:
                return False
            await self.app.producer.kafka.flush(flush_s)
            if positions is not self.positions or not await self._commit(offsets):
                return False
            positions.committed(offsets)
            self.app.monitor.on_tp_commit({to_tp(p): at for p, at in offsets.items()})
            return True

    async def settle(self, drain_s: float) -> None:
        """Feeds nobody any more, lets what was begun be finished, makes it durable, commits
        it, and ends the assignment. Raises KafkaFailure; then nothing was committed."""
        self.stop_flow()
        self.app.flow_control.suspend()
        self.app.flow_control.clear()
        try:
            async with asyncio.timeout(drain_s):
                if self.app.drain_hook is not None:
                    await self.app.drain_hook()
                await self.positions.idle()
        except TimeoutError:
            _LOG.warning(
                "%d records were not finished in %g s and will be read again",
                self.positions.tickets,
                drain_s,
            )
        try:
            async with asyncio.timeout(2 * DURABLE_S):
                await self._commit_positions(DURABLE_S)
        except TimeoutError:
            _LOG.warning("Kafka did not take the last commit; its records will be read again")
        finally:
            self.positions.end()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        try:
            if self._placed and not self.app.should_stop:
                await self.settle(self.app.wiring.drain_s)
        except Exception as error:
            # aiokafka would log it and go on; what could not be made durable ends the worker.
            await self.app.crash(error)
            return
        self.positions.end()
        self._placed = False
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self.positions = Positions(strict=self.app.wiring.is_internal)
        self._placed = False
        self._held.clear()
        self._full.clear()
        if self.app.assigned_hook is not None:
            self.app.assigned_hook(frozenset(assigned))
        await super().on_partitions_assigned(assigned, generation_id)

    async def on_stop(self) -> None:
        if not self.app.crashed and self._placed:
            await self._commit_positions(DURABLE_S)
        self.positions.end()
        await super().on_stop()
