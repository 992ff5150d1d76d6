"""An SMSC's settings, from one URL or from a `[[smsc]]` table, with the files they name.

Rules: the password is in no error text; a key that is not known is an error, never
ignored. Which keys there are: `keys.READERS`.
"""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from agents.smpp.config import DEFAULT_LABEL, BindConfig, SmscConfig
from agents.smpp.keys import known_key, latin, read_value
from agents.smpp.tls import tls_context
from agents.smpp.url import SHAPE, SmscUrl, split_url
from streams.sending.smsc_id import IdForm, IdRule
from streams.sending.verdict import Verdicts
from streams.sending.verdict_words import parse_verdicts


def parse_smsc_url(url: str) -> SmscConfig:
    """`smpp://system_id:password@host:port?window=50`, or `smpps://` for TLS.

    Raises ValueError that names the part or the key that is wrong and what it takes, never
    the password.
    """
    parts = split_url(url)
    return _config(parts, {key: read_value(key, text) for key, text in parts.query.items()})


def parse_smsc_tables(tables: object) -> tuple[SmscConfig, ...]:
    """`[[smsc]]` as TOML gives it. Raises ValueError: `[[smsc]] 'main' window='0': takes …`."""
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise ValueError("smsc must be a URL, or [[smsc]] tables")
    if not tables:
        raise ValueError(
            "smsc is an empty list: write a URL, or [[smsc]] tables; without any SMSC leave it "
            "out, and messages go to the built-in simulator, in test mode only"
        )
    found: dict[str, SmscConfig] = {}
    for number, table in enumerate(tables, start=1):
        name = table.get("name")
        where = f"[[smsc]] {name!r}" if isinstance(name, str) and name else f"[[smsc]] {number}"
        try:
            config = _from_table(table)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
        if config.label in found:
            raise ValueError(f"{where}: another [[smsc]] has this name")
        found[config.label] = config
    return tuple(found.values())


def _from_table(table: Mapping[str, object]) -> SmscConfig:
    """Keys may stand in the table or in the URL's query, not in both."""
    for key in table:
        known_key(key, "url", "verdicts")
    url = table.get("url")
    if not isinstance(url, str):
        raise ValueError(f"url is missing or no text; it looks like {SHAPE}")
    parts = split_url(url)
    own = {key: value for key, value in table.items() if key not in ("url", "verdicts")}
    for key in own.keys() & parts.query.keys():
        raise ValueError(f"{key} is there twice: in the URL and as a key")
    if "name" not in own and "name" not in parts.query:
        raise ValueError('name is missing; it is for metrics and routes, as name = "main"')
    values = {key: read_value(key, value) for key, value in {**parts.query, **own}.items()}
    verdicts = table.get("verdicts", {})
    if not isinstance(verdicts, dict):
        raise ValueError("verdicts must be a [smsc.verdicts] table")
    try:
        table_of_carrier = parse_verdicts(verdicts)
    except ValueError as error:
        raise ValueError(f"verdicts {error}") from None
    return _config(parts, values, table_of_carrier)


BIND_KEYS: Final = ("system_type", "window", "enquire_link_s", "response_timeout_s",
                    "session_init_s")  # fmt: skip
SMSC_KEYS: Final = ("binds", "rate_segments_per_s", "urgent_share", "receipts",
                    "default_alphabet", "short_code_ton", "tls_server_name")  # fmt: skip
TLS_KEYS: Final = ("ca_file", "cert_file", "key_file")


def _config(
    parts: SmscUrl, values: Mapping[str, Any], verdicts: Verdicts | None = None
) -> SmscConfig:
    return SmscConfig(
        parts.host,
        parts.port,
        BindConfig(
            parts.system_id,
            _password(parts, values.get("password_file")),
            **{key: values[key] for key in BIND_KEYS if key in values},
        ),
        tls=_tls(parts, values),
        label=values.get("name", DEFAULT_LABEL),
        kind=values.get("bind", "transceiver"),
        id_rule=IdRule(
            IdForm(values.get("message_id", IdForm.SAME)),
            ignore_zeros=values.get("message_id_zeros") == "ignored",
        ),
        verdicts=verdicts or Verdicts(),
        **{key: values[key] for key in SMSC_KEYS if key in values},
    )


def _tls(parts: SmscUrl, values: Mapping[str, Any]) -> ssl.SSLContext | None:
    given = [key for key in (*TLS_KEYS, "tls_server_name") if key in values]
    if parts.is_tls:
        return tls_context(*(values.get(key) for key in TLS_KEYS))
    if given:
        raise ValueError(f"{given[0]} is for TLS, but the URL begins with smpp://, not smpps://")
    return None


def _password(parts: SmscUrl, path: Path | None) -> str:
    """From the URL, or from a file of one line."""
    if path is None:
        if parts.password is None:
            raise ValueError(f"there is no password, in the URL as in {SHAPE} or in password_file")
        return parts.password
    if parts.password is not None:
        raise ValueError("password_file, and a password in the URL: one of the two")
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ValueError(f"password_file: {path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"password_file: {path} is not UTF-8") from None
    password = text.removesuffix("\n").removesuffix("\r")
    if not password or "\n" in password:
        raise ValueError(f"password_file: {path} must hold the password on one line, and no more")
    try:
        return latin(password)
    except ValueError as error:
        raise ValueError(f"password_file: the password in {path} takes {error}") from None
