"""Dispatch: what waits goes to the SMSC, most urgent first, as fast as window and pace allow.

Rules: one window slot is the longest an urgent message waits; every submission is
concluded once and its status is in Kafka before its batch counts it as done; nothing
here reads Kafka.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from agents.gateway.receipts import Receipts
from agents.gateway.submits import submit_of
from agents.metrics import Metrics
from agents.smpp.client import Link
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Submit
from agents.statuses import Statuses
from schemas.lane import LANES, Lane
from schemas.reason import Reason
from schemas.status import Segment, State
from streams.events.address import masked
from streams.sending.pace import Pace
from streams.sending.submission import Conclusion, Submission
from streams.sending.verdict import SENT, VERDICTS, verdict

logger = logging.getLogger(__name__)

UNWRITTEN = 1_000
"""Outcomes that may lack a durable status; beyond that, submitting waits for Kafka."""


@dataclass(slots=True, eq=False)
class Item:
    """A submission, where it came from, and who is told when its last status is in Kafka."""

    submission: Submission
    partition: int
    finished: Callable[[], None]
    due: asyncio.TimerHandle | None = None
    dropped: bool = False


@dataclass(slots=True)
class _Token:
    item: Item
    index: int
    at: float


class Dispatch:
    """One link and what waits for it. `clock` is wall time, `steady` is monotonic (s)."""

    def __init__(
        self,
        smsc: str,
        statuses: Statuses,
        receipts: Receipts,
        metrics: Metrics,
        clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        self.link: Link | None = None
        self.stopping = False
        self._smsc, self._statuses, self._receipts = smsc, statuses, receipts
        self._metrics, self._clock, self._steady = metrics, clock, steady
        self._queues: dict[Lane, deque[Item]] = {lane: deque() for lane in LANES}
        self.live: dict[Lane, set[Item]] = {lane: set() for lane in LANES}
        self._pace = Pace()
        self._woken: asyncio.TimerHandle | None = None
        self._progress = asyncio.Event()
        self._unwritten = 0

    def offer(self, item: Item) -> None:
        """Take an item; call `pump` after the last of several."""
        lane = item.submission.message.lane
        self.live[lane].add(item)
        self._queues[lane].append(item)

    def pump(self) -> None:
        """Submit what can be submitted now."""
        link = self.link
        if link is None:
            return
        while link.free > 0 and self._unwritten < UNWRITTEN:
            wait = self._pace.wait_s(self._steady())
            if wait > 0:
                self._wake_in(wait)
                return
            item = self._next()
            if item is None:
                return
            self._submit(link, item)

    def _wake_in(self, wait: float) -> None:
        if self._woken is None:
            self._woken = asyncio.get_running_loop().call_later(wait, self._wake)

    def _wake(self) -> None:
        self._woken = None
        self.pump()

    def _next(self) -> Item | None:
        """The first item with a segment to submit; items without one leave the queue."""
        for queue in self._queues.values():
            while queue:
                item = queue[0]
                if item.dropped or item.due is not None or self._stays(item):
                    queue.popleft()  # not its turn; who waits for a retry comes back by itself
                elif item.submission.next is None:
                    queue.popleft()
                elif item.submission.untouched and self._late(item):
                    queue.popleft()
                    self._end(item, Conclusion(State.REFUSED, Reason.TOO_LATE))
                else:
                    return item
        return None

    def _stays(self, item: Item) -> bool:
        """When stopping, no message is begun, and one that is begun gets its other segments."""
        return self.stopping and item.submission.untouched

    def _late(self, item: Item) -> bool:
        return self._clock() * 1000 > item.submission.message.deadline

    def _submit(self, link: Link, item: Item) -> None:
        submission = item.submission
        index = submission.next
        if index is None:
            return
        now = self._steady()
        message = submission.message
        if index == 0 and submission.untouched:
            delay = max(0.0, self._clock() - message.event_time / 1000)
            self._metrics.observe("submit_delay_seconds", message.lane, value=delay)
        submission.submitted(index)
        self._pace.sent(now)
        try:
            link.submit(self._fields(submission, index), _Token(item, index, now))
        except ValueError as error:
            # No PDU can carry it: the sender is too long, say. Its template has to be mended.
            self._end(item, Conclusion(State.REFUSED, Reason.UNSENDABLE, str(error)))

    def _fields(self, submission: Submission, index: int) -> Submit:
        message, payload = submission.message, submission.payloads[index]
        now_ms = self._clock() * 1000
        return submit_of(
            payload, message.sender, message.phone, message.id, message.deadline, now_ms
        )

    def on_answer(self, token: _Token, answer: Answer) -> None:
        """The link's callback: exactly once for each submit."""
        if token.item.dropped:
            return  # it was concluded without this answer
        submission, now = token.item.submission, self._steady()
        if isinstance(answer, Accepted):
            self._pace.accepted(now)
            message = submission.message
            self._metrics.count("segments_total", message.lane, message.template)
            self._answered(0, now - token.at)
            conclusion = submission.answered(token.index, 0, SENT, answer.message_id)
        elif isinstance(answer, Rejected):
            conclusion = self._rejected(token, answer.command_status, now)
        elif isinstance(answer, Doubt):
            conclusion = submission.doubted(token.index, answer.why)
        else:
            conclusion = submission.unsent(token.index)
            self._put_back(token.item)
        if conclusion is not None:
            self._conclude(token.item, conclusion)
        self._progress.set()

    async def concluded(self) -> None:
        """Returns after the next answer."""
        self._progress.clear()
        await self._progress.wait()

    def _rejected(self, token: _Token, command_status: int, now: float) -> Conclusion | None:
        judged = verdict(command_status)
        self._answered(command_status, now - token.at)
        if judged.slow:
            self._pace.throttled(now)
            self._metrics.set(
                "rate_limit_segments_per_second", self._smsc, to=self._pace.rate_per_s or 0
            )
        if judged.alert:
            logger.error(
                "%s refuses to %s with 0x%08X: our settings may be wrong, the next may fail too",
                self._smsc,
                masked(token.item.submission.message.phone),
                command_status,
            )
        return token.item.submission.answered(token.index, command_status, judged)

    def _answered(self, command_status: int, round_trip_s: float) -> None:
        known = command_status in VERDICTS
        label = f"0x{command_status:02X}" if known else "other"
        self._metrics.count("submit_answers_total", self._smsc, label)
        self._metrics.observe("submit_round_trip_seconds", self._smsc, value=round_trip_s)

    def _conclude(self, item: Item, conclusion: Conclusion) -> None:
        if conclusion.state is State.RETRYING:
            self._retry(item, conclusion)
        else:
            self._end(item, conclusion)

    def _retry(self, item: Item, conclusion: Conclusion) -> None:
        """A throttled segment is the pace's business: it is no step in the message's life."""
        if conclusion.reason is not Reason.THROTTLED:
            self._write(item, conclusion, item.submission.segments())
        if conclusion.after_s <= 0:
            self._put_back(item)
            return
        loop = asyncio.get_running_loop()
        item.due = loop.call_later(conclusion.after_s, self._due, item)

    def _due(self, item: Item) -> None:
        item.due = None
        if not item.dropped:
            self._put_back(item)
            self.pump()

    def _put_back(self, item: Item) -> None:
        """At the head of its lane: its turn had come."""
        queue = self._queues[item.submission.message.lane]
        if not queue or queue[0] is not item:
            queue.appendleft(item)

    def _end(self, item: Item, conclusion: Conclusion) -> None:
        self._unwritten += 1

        def written(*_: object) -> None:
            self._unwritten -= 1
            if self._unwritten == UNWRITTEN - 1:
                self.pump()
            self.live[item.submission.message.lane].discard(item)
            item.finished()

        segments = item.submission.segments()
        self._write(item, conclusion, segments, written)
        if conclusion.state is State.SUBMITTED:
            submission = item.submission
            self._receipts.expect(submission.message, item.partition, submission.smsc_ids)

    def _write(
        self,
        item: Item,
        conclusion: Conclusion,
        segments: list[Segment],
        on_done: Callable[..., None] | None = None,
    ) -> None:
        self._statuses.write(
            item.submission.message,
            item.partition,
            conclusion.state,
            on_done,
            reason=conclusion.reason,
            detail=conclusion.detail,
            smsc=self._smsc,
            segments=segments,
        )

    def drop(self, items: list[Item]) -> None:
        """These are no longer ours to send: their partition goes to another gateway.

        What is out without an answer is in doubt; under `hold` that is its last state.
        """
        for item in items:
            item.dropped = True
            conclusion = item.submission.abandoned("its gateway gave the partition away")
            if conclusion is not None and conclusion.state is State.IN_DOUBT:
                self._end(item, conclusion)
            if item.due is not None:
                item.due.cancel()
            self.live[item.submission.message.lane].discard(item)
