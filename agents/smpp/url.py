"""An SMSC's URL in its parts: `smpp://system_id:password@host:port?key=value`.

Rule: an error names the part that is wrong and what it takes, never the password.
"""

from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from agents.smpp.keys import known_key, latin

PORTS: Final = {"smpp": 2775, "smpps": 3550}
"""Scheme to the port IANA gives it; `smpps` is SMPP over TLS."""

SHAPE: Final = "smpp://system_id:password@host:port?bind=transceiver&window=50"
UNREADABLE: Final = (
    f"the SMSC's URL can't be read; it looks like {SHAPE}, with a port from 1 to 65535, "
    "and with the characters / ? # @ : % of system_id and password percent-encoded"
)


class SmscUrl(NamedTuple):
    """`password` None: the URL has none. `query`: texts by key, the keys known."""

    host: str
    port: int
    is_tls: bool
    system_id: str
    password: str | None
    query: dict[str, str]


def split_url(url: str) -> SmscUrl:
    """system_id and password are percent-decoded. Raises ValueError."""
    try:
        parts = urlsplit(url)
    except ValueError:  # its own words quote the URL, perhaps with the password
        raise ValueError(UNREADABLE) from None
    host, port = _address(parts)
    if not parts.username:
        raise ValueError(f"the SMSC's URL has no system_id; it looks like {SHAPE}")
    system_id = _credential(parts.username, "system_id")
    password = None if parts.password is None else _credential(parts.password, "password")
    return SmscUrl(host, port, parts.scheme == "smpps", system_id, password, _query(parts.query))


def _address(parts: SplitResult) -> tuple[str, int]:
    if parts.scheme not in PORTS:
        raise ValueError(f"an SMSC's URL begins with smpp:// or smpps://, as in {SHAPE}")
    try:
        port = parts.port
    except ValueError:  # as above
        port = 0
    if port == 0 or parts.fragment or parts.path not in ("", "/"):
        raise ValueError(UNREADABLE)
    if not parts.hostname:
        raise ValueError(f"the SMSC's URL names no host; it looks like {SHAPE}")
    return parts.hostname, port or PORTS[parts.scheme]


def _credential(raw: str, name: str) -> str:
    try:
        return latin(unquote(raw, errors="strict"))
    except ValueError:
        raise ValueError(f"{name} in the SMSC's URL takes characters of Latin-1 only") from None


def _query(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, text in parse_qsl(query, keep_blank_values=True):
        known_key(key)
        if key in found:
            raise ValueError(f"the SMSC's URL has {key} twice")
        found[key] = text
    return found
