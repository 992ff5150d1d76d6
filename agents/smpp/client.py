"""One bind to one SMSC, kept up for ever: connect, bind, work, back off, again.

Rules: exactly one on_answer for every submit, whatever happens to the link; callbacks
are synchronous, in the loop's thread, and one that raises is logged and harms no other.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from agents.smpp.backoff import BY_STATUS, Backoff, Trouble
from agents.smpp.config import SmscConfig
from agents.smpp.events import (
    Answered,
    BindRefused,
    Bound,
    Closed,
    Deliver,
    Event,
    LateAnswer,
    NeverWritten,
    Unanswered,
    Unbound,
)
from agents.smpp.session import Session
from agents.smpp.states import State
from agents.smpp.submit import Accepted, Answer, Doubt, Rejected, Submit, Unsent
from agents.smpp.wire import Wire

log: Final = logging.getLogger("chappe.smpp")


class Link:
    """A bind that comes back by itself. `run` keeps it; `close` ends it.

    `on_answer(token, answer)`: once for every submit. `on_deliver(deliver)`: a receipt or
    a reply; call `acknowledge` when it is stored. `on_change()`: there is room again, or
    for the first time. `clock` gives seconds that never go back, `rng` the jitter, `sleep`
    waits between tries.
    """

    def __init__(
        self,
        config: SmscConfig,
        *,
        on_answer: Callable[[Any, Answer], None],
        on_deliver: Callable[[Deliver], None],
        on_change: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.config = config
        self.last_error = ""
        self._on_answer = on_answer
        self._on_deliver = on_deliver
        self._on_change = on_change
        self._clock = clock
        self._sleep = sleep
        self._backoff = Backoff((rng or random.Random()).random)
        self._trouble = Trouble.LOST
        self._wire: Wire | None = None
        self._attempt: asyncio.Task[Any] | None = None
        self._closing = False
        self._had_room = False
        self._sequence = 0
        self._connections = 0

    @property
    def window(self) -> int:
        """Submits that may be without an answer at any time."""
        return self.config.bind.window

    @property
    def bound(self) -> bool:
        """The SMSC has accepted the bind, and nobody is leaving."""
        return self._wire is not None and self._wire.session.state is State.BOUND

    @property
    def free(self) -> int:
        """Submits that may be given now; 0 when not bound."""
        return self._wire.session.free if self._wire is not None else 0

    @property
    def in_flight(self) -> int:
        """Submits without an answer."""
        return self._wire.session.in_flight if self._wire is not None else 0

    def submit(self, submit: Submit, token: Any) -> None:
        """Send it; `on_answer(token, ...)` follows, never from within this call.

        Where `free` is 0 the answer is Unsent. Raises ValueError, naming the field, where
        it can't be written as a PDU; no answer follows then.
        """
        wire = self._wire
        if wire is None or wire.session.free == 0:
            answer = Unsent("the window is full" if self.bound else "not bound")
            asyncio.get_running_loop().call_soon(self._tell, self._on_answer, token, answer)
            return
        wire.session.submit(submit, token, self._clock())
        self._had_room = wire.session.free > 0
        wire.wake()

    def acknowledge(self, deliver: Deliver) -> None:
        """It is stored: answer it. Nothing where its connection is gone; it comes again."""
        if self._wire is not None:
            self._wire.session.answer_deliver(deliver)
            self._wire.wake()

    async def run(self) -> None:
        """Until `close`, or until cancelled (then every open submit is answered first)."""
        try:
            while not self._closing:
                self._trouble = Trouble.LOST
                await self._interruptible(self._connect())
                if not self._closing:
                    await self._interruptible(self._rest())
        finally:
            self._drop("the link was stopped")

    async def close(self, timeout_s: float) -> None:
        """Take no more, wait for the answers, unbind, close; all within `timeout_s`."""
        self._closing = True
        wire = self._wire
        if wire is None or wire.session.state is State.NEW:  # resting, or connecting
            if self._attempt is not None:
                self._attempt.cancel()
            return
        wire.unbind(timeout_s)
        try:
            async with asyncio.timeout(timeout_s):
                await wire.done.wait()
        except TimeoutError:
            self._drop("closed before the SMSC had answered everything")

    # --- inside ---

    async def _interruptible(self, step: Coroutine[Any, Any, None]) -> None:
        """`close` cancels the step, and only the step."""
        self._attempt = asyncio.ensure_future(step)
        try:
            await self._attempt
        except asyncio.CancelledError:
            self._attempt.cancel()
            if not self._closing:
                raise

    async def _connect(self) -> None:
        """One connection, from its first octet to its last."""
        config, loop = self.config, asyncio.get_running_loop()
        self._connections += 1
        session = Session(config.bind, sequence=self._sequence, connection=self._connections)
        wire = Wire(session, self._handle, self._clock)
        try:
            async with asyncio.timeout(config.bind.response_timeout_s):
                await loop.create_connection(
                    lambda: self._adopt(wire), config.host, config.port, ssl=config.tls
                )
        except (OSError, UnicodeError) as error:
            self._drop("no connection")
            self.last_error = f"{config.name} can't be reached: {str(error) or 'no answer'}"
            return
        await wire.done.wait()
        self._sequence = session.sequence
        self._wire = None

    def _adopt(self, wire: Wire) -> Wire:
        self._wire = wire
        return wire

    async def _rest(self) -> None:
        wait_s = self._backoff.wait_s(self._trouble)
        log.warning("%s; the next try in %.1f s", self.last_error, wait_s)
        await self._sleep(wait_s)

    def _drop(self, reason: str) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            self._sequence = wire.session.sequence
            wire.lose(reason)

    def _tell(self, callback: Callable[..., None], *args: Any) -> None:
        try:
            callback(*args)
        except Exception:
            log.exception("a callback of the SMPP link raised; the link goes on")

    def _handle(self, events: list[Event]) -> None:
        for event in events:
            HANDLERS[type(event)](self, event)
        has_room = self.free > 0
        if has_room and not self._had_room:
            self._tell(self._on_change)
        self._had_room = self.free > 0

    def _on_bound(self, event: Bound) -> None:
        log.info("%s: bound", self.config.name)
        self._backoff.reset()
        self.last_error = ""

    def _on_bind_refused(self, event: BindRefused) -> None:
        self._trouble = BY_STATUS.get(event.command_status, Trouble.REFUSED)

    def _on_answered(self, event: Answered) -> None:
        answer: Answer = (
            Rejected(event.command_status) if event.command_status else Accepted(event.message_id)
        )
        self._tell(self._on_answer, event.token, answer)

    def _on_unanswered(self, event: Unanswered) -> None:
        for token in event.tokens:
            self._tell(self._on_answer, token, Doubt(event.why))

    def _on_never_written(self, event: NeverWritten) -> None:
        for token in event.tokens:
            self._tell(self._on_answer, token, Unsent(event.why))

    def _on_late_answer(self, event: LateAnswer) -> None:
        """Its submit was reported as Doubt. Kept for the issue that clears doubts."""
        log.warning("%s: an answer came after its time-out", self.config.name)

    def _on_delivered(self, event: Deliver) -> None:
        self._tell(self._on_deliver, event)

    def _on_closed(self, event: Closed) -> None:
        self.last_error = f"{self.config.name}: {event.reason}"

    def _on_unbound(self, event: Unbound) -> None:
        log.info("%s: unbound", self.config.name)


HANDLERS: Final[dict[type[Any], Callable[[Link, Any], None]]] = {
    Bound: Link._on_bound,
    BindRefused: Link._on_bind_refused,
    Answered: Link._on_answered,
    LateAnswer: Link._on_late_answer,
    Unanswered: Link._on_unanswered,
    NeverWritten: Link._on_never_written,
    Deliver: Link._on_delivered,
    Unbound: Link._on_unbound,
    Closed: Link._on_closed,
}
