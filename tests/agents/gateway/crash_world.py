"""Everything that survives a crash, and the steps that are taken with it at random.

Rule: a step does something, or nothing where there is nothing to do; what must hold is in
`test_crashes.py`.
"""

import asyncio
import random
from collections.abc import Callable
from uuid import UUID

from aiokafka import TopicPartition

from schemas.lane import Lane
from schemas.message import Message
from schemas.request import Request
from tests.agents.gateway.crash_beside import Compose, Operator, Receipts
from tests.agents.gateway.crash_gateway import Gateway, Smsc
from tests.agents.gateway.crash_group import Group
from tests.agents.gateway.crash_kafka import PARTITIONS, Kafka, Line, Loop
from tests.agents.gateway.test_dispatch import NOW, TOPICS, message

NOW_MS = int(NOW * 1000)
HOUR_MS = 3_600_000
READ = [TOPICS.outbound[lane].name for lane in Lane] + [TOPICS.retries.name]
AT_ONCE = 2
"""Gateways that are alive, at most."""


def messages(chance: random.Random, size: int) -> list[list[Message]]:
    """Batches, and some that wait in `chappe.retries` already. Each message has a phone of its
    own, so that a receipt is about one. `due`: so long after it comes."""
    found, number = [], 0
    for _ in range(size):
        if chance.random() < 0.4:
            number += 1
            due = chance.choice([0, 500, 2_000, 5_000, 30_000])
            found.append([one_message(chance, number, Lane.NORMAL, due)])
            continue
        lane = chance.choice([Lane.NORMAL] * 3 + [Lane.BULK])
        batch = []
        for _ in range(chance.randint(1, 3)):
            number += 1
            batch.append(one_message(chance, number, lane))
        found.append(batch)
    return found


def one_message(chance: random.Random, number: int, lane: Lane, due: int | None = None) -> Message:
    """Most have one segment; a campaign's is given back when it has waited."""
    text = f"{number} " + ("a" * 200 if chance.random() < 0.3 else "")
    one = message(
        lane, text, id=str(UUID(int=number << 112)), phone=f"+336{number:08d}",
        in_doubt=chance.choice(["hold", "hold", "resend"]), deadline=NOW_MS + 12 * HOUR_MS,
        due=due, attempt=0 if due is None else 1,
    )  # fmt: skip
    if lane is not Lane.BULK:
        return one
    request = Request(
        id=one.id, lane=lane, template="t", phone=one.phone, given={}, event_time=NOW_MS,
        given_back=number, origin=one.origin,
    )  # fmt: skip
    return one.model_copy(update={"request": request})


class World:
    """Everything, and the steps that it can take."""

    def __init__(self, loop: Loop, chance: random.Random, size: int, octets: int) -> None:
        self.loop, self.chance = loop, chance
        self.kafka = Kafka(loop, chance, octets)
        self.smsc = Smsc(self.kafka)
        self.group = Group(self.kafka, READ)
        self.receipts, self.compose = Receipts(self.smsc), Compose(self.kafka)
        self.window, self.most_open = chance.randint(1, 4), chance.randint(1, 8)
        self.spread = chance.randint(1, PARTITIONS)
        self.gateways: list[Gateway] = []
        self.operators: list[Operator] = []
        self.dropped: set[str] = set()
        self.all = messages(chance, size)
        self._to_come = list(self.all)
        self.join()

    # --- gateways ---

    def join(self) -> None:
        if len(self.gateways) < AT_ONCE:
            line = Line(self.kafka)
            self.gateways.append(Gateway(line, self.group, self.smsc, self.window, self.most_open))

    def _one(self, act: Callable[[Gateway], None]) -> None:
        if self.gateways:
            act(self.chance.choice(self.gateways))

    def kill(self) -> None:
        self._one(Gateway.kill)

    def stop(self) -> None:
        self._one(Gateway.stop)

    def cut(self) -> None:
        self._one(lambda one: one.line.cut())

    def mend(self) -> None:
        self._one(lambda one: one.line.up.set())

    async def doze(self) -> None:
        """One is cut off for some seconds, hears for a moment what was on its way to it, and is
        cut off again, until its partitions are another's; answers come to it all the while."""
        if self.gateways:
            one = self.chance.choice(self.gateways)
            one.line.cut()
            await self._pass(self.chance.choice([2.0, 3.0, 4.0]))
            one.line.up.set()
            await self.turn(self.chance.randint(1, 4))
            one.line.cut()
            for _ in range(self.chance.randint(2, 5)):
                await self._pass(1.0)
                await self.turn(self.chance.choice([0, 20]))
                one.link.sees()
                one.link.answers()

    def read(self) -> None:
        self._one(lambda one: one.reader.turn())

    def arrive(self) -> None:
        self._one(lambda one: one.producer.arrive())

    def hear(self) -> None:
        self._one(lambda one: one.producer.hear())

    async def flow(self) -> None:
        """All of it for a while, as it goes where nothing is in the way."""
        for _ in range(self.chance.randint(1, 6)):
            for one in self.gateways:
                _go_on(one)
            await self.turn(4)

    # --- the SMSC ---

    def sees(self) -> None:
        self._one(lambda one: one.link.sees())

    def answers(self) -> None:
        self._one(lambda one: one.link.answers())

    def times_out(self) -> None:
        self._one(lambda one: one.link.times_out())

    def answers_late(self) -> None:
        self._one(lambda one: one.link.answers_late())

    def link_lost(self) -> None:
        self._one(lambda one: one.link.is_lost())

    def receipt(self) -> None:
        self.receipts.come()

    def receipts_read(self) -> None:
        self.receipts.read()

    # --- others ---

    def operator(self) -> None:
        if len(self.operators) < 2:
            self.operators.append(Operator(Line(self.kafka), self.smsc))

    def decides(self) -> None:
        if self.operators:
            self.chance.choice(self.operators).decide()

    def operator_dies(self) -> None:
        if self.operators:
            self.chance.choice(self.operators).die()

    def event(self) -> None:
        for _ in range(min(len(self._to_come), self.chance.randint(1, 4))):
            batch = self._to_come.pop(0)
            self.compose.decide(int(batch[0].phone[1:]) % self.spread, batch)

    def repeat(self) -> None:
        self.compose.repeat()

    def decide_again(self) -> None:
        self.compose.read()

    # --- time ---

    async def turn(self, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(0)
        for one in list(self.gateways):
            if one.gone:
                self.gateways.remove(one)
            else:
                one.look()
        for operator in [each for each in self.operators if each.task.done()]:
            if not operator.task.cancelled():
                operator.task.result()
            self.dropped |= operator.dropped
            self.operators.remove(operator)
        self.group.look()

    async def moment(self) -> None:
        await self._pass(self.chance.choice([0.05, 0.2, 1.0]))

    async def wait(self) -> None:
        await self._pass(self.chance.choice([2.0, 3.0, 6.0, 16.0]))

    async def long_wait(self) -> None:
        await self._pass(61.0)

    async def _pass(self, seconds: float) -> None:
        stride = 1.0 if seconds < 60 else 4.0
        while seconds > 0:
            self.loop.now += min(stride, seconds)
            seconds -= stride
            self.group.beat()
            await self.turn(self.chance.randint(1, 4))
        self.receipts.tick()

    # --- the end ---

    async def run_out(self) -> None:
        """Nothing goes wrong any more. When all is done an operator decides, or a receipt comes,
        or nobody says anything; then every late answer comes."""
        self.kafka.calm = True
        while self._to_come:
            self.event()
        await self._finish()
        if self.chance.random() < 0.3:
            self.operator()
        elif self.chance.random() < 0.3:
            self.receipt()
        await self._finish()
        for one in self.gateways:
            while one.link.unanswered:
                one.link.answers_late()
        await self.turn(40)
        await self._finish()

    async def _finish(self) -> None:
        for turn in range(3_000):
            if self._is_done():
                return
            if not self.gateways:
                self.join()
            for operator in self.operators:
                operator.decide()
            for one in self.gateways:
                one.line.up.set()
                _go_on(one)
            self.receipts.read()
            self.compose.read()
            await self.turn(4)
            if turn % 5 == 4:
                await self._pass(2.0 if turn < 500 else 20.0)
        raise AssertionError("it goes on")

    def _is_done(self) -> bool:
        places = [TopicPartition(topic, n) for topic in READ for n in range(PARTITIONS)]
        finished = all(
            self.kafka.committed.get(tp, (0, "")) == (len(self.kafka.logs[tp]), "") for tp in places
        )
        idle = all(one.producer.idle and not one.link.out for one in self.gateways)
        return finished and idle and self.compose.idle and not self.operators


def _go_on(one: Gateway) -> None:
    one.reader.turn()
    one.producer.arrive()
    one.producer.hear()
    one.link.sees()
    one.link.answers()
