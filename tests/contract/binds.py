"""Our side of the contract: the links of one SMSC, as a gateway holds them.

Rules: one answer for every submit, checked at the end; waits between binds are noted and
cut short, so that no test waits a back-off out.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from agents.smpp.backoff import Trouble
from agents.smpp.client import Link
from agents.smpp.config import BindConfig, Kind, Role, SmscConfig
from agents.smpp.events import Deliver
from agents.smpp.submit import Answer, Submit
from tests.agents.simulator.running import until

WAIT_S: Final = 0.01


class Binds:
    """`answers` and `late` by token; `delivered` over any link; `acknowledges` says whether."""

    def __init__(self, config: SmscConfig) -> None:
        self.answers: dict[Any, list[Answer]] = {}
        self.late: dict[Any, Answer] = {}
        self.delivered: list[Deliver] = []
        self.troubles: list[Trouble] = []
        self.errors: list[str] = []
        self.waits: list[float] = []
        self.acknowledges = True
        self.links = {role: self._link(config, role) for role in config.roles}

    def _link(self, config: SmscConfig, role: Role) -> Link:
        def on_deliver(deliver: Deliver) -> None:
            self.delivered.append(deliver)
            if self.acknowledges:
                link.acknowledge(deliver)

        def on_trouble(trouble: Trouble) -> None:
            self.troubles.append(trouble)
            self.errors.append(link.last_error)

        async def sleep(wait_s: float) -> None:
            self.waits.append(wait_s)
            await asyncio.sleep(WAIT_S)

        link = Link(
            config,
            on_answer=lambda token, answer: self.answers.setdefault(token, []).append(answer),
            on_late=self.late.__setitem__,
            on_deliver=on_deliver,
            on_change=lambda: None,
            on_trouble=on_trouble,
            role=role,
            rng=Lowest(),
            sleep=sleep,
        )
        return link

    @property
    def sender(self) -> Link:
        """The link that submits."""
        return next(link for role, link in self.links.items() if role != "receiver")

    def submit(self, submit: Submit, token: Any) -> None:
        self.sender.submit(submit, token)

    async def bound(self) -> None:
        await until(lambda: all(link.bound for link in self.links.values()), "every bind")

    async def answered(self, count: int) -> None:
        await until(lambda: len(self.answers) >= count, f"{count} answers")

    def answer(self, token: Any) -> Answer:
        """The one there is."""
        (answer,) = self.answers[token]
        return answer


Up = Callable[..., AbstractAsyncContextManager[Binds]]
"""Links to the SMSC: `up(kind, **bind)`."""


class Lowest(random.Random):
    """No jitter: the shortest wait."""

    def random(self) -> float:
        return 0.0


@asynccontextmanager
async def running(config: SmscConfig) -> AsyncIterator[Binds]:
    """Links that run while the block does, and leave in good order."""
    binds = Binds(config)
    tasks = [asyncio.create_task(link.run()) for link in binds.links.values()]
    try:
        yield binds
    finally:
        await asyncio.gather(*(link.close(2.0) for link in binds.links.values()))
        await asyncio.wait_for(asyncio.gather(*tasks), 5.0)
        assert all(len(each) == 1 for each in binds.answers.values()), "one answer each"


def smsc_config(port: int, kind: Kind, tls: Any, bind: dict[str, Any]) -> SmscConfig:
    """On this machine, as the account that is let in, but for what `bind` says."""
    account = {"system_id": "acme", "password": "secret"} | bind
    return SmscConfig("127.0.0.1", port, BindConfig(**account), tls=tls, kind=kind)
