"""How long to wait before the next try to bind, by what went wrong with the last.

Rules: the wait doubles while the same trouble lasts and always holds jitter, so that
many binds don't return together; nobody is hammered, least of all with a password that
was refused, because carriers lock accounts.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from agents.smpp import commands as c


class Trouble(StrEnum):
    """Why a link is down: a bounded set, since it is a metric label."""

    CONNECT = "connect"
    """No connection: nobody listens, no route, no such name."""
    TLS = "tls"
    """A certificate that is not believed, or no TLS at all."""
    SESSION_INIT = "session_init"
    """Connected, and no answer to the bind: SMPP's session_init timer, on our side."""
    ENQUIRE_LINK = "enquire_link"
    """Bound, and no answer to enquire_link."""
    CLOSED = "closed"
    """The connection was lost, or the SMSC closed it."""
    UNBOUND = "unbound"
    """The SMSC asked us to leave."""
    GARBAGE = "garbage"
    """What came is not SMPP, or no end of questions."""
    REFUSED = "refused"
    """The bind was refused, with a status that is none of the next two."""
    ALREADY_BOUND = "already_bound"
    """An SMSC may hold a lost session for up to 2 minutes; or it allows fewer binds."""
    WRONG_PASSWORD = "wrong_password"
    """Password, system id or system type."""
    REBIND = "rebind"
    """We left: an answer said that the session is of no use."""
    SUSPENDED = "suspended"
    """We left: an answer said that the carrier does not want this account."""


_LOST: Final = (1.0, 60.0)
_REFUSED: Final = (5.0, 120.0)
_LONG: Final = (60.0, 600.0)

WAITS: Final[Mapping[Trouble, tuple[float, float]]] = {
    Trouble.CONNECT: _LOST,
    Trouble.TLS: _REFUSED,
    Trouble.SESSION_INIT: _LOST,
    Trouble.ENQUIRE_LINK: _LOST,
    Trouble.CLOSED: _LOST,
    Trouble.UNBOUND: _LOST,
    Trouble.GARBAGE: _REFUSED,
    Trouble.REFUSED: _REFUSED,
    Trouble.ALREADY_BOUND: _REFUSED,
    Trouble.WRONG_PASSWORD: _LONG,
    Trouble.REBIND: _LOST,
    Trouble.SUSPENDED: _LONG,
}
"""(first, most) seconds to wait."""

ALERTS: Final = frozenset({Trouble.TLS, Trouble.WRONG_PASSWORD, Trouble.SUSPENDED})
"""Those that do not pass by themselves: a person has to change something."""

BY_STATUS: Final[Mapping[int, Trouble]] = {
    c.ESME_RALYBND: Trouble.ALREADY_BOUND,
    c.ESME_RINVPASWD: Trouble.WRONG_PASSWORD,
    c.ESME_RINVSYSID: Trouble.WRONG_PASSWORD,
    c.ESME_RINVSYSTYP: Trouble.WRONG_PASSWORD,
}
"""The command_status of a bind answer; any other one is REFUSED (0x0D and the rest)."""

STEADY_S: Final = 10.0
"""A bind that lasted so long was a good one. One that is accepted and closed at once is not:
trying again every second would be a storm."""


class Backoff:
    """`random` gives a number in [0, 1)."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._trouble: Trouble | None = None
        self._times = 0

    def wait_s(self, trouble: Trouble) -> float:
        """Seconds to wait now: from d to 2 d, where d doubles from first to half of most."""
        self._times = self._times + 1 if trouble is self._trouble else 0
        self._trouble = trouble
        first, most = WAITS[trouble]
        doubled = min(first * 2 ** min(self._times, 16), most / 2)
        return float(doubled * (1 + self._random()))

    def ended(self, lasted_s: float, *, is_useful: bool) -> None:
        """A bind has ended after `lasted_s`. `is_useful`: something was taken over it.

        A good one starts the waits anew. After a suspension only use is good: the carrier
        accepts the bind, and refuses all that comes over it.
        """
        if is_useful or (lasted_s >= STEADY_S and self._trouble is not Trouble.SUSPENDED):
            self._trouble = None
