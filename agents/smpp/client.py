"""One bind to one SMSC, kept up for ever: connect, bind, work, back off, again.

Rules: exactly one on_answer for every submit, whatever happens to the link; callbacks
are synchronous, in the loop's thread, and one that raises is logged and harms no other.
"""

import asyncio
import logging
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from agents.smpp.backoff import ALERTS, Backoff, Trouble
from agents.smpp.config import Role, SmscConfig
from agents.smpp.events import Answered, Bound, Closed, Deliver, Event, Unbound
from agents.smpp.owner import Owner
from agents.smpp.session import DRAIN_SHARE, Session
from agents.smpp.states import State
from agents.smpp.submit import Answer, Submit, Unsent
from agents.smpp.wire import Wire

log: Final = logging.getLogger("chappe.smpp")


class Link:
    """A bind that comes back by itself. `run` keeps it; `close` ends it.

    `on_answer(token, answer)`: once for every submit. `on_deliver(deliver)`: a receipt or
    a reply; call `acknowledge` when it is stored. `on_change()`: there is room again, or
    for the first time. `on_trouble(trouble)`: it is down, once for each time it could not
    be bound or was lost. `on_late(token, answer)`: what was Doubt has an answer after all.
    `rng` gives the jitter, `sleep` waits between tries.
    """

    def __init__(
        self,
        config: SmscConfig,
        *,
        on_answer: Callable[[Any, Answer], None],
        on_deliver: Callable[[Deliver], None],
        on_change: Callable[[], None],
        on_trouble: Callable[[Trouble], None] | None = None,
        on_late: Callable[[Any, Answer], None] | None = None,
        role: Role = "transceiver",
        rng: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.config, self.role = config, role
        self.last_error = ""
        self.trouble: Trouble | None = None
        """Why it is down, or was last; None from a bind on."""
        self._owner = Owner(on_answer, on_deliver, on_change, on_trouble, on_late)
        self._clock = time.monotonic
        self._sleep = sleep
        self._backoff = Backoff((rng or random.Random()).random)
        self._left: tuple[Trouble, str] | None = None  # by `suspend` or `rebind`, and why
        self._bound_at: float | None = None
        self._is_useful = False  # something was taken over this bind
        self._wire: Wire | None = None
        self._attempt: asyncio.Task[Any] | None = None
        self._closing = False
        self._had_room = False
        self._sequence = 0
        self._connections = 0

    @property
    def window(self) -> int:
        """Submits that may be without an answer at any time."""
        return 0 if self.role == "receiver" else self.config.bind.window

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
            answer = Unsent(self._no_room())
            asyncio.get_running_loop().call_soon(self._owner.answered, token, answer)
            return
        wire.session.submit(submit, token, self._clock())
        self._had_room = wire.session.free > 0
        wire.wake()

    def _no_room(self) -> str:
        if not self.bound:
            return "not bound"
        return "the window is full" if self.window else "a receiver submits nothing"

    def acknowledge(self, deliver: Deliver) -> None:
        """It is stored: answer it. Nothing where its connection is gone; it comes again."""
        if self._wire is not None:
            self._wire.session.answer_deliver(deliver)
            self._wire.wake()

    def suspend(self, reason: str) -> None:
        """The carrier does not want this account: leave in good order, and stay away for long.

        Minutes, doubling while the same happens again; a person has to look at it.
        """
        if self.trouble is not Trouble.SUSPENDED:  # or it is away already
            self._leave(Trouble.SUSPENDED, reason)

    def rebind(self, reason: str) -> None:
        """The session is of no use: leave in good order, and bind anew."""
        if self.bound:
            self._leave(Trouble.REBIND, reason)

    async def run(self) -> None:
        """Until `close`, or until cancelled (then every open submit is answered first)."""
        try:
            while not self._closing:
                if self._left is None:
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

    def _leave(self, trouble: Trouble, reason: str) -> None:
        """The first reason counts, but a suspension comes over a rebind."""
        if self._left is None or self._left[0] is Trouble.REBIND:
            self._left = (trouble, reason)
        if self.bound:
            self._unbind()

    def _unbind(self) -> None:
        """What is out gets the time it would have had."""
        if self._wire is not None:
            self._wire.unbind(self.config.bind.response_timeout_s / DRAIN_SHARE)

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
        session = Session(
            config.bind, role=self.role, sequence=self._sequence, connection=self._connections
        )
        wire = Wire(session, self._handle, self._clock)
        try:
            async with asyncio.timeout(config.bind.session_init_s):
                await loop.create_connection(
                    lambda: self._adopt(wire),
                    config.host,
                    config.port,
                    ssl=config.tls,
                    server_hostname=config.tls_server_name if config.tls else None,
                )
        except (OSError, ValueError) as error:
            self._drop("no connection")
            self.trouble = Trouble.TLS if isinstance(error, ssl.SSLError) else Trouble.CONNECT
            self.last_error = f"{config.name} can't be reached: {str(error) or 'no answer'}"
            return
        await wire.done.wait()
        self._sequence = session.sequence
        self._wire = None

    def _adopt(self, wire: Wire) -> Wire:
        self._wire = wire
        return wire

    async def _rest(self) -> None:
        if self._left is not None:
            self.trouble, reason = self._left
            self.last_error = f"{self.config.name}: {self.trouble}: {reason}"
            self._left = None
        trouble = self.trouble or Trouble.CLOSED
        wait_s = self._backoff.wait_s(trouble)
        level = logging.ERROR if trouble in ALERTS else logging.WARNING
        log.log(level, "%s; the next try in %.1f s", self.last_error, wait_s)
        self._owner.has_trouble(trouble)
        await self._sleep(wait_s)

    def _drop(self, reason: str) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            self._sequence = wire.session.sequence
            wire.lose(reason)

    def _handle(self, events: list[Event]) -> None:
        for event in events:
            HANDLERS.get(type(event), Link._on_nothing)(self, event)
            self._owner.hears(event)
        has_room = self.free > 0
        if has_room and not self._had_room:
            self._owner.has_room()
        self._had_room = self.free > 0

    def _on_nothing(self, event: Event) -> None:
        """The owner's business only."""

    def _on_bound(self, event: Bound) -> None:
        log.info("%s: bound as %s", self.config.name, self.role)
        self._bound_at, self._is_useful = self._clock(), False
        self.last_error, self.trouble = "", None
        if self._left is not None:  # suspended meanwhile
            self._unbind()

    def _on_answered(self, event: Answered) -> None:
        self._is_useful = self._is_useful or event.command_status == 0

    def _on_delivered(self, event: Deliver) -> None:
        self._is_useful = self._is_useful or self.role == "receiver"

    def _on_closed(self, event: Closed) -> None:
        self.last_error, self.trouble = f"{self.config.name}: {event.reason}", event.trouble
        if self._bound_at is not None:
            self._backoff.ended(self._clock() - self._bound_at, is_useful=self._is_useful)
            self._bound_at = None

    def _on_unbound(self, event: Unbound) -> None:
        log.info("%s: unbound", self.config.name)


HANDLERS: Final[dict[type[Any], Callable[[Link, Any], None]]] = {
    Bound: Link._on_bound,
    Answered: Link._on_answered,
    Deliver: Link._on_delivered,
    Unbound: Link._on_unbound,
    Closed: Link._on_closed,
}
