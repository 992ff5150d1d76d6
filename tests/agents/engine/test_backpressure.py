"""Back-pressure: bulk is held at once when enough waits, and let go when it drains."""

from collections.abc import Iterable, Mapping
from typing import cast

from agents.engine.backpressure import Backpressure, Where
from agents.kafka.consumer import Consumer
from agents.kafka.positions import Place
from agents.metrics import Metrics
from schemas.topics import Topics
from streams.backlog import FLOOR

TOPICS = Topics()
BULK, NORMAL = "chappe.outbound.bulk", "chappe.outbound.normal"
REQUESTS = Place("chappe.requests.bulk", 1)


class FakeConsumer:
    """Keeps what is held."""

    def __init__(self) -> None:
        self.held: set[Place] = set()

    def hold(self, places: Iterable[Place]) -> None:
        """No more of these."""
        self.held |= set(places)

    def release(self, places: Iterable[Place]) -> None:
        """These again."""
        self.held -= set(places)


class Stand:
    """A consumer, a gateway's position and a clock."""

    def __init__(self) -> None:
        self.consumer, self.metrics = FakeConsumer(), Metrics()
        self.position: int | None = None
        self.now = 0.0
        self.pressure = Backpressure(
            TOPICS, lambda: cast(Consumer, self.consumer), self._committed, self.metrics,
            lambda: self.now,
        )  # fmt: skip

    async def _committed(self, places: Iterable[Where]) -> Mapping[Where, int | None]:
        return dict.fromkeys(places, self.position)

    async def later(self, position: int) -> None:
        """A second later, the gateway is at `position`."""
        self.now, self.position = self.now + 1, position
        await self.pressure.look()

    def waiting(self, lane: str) -> float | None:
        """The metric."""
        labels = {"stage": "outbound", "lane": lane}
        return self.metrics.registry.get_sample_value("chappe_waiting_messages", labels)


async def test_bulk_is_held_while_enough_waits() -> None:
    stand = Stand()
    await stand.later(0)
    stand.pressure.on_batch(BULK, 1, 0, FLOOR - 1)
    assert not stand.consumer.held
    stand.pressure.on_batch(BULK, 1, 1, 1)
    assert stand.consumer.held == {REQUESTS}, "at once, not at the next look"
    await stand.later(0)
    assert stand.consumer.held == {REQUESTS}
    assert stand.waiting("bulk") == FLOOR, "messages, not records"
    await stand.later(2)
    assert not stand.consumer.held


async def test_other_lanes_are_never_held_but_counted() -> None:
    stand = Stand()
    stand.pressure.on_batch(NORMAL, 1, 0, 100 * FLOOR)
    await stand.later(0)
    assert not stand.consumer.held
    assert stand.waiting("normal") == 100 * FLOOR


async def test_a_gateway_that_never_committed_is_at_the_beginning() -> None:
    stand = Stand()
    stand.pressure.on_batch(BULK, 1, 0, FLOOR)
    await stand.pressure.look()
    assert stand.consumer.held == {REQUESTS}


async def test_a_new_assignment_starts_empty() -> None:
    stand = Stand()
    stand.pressure.on_batch(BULK, 1, 0, FLOOR)
    stand.pressure.on_assigned()
    await stand.pressure.look()
    assert stand.waiting("bulk") == 0
