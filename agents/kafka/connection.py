"""How each of our two client libraries is told to reach Kafka.

Rules: settings are librdkafka's names (`security.protocol`, ...), once; aiokafka's are
derived from them here; what can't be derived is an error that names the setting.
"""

import ssl
from collections.abc import Mapping
from typing import Any

from agents.kafka.errors import KafkaFailure

SESSION_S = 6.0
"""A worker that crashed loses its partitions after this: an OTP waits no longer."""
HEARTBEAT_S = 1.0
REBALANCE_S = 15.0
REQUEST_S = 40.0
NO_POLL_LIMIT_MS = 24 * 3600 * 1000
"""A worker whose partitions are all held does not fetch, and is not dead for that."""
FETCH_WAIT_MS = 50
PARTITION_FETCH_BYTES = 256 * 1024
"""Small, so that no partition's backlog fills an answer; Kafka always sends one record."""

_PLAIN = {
    "security.protocol": "security_protocol",
    "sasl.mechanism": "sasl_mechanism",
    "sasl.mechanisms": "sasl_mechanism",
    "sasl.username": "sasl_plain_username",
    "sasl.password": "sasl_plain_password",
}
_FILES = ("ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.key.password")
KNOWN = (*_PLAIN, *_FILES)
"""What both libraries can be told."""


def librdkafka(
    bootstrap: str, security: Mapping[str, str], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Settings for confluent_kafka's clients, in librdkafka's names."""
    return {"bootstrap.servers": bootstrap, **security, **settings}


def aiokafka(bootstrap: str, security: Mapping[str, str]) -> dict[str, Any]:
    """Settings for aiokafka's clients. Raises KafkaFailure naming a setting it can't take."""
    unknown = sorted(set(security) - set(KNOWN))
    if unknown:
        known = ", ".join(KNOWN)
        raise KafkaFailure(f"Kafka setting {unknown[0]!r} is not understood; known: {known}")
    settings: dict[str, Any] = {_PLAIN[k]: v for k, v in security.items() if k in _PLAIN}
    if "security_protocol" in settings:
        settings["security_protocol"] = settings["security_protocol"].upper()
    if settings.get("security_protocol", "").endswith("SSL"):
        settings["ssl_context"] = _tls(security)
    return {"bootstrap_servers": bootstrap, **settings}


def consumer_settings(
    bootstrap: str, security: Mapping[str, str], *, group: str | None, client_id: str
) -> dict[str, Any]:
    """An AIOKafkaConsumer as every process of ours reads: committed records only, offsets
    committed by hand, dead members noticed in SESSION_S. `group` None reads for itself."""
    return {
        **aiokafka(bootstrap, security),
        "client_id": client_id,
        "group_id": group,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "session_timeout_ms": int(SESSION_S * 1000),
        "heartbeat_interval_ms": int(HEARTBEAT_S * 1000),
        "rebalance_timeout_ms": int(REBALANCE_S * 1000),
        "request_timeout_ms": int(REQUEST_S * 1000),
        "max_poll_interval_ms": NO_POLL_LIMIT_MS,
        "fetch_max_wait_ms": FETCH_WAIT_MS,
        "max_partition_fetch_bytes": PARTITION_FETCH_BYTES,
    }


def _tls(security: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=security.get("ssl.ca.location"))
        if "ssl.certificate.location" in security:
            context.load_cert_chain(
                security["ssl.certificate.location"],
                security.get("ssl.key.location"),
                security.get("ssl.key.password"),
            )
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(f"{k}={v}" for k, v in security.items() if k.endswith(".location"))
        raise KafkaFailure(f"TLS for Kafka can't be set up from {files}: {error}") from error
    return context
