"""The demo: everything at once on one machine, and what becomes of each event.

Rules: it is the product that runs; it passes only where the phones show exactly the texts
expected, and each other event ends with the reason that is due. Here all is put together.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.demo.board import Board
from agents.demo.events import DemoEvent, dead_key, mixed, shipped_events
from agents.demo.judging import judge, slowest_said, so_far
from agents.demo.own import campaign_events, lanes_shown, own_events
from agents.demo.show import Scene, Show, hints, none_because
from agents.demo.stage import DemoFailure, Stage
from agents.demo.trouble import Kind, Troubles
from schemas.lane import Lane
from schemas.record import Millis
from schemas.status import Status
from streams.catalog.catalog import Catalog

ENDS_S = 15.0
RECEIPTS_S = 5.0
TICK_S = 0.1
LOOK_S = 1.0
EVENT_EVERY_S = 1.2
EVENTS_AFTER_S = 0.5
"""The campaign is ahead of the first events by so much."""
TROUBLE_AFTER_S = 1.5
BETWEEN_TROUBLES_S = 2.0
BETWEEN_CAMPAIGNS_S = 5.0
FLUSH_S = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`shipped`: the catalog is the one that comes with Chappe. `troubles` are made by
    themselves, one after the other."""

    once: bool
    folder: Path
    catalog: Catalog
    shipped: bool
    troubles: tuple[Kind, ...] = ()

    @property
    def rate_per_s(self) -> int:
        """Agreed with the SMSC: a campaign is to last long enough to be seen."""
        return 50 if self.once and not self.troubles else 25

    @property
    def recipients(self) -> int:
        """Of one campaign."""
        if self.once:
            return 200 if self.troubles else 100
        return 600


class Demo:
    """Build it inside the loop that runs it. `has_screen`: the processes may not write to it."""

    def __init__(self, plan: Plan, show: Show, folder: Path, *, has_screen: bool) -> None:
        self._plan, self._show = plan, show
        self._board = Board(show.over)
        self._stage = Stage(plan.folder, plan.rate_per_s, folder, log=has_screen)
        lanes = frozenset(Lane) if plan.shipped else lanes_shown(plan.catalog)
        self._scene = Scene(
            self._board, rate_per_s=plan.rate_per_s, has_keys=has_screen, lanes=lanes
        )
        self._troubles = Troubles(self._stage, self._board, show.say)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticked = asyncio.Event()
        self._published = 0
        self._seen = 0
        self.kafka = self._stage.broker.bootstrap

    def trouble(self, kind: Kind) -> None:
        """What a key asks for."""
        if self._troubles.on:
            self._show.say("one trouble at a time")
        elif self._scene.smsc:
            self._begin(self._troubles.make(kind))

    async def run(self, stop: asyncio.Event) -> None:
        """One round, or until `stop`. Raises DemoFailure."""
        stopping = asyncio.create_task(stop.wait())
        working = asyncio.create_task(self._run())
        try:
            await asyncio.wait({stopping, working}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stopping, working):
                task.cancel()
            await asyncio.wait({stopping, working})
        if not working.cancelled():
            working.result()
        elif self._board.phones:
            self._show.say(so_far(self._board))

    async def _run(self) -> None:
        async with AsyncExitStack() as stack:
            self._scene.kafka, self._scene.began_ms = self.kafka, _now()
            self._show.say(
                "starting: broker (in memory), SMSC simulator, engine, gateway, receipts …"
            )
            stack.push_async_callback(self._end)
            self._begin(self._tick())
            await self._stage.start(stack)
            self._scene.smsc = f"127.0.0.1:{self._stage.smsc_port}"
            self._begin(self._stage.follow(self._note))
            self._begin(self._troubles.operate())
            playing = self._begin(self._once() if self._plan.once else self._go_on())
            while not playing.done():
                done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                self._tasks -= done
                for task in done:
                    task.result()

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        return task

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- what is played ---

    async def _once(self) -> None:
        """Raises DemoFailure unless all is as it must be."""
        plan = self._plan
        await self._publish(campaign_events(plan.catalog, plan.recipients, _now(), _run_name()))
        await asyncio.sleep(EVENTS_AFTER_S)
        events = self._events(0)
        self._show.say(
            f"publishing {len(events)} events, behind a campaign of {self._board.planned}\n"
        )
        await self._publish(events)
        await self._make_troubles()
        await self._within(
            ENDS_S + len(self._board.rows) / plan.rate_per_s, lambda: self._board.all_over
        )
        await self._within(RECEIPTS_S, lambda: self._board.all_settled)
        self._look()
        found = judge(self._board, troubled=bool(self._troubles.had))
        if found.wrong:
            raise DemoFailure("\n".join(found.wrong))
        self._show.say("")
        for line in (slowest_said(self._board), found.said):
            self._show.say(line)
        self._show.say(f"next: {hints(self._scene)[0]}")

    async def _go_on(self) -> None:
        await asyncio.gather(self._campaigns(), self._single_events(), self._make_troubles())

    async def _campaigns(self) -> None:
        plan = self._plan
        while True:
            events = campaign_events(plan.catalog, plan.recipients, _now(), _run_name())
            if not events:
                self._show.say(none_because("campaign", Lane.BULK))
                return
            await self._publish(events)
            await self._until(lambda: not self._board.waiting)
            await asyncio.sleep(BETWEEN_CAMPAIGNS_S)
            self._board.forget()

    async def _single_events(self) -> None:
        await asyncio.sleep(EVENTS_AFTER_S)
        while True:
            for number in mixed(self._events(0)):
                await self._publish([self._events(self._published - number)[number]])
                self._published += 1
                await asyncio.sleep(EVENT_EVERY_S)

    async def _make_troubles(self) -> None:
        for kind in self._plan.troubles:
            await asyncio.sleep(BETWEEN_TROUBLES_S if self._troubles.had else TROUBLE_AFTER_S)
            await self._troubles.make(kind)

    @property
    def _tried(self) -> frozenset[str]:
        return frozenset(self._troubles.tried) | (set() if self._plan.shipped else {"catalog"})

    def _events(self, first: int) -> list[DemoEvent]:
        """Each time they are new: of now, and with ids of their own. `first`: its number."""
        plan = self._plan
        if plan.shipped:
            return shipped_events(plan.catalog, _now(), _run_name(), first)
        return own_events(plan.catalog, _now(), _run_name(), first).events

    async def _publish(self, events: Sequence[DemoEvent]) -> None:
        self._board.published(events, _now())
        producer = self._stage.producer
        for event in events:
            producer.produce(event.topic, event.value, key=event.phone.encode() or None)
        await producer.flush(FLUSH_S)

    # --- what is seen ---

    async def _within(self, seconds: float, condition: Callable[[], bool]) -> None:
        """What is not so by then is named by the judgement."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._until(condition)

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Looked at after each tick."""
        while not condition():
            await self._ticked.wait()

    def _note(self, record: Any) -> None:
        self._look()  # the SMSC has a message before it answers
        if record.topic == self._stage.topics.status.name:
            self._board.status(Status.from_bytes(record.value))
            return
        said = {name.removeprefix("chappe-"): raw.decode() for name, raw in record.headers}
        keys = [dead_key(said["sha256"], one) for one in (said.get("template", ""), "")]
        self._board.dead_letter(keys, said["reason"], said["detail"])

    def _look(self) -> None:
        """At the phones."""
        inbox = self._stage.simulator.inbox
        new, self._seen = inbox.total - self._seen, inbox.total
        for message in inbox[len(inbox) - new :]:
            at_ms = int(message.at * 1000)
            self._board.arrived(f"+{message.destination}", message.text, at_ms)

    async def _tick(self) -> None:
        looked = 0.0
        while True:
            self._look()
            if self._scene.smsc:
                self._stage.check_alive(self._troubles.killed)
                if (now := time.monotonic()) - looked > LOOK_S:
                    looked = now
                    self._board.unasked(await self._stage.unasked())
            self._scene.trouble, self._scene.short = self._troubles.line, self._troubles.short
            self._scene.tried = self._tried
            self._show.tick(self._scene, _now())
            self._ticked.set()
            self._ticked.clear()
            await asyncio.sleep(TICK_S)


def _now() -> Millis:
    return int(time.time() * 1000)


def _run_name() -> str:
    """New each time: what the ids of its events begin with."""
    return uuid.uuid4().hex[:6]
