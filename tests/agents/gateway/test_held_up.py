"""An SMSC that is down: what waits for it, and what goes on beside it."""

from collections.abc import Iterable
from typing import Any

import pytest
from aiokafka import TopicPartition

from agents.beside import Beside
from agents.gateway.dispatch import DOWN_S
from agents.gateway.flow import IN_HAND
from agents.gateway.intents import LEAST_SPARE, RETRIES, Intents
from agents.gateway.outbound import Outbound
from agents.gateway.partition import FAR, Assigned, Batch
from agents.gateway.placing import HELD_UP
from agents.gateway.starting import Starting
from agents.gateway.status_log import StatusLog
from agents.smpp.submit import Accepted, Rejected
from schemas.lane import LANES, Lane
from schemas.message import Message
from schemas.origin import Origin
from schemas.request import Request
from streams.sending.intent import Past
from streams.sending.route import Routes
from tests.agents.gateway.test_dispatch import NOW, TOPICS, Bench, message, texts

ROUTES = Routes.parse(
    [{"to": ["a"], "prefix": "+33"}, {"to": ["b"], "prefix": "+44"}, {"to": ["a", "b"]}],
    ["a", "b"],
)
WINDOWS = 2
OPEN = WINDOWS + max(WINDOWS, LEAST_SPARE)
"""Messages of a lane that may be open beside those that are held up."""
SOON = int(NOW * 1000) + 1_000
REQUEST = Request(
    id="r", lane=Lane.NORMAL, template="t", phone="+33612345678", given={}, event_time=0,
    origin=Origin(topic="t", partition=0, offset=0, event_id="e", event_source="/s",
                  event_type="x"),
)  # fmt: skip


class Consumer:
    """Takes every commit, and knows what is paused."""

    def __init__(self) -> None:
        self.paused: set[TopicPartition] = set()

    async def commit(self, offsets: object) -> None:
        """Taken."""

    def pause(self, *tps: TopicPartition) -> None:
        self.paused |= set(tps)

    def resume(self, *tps: TopicPartition) -> None:
        self.paused -= set(tps)


class Lanes:
    """A bench with two SMSCs of a route each, and the intents that open batches for them."""

    def __init__(self) -> None:
        self.bench = Bench(names=("a", "b"))
        self.bench.dispatch.placing.routes = ROUTES
        self.a, self.b = (self.bench.links[name][0] for name in "ab")
        self.consumer: Any = Consumer()
        dispatch = self.bench.dispatch
        self.status_ends = {0: 0}
        self.beside = Beside(list[BaseException]().append)
        status_log = StatusLog("sms.status", lambda: self.consumer)
        starting = Starting(dispatch, dispatch.outcomes, status_log, self.bench.metrics, _all,
                            self.beside)  # fmt: skip
        self.intents = Intents(
            self.consumer, dispatch, self.bench.lease, WINDOWS, starting.start, lambda _: None,
            self.status_ends, lambda: self.bench.now, lambda: self.bench.now,
        )  # fmt: skip
        starting.on_finished = self.intents.finished
        self.lanes: dict[Lane | None, Assigned] = {
            lane: Assigned(TopicPartition(f"lane-{lane}", 0)) for lane in (*LANES, RETRIES)
        }
        for one in self.lanes.values():
            one.inherit(None, Past(), 0, 0)
        self.intents.assign({lane: [one] for lane, one in self.lanes.items()})

    def read(self, messages: Iterable[Message], lane: Lane | None = Lane.NORMAL) -> None:
        """A batch each."""
        one = self.lanes[lane]
        for each in messages:
            offset = max(one.batches, default=-1) + 1
            one.watermark.begin(offset)
            one.begin(Batch.of(offset, [each]))

    async def run(self) -> None:
        """Until nothing more is opened; `b` takes what it is given."""
        for _ in range(100):
            self.bench.later(0.001)
            await self.intents.open()
            while self.b.out:
                self.bench.answer(Accepted("id"), self.b)
            self.bench.kafka.acknowledge()

    def held(self) -> int:
        """What is open and waits for `a`."""
        return sum(self.bench.dispatch.carriers["a"].waits(lane) for lane in LANES)


def _all(_: str) -> bool:
    return True


def to(phone: str, how_many: int) -> list[Message]:
    return [message(phone=phone) for _ in range(how_many)]


FRENCH, BRITISH = "+33612345678", "+447700900123"


@pytest.mark.parametrize("lane", [Lane.NORMAL, RETRIES])
async def test_a_lane_goes_on_beside_an_smsc_that_is_down(lane: Lane | None) -> None:
    one = Lanes()
    one.a.bound = False
    one.read([*to(FRENCH, 5 * OPEN), *to(BRITISH, 2 * OPEN)], lane)
    await one.run()
    assert one.bench.states() == ["submitted"] * 2 * OPEN
    assert one.held() == 5 * OPEN


async def test_what_is_open_stays_bounded() -> None:
    one = Lanes()
    one.a.bound = False
    one.read(to(FRENCH, HELD_UP + 3 * OPEN))
    await one.run()
    assert one.held() == HELD_UP + OPEN


async def test_where_no_smsc_is_up_no_room_is_made() -> None:
    """What is open when a gateway is killed is in doubt, and nobody would be helped."""
    one = Lanes()
    one.a.bound = one.b.bound = False
    one.read([*to(FRENCH, 2 * OPEN), *to(BRITISH, OPEN)])
    await one.run()
    assert one.held() == OPEN


async def test_an_smsc_that_comes_back_gets_all_of_it() -> None:
    one = Lanes()
    one.a.bound = False
    one.read(to(FRENCH, 2 * OPEN))
    await one.run()
    one.a.bound = True
    for _ in range(2 * OPEN):
        one.bench.dispatch.look()
        one.bench.answer(Accepted("id"), one.a)
        one.bench.kafka.acknowledge()
    assert one.bench.states() == ["submitted"] * 2 * OPEN
    assert not any(one.bench.dispatch.live.values())


async def test_what_an_smsc_that_comes_back_has_to_make_up_stops_no_other() -> None:
    one = Lanes()
    one.a.bound = False
    one.read(to(FRENCH, 3 * OPEN))
    await one.run()
    one.a.bound = True
    one.read(to(BRITISH, 2 * OPEN))
    await one.run()
    assert one.bench.states() == ["submitted"] * 2 * OPEN
    one.read(to(FRENCH, 2 * OPEN))
    await one.run()
    behind, new = 3 * OPEN - 1, OPEN - 1
    assert one.held() == behind + new, "what is out and what is new has its bound as ever"
    while one.a.out:
        one.bench.answer(Accepted("id"), one.a)
        one.bench.kafka.acknowledge()
    one.read(to(FRENCH, 2 * OPEN))
    await one.run()
    assert one.held() <= 2 * OPEN, "all is made up: as if it had never been down"


async def test_what_was_overtaken_by_many_leaves_its_batch_and_is_tried_again_later() -> None:
    """Whoever has the partition after a crash reads all statuses since the oldest open batch."""
    one = Lanes()
    one.a.bound = False
    one.read([*to(FRENCH, 2), *to(BRITISH, 3)])
    await one.run()
    assigned = one.lanes[Lane.NORMAL]
    assert (assigned.watermark.position, list(assigned.open)) == (0, [0, 1])
    one.status_ends[0] = FAR - 1
    one.read(to(FRENCH, 1))
    await one.run()
    assert one.held() == 3
    one.status_ends[0] = FAR
    await one.run()
    moved = [batch[0] for batch in one.bench.records("chappe.retries")]
    due = int((one.bench.now + DOWN_S) * 1000)
    assert [(each["attempt"], due - each["due"] < 1000) for each in moved] == [(1, True)] * 2
    *_, status = one.bench.records("sms.status")
    assert (status["state"], status["detail"]) == ("retrying", "a is down")
    assert (assigned.watermark.position, list(assigned.open)) == (5, [5]), "the last came later"


async def test_a_batch_that_is_finished_above_one_that_is_not_keeps_no_messages() -> None:
    """Hours of them would; and a gateway that stops gives back what is below, and not it."""
    one = Lanes()
    one.a.bound = False
    one.read([*to(FRENCH, 1), *to(BRITISH, 1), *to(FRENCH, 1)])
    await one.run()
    assigned = one.lanes[Lane.NORMAL]
    assert [len(batch.messages) for batch in assigned.batches.values()] == [1, 0, 1]
    given, position = assigned.to_give_back()
    assert (len(given), position) == (1, 2)


async def test_reading_goes_on_too() -> None:
    one = Lanes()
    one.a.bound = False
    unused: Any = None
    outbound = Outbound(
        one.consumer,
        unused,
        one.bench.dispatch,
        unused,
        unused,
        TOPICS,
        one.bench.metrics,
        1.0,
        one.beside,
    )
    outbound.intents = one.intents
    tp = TopicPartition(TOPICS.outbound[Lane.NORMAL].name, 0)
    one.lanes[Lane.NORMAL].tp = tp
    outbound._partitions = {tp: one.lanes[Lane.NORMAL]}
    one.read(to(FRENCH, IN_HAND))
    outbound._pause_or_resume()
    assert one.consumer.paused == {tp}, "nothing of it is known to be held up yet"
    await one.run()
    outbound._pause_or_resume()
    assert one.consumer.paused == set()


@pytest.mark.parametrize(
    ("more", "states", "given_back", "why"),
    [
        ({"deadline": SOON}, ["refused"], 0, "too late, and nothing of it was sent"),
        ({"deadline": SOON, "text": "a" * 200, "taken": {1: "id"}}, ["failed"], 0, "a part was"),
        ({"send_before": SOON, "request": REQUEST}, [], 1, "compose decides again"),
        ({}, [], 0, "it is worth something still"),
    ],
)
@pytest.mark.parametrize("names", [("a",), ("a", "b")])
async def test_what_waits_for_an_smsc_that_is_down_ends_in_time(
    names: tuple[str, ...], more: dict[str, Any], states: list[str], given_back: int, why: str
) -> None:
    bench = Bench(names=names)
    bench.dispatch.placing.routes = Routes.parse([{"to": ["a"]}], names)
    bench.link.bound = False
    bench.offer("waits", **{"text": "text", **more})
    bench.dispatch.look()
    assert bench.states() == []
    bench.later(2.0)
    bench.dispatch.look()
    assert bench.states() == states, why
    assert all(one["reason"] == "too_late" for one in bench.records("sms.status"))
    assert len(bench.records("chappe.requests.normal")) == given_back
    for _ in range(2):
        bench.kafka.acknowledge()
    ended = bool(states or given_back)
    assert (bench.finished == ["waits"]) == ended
    assert bench.dispatch.carriers["a"].waits(Lane.NORMAL) == (not ended)


@pytest.mark.parametrize(
    ("worth_s", "retries", "why"),
    [
        (61, 1, "it is tried again in a minute"),
        (59, 0, "in a minute it could only be refused; its SMSC may be back before"),
    ],
)
async def test_what_is_sent_off_has_time_to_come_back(worth_s: int, retries: int, why: str) -> None:
    bench = Bench()
    bench.link.bound = False
    item = bench.offer("waits", deadline=int(NOW * 1000) + worth_s * 1000)
    bench.dispatch.send_off([item])
    assert len(bench.records("chappe.retries")) == retries, why
    assert bench.dispatch.carriers["a"].waits(Lane.NORMAL) == 1 - retries


async def test_the_rest_of_a_message_ends_in_time_too() -> None:
    bench = Bench()
    bench.offer("long", text="a" * 400, deadline=SOON)
    bench.answer(Accepted("1"))
    bench.link.bound = False
    bench.later(2.0)
    bench.dispatch.look()
    assert bench.states() == [], "its second segment is out still"
    bench.answer(Rejected(0x58))
    assert bench.dispatch.carriers["a"].waits(Lane.NORMAL) == 0
    assert bench.states() == ["failed"]


async def test_nothing_is_concluded_while_the_lease_does_not_stand() -> None:
    """Another gateway may have it, and may have sent it."""
    bench = Bench()
    bench.link.bound = False
    bench.offer("waits", deadline=SOON)
    bench.now += 100.0
    bench.dispatch.look()
    assert bench.states() == []
    bench.later(0.0)
    bench.dispatch.look()
    assert bench.states() == ["refused"]


async def test_an_smsc_that_is_up_is_better_than_the_first_that_is_not() -> None:
    """Both have sent it on before."""
    bench = Bench(names=("a", "b"))
    a, b = (bench.links[name][0] for name in "ab")
    a.bound = b.bound = False
    item = bench.offer("1")
    item.tried |= {"a", "b"}
    b.bound = True
    bench.dispatch.look()
    assert texts(b) == ["1"]
