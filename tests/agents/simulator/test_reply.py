"""Replies: a text goes out in parts and comes back whole."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.simulator.alphabet import SEPTETS, decode
from agents.simulator.assembly import read_part
from agents.simulator.reply import Reply, deliveries
from agents.simulator.values import sentences
from agents.smpp import commands as c


def reply(text: str, **more: Any) -> Reply:
    return Reply.model_validate({"from": "33612345678", "to": "Chappe", "text": text, **more})


def shown(written: Reply, reference: int = 258) -> str:
    """As a reader of the segments would put it together."""
    whole: dict[int, bytes] = {}
    sent = deliveries(written, reference)
    for each in sent:
        fields = each.fields
        octets = fields.get("short_message", b"") or dict(each.tlvs).get(c.MESSAGE_PAYLOAD, b"")
        part = read_part(fields.get("esm_class", 0), octets, dict(each.tlvs))
        assert part.total == len(sent)
        whole[part.number] = part.octets
    octets = b"".join(whole[number] for number in sorted(whole))
    return decode(octets, sent[0].fields["data_coding"])[0]


LENGTHS: list[tuple[str, str, dict[str, Any], int]] = [
    ("nothing", "", {}, 1),
    ("one GSM segment", "a" * 160, {}, 1),
    ("two", "a" * 161, {}, 2),
    ("153 each", "a" * 306, {}, 2),
    ("152 each with a long reference", "a" * 306, {"reference_bits": "16"}, 3),
    ("an escape pair is not cut", "a" * 152 + "{" + "b" * 152, {}, 3),
    ("one UCS-2 segment", "д" * 70, {}, 1),
    ("67 each", "д" * 134, {}, 2),
    ("66 each", "д" * 134, {"reference_bits": 16}, 3),
    ("a surrogate pair is not cut", "д" * 66 + "😀" + "д" * 66, {}, 3),
    ("Latin-1", "ç" * 140, {"coding": "latin1"}, 1),
    ("UCS-2 though GSM would do", "a" * 71, {"coding": "ucs2"}, 2),
    ("all in the payload", "a" * 1000, {"payload": True}, 1),
]


@pytest.mark.parametrize(("why", "text", "more", "count"), LENGTHS, ids=[r[0] for r in LENGTHS])
def test_parts(why: str, text: str, more: dict[str, Any], count: int) -> None:
    written = reply(text, **more)
    assert len(deliveries(written, 1)) == count
    assert shown(written) == text


@given(st.text(alphabet=sorted(SEPTETS), max_size=700), st.sampled_from((8, 16)))
def test_gsm_comes_back(text: str, bits: int) -> None:
    assert shown(reply(text, reference_bits=bits)) == text


@given(st.text(max_size=300), st.sampled_from((8, 16)))
def test_anything_comes_back(text: str, bits: int) -> None:
    assert shown(reply(text, reference_bits=bits)) == text


def test_references() -> None:
    short, long = reply("a" * 161), reply("a" * 161, reference_bits=16)
    assert deliveries(short, 258)[0].fields["short_message"][:6] == b"\x05\x00\x03\x02\x02\x01"
    assert deliveries(long, 258)[1].fields["short_message"][:7] == b"\x06\x08\x04\x01\x02\x02\x02"


def test_order_and_loss() -> None:
    def numbers(**more: Any) -> list[int]:
        sent = deliveries(reply("a" * 400, **more), 1)
        return [each.fields["short_message"][5] for each in sent]

    assert numbers() == [1, 2, 3]
    assert numbers(reverse=True) == [3, 2, 1]
    assert numbers(without_part=2) == [1, 3]


def test_a_coding_that_lies() -> None:
    (sent,) = deliveries(reply("ça", coding="latin1", data_coding="0"), 1)
    assert (sent.fields["data_coding"], sent.fields["short_message"]) == (0, b"\xe7a")


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no GSM", {"text": "日", "coding": "gsm7"}, "'日' is not in the GSM alphabet"),
    ("no Latin-1", {"text": "€", "coding": "latin1"}, "'€' can't be written in latin1"),
    ("half a character", {"text": "\ud800"}, "text: half a character"),
    ("an empty sender", {"from": ""}, "from: empty"),
    ("a long sender", {"from": "3" * 21}, "from: at most 20 characters"),
    (
        "another language",
        {"from": "é"},
        "from: expected letters without accents",
    ),
    ("other bits", {"reference_bits": "9"}, "reference_bits: expected 8 or 16"),
    ("a key of nobody's", {"form": "336"}, "form: unknown key; did you mean `from`?"),
    ("text", {"text": None}, "text: expected a text"),
]


@pytest.mark.parametrize(("why", "more", "words"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_replies_are_told(why: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Reply.model_validate({"from": "336", "to": "Chappe", "text": "a", **more})
    assert words in sentences(caught.value, {"": ("from", "to", "text")})[0]
