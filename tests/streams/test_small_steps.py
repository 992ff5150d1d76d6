"""Small pure steps, one table each."""

from collections.abc import Iterable

import pytest

from schemas.lane import Lane
from schemas.reason import Reason, Refusal
from streams.backlog import FLOOR, Backlog
from streams.events.address import e164, masked
from streams.events.identity import message_id
from streams.events.numbers import TestNumbers
from streams.nearest import nearest
from streams.parts import Parts
from streams.sending.giving_back import BatchState, give_back
from streams.sending.submit import validity_period
from tests.streams.test_submission import submission


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("+33612345678", "+33612345678"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        (" +33612345678 ", "+33612345678"),
    ],
)
def test_phone_numbers(written: str, phone: str) -> None:
    assert e164(written) == phone


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (None, Reason.NO_PHONE),
        ("", Reason.NO_PHONE),
        (33612345678, Reason.BAD_PHONE),
        (["+33612345678"], Reason.BAD_PHONE),
        (True, Reason.BAD_PHONE),
        ("0612345678", Reason.BAD_PHONE),
        ("+33", Reason.BAD_PHONE),
        ("+3361234", Reason.BAD_PHONE),
        ("+999612345678", Reason.BAD_PHONE),
        ("call me", Reason.BAD_PHONE),
        ("+" + "3" * 200, Reason.BAD_PHONE),
        ("+33612345678;ext=12345678901234567", Reason.BAD_PHONE),
    ],
)
def test_no_phone_numbers(written: object, reason: Reason) -> None:
    with pytest.raises(Refusal) as caught:
        e164(written)  # type: ignore[arg-type]
    assert caught.value.reason is reason


def test_masked_tells_apart_and_hides() -> None:
    assert masked("+33612345678") == "+3361…78"
    assert masked("+123") == "…"


def test_message_id_depends_on_all_four() -> None:
    ids = {
        message_id(*names)
        for names in [("s", "e", "t", "a"), ("S", "e", "t", "a"), ("s", "E", "t", "a"),
                      ("s", "e", "T", "a"), ("s", "e", "t", "A"), ("se", "", "t", "a")]
    }  # fmt: skip
    assert len(ids) == 6
    assert message_id("s", "e", "t", "a") == message_id("s", "e", "t", "a")


@pytest.mark.parametrize(
    ("listed", "phone", "allowed"),
    [
        ("", "+33612345678", False),
        ("+33612345678", "+33612345678", True),
        ("+33612345678", "+33612345679", False),
        ("+3361234*", "+33612345678", True),
        ("+3361234*", "+33712345678", False),
        ("+33 6 12 34 56 78, +44*", "+447700900123", True),
    ],
)
def test_test_numbers(listed: str, phone: str, allowed: bool) -> None:
    assert TestNumbers.parse(listed).allow(phone) is allowed


@pytest.mark.parametrize("listed", ["*", "0612345678", "+33612345678 +33612345679", "33*"])
def test_test_numbers_refused(listed: str) -> None:
    with pytest.raises(ValueError, match="takes numbers"):
        TestNumbers.parse(listed)


def test_parts_finish_once_when_the_last_is_done() -> None:
    finished: list[int] = []
    parts = Parts(lambda: finished.append(1))
    first, second = parts.add(), parts.add()
    first(7)
    parts.close()
    assert not finished
    second()
    assert finished == [1]


def test_parts_of_nothing_finish_at_close() -> None:
    finished: list[int] = []
    Parts(lambda: finished.append(1)).close()
    assert finished == [1]


@pytest.mark.parametrize(
    ("left_s", "period"),
    [
        (600, "000000001000000R"),
        (1, "000000000100000R"),
        (-50, "000000000100000R"),
        (86_400 + 3_661, "000001010101000R"),
    ],
)
def test_validity_period(left_s: int, period: str) -> None:
    assert validity_period(left_s * 1000, 0) == period


def test_backlog_learns_how_fast_the_gateway_is() -> None:
    backlog = Backlog()
    backlog.committed(0, 0.0)
    backlog.produced(0, FLOOR)
    assert backlog.full
    backlog.committed(1, 1.0)
    assert (backlog.waiting, backlog.full) == (0, False)
    assert backlog.allowance == 500, "5 s of half of 200/s"
    backlog.produced(1, 400)
    assert not backlog.full
    backlog.produced(2, 100)
    assert backlog.full
    assert not backlog.drained
    backlog.committed(2, 2.0)
    assert backlog.waiting == 100
    assert backlog.drained
    for second in range(3, 20):
        backlog.committed(2, float(second))
    assert backlog.allowance == FLOOR, "a gateway that stands still gets no more"


def test_backlog_of_a_starved_partition_forgets_nothing() -> None:
    backlog = Backlog(rate_per_s=100.0)
    for second in range(10):
        backlog.committed(0, float(second))
    assert backlog.rate_per_s == 100.0


def _batch(offset: int, size: int, unfinished: int) -> BatchState:
    return BatchState(offset, unfinished < size, (submission().message,) * unfinished)


@pytest.mark.parametrize(
    ("batches", "given_back", "position", "why"),
    [
        ([], 0, None, "nothing read"),
        ([_batch(5, 3, 3)], 0, None, "nothing touched: read again"),
        ([_batch(5, 3, 1)], 1, 6, "one of three was not sent"),
        ([_batch(5, 3, 3), _batch(6, 2, 0)], 3, 7, "a later batch is finished"),
        ([_batch(5, 3, 0), _batch(6, 2, 2)], 0, 6, "in order: nothing to give back"),
        ([_batch(5, 2, 1), _batch(8, 2, 1), _batch(9, 2, 2)], 2, 9, "up to the last touched"),
    ],
)
def test_give_back(
    batches: list[BatchState], given_back: int, position: int | None, why: str
) -> None:
    messages, committed = give_back(batches)
    assert (len(messages), committed) == (given_back, position), why
    assert all(message.again for message in messages)


def test_lanes_are_in_order_of_urgency() -> None:
    assert list(Lane) == [Lane.URGENT, Lane.NORMAL, Lane.BULK]


NEAREST = [
    ("gatway", ["engine", "gateway"], {}, "gateway", "a letter is missing"),
    ("windwo", {"window": 1, "binds": 2}, {}, "window", "two changed places; the keys of a table"),
    ("gateway", ["gateways", "gateway"], {}, "gateway", "it is there itself"),
    ("smsc", ["engine", "gateway"], {}, None, "nothing is like it"),
    ("CHAPPE_X", ["CHAPPE_LOG"], {"least": 0.8}, None, "alike only as all of them are"),
    ("engine", [], {}, None, "there is nothing"),
]


@pytest.mark.parametrize(("word", "words", "least", "meant", "why"), NEAREST)
def test_the_nearest_word(
    word: str, words: Iterable[str], least: dict[str, float], meant: str | None, why: str
) -> None:
    assert nearest(word, words, **least) == meant, why
