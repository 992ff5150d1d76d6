"""What is said of a message of which a part was sent, when its partition is given away."""

from collections.abc import Callable

import pytest

from agents.smpp.submit import Accepted, Rejected, Unsent
from tests.agents.gateway.test_dispatch import NOW, Bench

SOON = int(NOW * 1000) + 90_000


def waits(bench: Bench) -> None:
    """The link was lost: its second segment waits for another."""
    bench.link.bound = False
    bench.answer(Unsent("the link was lost"))


def too_late(bench: Bench) -> None:
    """Nobody takes the second segment before its deadline."""
    waits(bench)
    bench.later(91.0)
    bench.dispatch.look()


def unsendable(bench: Bench) -> None:
    """No PDU can carry the second segment."""

    def refuse(submit: object, token: object) -> None:
        raise ValueError("no PDU can carry it")

    waits(bench)
    bench.link.bound, bench.link.submit = True, refuse  # type: ignore[method-assign]
    bench.dispatch.pump()


def refused(bench: Bench) -> None:
    """The SMSC wants no more of it."""
    bench.answer(Rejected(0x0B))


def later(bench: Bench) -> None:
    """The SMSC wants the second segment in a minute."""
    bench.answer(Rejected(0x14))
    bench.kafka.acknowledge()


@pytest.mark.parametrize(
    ("meanwhile", "states", "why"),
    [
        (waits, ["retrying"], "which part is said, for a copy that stands before"),
        (too_late, ["failed"], "it has ended, though Kafka does not have that yet"),
        (unsendable, ["failed"], "the same"),
        (refused, ["failed"], "the same"),
        (later, ["retrying"], "it lives on in another batch, and says so itself"),
    ],
)
def test_what_is_said_last_of_a_part_sent_message(
    meanwhile: Callable[[Bench], None], states: list[str], why: str
) -> None:
    bench = Bench()
    item = bench.offer("long", text="a" * 200, deadline=SOON)
    bench.answer(Accepted("1"))
    meanwhile(bench)
    bench.dispatch.drop([item], ours=True)
    bench.kafka.acknowledge()
    assert bench.states() == states, why
