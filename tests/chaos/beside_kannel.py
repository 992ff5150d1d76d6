"""Kannel and Chappe, killed alike: the same messages, window, answers, SMSC and judge.

Rules: Kannel has what it accepted (HTTP 202), on its spool store; a message is offered once,
and one that was not accepted is not missed. Not part of the tests: `make chaos-kannel`.
"""

import asyncio
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import aiohttp
import pytest

from agents.simulator.server import Simulator
from schemas.status import State
from tests.agents.simulator.running import running
from tests.chaos.harness import ANSWER_S, GONE_S, TAKE_OVER_S, WINDOW
from tests.chaos.judge import Said, Trouble, judge
from tests.chaos.load import AHEAD, asked, phone_of, template_of, text_of, token_of
from tests.chaos.results import Row, Rows
from tests.chaos.test_crashes import chaos, test_gateway_killed_at_random  # noqa: F401
from tests.chaos.witness import Witness
from tests.integration.kannel import Kannel, kannel

pytestmark = [pytest.mark.integration, pytest.mark.chaos]

CLIENTS = 20
QUIET_S = 90.0
"""Kannel sends again what had no answer for 60 s; after this it sends nothing more."""
NO_BOUND = sys.maxsize


class Load:
    """Offers messages, `CLIENTS` at a time; `accepted` are Kannel's to send."""

    def __init__(self, client: Kannel, witness: Witness) -> None:
        self.accepted: list[str] = []
        self.taken: set[str] = set()
        self.segments: set[tuple[str, int]] = set()
        self._kannel, self._witness, self._numbers = client, witness, count()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Until `stop`."""
        self._tasks = [asyncio.create_task(self._client()) for _ in range(CLIENTS)]

    async def stop(self) -> None:
        """Nothing more is offered."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        for task in self._tasks:
            if not task.cancelled():
                task.result()

    def look(self) -> None:
        """The witness read on."""
        new = [one.submit for one in self._witness.look()]
        self.taken.update(one.token for one in new)
        self.segments.update((one.token, one.segment) for one in new)

    async def until(self, condition: Callable[[], object], timeout_s: float) -> None:
        """With the witness read on before each look. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            self.look()
            while not condition():
                await asyncio.sleep(0.01)
                self.look()

    async def submits(self, more: int) -> None:
        """Until the SMSC has taken so many more segments. Raises TimeoutError."""
        wanted = len(self._witness.taken) + more
        await self.until(lambda: len(self._witness.taken) >= wanted, TAKE_OVER_S)

    async def recovery(self, trouble: Trouble) -> float:
        """Seconds from when it began to the first submit after it. Raises TimeoutError."""
        taken = self._witness.taken
        await self.until(lambda: taken and taken[-1].submit.at > trouble.ended, TAKE_OVER_S)
        return min(at for one in taken if (at := one.submit.at) > trouble.ended) - trouble.began

    async def ended(self) -> None:
        """All that was accepted was taken, or Kannel has sent nothing for QUIET_S."""
        due = {(token, n + 1) for token in self.accepted for n in range(asked(token).segments)}
        while due - self.segments:
            try:
                async with asyncio.timeout(QUIET_S):
                    await self.submits(1)
            except TimeoutError:
                return

    async def _client(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            while True:
                if len(self.accepted) - len(self.taken) >= AHEAD:
                    await asyncio.sleep(0.02)
                    continue
                await self._one(session, token_of(next(self._numbers)))

    async def _one(self, session: aiohttp.ClientSession, token: str) -> None:
        ucs2 = template_of(token) == "offer"
        phone = phone_of(token).removeprefix("+")
        if await self._kannel.offer(session, phone, text_of(token), ucs2=ucs2):
            self.accepted.append(token)
        else:
            await asyncio.sleep(0.05)  # it is being started


async def test_kannel_killed_at_random(rows: Rows, kills: int, seed: int, tmp_path: Path) -> None:
    """bearerbox, while it sends; smsbox finds it again by itself."""
    chance, log = random.Random(seed), tmp_path / "submits.jsonl"
    troubles: list[Trouble] = []
    recovered: list[float] = []
    witness = Witness(log)
    async with (
        running(answer_delay_s=ANSWER_S, inbox_limit=0, submit_log=log) as (smsc, port),
        kannel(tmp_path, port, WINDOW) as client,
    ):
        load = Load(client, witness)
        load.start()
        for _ in range(kills):
            await load.submits(chance.randrange(1, 600))
            troubles.append(await killed_once(client, load, smsc))
            recovered.append(await load.recovery(troubles[-1]))
        await load.stop()
        smsc.options.answer_delay_s = 0.0
        await load.ended()
    wanted = [replace(asked(token), in_doubt="resend") for token in load.accepted]
    submits = [one.submit for one in witness.taken if one.submit.token in set(load.accepted)]
    said = {token: [Said(State.SUBMITTED)] for token in load.accepted}
    found = judge(wanted, submits, said, troubles)
    rows.show(Row.of("Kannel's bearerbox killed", seed, kills, None, recovered, found))


async def killed_once(client: Kannel, load: Load, smsc: Simulator) -> Trouble:
    """SIGKILL, and started again on its spool."""
    began = time.time()
    await client.kill("bearerbox")
    await load.until(lambda: not smsc.connections, GONE_S)
    gone = time.time()
    await client.start("bearerbox")
    return Trouble("bearerbox killed", began, gone, NO_BOUND)
