"""Where a session stands, and the one table of what moves it.

Rule: a pair that is not in TRANSITIONS does not happen; nothing else changes a state,
but for the end of the connection, which leads to CLOSED from anywhere.
"""

from enum import Enum, auto
from typing import Final


class State(Enum):
    """Where a session stands."""

    NEW = auto()
    BINDING = auto()
    BOUND = auto()
    DRAINING = auto()  # we want to leave: answers first
    UNBINDING = auto()  # unbind is sent
    LEAVING = auto()  # the SMSC wants us to leave: answers first
    CLOSED = auto()


class Trigger(Enum):
    """What can move it."""

    CONNECTED = auto()
    ACCEPTED = auto()
    REFUSED = auto()
    UNBIND_WANTED = auto()
    DRAINED = auto()
    UNBIND_ANSWERED = auto()
    SMSC_UNBINDS = auto()


S, T = State, Trigger

TRANSITIONS: Final[dict[tuple[State, Trigger], State]] = {
    (S.NEW, T.CONNECTED): S.BINDING,
    (S.NEW, T.UNBIND_WANTED): S.CLOSED,
    (S.BINDING, T.ACCEPTED): S.BOUND,
    (S.BINDING, T.REFUSED): S.CLOSED,
    (S.BINDING, T.UNBIND_WANTED): S.CLOSED,
    (S.BINDING, T.SMSC_UNBINDS): S.LEAVING,
    (S.BOUND, T.UNBIND_WANTED): S.DRAINING,
    (S.BOUND, T.SMSC_UNBINDS): S.LEAVING,
    (S.DRAINING, T.DRAINED): S.UNBINDING,
    (S.DRAINING, T.SMSC_UNBINDS): S.LEAVING,
    (S.UNBINDING, T.UNBIND_ANSWERED): S.CLOSED,
    (S.UNBINDING, T.SMSC_UNBINDS): S.LEAVING,
    (S.LEAVING, T.DRAINED): S.CLOSED,
}

ALIVE: Final = frozenset({S.BOUND, S.DRAINING, S.LEAVING})
"""The states in which silence is asked after with enquire_link."""
