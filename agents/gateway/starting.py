"""Starting: the messages of an opened batch, each to dispatch or to its end.

Rules: a last look comes here (test mode, a copy of one in hand, one that was sent before);
what a lost gateway may have submitted is settled by the template's policy, before any later
copy of it is looked at; every message of a batch is finished once.
"""

import asyncio
import logging
from collections.abc import Callable

from agents.beside import Beside
from agents.gateway.dispatch import Dispatch
from agents.gateway.item import Item
from agents.gateway.outcomes import Outcomes
from agents.gateway.partition import Assigned, Batch
from agents.gateway.recovery import patiently
from agents.gateway.status_log import StatusLog
from agents.metrics import Metrics
from schemas.lane import Lane
from schemas.message import Message
from schemas.reason import Reason
from schemas.status import State
from streams.events.address import masked
from streams.sending.intent import Past, Then
from streams.sending.submission import Conclusion
from streams.sending.submit import message_reference

LOST = Conclusion(State.IN_DOUBT, Reason.GATEWAY_LOST)
NOT_LISTED = Conclusion(State.REFUSED, Reason.TEST_MODE)

logger = logging.getLogger(__name__)


class Starting:
    """`may_text(phone)` is False where test mode forbids it. `on_finished(lane)` is called
    when a message is."""

    def __init__(
        self,
        dispatch: Dispatch,
        outcomes: Outcomes,
        status_log: StatusLog,
        metrics: Metrics,
        may_text: Callable[[str], bool],
        beside: Beside,
    ) -> None:
        self.on_finished: Callable[[Lane], None] = lambda _: None
        self._dispatch, self._outcomes = dispatch, outcomes
        self._status_log, self._metrics, self._may_text = status_log, metrics, may_text
        self._beside = beside

    def start(self, assigned: Assigned, batch: Batch) -> None:
        """All messages of a batch that was just opened."""
        if batch.intended or any(message.again for message in batch.messages):
            self._beside.start(self._look_up(assigned, batch), "what was sent before")
            return
        for message in batch.messages:
            self._start(assigned, batch, message)
        self._maybe_finished(assigned, batch)

    async def _look_up(self, assigned: Assigned, batch: Batch) -> None:
        """What was sent before, as `sms.status` says now."""
        assigned.lookups += 1
        if batch.intended:
            await self._read_on(assigned)
        past = await self._said(assigned, batch)
        ended = {one.id for one in batch.messages if self._has_ended(assigned, past, one)}
        assigned.lookups -= 1
        if not assigned.lookups:
            assigned.ended_meanwhile.clear()
        if not assigned.alive:
            return
        for message in batch.messages:
            if message.id in ended:
                self._copy(assigned, batch, message)
            else:
                self._start(assigned, batch, past.carried(message) if message.again else message)
        self._maybe_finished(assigned, batch)
        self._dispatch.pump()

    async def _read_on(self, assigned: Assigned) -> None:
        """A gateway that was only asleep says what it can when it wakes up: hear it first.
        Batches that are opened together hear it together."""
        if assigned.hearing is None:
            assigned.hearing = asyncio.ensure_future(self._hear(assigned))
        await asyncio.shield(assigned.hearing)

    async def _hear(self, assigned: Assigned) -> None:
        try:
            assigned.past_end = await patiently(
                lambda: self._status_log.read_on(
                    assigned.tp.partition, assigned.past_end, assigned.past
                ),
                "what was sent before",
            )
        finally:
            assigned.hearing = None

    async def _said(self, assigned: Assigned, batch: Batch) -> Past:
        again = [message for message in batch.messages if message.again]
        if not again:
            return Past()
        since = min(message.decided_at for message in again)
        number = assigned.tp.partition
        return await patiently(
            lambda: self._status_log.since(number, since), "what was sent before"
        )

    @staticmethod
    def _has_ended(assigned: Assigned, past: Past, message: Message) -> bool:
        """By now, or while this was asked. What is in hand is looked at where it starts."""
        if assigned.ended_meanwhile.get(message.id, -1) >= message.attempt:
            return True
        asked = message.again and assigned.live.get(message.id, -1) < message.attempt
        return asked and past.judge(message, intended=False) is Then.DONE

    def _start(self, assigned: Assigned, batch: Batch, message: Message) -> None:
        if self._waits(assigned, batch, message):
            return
        if self._is_copy(assigned, batch, message):
            self._copy(assigned, batch, message)
            return
        finished = self._finisher(assigned, batch, message)
        then = assigned.past.judge(message, intended=batch.intended)
        if batch.intended:
            self._metrics.count("recovered_total", then)
        if then is Then.DONE:
            assigned.settle(batch, message.id)
            return
        message = assigned.past.carried(message)
        assigned.live[message.id] = message.attempt
        number = assigned.tp.partition
        doubted, may_text = then is Then.DOUBT, self._may_text(message.phone)
        perhaps_sent = doubted or message.unanswered > 0
        if (wrong := _wrong_id(message)) is not None:
            place, phone = (*assigned.tp, batch.offset), masked(message.phone)
            logger.error("%s[%d]@%d: not sent to %s, mend who wrote it: %s", *place, phone, wrong)
            unsendable = Conclusion(State.REFUSED, Reason.UNSENDABLE, wrong)
            self._outcomes.refuse(message, number, unsendable, finished)
        elif (doubted and message.in_doubt == "hold") or (perhaps_sent and not may_text):
            self._outcomes.doubt(message, number, LOST, finished)
        elif not may_text:
            self._outcomes.refuse(message, number, NOT_LISTED, finished)
        else:
            self._offer(assigned, _perhaps_sent(message) if doubted else message, finished)

    def _waits(self, assigned: Assigned, batch: Batch, message: Message) -> bool:
        """Behind an earlier attempt that is in hand: it may be the message yet, since whoever
        wrote it may say so only later, and that would end the earlier one."""
        item = assigned.items.get(message.id)
        if item is None or item.moved is not None:
            return False
        if item.submission.message.attempt >= message.attempt:
            return False

        def follow() -> None:
            if item.moved is None:
                self._copy(assigned, batch, message)
            else:
                self._start(assigned, batch, message)
            self._maybe_finished(assigned, batch)
            self._dispatch.pump()

        item.behind.append(follow)
        return True

    @staticmethod
    def _is_copy(assigned: Assigned, batch: Batch, message: Message) -> bool:
        """Of one in hand, or of one that is decided in a batch before. Where an earlier attempt
        has left for this one, or is only said to be in doubt, this one is the message, whatever
        is not written yet."""
        in_hand = assigned.live.get(message.id)
        if in_hand is not None:
            item = assigned.items.get(message.id)
            moved = item.moved if item is not None else in_hand + 1
            if moved is None or not in_hand < moved <= message.attempt:
                return True
        claimed = assigned.claimed(message.id, batch.offset)
        if claimed is None or claimed >= message.attempt:
            return claimed is not None
        assigned.past.supersede(message)
        return False

    def _offer(self, assigned: Assigned, message: Message, finished: Callable[[], None]) -> None:
        alphabet = self._dispatch.placing.alphabet(message)

        def told() -> None:
            finished()
            for follow in item.behind:
                follow()

        item = Item.of(message, assigned.tp.partition, told, alphabet)
        assigned.items[message.id] = item
        self._dispatch.offer(item)

    def _finisher(self, assigned: Assigned, batch: Batch, message: Message) -> Callable[[], None]:
        identity, lane, attempt = message.id, message.lane, message.attempt

        def finished() -> None:
            if assigned.live.get(identity) == attempt:  # else a later one is in hand
                del assigned.live[identity]
                assigned.items.pop(identity, None)
            if assigned.lookups:
                known = assigned.ended_meanwhile.get(identity, -1)
                assigned.ended_meanwhile[identity] = max(known, attempt)
            assigned.settle(batch, identity)
            self._maybe_finished(assigned, batch)
            self.on_finished(lane)

        return finished

    def _copy(self, assigned: Assigned, batch: Batch, message: Message) -> None:
        self._metrics.count("duplicates_total", message.lane, message.template)
        assigned.settle(batch, message.id)

    @staticmethod
    def _maybe_finished(assigned: Assigned, batch: Batch) -> None:
        if not batch.unfinished:
            assigned.finish(batch.offset)


def _perhaps_sent(message: Message) -> Message:
    """It is sent again, since its template says so; that it may be there is not forgotten."""
    return message.model_copy(update={"unanswered": message.unanswered + 1})


def _wrong_id(message: Message) -> str | None:
    try:
        message_reference(message.id)
    except ValueError as error:
        return str(error)
    return None
