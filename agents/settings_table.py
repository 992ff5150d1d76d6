"""Every setting once: its name, what it takes, what it is without, what it means.

Rules: a reader raises ValueError that says what the setting takes; docs/settings.md is
written from here; nothing is read here, neither the environment nor a file.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from agents.kafka.connection import KNOWN
from agents.meant import meant
from agents.smpp.smsc_settings import parse_smsc_url
from streams.events.numbers import TestNumbers


class Setting(NamedTuple):
    """`attribute` of Settings; the rest are words for people, `default` what stands there
    where nothing is said, `example` a value as it is written."""

    attribute: str
    parse: Callable[[str], Any]
    takes: str
    default: str
    means: str
    example: str


def _new_folder(raw: str) -> Path:
    if Path(raw).exists() and not Path(raw).is_dir():
        raise ValueError(f"takes a folder, which is made where it is missing; {raw!r} is a file")
    return Path(raw)


def _servers(raw: str) -> str:
    servers = [server.strip() for server in raw.split(",")]
    for server in servers:
        host, colon, port = server.rpartition(":")
        if "://" in server:
            raise ValueError(f"takes host:port without a scheme, got {server!r}")
        if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(f"takes host:port, or several with commas, got {server!r}")
    return ",".join(servers)


def _folder(raw: str) -> Path:
    if not Path(raw).is_dir():
        said = f"{raw!r} is a file" if Path(raw).exists() else f"there is no folder {raw!r}"
        raise ValueError(f"takes a folder of templates; {said}")
    return Path(raw)


def _mode(raw: str) -> bool:
    if raw not in ("test", "live"):
        raise ValueError(f"takes test or live, got {raw!r}")
    return raw == "live"


def _start(raw: str) -> str:
    if raw not in ("latest", "earliest"):
        raise ValueError(f"takes latest or earliest, got {raw!r}")
    return raw


def _whole(low: int, high: int, besides: tuple[int, ...] = ()) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        words = f"takes a whole number from {low} to {high}, got {raw!r}"
        try:
            value = int(raw)
        except ValueError:
            raise ValueError(words) from None
        if not low <= value <= high and value not in besides:
            raise ValueError(words)
        return value

    return parse


def _prefix(raw: str) -> str:
    if not raw or not all(char.isalnum() or char in "._-" for char in raw):
        raise ValueError(f"takes letters, digits, '.', '_' and '-', got {raw!r}")
    return raw


def _seconds(raw: str) -> float:
    try:
        value = float(raw)
    except ValueError:
        value = -1.0
    if not 0 < value <= 60:
        raise ValueError(f"takes a number of seconds, above 0 and up to 60, got {raw!r}")
    return value


def _level(raw: str) -> str:
    levels = ("debug", "info", "warning", "error")
    if raw.lower() not in levels:
        raise ValueError(f"takes one of {', '.join(levels)}, got {raw!r}")
    return raw.lower()


def _security(raw: str) -> dict[str, str]:
    """librdkafka's names, `security.protocol=SASL_SSL,sasl.mechanism=…`."""
    pairs = [item.partition("=") for item in raw.split(",") if item.strip()]
    for key, equals, _ in pairs:
        if not equals or not key.strip().startswith(("security.", "sasl.", "ssl.")):
            raise ValueError("takes name=value pairs of security.*, sasl.* and ssl.*, with commas")
        if key.strip() not in KNOWN:
            raise ValueError(f"{key.strip()} is not understood{meant(key.strip(), KNOWN)}")
    given = {key.strip(): value.strip() for key, _, value in pairs}
    protocol = given.get("security.protocol", "")
    named = "sasl.mechanism" in given or "sasl.mechanisms" in given
    if protocol.upper().startswith("SASL") and not named:
        raise ValueError(f"with security.protocol={protocol} goes sasl.mechanism, as PLAIN")
    return given


READERS: dict[str, Setting] = {
    "KAFKA": Setting(
        "kafka", _servers,
        "`host:port`, several with commas", "none; `chappe up` then starts a broker in memory",
        "Kafka's bootstrap servers", "kafka-1:9092,kafka-2:9092",
    ),
    "KAFKA_SECURITY": Setting(
        "kafka_security", _security,
        "`security.*`, `sasl.*`, `ssl.*` pairs in librdkafka's names, with commas", "none",
        "how to log in to Kafka, and TLS",
        "security.protocol=SASL_SSL,sasl.mechanism=PLAIN,sasl.username=chappe,sasl.password=secret",
    ),
    "CATALOG": Setting(
        "catalog", _folder,
        "a folder of templates ([catalog.md](catalog.md))", "the catalog that is shipped",
        "which texts are sent, on which events", "texts",
    ),
    "SMSC": Setting(
        "smscs", lambda raw: (parse_smsc_url(raw),),
        "`smpp://system_id:password@host:port`, `smpps://` for TLS ([smsc.md](smsc.md))",
        "in test mode a built-in simulator, with no phones behind it; in live mode an error",
        "the SMSC that messages are submitted to",
        "smpp://acme:secret@smsc.example:2775?window=50",
    ),
    "MODE": Setting(
        "live", _mode,
        "`test` or `live`", "test",
        "whether everybody is texted, or only `CHAPPE_TEST_NUMBERS`; the built-in simulator "
        "takes all", "live",
    ),
    "TEST_NUMBERS": Setting(
        "test_numbers", TestNumbers.parse,
        "numbers, or prefixes with `*`, with commas", "nobody",
        "who is texted in test mode; the rest is `refused: test_mode`",
        "+33612345678,+447700900*",
    ),
    "START": Setting(
        "start", _start,
        "`latest` or `earliest`", "latest",
        "where a group that is new starts in the domain topics; one that has been there goes on "
        "where it was", "earliest",
    ),
    "PARTITIONS": Setting(
        "partitions", _whole(1, 1000),
        "1 to 1000", "12",
        "partitions of the topics keyed by phone number; fixed for the life of an installation",
        "24",
    ),
    "REPLICATION": Setting(
        "replication", _whole(1, 10, besides=(-1,)),
        "1 to 10, or -1 for the broker's default", "-1",
        "copies of each topic that is made; `min.insync.replicas=2` from 3 on", "3",
    ),
    "METRICS_PORT": Setting(
        "metrics_port", _whole(0, 65535),
        "a port, or 0 for any free one", "0",
        "where `/metrics`, `/healthz` and `/readyz` are; `chappe up` takes it for the engine, the "
        "next for the gateway and the one after for receipts", "9100",
    ),
    "PUBLIC_PREFIX": Setting(
        "public_prefix", _prefix,
        "letters, digits, `.`, `_`, `-`", "sms.",
        "what the names of topics for others begin with", "acme.sms.",
    ),
    "INTERNAL_PREFIX": Setting(
        "internal_prefix", _prefix,
        "the same", "chappe.",
        "what the names of our own topics begin with; group ids follow it", "acme.chappe.",
    ),
    "DRAIN_S": Setting(
        "drain_s", _seconds,
        "seconds, above 0, up to 60", "5",
        "what a process that stops gives its open work", "10",
    ),
    "DATA": Setting(
        "data", _new_folder,
        "a folder on disk, made where it is missing",
        "`chappe` in `$XDG_STATE_HOME`, else in `~/.local/state`",
        "what `chappe receipts` keeps; if it is lost, it comes again from Kafka", "/var/lib/chappe",
    ),
    "LOG": Setting(
        "log", _level,
        "`debug`, `info`, `warning` or `error`", "info",
        "from which level on the log on stderr speaks", "warning",
    ),
}  # fmt: skip


def markdown() -> str:
    """The table of docs/settings.md."""
    head = "| variable | means | takes | without it | example |\n|---|---|---|---|---|\n"
    return head + "".join(
        f"| `CHAPPE_{name}` | {it.means} | {it.takes} | {it.default} | `{it.example}` |\n"
        for name, it in READERS.items()
    )
