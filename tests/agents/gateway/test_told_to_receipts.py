"""What a gateway tells `chappe receipts`, and what receipts can make of it."""

from typing import Any

import pytest

from schemas.message import Message
from schemas.status import State
from schemas.tracking import TRACKING, Told, id_key
from streams.composing import status_of
from streams.sending.submit import message_reference
from streams.sending.tracking import expire, tell
from tests.agents.gateway.test_dispatch import NOW, Bench, message
from tests.agents.gateway.test_starting import NOW_MS, Started, partly_sent
from tests.streams.test_intent import noted
from tests.streams.tracks import Joins

AT_MS = int(NOW * 1000) + 2000


def facts(bench: Bench) -> list[Any]:
    """What was written to chappe.receipts so far."""
    return [TRACKING.validate_python(one) for one in bench.records("chappe.receipts")]


def late(of: Message, smsc: str, smsc_id: str, state: str = "delivrd") -> list[Told]:
    """A receipt that has waited in vain for its submit, and is sent on to its doubt."""
    told = Told(
        key=id_key(smsc, f"text:{smsc_id}"), smsc=smsc, smsc_id=smsc_id, state=state, final=True,
        phone=of.phone[1:], reference=message_reference(of.id), at=AT_MS,
    )  # fmt: skip
    forwarded = expire(tell(None, told, 0, AT_MS).keep, AT_MS).forward  # type: ignore[arg-type]
    assert forwarded is not None
    return [told, forwarded]


@pytest.mark.parametrize(
    ("names", "heard", "states", "why"),
    [
        (("a",), [("a", "delivrd")], ["delivered"], "the only SMSC there is"),
        (("a", "b"), [("a", "delivrd")], ["delivered"], "the preferred one took it"),
        (("a", "b"), [("b", "delivrd")], ["delivered"], "that one was down, and the next took it"),
        (("a", "b"), [("b", "undeliv")], ["undelivered"], "a bad end"),
        (("a", "b"), [("a", "delivrd"), ("b", "delivrd")], ["delivered"], "at both: said once"),
        (("a", "b"), [("b", "delivrd"), ("a", "undeliv")], ["delivered"], "and delivered stays"),
        (("a", "b"), [("a", "undeliv"), ("b", "delivrd")], ["undelivered", "delivered"],
         "bettered, as within one SMSC"),
        (("a", "b"), [("c", "delivrd")], [], "no SMSC of its route"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("doubt_first", [True, False])
async def test_a_receipt_settles_what_a_killed_gateway_left(
    names: tuple[str, ...], heard: list[tuple[str, str]], states: list[str], why: str,
    doubt_first: bool,
) -> None:  # fmt: skip
    one = message()
    started = Started(1, names=names)
    started.open(one)
    await started.looked_up()
    doubts = facts(started.bench)
    assert [doubted.smsc for doubted in doubts] == list(names), why
    receipts = [told for smsc, state in heard for told in late(one, smsc, f"x{smsc}", state)]
    both = [*doubts, *receipts] if doubt_first else [*receipts, *doubts]
    ended = Joins(both).run().statuses
    if doubt_first:
        assert [status.state for status in ended] == states, why
    assert [status.state for status in ended][-1:] == states[-1:], why
    assert {status.id for status in ended} <= {one.id}


async def test_what_a_killed_gateway_left_is_doubted_where_the_rest_of_it_can_be() -> None:
    """One SMSC has its first segment: nobody else was given the second."""
    one = message(text="a" * 300)
    started = Started(1, noted([partly_sent(one, "b")]), names=("a", "b"))
    started.open(one)
    await started.looked_up()
    (doubted,) = facts(started.bench)
    assert (doubted.smsc, doubted.numbers, doubted.of, doubted.several) == ("b", [2], 2, False)


async def test_the_doubt_is_said_when_receipts_and_operators_can_settle_it() -> None:
    """Else a gateway that is killed between the two leaves a doubt that no receipt finds."""
    started = Started(1, names=("a", "b"))
    started.open(message())
    await started.looked_up()
    assert [topic for topic, _, _ in started.bench.kafka.records] == [
        "chappe.in-doubt", "chappe.receipts", "chappe.receipts",
    ]  # fmt: skip
    started.bench.kafka.acknowledge()
    assert started.bench.states() == ["in_doubt"]


def test_an_alphabet_of_its_own_means_segments_of_its_own() -> None:
    """No euro in Latin-1: UCS-2 there."""
    bench = Bench(default_alphabet="latin1")
    one = message(text="€" + "a" * 149)
    assert [smsc.default_alphabet for smsc in bench.dispatch.placing.reaches(one)] == ["latin1"]
    status = status_of(one, State.IN_DOUBT, NOW_MS)
    (doubted,) = bench.dispatch.outcomes._left(one, 3, status)
    assert doubted.numbers == [1, 2, 3]
