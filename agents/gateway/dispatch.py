"""Dispatch: what waits goes to the SMSCs, most urgent first, as fast as window and pace allow.

Rules: nothing is submitted while the lease does not stand; every submission is concluded
once, and its status is in Kafka before its batch counts it as done; nothing here reads
Kafka.
"""

import asyncio
from collections.abc import Callable, Iterable

from agents.gateway.answers import Answers, Token
from agents.gateway.carrier import Bind, Carrier
from agents.gateway.item import Item, untold
from agents.gateway.lease import Lease
from agents.gateway.outcomes import Outcomes
from agents.gateway.placing import Placing
from agents.gateway.submits import submit_of
from agents.metrics import Metrics
from agents.smpp.submit import Answer
from schemas.lane import LANES, Lane
from schemas.reason import Reason
from schemas.status import State
from streams.sending.route import Routes
from streams.sending.submission import Conclusion

STAYS_S = 10.0
"""A retry that waits longer leaves its batch, so that the batch can be finished."""
DOWN_S = 60.0
"""What leaves its batch because its SMSC is down is tried again after so long."""

GIVEN_BACK = "its gateway gave the partition away"
MIXED_UP = Conclusion(
    State.FAILED,
    Reason.UNSENDABLE,
    "its first segments were taken in an alphabet that is not its SMSC's any more",
)


class Dispatch:
    """All SMSCs and what waits for them. `clock` is wall time, `steady` is monotonic (s)."""

    def __init__(
        self,
        carriers: Iterable[Carrier],
        routes: Routes,
        outcomes: Outcomes,
        metrics: Metrics,
        clock: Callable[[], float],
        steady: Callable[[], float],
        lease: Lease,
    ) -> None:
        self.stopping = False
        self.carriers = {carrier.name: carrier for carrier in carriers}
        self.live: dict[Lane, set[Item]] = {lane: set() for lane in LANES}
        self.outcomes = outcomes
        self.placing = Placing(self.carriers, routes)
        self._answers = Answers(metrics)
        self._metrics, self._lease = metrics, lease
        self._clock, self._steady = clock, steady
        self._woken: asyncio.TimerHandle | None = None
        self._woken_at = 0.0  # a timer of uvloop that is due at once can't be asked
        self._progress = asyncio.Event()
        outcomes.on_room = self.pump

    # --- what comes in ---

    def offer(self, item: Item) -> None:
        """Take an item; call `pump` after the last of several."""
        message = item.submission.message
        self.live[message.lane].add(item)
        item.candidates = self.placing.candidates(message)
        if not item.candidates:
            self.end(item, item.submission.ends(Reason.NO_ROUTE))
        elif item.submission.next is None:
            item.carrier = self.carriers[item.candidates[0]]
            whole = item.submission.taken.keys() == message.taken.keys()
            self.end(item, Conclusion(State.SUBMITTED) if whole else MIXED_UP)
        else:
            self.placing.place(item, self._steady())

    def look(self) -> None:
        """What waits for an SMSC that is down ends in time, or goes to another that is up;
        called now and then."""
        now = self._steady()
        down = self.placing.down(now)
        for carrier in self.carriers.values():
            carrier.release()
        for carrier in down:
            if self._lease.stands(now) and not self.stopping:
                self._end_late(carrier)
            for item in list(carrier.leaving()) if len(down) < len(self.carriers) else ():
                self.placing.place(item, now)
        self.pump()

    def _end_late(self, carrier: Carrier) -> None:
        """No turn comes that would see to it."""
        for item in list(carrier.waiting()):
            if not self._in_time(item):
                item.leave()

    def send_off(self, items: Iterable[Item]) -> None:
        """Those of them that wait for an SMSC that is down leave their batches."""
        now = self._steady()
        if not self._lease.stands(now):
            return
        for item in items:
            carrier, submission = item.carrier, item.submission
            if item.queue is None or submission.outstanding:
                continue
            if submission.message.deadline < (self._clock() + DOWN_S) * 1000:
                continue  # it would only come back to end
            if carrier is not None and not carrier.up(now):
                words = f"{carrier.name} is down"
                self._later(item, Conclusion(State.RETRYING, detail=words, after_s=DOWN_S))

    # --- what goes out ---

    def pump(self) -> None:
        """Submit what can be submitted now."""
        for carrier in self.carriers.values():
            self._pump(carrier)

    def _pump(self, carrier: Carrier) -> None:
        now = self._steady()
        while not self.outcomes.full and self._lease.stands(now):
            found = carrier.next(now, self._ready)
            if found is None:
                return
            bind, item = found
            wait = carrier.pace.wait_s(now, item.submission.message.lane)
            if wait > 0:
                self._wake_in(wait)
                return
            self._submit(carrier, bind, item, now)

    def _wake_in(self, wait: float) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + wait
        if self._woken is not None:
            if self._woken_at <= at:
                return
            self._woken.cancel()
        self._woken, self._woken_at = loop.call_at(at, self._wake), at

    def _wake(self) -> None:
        self._woken = None
        self.pump()

    def _ready(self, item: Item) -> bool:
        """False for what has no turn now; who waits for a retry comes back by itself."""
        submission = item.submission
        if item.dropped or item.due is not None or submission.next is None:
            return False
        if not item.begun and (self.stopping or submission.outstanding):
            return False  # what is out on a bind that goes is awaited: all parts go on one bind
        return self._in_time(item)

    def _in_time(self, item: Item) -> bool:
        """What is past its deadline ends; what is past `send_before` is compose's again."""
        submission, now_ms = item.submission, self._clock() * 1000
        message = submission.message
        if now_ms > message.deadline:
            if not submission.outstanding:  # else its last answer brings it back here
                self.end(item, submission.ends(Reason.TOO_LATE))
            return False
        waited = message.send_before is not None and now_ms > message.send_before
        unsent = submission.untouched and not submission.unsure
        if waited and message.request is not None and unsent:
            item.dropped = True
            item.leave()
            self.live[message.lane].discard(item)
            self.outcomes.give_back(item, message.request)
            return False
        return True

    def _submit(self, carrier: Carrier, bind: Bind, item: Item, now: float) -> None:
        submission = item.submission
        index = submission.next
        assert index is not None, "next() gives only what has a segment to send"
        message = submission.message
        if submission.untouched and not submission.unsure:
            delay = max(0.0, self._clock() - message.event_time / 1000)
            self._metrics.observe("submit_delay_seconds", message.lane, value=delay)
        submission.submitted(index)
        carrier.taken(item, bind)
        carrier.pace.sent(now, message.lane)
        try:
            submit = submit_of(
                submission.payloads[index], message.sender, message.phone, message.id,
                message.deadline, self._clock() * 1000, carrier.config.short_code_ton,
            )  # fmt: skip
            bind.link.submit(submit, Token(item, submission, index, carrier, bind, now))
        except ValueError as error:
            # No PDU can carry it: the sender is too long, say. Its template has to be mended.
            submission.unsent(index)
            self.end(item, submission.ends(Reason.UNSENDABLE, str(error)))
            item.dropped = True

    # --- what comes back ---

    def on_answer(self, token: Token, answer: Answer) -> None:
        """The link's callback: exactly once for each submit."""
        item = token.item
        conclusion = self._answers.hear(token, answer, self._steady())
        if conclusion is not None:
            self._conclude(item, conclusion)
        elif item.submission.next is not None and item.in_hand:
            self._put_back(item)
        self._progress.set()

    def on_late(self, token: Token, conclusion: Conclusion | None) -> None:
        """What an answer to an earlier copy adds up to, of what waits or is out again. The SMSC
        that has a part of it gets the rest."""
        item = token.item
        if item.submission.taken and item.carrier is not token.carrier:
            waits = item.queue is not None
            item.leave()
            item.carrier, item.bind = token.carrier, None
            if waits and conclusion is None:
                self._put_back(item)
        if conclusion is not None:
            if item.due is not None:
                item.due.cancel()
                item.due = None
            self._conclude(item, conclusion)
        self._progress.set()

    async def concluded(self) -> None:
        """Returns after the next answer."""
        self._progress.clear()
        await self._progress.wait()

    # --- what it adds up to ---

    def _conclude(self, item: Item, conclusion: Conclusion) -> None:
        item.leave()
        if item.dropped:
            # Another gateway has it now, or none: only what is certain is worth a word.
            if conclusion.state is State.SUBMITTED:
                self.end(item, conclusion)
        elif conclusion.state is State.RETRYING:
            self._retry(item, conclusion)
        else:
            self.end(item, conclusion)

    def _retry(self, item: Item, conclusion: Conclusion) -> None:
        """A throttled segment is the pace's business: it is no step in the message's life."""
        if conclusion.elsewhere and self._send_on(item):
            return
        if self._clock() + conclusion.after_s > item.submission.message.deadline / 1000:
            self.end(item, item.submission.gives_up(conclusion))
            return
        if conclusion.after_s > STAYS_S:
            self._later(item, conclusion)
            return
        if conclusion.reason is not Reason.THROTTLED:
            self.outcomes.step(item, conclusion)
        if conclusion.after_s <= 0:
            self._put_back(item)
            return
        loop = asyncio.get_running_loop()
        item.due = loop.call_later(conclusion.after_s, self._due, item)

    def _later(self, item: Item, conclusion: Conclusion) -> None:
        """It leaves its batch."""
        item.leave()
        item.bind = None
        self.live[item.submission.message.lane].discard(item)
        due = int((self._clock() + conclusion.after_s) * 1000)
        self.outcomes.later(item, conclusion, due)

    def _send_on(self, item: Item) -> bool:
        """To the next SMSC of its route that is up, where this one has nothing of it."""
        assert item.carrier is not None
        item.tried.add(item.carrier.name)
        now = self._steady()
        others = (self.carriers[name] for name in item.candidates if name not in item.tried)
        other = next((one for one in others if one.up(now)), None)
        if other is None or not item.submission.untouched:
            return False
        other.put(item)
        self._pump(other)
        return True

    def _due(self, item: Item) -> None:
        item.due = None
        if not item.dropped:
            self._put_back(item)

    def _put_back(self, item: Item) -> None:
        assert item.carrier is not None
        item.carrier.put_back(item)
        self.pump()

    def end(self, item: Item, conclusion: Conclusion) -> None:
        """Its last status."""
        item.leave()
        item.ended, item.bind, finished = True, None, item.finished
        self._progress.set()

        def written() -> None:
            self.live[item.submission.message.lane].discard(item)
            finished()

        self.outcomes.end(item, conclusion, written)

    def drop(self, items: Iterable[Item], *, ours: bool) -> None:
        """These are no longer ours to send: their partition goes to another gateway.

        `ours`: it still is while this is called, so that what is out without an answer can
        be said to be in doubt (`hold`), or failed where a segment was refused for ever; else
        the next gateway says so. What is sent again (`resend`) is given back; of what is sent
        in part it is said which, for a copy that stands before the one that is given back.
        """
        self.outcomes.write_taken()
        for item in list(items):
            conclusion = item.submission.abandoned(GIVEN_BACK)
            if ours and conclusion is not None and conclusion.state is not State.RETRYING:
                self.end(item, conclusion)
            elif ours and item.is_rest:
                self.outcomes.step(item, Conclusion(State.RETRYING, detail=GIVEN_BACK))
            item.leave()
            item.dropped, item.finished = True, untold
            if item.due is not None:
                item.due.cancel()
            self.live[item.submission.message.lane].discard(item)
