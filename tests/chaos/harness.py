"""Chappe under load, and what is done to it: killed, cut off, stopped, starved.

Rules: every moment of chance comes from the seed that is printed; what is waited for is a
condition with a deadline; a trouble lasts until nothing more of it can reach the SMSC.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient

from agents.simulator.options import SimulatorOptions
from tests.chaos.judge import ENDS, Asked, Judgement, Said, Trouble, judge
from tests.chaos.load import CATALOG, Load, Where, asked
from tests.chaos.results import Row
from tests.chaos.witness import Witness
from tests.integration.follow import PARTITIONS
from tests.integration.system import System

WINDOW = 20
UNWRITTEN = 100
"""`unwritten_statuses` of the gateway: part of the published bound."""
BOUND = WINDOW + UNWRITTEN
"""Messages under `resend` that one gateway may double when it crashes."""
ANSWER_S = 0.04
"""About 500 segments a second with this window: there is always something in it."""
GONE_S = 5.0
TAKE_OVER_S = 40.0
"""When a test gives up; how long it took is in the table."""
END_S = 60.0
"""For what waits at the end, a time-out of the SMSC's answers included."""
ALL = frozenset(range(PARTITIONS))


class Chaos:
    """One installation under load. Enter it, `run` it, trouble it, then ask for its `row`."""

    def __init__(
        self, name: str, bootstrap: str, unique: str, folder: Path, seed: int, where: Where
    ) -> None:
        self.name, self.seed, self.random = name, seed, random.Random(seed)
        self.where = where
        self.options = SimulatorOptions(
            answer_delay_s=ANSWER_S, inbox_limit=0, receipt_delay_s=0.2, seed=seed
        )
        self.system = System(
            bootstrap, unique, folder, self.options, window=WINDOW, catalog=CATALOG
        )
        self.witness = Witness(folder / "submits.jsonl")
        self.load = Load(self.system, where, self._waiting)
        self.times = 0
        self.troubles: list[Trouble] = []
        self.recovered: list[float] = []
        self._said: defaultdict[str, list[Said]] = defaultdict(list)
        self._ended: set[str] = set()
        self._begun: set[str] = set()
        self._read = 0

    def _waiting(self, made: int) -> int:
        self._look()
        return made - len(self._begun)

    def _look(self) -> None:
        self._begun.update(one.submit.token for one in self.witness.look())
        for status in self.system.statuses[self._read :]:
            self._read += 1
            token = status.origin.event_id
            why = status.detail or status.reason or ""
            self._said[token].append(Said(status.state, status.at.timestamp(), why))
            if status.state in ENDS:
                self._ended.add(token)
                self._begun.add(token)

    async def __aenter__(self) -> Self:
        await self.system.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is not None:
                await self.load.stop()
        finally:
            await self.system.__aexit__(kind, error, traceback)

    async def run(self, *names: str) -> None:
        """Start the processes and the load; returns when the SMSC has taken some of it."""
        await self.system.start(*names)
        await self.load.start()
        await self.submits(100)

    # -- waiting

    async def until(
        self, condition: Callable[[], object], timeout_s: float, what: str | Callable[[], str]
    ) -> None:
        """Of the system, with the witness read on before each look."""

        def looked() -> object:
            self._look()
            self.load.check()
            return condition()

        def words() -> str:
            return f"{what if isinstance(what, str) else what()} (seed {self.seed})"

        await self.system.until(looked, timeout_s, words)

    async def submits(self, count: int) -> None:
        """Until the SMSC has taken so many more segments."""
        wanted = len(self.witness.taken) + count
        await self.until(
            lambda: len(self.witness.taken) >= wanted, TAKE_OVER_S, f"{count} more segments"
        )

    async def full_window(self, *names: str) -> None:
        """Until each of these has as many submits without an answer as it may."""
        full = dict.fromkeys(names, WINDOW)
        await self.until(
            lambda: {name: self._unanswered(name) for name in names} == full, 20, f"full: {full}"
        )

    def _unanswered(self, name: str) -> int:
        binds = [one for one in self.system.simulator.connections if one.system_id == name]
        return sum(one.unanswered for one in binds)

    # -- troubles

    def partitions(self, *names: str) -> frozenset[int]:
        """Those for which these gateways submitted last; all, where they did not yet."""
        last = self.witness.taken[-500:]
        return frozenset(one.partition for one in last if one.system_id in names) or ALL

    async def kill(self, *names: str) -> Trouble:
        """SIGKILL, all at once; over when the SMSC has read the last octet of theirs."""
        began = time.time()
        processes = [self.system.processes[name] for name in names]
        for name in names:
            self.system.kill(name)
        await asyncio.gather(*(process.wait() for process in processes))
        await self.gone(*names)
        gateways = sum(name.startswith("gateway") for name in names)
        return self.trouble(f"{' and '.join(names)} killed", began, gateways * BOUND)

    async def gone(self, *names: str) -> None:
        """Until the SMSC has no connection of these any more."""
        connections = self.system.simulator.connections
        await self.until(
            lambda: not [one for one in connections if one.system_id in names], GONE_S,
            f"the links of {names} are gone",
        )  # fmt: skip

    def trouble(self, what: str, began: float, bound: int) -> Trouble:
        """Note it, as over now."""
        self.times += 1
        done = Trouble(what, began, time.time(), bound)
        self.troubles.append(done)
        return done

    async def recovery(
        self, since: float, partitions: Iterable[int] = ALL, *, began: float | None = None
    ) -> None:
        """Until the SMSC took a segment for one of these partitions after `since` (epoch
        seconds). Notes how long that was, from `began` where that is earlier."""
        wanted = frozenset(partitions)
        looked_at = len(self.witness.taken)
        while looked_at and self.witness.taken[looked_at - 1].submit.at > since:
            looked_at -= 1
        found: list[float] = []

        def taken() -> bool:
            nonlocal looked_at
            for one in self.witness.taken[looked_at:]:
                looked_at += 1
                if one.submit.at > since and one.partition in wanted:
                    found.append(one.submit.at - (began or since))
            return bool(found)

        await self.until(taken, TAKE_OVER_S, f"a submit for one of the partitions {sorted(wanted)}")
        self.recovered.append(found[0])

    def longest_pause(self, since: float) -> None:
        """Notes the longest time without a submit since then, as what it took to recover."""
        times = [since, *(one.submit.at for one in self.witness.taken if one.submit.at > since)]
        self.recovered.append(max(after - before for before, after in pairwise(times)))

    async def members(self, count: int) -> None:
        """Until the gateways' group is stable, with so many members."""
        group = self.system.topics.gateway_group
        admin = AdminClient({"bootstrap.servers": self.system.bootstrap, "log_level": 2})
        deadline = time.monotonic() + TAKE_OVER_S
        while True:
            asked_of = admin.describe_consumer_groups([group])[group]
            found = await asyncio.wrap_future(asked_of)
            if (found.state, len(found.members)) == (ConsumerGroupState.STABLE, count):
                return
            self.system.check_alive()
            words = f"{found.state.name} with {len(found.members)} members, not {count}"
            assert time.monotonic() < deadline, f"{group}: {words}\n{self.system.said()}"
            await asyncio.sleep(0.1)

    # -- the end

    async def finish(self) -> Row:
        """No more load; all that was asked for ends; the judgement, for the table."""
        await self.load.stop()
        self.options.answer_delay_s = 0.0
        await self.until(lambda: not self._open(), END_S, self._open_words)
        outbound = [topic.name for topic in self.system.topics.outbound.values()]
        await self.system.until_committed(self.system.topics.gateway_group, outbound, END_S)
        if self.where == "domain":
            await self.system.until_finished(["chaos"], END_S)
        return self.row()

    def _open(self) -> int:
        """Messages without an outcome."""
        return len(self.load.tokens) - len(self._ended)

    def _open_words(self) -> str:
        unheard = len(self.load.tokens) - len(self._said)
        return "\n".join([
            f"each message has an outcome; of {len(self.load.tokens)}, {self._open()} have none, "
            f"{unheard} not even a status", *self.judgement().faults(),
        ])  # fmt: skip

    def judgement(self) -> Judgement:
        """Of everything up to now."""
        self.system.simulator.flush_files()
        self._look()
        wanted: list[Asked] = [asked(token) for token in self.load.tokens]
        submits = [one.submit for one in self.witness.taken]
        return judge(wanted, submits, self._said, self.troubles)

    def row(self) -> Row:
        """What the table says of it."""
        bound = max((trouble.bound for trouble in self.troubles), default=0)
        return Row.of(self.name, self.seed, self.times, bound, self.recovered,
                      self.judgement())  # fmt: skip
