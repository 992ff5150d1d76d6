"""The asyncio shell of one session over one connection.

Rules: nothing is decided here; octets are gathered and written once a turn of the loop, and
what follows from the SMSC's octets before all else that the turn puts off; while the socket
is full nothing is handed out, so that what could not be written is known to be unsent.
"""

import asyncio
from collections.abc import Callable
from typing import Final, cast

from agents.smpp.events import Event
from agents.smpp.session import Session

CLOSE_S: Final = 2.0
"""How long a peer that does not read may keep us from closing."""


class Wire(asyncio.Protocol):
    """Gives `session` its octets and time, and `on_events` what came of it.

    `done` is set when the connection is gone; `on_events` has then had its last call.
    """

    def __init__(
        self,
        session: Session,
        on_events: Callable[[list[Event]], None],
        clock: Callable[[], float],
    ) -> None:
        self.session = session
        self.done = asyncio.Event()
        self._on_events = on_events
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._paused = False
        self._flushing = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's: bind at once."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        self._transport.set_write_buffer_limits(high=1)  # 0 would pause TLS for ever
        self.session.connected(self._clock())
        self._flush()

    def data_received(self, data: bytes) -> None:
        """asyncio's."""
        self._emit(self.session.receive(data, self._clock()))

    def pause_writing(self) -> None:
        """asyncio's: the socket is full."""
        self._paused = True

    def resume_writing(self) -> None:
        """asyncio's: it has room again."""
        self._paused = False
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's: whoever closed it."""
        self.lose(f"the link was lost: {exc}" if exc else "the SMSC closed the link")
        self._transport = None
        self.done.set()

    def lose(self, reason: str) -> None:
        """End now, without good-bye. Nothing where it has ended already."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._on_events(self.session.closed(self._clock(), reason))
        if self._transport is not None:
            self._transport.abort()

    def unbind(self, within_s: float) -> None:
        """Leave in good order; `done` follows."""
        self._emit(self.session.unbind(self._clock(), within_s))

    def wake(self) -> None:
        """The session was given something to write: do so in this turn of the loop."""
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _emit(self, events: list[Event]) -> None:
        self._flushing = True  # so `wake` leaves it to us
        try:
            if events:
                self._on_events(events)
        finally:
            self._flush()

    def _flush(self) -> None:
        self._flushing = False
        transport = self._transport
        if transport is None:
            return
        if not self._paused:
            octets = self.session.outgoing()
            if octets:
                transport.write(octets)
        if self.session.over and not transport.is_closing():
            transport.close()
            self._loop.call_later(CLOSE_S, transport.abort)
            return
        self._set_timer()

    def _set_timer(self) -> None:
        """One timer, moved only where the next moment comes sooner: it is cheap to be early."""
        due = self.session.next_timer()
        if due is None or (self._timer is not None and self._timer_at <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = due
        self._timer = self._loop.call_later(max(0.0, due - self._clock()), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._emit(self.session.tick(self._clock()))
