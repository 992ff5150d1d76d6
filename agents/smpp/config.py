"""Where an SMSC is and how to bind to it, from one URL.

Rules: the password is in no repr and no error text; a key that is not known is an
error, never ignored.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

PORTS: Final = {"smpp": 2775, "smpps": 3550}
"""Scheme to the port IANA gives it; `smpps` is SMPP over TLS."""


@dataclass(frozen=True, slots=True)
class BindConfig:
    """One bind, as agreed with the carrier.

    `window`: submits without an answer at any time. `enquire_link_s`: silence after which
    we ask whether the SMSC is there. `response_timeout_s`: how long any answer may take;
    a submit without one is in doubt then. 10 s, because a person waits for an OTP; a
    carrier whose SMSC is slower under load needs more, or messages go into doubt that
    the SMSC has taken.
    """

    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    window: int = 10
    enquire_link_s: float = 30.0
    response_timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class SmscConfig:
    """One SMSC. `tls` is None for plain TCP."""

    host: str
    port: int
    bind: BindConfig
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """For logs: who binds where."""
        return f"{self.bind.system_id}@{self.host}:{self.port}"


def _transceiver(text: str) -> str:
    if text != "transceiver":
        raise ValueError("only transceiver is supported")
    return text


def _window(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise ValueError("a whole number from 1 to 10000")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise ValueError("seconds from 0.1 to 3600")
    return seconds


def _latin(text: str) -> str:
    if "\0" in text or any(ord(character) > 0xFF for character in text):
        raise ValueError("characters of Latin-1, without NUL")
    return text


OPTIONS: Final[dict[str, Callable[[str], Any]]] = {
    "bind": _transceiver,
    "window": _window,
    "enquire_link_s": _seconds,
    "response_timeout_s": _seconds,
    "system_type": _latin,
}
"""The keys of the URL's query, each with what reads its value."""

SHAPE: Final = "smpp://system_id:password@host:port?bind=transceiver&window=50"
UNREADABLE: Final = (
    f"the SMSC's URL can't be read; it looks like {SHAPE}, with a port from 1 to 65535, "
    "and with the characters / ? # @ : % of system_id and password percent-encoded"
)


def parse_smsc_url(url: str) -> SmscConfig:
    """`smpp://system_id:password@host:port?window=50`, or `smpps://` for TLS.

    system_id and password are percent-decoded. Raises ValueError that names the part
    or the key that is wrong and what it takes, never the password.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # its own words quote the URL, perhaps with the password
        raise ValueError(UNREADABLE) from None
    host, port = _address(parts)
    bind = BindConfig(
        system_id=_credential(parts.username, "system_id"),
        password=_credential(parts.password, "password"),
        **_options(parts.query),
    )
    tls = ssl.create_default_context() if parts.scheme == "smpps" else None
    return SmscConfig(host, port, bind, tls)


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


def _credential(raw: str | None, name: str) -> str:
    if raw is None or (not raw and name == "system_id"):
        raise ValueError(f"the SMSC's URL has no {name}; it looks like {SHAPE}")
    try:
        return _latin(unquote(raw, errors="strict"))
    except ValueError:
        raise ValueError(f"{name} in the SMSC's URL takes characters of Latin-1 only") from None


def _options(query: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for key, text in parse_qsl(query, keep_blank_values=True):
        if key not in OPTIONS:
            known = ", ".join(OPTIONS)
            raise ValueError(f"the SMSC's URL has an unknown key {key!r}; known are {known}")
        if key in options:
            raise ValueError(f"the SMSC's URL has {key} twice")
        try:
            options[key] = OPTIONS[key](text)
        except ValueError as error:
            raise ValueError(f"{key}={text!r} in the SMSC's URL: {error}") from None
    options.pop("bind", None)
    return options
