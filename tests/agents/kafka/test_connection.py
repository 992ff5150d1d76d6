"""One set of Kafka settings, told to both libraries."""

import pytest

from agents.kafka.connection import aiokafka
from agents.kafka.errors import KafkaFailure

ROWS = [
    ({}, {}, "plaintext"),
    ({"security.protocol": "plaintext"}, {"security_protocol": "PLAINTEXT"}, "any case"),
    (
        {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.username": "u",
            "sasl.password": "p",
        },
        {
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": "u",
            "sasl_plain_password": "p",
        },
        "a password",
    ),
]


@pytest.mark.parametrize(("security", "wanted", "why"), ROWS)
def test_settings(security: dict[str, str], wanted: dict[str, str], why: str) -> None:
    assert aiokafka("h:1", security) == {"bootstrap_servers": "h:1", **wanted}, why


def test_tls_makes_a_context() -> None:
    assert "ssl_context" in aiokafka("h:1", {"security.protocol": "SASL_SSL"})


@pytest.mark.parametrize(
    ("security", "message"),
    [
        ({"sasl.mechanizm": "PLAIN"}, "'sasl.mechanizm' is not understood; known: security.proto"),
        (
            {"security.protocol": "SSL", "ssl.ca.location": "/no/such.pem"},
            "from ssl.ca.location=/no/such.pem",
        ),
    ],
)
def test_what_is_wrong_is_named(security: dict[str, str], message: str) -> None:
    with pytest.raises(KafkaFailure, match=message):
        aiokafka("h:1", security)
