"""One URL says all of a bind; a wrong one says what is wrong, and never the password."""

import ssl

import pytest

from agents.smpp.config import BindConfig, SmscConfig
from agents.smpp.smsc_settings import parse_smsc_url

READ = [
    ("smpp://u:p@h:2776", SmscConfig("h", 2776, BindConfig("u", "p"))),
    ("smpp://u:p@h", SmscConfig("h", 2775, BindConfig("u", "p"))),
    ("smpp://u:@h", SmscConfig("h", 2775, BindConfig("u", ""))),
    ("smpp://u:p%40%2F%3a@h", SmscConfig("h", 2775, BindConfig("u", "p@/:"))),
    ("smpp://u:p@[::1]:99", SmscConfig("::1", 99, BindConfig("u", "p"))),
    (
        "smpp://u:p@h?bind=transceiver&window=50",
        SmscConfig("h", 2775, BindConfig("u", "p", window=50)),
    ),
    (
        "smpp://u:p@h?enquire_link_s=5&response_timeout_s=2.5&system_type=vma",
        SmscConfig("h", 2775, BindConfig("u", "p", "vma", 10, 5.0, 2.5)),
    ),
]


@pytest.mark.parametrize(("url", "config"), READ)
def test_urls(url: str, config: SmscConfig) -> None:
    assert parse_smsc_url(url) == config


def test_smpps_is_tls_that_checks_the_name() -> None:
    config = parse_smsc_url("smpps://u:p@h")
    assert config.port == 3550
    assert config.tls is not None
    assert (config.tls.check_hostname, config.tls.verify_mode) == (True, ssl.CERT_REQUIRED)


WRONG = [
    ("http://u:hunter2@h", "smpp://"),
    ("smpp://h:2775", "no system_id"),
    ("smpp://u@h", "no password"),
    ("smpp://:hunter2@h", "no system_id"),
    ("smpp://u:hunter2@", "no host"),
    ("smpp://u:hunter2@h:0", "1 to 65535"),
    ("smpp://u:hunter2@h:99999", "1 to 65535"),
    ("smpp://u:hunter2#x@h", "percent-encoded"),
    ("smpp://u:hunter2/x@h", "percent-encoded"),
    ("smpp://u:hunter2[@h", "percent-encoded"),
    ("smpp://u:hunter2℀@h", "percent-encoded"),
    ("smpp://u:hunter2%00@h", "Latin-1"),
    ("smpp://u:hunter2@h/path", "percent-encoded"),
    ("smpp://u:hunter2@h?windw=5", "unknown key 'windw'; did you mean window?"),
    ("smpp://u:hunter2@h?window=0", "window='0'.*1 to 10000"),
    ("smpp://u:hunter2@h?window=many", "window='many'.*1 to 10000"),
    ("smpp://u:hunter2@h?window=1&window=2", "window twice"),
    ("smpp://u:hunter2@h?bind=receiver", "one of transceiver, transmitter"),
    ("smpp://u:hunter2@h?enquire_link_s=nan", "seconds"),
    ("smpp://u:hunter2@h?response_timeout_s=", "seconds"),
]


@pytest.mark.parametrize(("url", "words"), WRONG)
def test_wrong_urls(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse_smsc_url(url)
    assert "hunter2" not in str(caught.value)


def test_the_password_is_in_no_repr() -> None:
    assert "hunter2" not in repr(parse_smsc_url("smpp://u:hunter2@h"))
