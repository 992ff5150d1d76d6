"""`[[smsc]]` tables: all that a carrier agreed, and for what is wrong the name and the key."""

import tomllib
from pathlib import Path

import pytest

from agents.smpp.config import BindConfig, SmscConfig
from agents.smpp.smsc_settings import parse_smsc_tables, parse_smsc_url
from streams.sending.smsc_id import IdForm, IdRule
from streams.sending.verdict_words import parse_verdicts

FULL = """
[[smsc]]
name = "main"
url = "smpp://acme@smsc.example:2776"
password_file = "password"
bind = "transmitter+receiver"
binds = 2
window = 50
rate_segments_per_s = 100
urgent_share = 0.2
session_init_s = 5
enquire_link_s = 45
response_timeout_s = 20.5
system_type = "vma"
short_code_ton = 0
default_alphabet = "latin1"
message_id = "hex_in_receipt"
message_id_zeros = "ignored"
receipts = "last"
[smsc.verdicts]
0x0400 = "retry 60s 2"
0x0045 = "failed"

[[smsc]]
name = "spare"
url = "smpp://u:p@h?window=5"
"""


def read(text: str) -> tuple[SmscConfig, ...]:
    return parse_smsc_tables(tomllib.loads(text)["smsc"])


@pytest.fixture(autouse=True)
def _password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("password").write_text("hunter2\n")


def test_every_key() -> None:
    main, spare = read(FULL)
    assert main == SmscConfig(
        "smsc.example",
        2776,
        BindConfig("acme", "hunter2", "vma", 50, 45.0, 20.5, 5.0),
        label="main",
        kind="transmitter+receiver",
        binds=2,
        rate_segments_per_s=100.0,
        urgent_share=0.2,
        id_rule=IdRule(IdForm.HEX_IN_RECEIPT, ignore_zeros=True),
        receipts="last",
        default_alphabet="latin1",
        short_code_ton=0,
        verdicts=parse_verdicts({"0x0400": "retry 60s 2", "0x0045": "failed"}),
    )
    assert main.roles == ("transmitter", "receiver", "transmitter", "receiver")
    assert spare == SmscConfig("h", 2775, BindConfig("u", "p", window=5), label="spare")
    assert spare.roles == ("transceiver",)


def test_the_same_keys_in_a_url() -> None:
    url = (
        "smpp://u:p@h?name=main&bind=transmitter%2Breceiver&binds=2&rate_segments_per_s=0.5"
        "&urgent_share=0.2&session_init_s=5&short_code_ton=6&default_alphabet=ascii"
        "&message_id=decimal_in_receipt&receipts=first"
    )
    assert parse_smsc_url(url) == SmscConfig(
        "h",
        2775,
        BindConfig("u", "p", session_init_s=5.0),
        label="main",
        kind="transmitter+receiver",
        binds=2,
        rate_segments_per_s=0.5,
        urgent_share=0.2,
        short_code_ton=6,
        default_alphabet="ascii",
        id_rule=IdRule(IdForm.DECIMAL_IN_RECEIPT),
        receipts="first",
    )


def test_without_a_name_it_is_called_smsc() -> None:
    assert parse_smsc_url("smpp://u:p@h").label == "smsc"


PASSWORDS = [
    ("a line feed at the end is no part of it", b"hunter2\n", "hunter2"),
    ("nor is that of Windows", b"hunter2\r\n", "hunter2"),
    ("none is needed", b"hunter2", "hunter2"),
    ("spaces are part of it", b" hunter 2 \n", " hunter 2 "),
    ("what a URL would need encoded is plain here", b"p@/:#%", "p@/:#%"),
    ("UTF-8 in the file, Latin-1 in the PDU", "café".encode(), "café"),
]


@pytest.mark.parametrize(("why", "octets", "password"), PASSWORDS)
def test_passwords_in_files(why: str, octets: bytes, password: str) -> None:
    Path("password").write_bytes(octets)
    assert parse_smsc_url("smpp://u@h?password_file=password").bind.password == password


WRONG_FILES = [
    ("empty", b"", "one line"),
    ("two lines", b"hunter2\nhunter2\n", "one line"),
    ("not UTF-8", b"\xffhunter2", "not UTF-8"),
    ("beyond Latin-1", "hunter2 €".encode(), "Latin-1"),
    ("NUL ends a text in SMPP", b"hunter2\0", "Latin-1, without NUL"),
]


@pytest.mark.parametrize(("why", "octets", "says"), WRONG_FILES)
def test_wrong_password_files(why: str, octets: bytes, says: str) -> None:
    Path("password").write_bytes(octets)
    with pytest.raises(ValueError, match=f"password_file.*password.*{says}") as caught:
        parse_smsc_url("smpp://u@h?password_file=password")
    assert "hunter2" not in str(caught.value)


ONE = 'name = "main"\nurl = "smpp://u:hunter2@h"\n'
WRONG = [
    ("no name", 'url = "smpp://u:hunter2@h"', r"\[\[smsc\]\] 1: name is missing"),
    ("an odd name", 'name = "a b"\nurl = "smpp://u:hunter2@h"', "'a b': name='a b': takes 1 to 32"),
    ("no URL", 'name = "main"', r"\[\[smsc\]\] 'main': url is missing"),
    ("a wrong URL", 'name = "main"\nurl = "smpp://u:hunter2#@h"', "'main': .*percent-encoded"),
    ("no password", 'name = "main"\nurl = "smpp://u@h"', "'main': there is no password"),
    ("two passwords", ONE + 'password_file = "password"', "password_file, and a password in"),
    ("no such file", 'name = "main"\nurl = "smpp://u@h"\npassword_file = "none"',
     "'main': password_file: none can't be read: No such file"),
    ("a folder", 'name = "main"\nurl = "smpp://u@h"\npassword_file = "."', "can't be read"),
    ("a password of its own", ONE + 'password = "hunter2"', "'main': unknown key 'password'"),
    ("misspelt", ONE + "windw = 5", "'main': unknown key 'windw'; did you mean window?"),
    ("no window", ONE + "window = 0", "'main': window='0': takes a whole number from 1 to 10000"),
    ("half a window", ONE + "window = 1.5", "window='1.5': takes a whole number"),
    ("no number", ONE + "window = true", "window: takes one value, got True"),
    ("a list", ONE + "window = [1]", r"window: takes one value, got \[1\]"),
    ("an unknown kind", ONE + 'bind = "receiver"', "one of transceiver, transmitter.receiver"),
    ("no rate", ONE + "rate_segments_per_s = 0", "takes segments a second from 0.1 to 100000"),
    ("no number either", ONE + "rate_segments_per_s = nan", "segments a second"),
    ("all for urgent", ONE + "urgent_share = 1.0", "takes a share from 0 to 0.9"),
    ("an unknown alphabet", ONE + 'default_alphabet = "utf8"', "one of gsm7, latin1, ascii"),
    ("an unknown form", ONE + 'message_id = "hex"', "one of same, hex_in_receipt, decimal"),
    ("zeros", ONE + "message_id_zeros = 0", "one of kept, ignored"),
    ("receipts", ONE + 'receipts = "none"', "one of every, first, last"),
    ("a TON", ONE + "short_code_ton = 7", "a whole number from 0 to 6"),
    ("TLS files without TLS", ONE + 'ca_file = "password"', "ca_file is for TLS, but .*smpp://"),
    ("twice", 'name = "main"\nurl = "smpp://u:hunter2@h?window=5"\nwindow = 5',
     "window is there twice"),
    ("no table of verdicts", ONE + 'verdicts = "failed"', r"must be a \[smsc.verdicts\] table"),
    ("a wrong verdict", ONE + '[smsc.verdicts]\n0x45 = "again"', "'main': verdicts 0x45: takes"),
    ("one name twice", ONE + "[[smsc]]\n" + ONE, r"\[\[smsc\]\] 'main': another"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "text", "says"), WRONG)
def test_what_is_wrong_is_named(why: str, text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        read(f"[[smsc]]\n{text}")
    assert "hunter2" not in str(caught.value)


def test_the_password_is_in_no_repr() -> None:
    assert "hunter2" not in repr(read(FULL))
