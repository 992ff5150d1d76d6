"""Receipts from the SMSC → `delivered` or `undelivered` statuses.

Rules: a receipt is answered only after Kafka has what it says; one that comes before the
answer to its submit waits for it; one that matches nothing is counted and answered.
"""

import asyncio
import logging
from collections.abc import Callable

from agents.metrics import Metrics
from agents.smpp.events import Deliver
from agents.statuses import Statuses
from schemas.message import Message
from schemas.reason import Reason
from schemas.status import State
from streams.sending.joining import Joining
from streams.sending.receipt import Receipt, ReceiptState

logger = logging.getLogger(__name__)

EARLY_S = 10.0
"""How long a receipt waits for the answer to its submit."""
_ENDS = {
    ReceiptState.DELIVRD: State.DELIVERED,
    ReceiptState.EXPIRED: State.UNDELIVERED,
    ReceiptState.DELETED: State.UNDELIVERED,
    ReceiptState.UNDELIV: State.UNDELIVERED,
    ReceiptState.REJECTD: State.UNDELIVERED,
}


class Receipts:
    """`acknowledge` answers the deliver_sm, see `Link.acknowledge`."""

    def __init__(
        self,
        smsc: str,
        statuses: Statuses,
        metrics: Metrics,
        acknowledge: Callable[[Deliver], None],
    ) -> None:
        self._smsc, self._statuses, self._metrics = smsc, statuses, metrics
        self._acknowledge = acknowledge
        self._joining = Joining()
        self._early: dict[str, list[tuple[Deliver, Receipt, asyncio.TimerHandle]]] = {}

    def expect(self, message: Message, partition: int, smsc_ids: list[str | None]) -> None:
        """The SMSC has taken the message: receipts for its segments will come."""
        forgotten = self._joining.expect(message, partition, smsc_ids)
        if forgotten:
            self._metrics.count("receipts_total", self._smsc, "forgotten", by=forgotten)
        for smsc_id in smsc_ids:
            for deliver, receipt, timer in self._early.pop((smsc_id or "").lower(), ()):
                timer.cancel()
                self._match(deliver, receipt)

    def on_deliver(self, deliver: Deliver) -> None:
        """The link's callback for each deliver_sm."""
        receipt = deliver.receipt
        if receipt is None:
            self._metrics.count("replies_total", self._smsc)
            self._acknowledge(deliver)
        elif not receipt.final or receipt.state not in _ENDS:
            # UNKNOWN too: final for the SMSC, but it says nothing of the phone.
            self._metrics.count("receipts_total", self._smsc, "intermediate")
            self._acknowledge(deliver)
        elif self._joining.knows(receipt.message_id):
            self._match(deliver, receipt)
        else:
            self._wait(deliver, receipt)

    def _wait(self, deliver: Deliver, receipt: Receipt) -> None:
        key = receipt.message_id.lower()
        timer = asyncio.get_running_loop().call_later(EARLY_S, self._unmatched, key)
        self._early.setdefault(key, []).append((deliver, receipt, timer))

    def _unmatched(self, key: str) -> None:
        for deliver, _, timer in self._early.pop(key, ()):
            timer.cancel()
            self._metrics.count("receipts_total", self._smsc, "unmatched")
            self._acknowledge(deliver)

    def _match(self, deliver: Deliver, receipt: Receipt) -> None:
        found = self._joining.final(receipt.message_id, _ENDS[receipt.state])
        self._metrics.count("receipts_total", self._smsc, "matched" if found else "unmatched")
        if found is None or found[1] is None:
            self._acknowledge(deliver)
            return
        awaiting, state = found[0], found[1]
        undelivered = state is State.UNDELIVERED
        self._statuses.write(
            Message.from_bytes(awaiting.message),
            awaiting.partition,
            state,
            lambda *_: self._acknowledge(deliver),
            reason=Reason.NOT_DELIVERED if undelivered else None,
            detail=f"{receipt.state.upper()} {receipt.err}".strip() if undelivered else None,
            smsc=self._smsc,
            segments=awaiting.segments(),
        )
