"""What a dispatcher keeps of a link, for the tests of `Link` against the simulator."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from agents.smpp import commands as c
from agents.smpp.backoff import Trouble
from agents.smpp.client import Link
from agents.smpp.config import BindConfig, Role, SmscConfig
from agents.smpp.events import Deliver
from agents.smpp.submit import Answer
from tests.agents.simulator.running import until
from tests.agents.smpp.samples import SUBMIT, bare

BOUND = bare(c.BIND_TRANSCEIVER_RESP, 1)
QUIET = SUBMIT._replace(registered_delivery=0)


class Lowest(random.Random):
    """No jitter: the shortest wait."""

    def random(self) -> float:
        return 0.0


class Gateway:
    """What a dispatcher keeps of a link: answers by token, deliveries, waits, wake-ups."""

    def __init__(self, port: int, role: Role = "transceiver", **bind: Any) -> None:
        self.answers: dict[Any, list[Answer]] = {}
        self.delivered: list[Deliver] = []
        self.waits: list[float] = []
        self.errors: list[str] = []
        self.troubles: list[Trouble] = []
        self.late: dict[Any, Answer] = {}
        self.wakes = 0
        self.acknowledges = True
        self.on_answer: Callable[[Any, Answer], None] = self.keep
        config = SmscConfig("127.0.0.1", port, BindConfig("acme", "secret", **bind))
        self.link = self.make(config, role)

    def make(self, config: SmscConfig, role: Role = "transceiver") -> Link:
        return Link(
            config,
            on_answer=self.hear,
            on_deliver=self.on_deliver,
            on_change=self.on_change,
            on_trouble=self.troubles.append,
            on_late=self.late.__setitem__,
            role=role,
            rng=Lowest(),
            sleep=self.sleep,
        )

    async def sleep(self, wait_s: float) -> None:
        """Time is ours: the wait is noted, and over."""
        self.waits.append(wait_s)
        self.errors.append(self.link.last_error)
        await asyncio.sleep(0.001)

    def hear(self, token: Any, answer: Answer) -> None:
        self.on_answer(token, answer)

    def keep(self, token: Any, answer: Answer) -> None:
        self.answers.setdefault(token, []).append(answer)

    def on_change(self) -> None:
        self.wakes += 1
        assert self.link.free > 0

    def on_deliver(self, deliver: Deliver) -> None:
        self.delivered.append(deliver)
        if self.acknowledges:
            self.link.acknowledge(deliver)

    def submit(self, *tokens: Any) -> None:
        for token in tokens:
            self.link.submit(QUIET, token)

    async def bound(self) -> None:
        await until(lambda: self.link.bound, "the bind")

    async def answered(self, count: int) -> None:
        await until(lambda: len(self.answers) >= count, f"{count} answers")


@asynccontextmanager
async def up(gateway: Gateway) -> AsyncIterator[Gateway]:
    task = asyncio.create_task(gateway.link.run())
    try:
        yield gateway
    finally:
        await gateway.link.close(2.0)
        await asyncio.wait_for(task, 5.0)
        assert all(len(each) == 1 for each in gateway.answers.values()), "one answer each"
