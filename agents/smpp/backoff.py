"""How long to wait before the next try to bind, by what went wrong with the last.

Rules: the wait doubles while the same trouble lasts and always holds jitter, so that
many binds don't return together; nobody is hammered, least of all with a password that
was refused, because carriers lock accounts.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

from agents.smpp import commands as c


class Trouble(Enum):
    """What went wrong; the value is (first, most) seconds to wait."""

    LOST = (1.0, 60.0)
    """No connection, no answer, or a link that was lost."""
    REFUSED = (5.0, 120.0)
    """The bind was refused; an SMSC may hold a lost session for up to 2 minutes."""
    CREDENTIALS = (60.0, 600.0)
    """Wrong password, system id or system type."""


BY_STATUS: Final[dict[int, Trouble]] = {
    c.ESME_RINVPASWD: Trouble.CREDENTIALS,
    c.ESME_RINVSYSID: Trouble.CREDENTIALS,
    c.ESME_RINVSYSTYP: Trouble.CREDENTIALS,
}
"""The command_status of a bind answer; any other one is REFUSED (0x05, 0x0D and the rest)."""


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
        first, most = trouble.value
        doubled = min(first * 2 ** min(self._times, 16), most / 2)
        return float(doubled * (1 + self._random()))

    def reset(self) -> None:
        """A bind succeeded."""
        self._trouble = None
