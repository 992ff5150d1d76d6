"""The keys of an SMSC, each with what reads its value: one table for URL and `[[smsc]]`.

Rule: a reader takes text and raises ValueError that says what the key takes, without the
value's name; a value is said again only where it can't be a secret.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, get_args

from agents.meant import meant
from agents.smpp.config import Kind, Receipts
from streams.sending.smsc_id import IdForm
from streams.text.decode import DefaultAlphabet


def _one_of(known: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"one of {', '.join(known)}")
        return text

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text[:9]) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text[:9])

    return read


def _number(low: float, high: float, unit: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(f"{unit} from {low:g} to {high:g}")
        return value

    return read


def latin(text: str) -> str:
    """For what travels as a C-octet string."""
    if "\0" in text or any(ord(character) > 0xFF for character in text):
        raise ValueError("characters of Latin-1, without NUL")
    return text


def _path(text: str) -> Path:
    if not text:
        raise ValueError("the path of a file")
    return Path(text)


def _name(text: str) -> str:
    if not 1 <= len(text) <= 32 or not all(
        c.isascii() and (c.isalnum() or c in "._-") for c in text
    ):
        raise ValueError("1 to 32 letters, digits, '.', '_' and '-'")
    return text


def _server_name(text: str) -> str:
    if not text or any(character.isspace() for character in text):
        raise ValueError("the name in the SMSC's certificate")
    return text


_seconds = _number(0.1, 3600, "seconds")

READERS: Final[dict[str, Callable[[str], Any]]] = {
    "name": _name,
    "bind": _one_of(get_args(Kind)),
    "binds": _whole(1, 100),
    "window": _whole(1, 10_000),
    "rate_segments_per_s": _number(0.1, 100_000, "segments a second"),
    "urgent_share": _number(0, 0.9, "a share"),
    "session_init_s": _seconds,
    "enquire_link_s": _seconds,
    "response_timeout_s": _seconds,
    "system_type": latin,
    "short_code_ton": _whole(0, 6),
    "default_alphabet": _one_of(get_args(DefaultAlphabet)),
    "message_id": _one_of(tuple(IdForm)),
    "message_id_zeros": _one_of(("kept", "ignored")),
    "receipts": _one_of(get_args(Receipts)),
    "password_file": _path,
    "ca_file": _path,
    "cert_file": _path,
    "key_file": _path,
    "tls_server_name": _server_name,
}
"""By key. `[[smsc]]` has `url` and `verdicts` besides."""


def read_value(key: str, value: object) -> Any:
    """Of a key in READERS, from the URL's text or as TOML gives it. Raises ValueError:
    `window=0: takes a whole number from 1 to 10000`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{key}: takes one value, got {value!r}")
    text = str(value)
    try:
        return READERS[key](text)
    except ValueError as error:
        raise ValueError(f"{key}={text!r}: takes {error}") from None


def known_key(key: str, *more: str) -> None:
    """Raises ValueError where no such key is known."""
    if key not in READERS and key not in more:
        raise ValueError(f"unknown key {key!r}{meant(key, (*READERS, *more), least=0.8)}")
