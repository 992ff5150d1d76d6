"""The load and the witness: what the crash tests stand on."""

import json
from pathlib import Path

import pytest

from agents.simulator.alphabet import decode
from schemas.lane import LANES
from streams.text.segment import DATA_CODING, encode
from tests.chaos.load import (
    BACKLOG,
    MIX,
    TEMPLATES,
    TOKEN,
    asked,
    composed,
    event,
    text_of,
    token_of,
)
from tests.chaos.witness import Witness

FEW = [token_of(BACKLOG + number) for number in range(len(MIX))]


def test_the_mixture_has_everything() -> None:
    assert {TEMPLATES[name].lane for name in MIX} == set(LANES)
    wanted = {("hold", 1), ("hold", 2), ("resend", 1), ("resend", 3)}
    assert {(one.in_doubt, one.segments) for one in map(asked, FEW)} == wanted
    assert {encode(text_of(token)).encoding for token in FEW} == {"gsm7", "ucs2"}


@pytest.mark.parametrize("token", FEW)
def test_each_segment_tells_its_message(token: str) -> None:
    encoded = encode(text_of(token))
    for part in encoded.parts:
        assert set(TOKEN.findall(decode(part, DATA_CODING[encoded.encoding])[0])) == {token}


def test_both_ways_ask_for_the_same() -> None:
    for token in FEW:
        assert composed(token, 0).text == text_of(token)
        assert json.loads(event(token))["data"]["token"] == token


def line(fate: str, text: str) -> str:
    said = {"at": 1.5, "system_id": "gateway", "destination": "33612345678", "segment": 1}
    return json.dumps({**said, "fate": fate, "text": text}) + "\n"


def test_the_witness_reads_what_was_taken_as_it_grows(tmp_path: Path) -> None:
    log = tmp_path / "submits.jsonl"
    log.write_text(
        line("take", "#0000001.") + line("refuse", "#0000002.") + line("take", "#00")[:9]
    )
    witness = Witness(log)
    assert [one.submit.token for one in witness.look()] == ["0000001"]
    assert witness.look() == []
    log.write_text(
        line("take", "#0000001.") + line("refuse", "#0000002.") + line("drop", "#0000003.")
    )
    assert [one.submit.line for one in witness.look()] == [3]
    assert [one.submit.token for one in witness.taken] == ["0000001", "0000003"]
    assert witness.refused == 1


def test_a_text_that_is_not_ours_is_no_evidence(tmp_path: Path) -> None:
    log = tmp_path / "submits.jsonl"
    log.write_text(line("take", "Hello"))
    with pytest.raises(AssertionError, match="line 1: not one token in 'Hello'"):
        Witness(log).look()
