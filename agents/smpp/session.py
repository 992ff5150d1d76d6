"""One bind from connecting to closing: octets in, events out, time passed in. No I/O.

Rules: what moves the session is in TRANSITIONS, and what is not there does not happen;
every submit gets exactly one of Answered, Unanswered, NeverWritten; after Closed nothing
follows. Source: SMPP 3.4, chapter 2 and 7; the field's lessons are said where they act.
"""

from typing import Any, Final

from agents.smpp import build
from agents.smpp import commands as c
from agents.smpp.backoff import Trouble
from agents.smpp.config import BindConfig, Role
from agents.smpp.events import (
    Closed,
    Deliver,
    Event,
    NeverWritten,
    Unanswered,
    Unbound,
)
from agents.smpp.incoming import HANDLERS, on_unknown
from agents.smpp.keepalive import KeepAlive
from agents.smpp.outstanding import Outstanding
from agents.smpp.reader import Reader
from agents.smpp.states import ALIVE, TRANSITIONS, State, Trigger
from agents.smpp.submit import Submit

LAST_SEQUENCE: Final = 0x7FFFFFFF
DRAIN_SHARE: Final = 0.75
"""Of the time given to `unbind`: for the answers; the rest is for unbind_resp."""
MAX_UNREAD: Final = 1_000
"""Questions of the SMSC whose answers it has not taken. No real one comes near."""

AWAITED: Final = {
    State.BINDING: ("bind", Trouble.SESSION_INIT),
    State.UNBINDING: ("unbind", Trouble.CLOSED),
}
"""Whose answer a state waits for, and what it is where none comes."""

S, T = State, Trigger
BOUND: Final = S.BOUND
IDLE: Final = (S.NEW, S.CLOSED)
"""Plain names of what is asked for each submit: `S.BOUND` takes ten times as long (Python 3.11)."""


class Session:
    """One bind over one connection.

    `sequence` is the last number used: give it to the next session, so that a late
    answer matches nothing new. `connection` tells its Delivers from another's. A receiver
    submits nothing: its `free` is always 0.
    Times are seconds of one monotonic clock.
    """

    def __init__(
        self,
        bind: BindConfig,
        *,
        role: Role = "transceiver",
        sequence: int = 0,
        connection: int = 0,
    ) -> None:
        self.state = State.NEW
        self.sequence = sequence
        self._bind, self._role = bind, role
        self._window = 0 if role == "receiver" else bind.window
        self.connection = connection
        self._reader = Reader()
        self.outstanding = Outstanding()
        self._control: list[bytes] = []
        self._unread = 0  # of `_control`: answers to what the SMSC asked
        self._deadline: float | None = None  # of the state, where it has one
        self._leave_by = 0.0
        self._life = KeepAlive(bind.enquire_link_s, bind.response_timeout_s)
        self.unbind_sequence = 0  # of the SMSC's unbind, to be answered

    @property
    def over(self) -> bool:
        """Closed: nothing more will happen."""
        return self.state is State.CLOSED

    @property
    def in_flight(self) -> int:
        """Submits without an answer."""
        return len(self.outstanding)

    @property
    def free(self) -> int:
        """How many submits may be given now."""
        return max(0, self._window - len(self.outstanding)) if self.state is BOUND else 0

    def connected(self, now: float) -> None:
        """The connection stands: bind at once, before the SMSC's session_init timer ends."""
        if not self.move(T.CONNECTED):
            raise RuntimeError("a session is for one connection; make a new one")
        self._life.heard(now)
        self._deadline = now + self._bind.session_init_s
        self.write(build.bind_as(self._role, self._bind, self._next()))

    def submit(self, submit: Submit, token: Any, now: float) -> int:
        """The sequence number it was given.

        Raises ValueError, naming the field, where it can't be written, and RuntimeError
        where `free` is 0; no event follows then.
        """
        if self.free == 0:
            raise RuntimeError("not bound, or the window is full; ask `free` first")
        sequence = self._next()
        octets = build.submit_sm(submit, sequence)
        self.outstanding.add(sequence, token, octets, now + self._bind.response_timeout_s)
        return sequence

    def outgoing(self) -> bytes:
        """What is to be written now. From here on its submits count as written.

        Answers to the SMSC go first: an enquire_link must not wait behind a backlog.
        """
        octets = b"".join(self._control + self.outstanding.take_octets())
        self._control.clear()
        self._unread = 0
        return octets

    def receive(self, data: bytes, now: float) -> list[Event]:
        """What happened by these octets; the same in whichever pieces they come."""
        events: list[Event] = []
        if self.state in IDLE:
            return events
        pdus = self._reader.feed(data)
        if pdus:
            self._life.heard(now)
        for pdu in pdus:
            HANDLERS.get(pdu.command_id, on_unknown)(self, pdu, events)
            self._drained(now, events)
            if self._unread > MAX_UNREAD:
                self.end("the SMSC asks, and does not take the answers", events, Trouble.GARBAGE)
            if self.over:
                return events
        if self._reader.broken is not None:
            self.write(build.generic_nack(0, c.ESME_RINVCMDLEN))
            reason = f"the SMSC sent what is not SMPP: {self._reader.broken}"
            self.end(reason, events, Trouble.GARBAGE)
        return events

    def answer_deliver(self, deliver: Deliver) -> None:
        """Status 0, once it is stored. Nothing where it came over another connection."""
        if deliver.connection == self.connection and self.state not in IDLE:
            self.write(build.answer_deliver(deliver.command_id, deliver.sequence))

    def unbind(self, now: float, within_s: float) -> list[Event]:
        """Leave in good order: no more submits, the answers, unbind, its answer.

        All within `within_s`; what has no answer by then is Unanswered.
        """
        events: list[Event] = []
        if self.move(T.UNBIND_WANTED):
            if self.over:
                self.end("closed before it was bound", events)
                return events
            self._leave_by = now + within_s
            self._deadline = now + within_s * DRAIN_SHARE
            self._drained(now, events)
        return events

    def closed(self, now: float, reason: str = "the link was lost") -> list[Event]:
        """The connection is gone. Empty where the session had ended before."""
        events: list[Event] = []
        if not self.over:
            self.end(reason, events)
        return events

    def next_timer(self) -> float | None:
        """When to call `tick` next, if nothing else happens."""
        alive_due = self._life.due if self.state in ALIVE else None
        times = (self._deadline, self.outstanding.next_due(), alive_due)
        return min((at for at in times if at is not None), default=None)

    def tick(self, now: float) -> list[Event]:
        """What happened by time passing."""
        events: list[Event] = []
        if self.state in IDLE:
            return events
        why = f"no answer within {self._bind.response_timeout_s:g} s"
        self.report(self.outstanding.expire(now), why, events, awaited=True)
        if self._deadline is not None and now >= self._deadline:
            self._deadline = None
            self._give_up(events)
        self._keep_alive(now, events)
        self._drained(now, events)
        return events

    # --- for `incoming` ---

    def write(self, octets: bytes) -> None:
        """To go out before any submit."""
        self._control.append(octets)

    def reply(self, octets: bytes) -> None:
        """The answer to a question; who asks on and on without reading is left."""
        self._unread += 1
        self.write(octets)

    def move(self, trigger: Trigger) -> bool:
        """False where the table has no such transition: then nothing changed."""
        state = TRANSITIONS.get((self.state, trigger))
        if state is None:
            return False
        self.state, self._deadline = state, None
        return True

    def report(
        self,
        tokens: tuple[list[Any], list[Any]],
        why: str,
        events: list[Event],
        *,
        awaited: bool = False,
    ) -> None:
        """`tokens`: (unanswered, never written)."""
        unanswered, never_written = tokens
        if unanswered:
            events.append(Unanswered(unanswered, why, awaited))
        if never_written:
            events.append(NeverWritten(never_written, why))

    def end(self, reason: str, events: list[Event], trouble: Trouble = Trouble.CLOSED) -> None:
        """Closed, and every submit answered."""
        self.report(self.outstanding.end(), reason, events)
        self.state, self._deadline = State.CLOSED, None
        events.append(Closed(reason, trouble))

    # --- inside ---

    def _next(self) -> int:
        self.sequence = self.sequence % LAST_SEQUENCE + 1
        return self.sequence

    def _drained(self, now: float, events: list[Event]) -> None:
        """Go on leaving, where the last answer has come."""
        if self.outstanding or not self.move(T.DRAINED):
            return
        if self.state is S.UNBINDING:
            self._deadline = max(self._leave_by, now)
            self.write(build.unbind(self._next()))
            return
        self.write(build.unbind_resp(self.unbind_sequence))
        events.append(Unbound())
        self.end("the SMSC asked to unbind", events, Trouble.UNBOUND)

    def _keep_alive(self, now: float, events: list[Event]) -> None:
        """Anything heard is life; only silence after a question ends the session."""
        if self.state not in ALIVE or now < self._life.due:
            return
        if self._life.ask(now):
            self.write(build.enquire_link(self._next()))
        else:
            reason = "the SMSC is silent: no answer to enquire_link"
            self.end(reason, events, Trouble.ENQUIRE_LINK)

    def _give_up(self, events: list[Event]) -> None:
        """The state has lasted too long."""
        if self.state is S.DRAINING:
            self.report(self.outstanding.end(), "no answer before we had to leave", events)
        else:
            question, trouble = AWAITED[self.state]
            self.end(f"the SMSC did not answer the {question}", events, trouble)
