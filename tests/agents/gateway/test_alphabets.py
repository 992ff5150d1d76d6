"""Texts of several segments where data_coding 0 is not GSM, begun by an earlier gateway."""

import logging

import pytest

from agents.gateway.late import concerns
from agents.smpp.config import BindConfig, SmscConfig
from agents.smpp.submit import Accepted, Rejected
from streams.sending.route import Routes
from streams.text.decode import DefaultAlphabet
from tests.agents.gateway.test_dispatch import Bench

TEXT = "€" + "a" * 140
"""One segment in GSM; in Latin-1 there is no €, so it is UCS-2 there: three."""
LONG = "é" * 200
"""Two segments in either."""


def bench(alphabet: DefaultAlphabet, names: tuple[str, ...] = ("a",)) -> Bench:
    return Bench(window=5, names=names, default_alphabet=alphabet)


@pytest.mark.parametrize(
    ("alphabet", "smsc", "text", "taken", "sent", "states", "why"),
    [
        ("latin1", "a", TEXT, (1, 2), [(8, 3)], [], "the last of three goes out"),
        ("ascii", "a", TEXT, (1, 2), [(8, 3)], [], "as in Latin-1"),
        ("latin1", "a", LONG, (1,), [(0, 2)], [], "in the octets of the SMSC that has the first"),
        ("gsm7", "a", TEXT, (1, 2), [], ["failed"], "its alphabet was changed: no rest fits those"),
        ("gsm7", "a", LONG, (1, 3), [(0, 2)], [], "a number that is none says nothing"),
        ("gsm7", "a", LONG, (1, 2), [], ["submitted"], "all was taken: nothing is left to do"),
        ("latin1", "gone", TEXT, (1, 2), [(8, 3)], [], "another that splits it alike"),
        ("gsm7", "gone", TEXT, (1, 2), [], ["failed"], "another that does not"),
    ],
)
async def test_a_message_of_which_an_earlier_gateway_sent_a_part(
    alphabet: DefaultAlphabet, smsc: str, text: str, taken: tuple[int, ...],
    sent: list[tuple[int, int]], states: list[str], why: str,
) -> None:  # fmt: skip
    """`sent`: data_coding and number of the segments that go out."""
    one = bench(alphabet)
    one.offer("a", text=text, smsc=smsc, taken=dict.fromkeys(taken, "id"))
    out = [(submit.data_coding, submit.short_message[5]) for submit, _ in one.link.out]
    assert out == sent, why
    assert one.states() == states, why


async def test_a_segment_that_no_wording_has_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = bench("gsm7")
    with caplog.at_level(logging.WARNING, "agents.gateway.item"):
        one.offer("a", text=LONG, smsc="a", taken={1: "id", 3: "id"})
        one.answer(Accepted("2"))
    (record,) = caplog.records
    assert "segments [3] were taken" in record.message


async def test_what_an_smsc_that_is_gone_had_begun_is_not_worded_anew_on_its_way() -> None:
    """`b` would cut it into other segments: it waits for `a`, also while that is down."""
    one = bench("latin1", ("a", "b"))
    other = SmscConfig("h", 1, BindConfig("me", "secret"), label="b", default_alphabet="gsm7")
    one.dispatch.carriers["b"].config = other
    one.link.bound = False
    item = one.offer("a", text=TEXT, smsc="gone", taken={1: "id"})
    one.dispatch.look()
    assert not one.links["b"][0].out
    assert len(item.submission.payloads) == 3


async def test_another_wording_keeps_the_count_of_tries() -> None:
    one = bench("latin1", ("a", "b"))
    b = one.dispatch.carriers["b"]
    b.config = SmscConfig("h", 1, BindConfig("me", "secret"), label="b")
    item = one.offer("a", text=TEXT)
    for _ in range(3):
        one.answer(Rejected(0x14), one.link)
    assert (item.carrier, item.alphabet, item.submission.tried) == (b, "gsm7", {0x14: 1})


async def test_a_late_answer_to_words_of_before_says_nothing() -> None:
    one = bench("latin1", ("a", "b"))
    other = SmscConfig("h", 1, BindConfig("me", "secret"), label="b")
    one.dispatch.carriers["b"].config = other
    item = one.offer("a", text=TEXT)
    third = one.link.out[2][1]
    one.link.bound = False
    item.word_in("gsm7")
    assert len(item.submission.payloads) == 3, "it is on its way"
    for index in range(3):
        item.submission.unsent(index)
    item.word_in("gsm7")
    assert len(item.submission.payloads) == 1
    assert not concerns(third)


@pytest.mark.parametrize("alphabet", ["gsm7", "latin1"])
async def test_where_no_route_takes_it_there_is_an_alphabet_too(alphabet: DefaultAlphabet) -> None:
    one = bench(alphabet)
    one.dispatch.placing.routes = Routes.parse([{"to": ["a"], "prefix": "+44"}], ["a"])
    one.offer("a", text=TEXT, taken={1: "id"})
    assert one.states() == ["failed"], "a part was taken"
