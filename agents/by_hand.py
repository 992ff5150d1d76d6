"""One message sent by hand, on a bind of its own.

Rules: one segment after the other, and none after one that was not accepted; one try to
bind; a receipt or a reply that is not ours is left unanswered, so that the SMSC brings it
to the gateway, which waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from agents.smpp.client import Link
from agents.smpp.config import SmscConfig
from agents.smpp.events import Deliver
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Submit
from streams.sending.receipt import Receipt
from streams.sending.verdict import status_words

RECEIPTS_S = 10.0
"""How long receipts are waited for."""
CLOSE_S = 5.0
"""What the unbind may take."""

Say = Callable[[str], None]


class NotSentError(Exception):
    """No segment was submitted; the text says why."""


async def send(
    smsc: SmscConfig,
    submits: Sequence[Submit],
    say: Say,
    stop: asyncio.Event,
    receipts_s: float = RECEIPTS_S,
) -> bool:
    """Whether the SMSC accepted every segment; `say` is told each answer and receipt.

    `stop` ends the waiting. Raises NotSentError where there is no bind.
    """
    errand = _Errand(smsc, say)
    running = asyncio.create_task(errand.link.run())
    try:
        await errand.bind(stop)
        accepted = await errand.submit_all(submits, stop)
        await errand.receipts(receipts_s, stop)
        return accepted
    finally:
        await errand.link.close(CLOSE_S)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class _Errand:
    def __init__(self, smsc: SmscConfig, say: Say) -> None:
        self._say = say
        self._bound, self._failed = asyncio.Event(), asyncio.Event()
        self._open: set[str] = set()
        self._ours: set[str] = set()
        self._unknown: dict[str, list[tuple[Deliver, Receipt]]] = {}
        self._closed = asyncio.Event()
        self.link = Link(
            smsc,
            on_answer=self._on_answer,
            on_deliver=self._on_deliver,
            on_change=self._bound.set,
            sleep=self._no_second_try,
        )

    async def bind(self, stop: asyncio.Event) -> None:
        """Raises NotSentError."""
        await _first(self._bound.wait(), self._failed.wait(), stop.wait())
        if not self._bound.is_set():
            why = self.link.last_error if self._failed.is_set() else "stopped"
            raise NotSentError(f"{why}; nothing was sent")

    async def submit_all(self, submits: Sequence[Submit], stop: asyncio.Event) -> bool:
        """Up to the first that is not accepted."""
        for number, submit in enumerate(submits, start=1):
            of = f"{number} of {len(submits)}"
            if stop.is_set():
                self._say(f"segment {of}: stopped, not submitted")
                return False
            answer = await self._answer(submit)
            self._say(f"segment {of}: {_words(answer)}")
            if not isinstance(answer, Accepted):
                if number < len(submits):
                    self._say("the segments after it were not submitted")
                return False
            self._expect(answer.message_id.lower())
        return True

    async def receipts(self, within_s: float, stop: asyncio.Event) -> None:
        """Until each accepted segment has a final one, `within_s` are over, or `stop` is set."""
        if self._open:
            await _first(self._closed.wait(), self._failed.wait(), stop.wait(), within_s=within_s)
        for message_id in sorted(self._open):
            self._say(f"no receipt yet for {message_id}")
        if others := sum(map(len, self._unknown.values())):
            self._say(f"receipts of other messages, left to the gateway: {others}")

    async def _answer(self, submit: Submit) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        try:
            self.link.submit(submit, future)
        except ValueError as error:  # no PDU can carry it: the sender, say
            raise NotSentError(f"{error}; nothing was sent") from None
        return await future

    def _on_answer(self, token: Any, answer: Answer) -> None:
        token.set_result(answer)

    def _expect(self, message_id: str) -> None:
        if not message_id:
            return
        self._ours.add(message_id)
        self._open.add(message_id)
        self._closed.clear()
        for deliver, receipt in self._unknown.pop(message_id, ()):
            self._received(deliver, receipt)

    def _on_deliver(self, deliver: Deliver) -> None:
        receipt = deliver.receipt
        if receipt is None:
            return
        if receipt.message_id.lower() in self._ours:
            self._received(deliver, receipt)
        else:  # another's, or it came before the answer to its submit
            self._unknown.setdefault(receipt.message_id.lower(), []).append((deliver, receipt))

    def _received(self, deliver: Deliver, receipt: Receipt) -> None:
        self.link.acknowledge(deliver)
        error = f", error {receipt.err}" if receipt.err.strip("0") else ""
        self._say(f"receipt for {receipt.message_id}: {receipt.state.upper()}{error}")
        if receipt.final:
            self._open.discard(receipt.message_id.lower())
            if not self._open:
                self._closed.set()

    async def _no_second_try(self, _: float) -> None:
        self._failed.set()
        await asyncio.Event().wait()  # `close` ends it


def _words(answer: Answer) -> str:
    if isinstance(answer, Accepted):
        return (
            f"accepted as {answer.message_id}" if answer.message_id else "accepted, without an id"
        )
    if isinstance(answer, Rejected):
        return f"refused with {status_words(answer.command_status)}"
    if isinstance(answer, Doubt):
        return f"no answer, the SMSC may have it or not ({answer.why})"
    return f"not sent ({answer.why})"


async def _first(*waits: Awaitable[Any], within_s: float | None = None) -> None:
    """Returns when one of them is over, or the time is."""
    tasks = [asyncio.ensure_future(one) for one in waits]
    try:
        await asyncio.wait(tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
