"""The two transports the contract is tried on: ours, and the one Faust ships.

Rules: both run in the test's loop with the same settings (times, sizes, isolation of agents),
so that what differs is the transport; a test drives them only through `Worker`.
"""

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import faust
from faust.exceptions import ConsumerNotStarted
from faust.types import TP

from agents.kafka.connection import HEARTBEAT_S, REBALANCE_S, REQUEST_S, SESSION_S
from agents.kafka.disk_table import DiskTable
from agents.kafka.faust_app import App, faust_app, run
from agents.kafka.start import Start
from agents.kafka.table import Table

Kind = Literal["ours", "stock"]
INTERNAL = "internal."
SMALL_BUFFER = 64


class Hold(Protocol):
    """An agent's hold on a record."""

    @property
    def alive(self) -> bool: ...

    def done(self) -> None: ...


Handle = Callable[["Worker", Any], Awaitable[None]]


@dataclass
class Plan:
    """What a worker is to do. `agents`: topic to what is done with each of its events."""

    bootstrap: str
    group: str
    agents: Mapping[str, Handle]
    partitions: int = 1
    internal: str = INTERNAL
    start: Start = "earliest"
    started_at_ms: int = 0
    urgent: frozenset[str] = frozenset()
    table: str | None = None
    folder: Path | None = None
    """Where a table on disk keeps its records; without it a table is in memory."""
    changelog: str = field(init=False)

    def __post_init__(self) -> None:
        self.changelog = f"{self.internal}{self.table}.changelog"


class Worker(Protocol):
    """A running app."""

    table: Any

    @property
    def crashed(self) -> BaseException | None: ...

    @property
    def ready(self) -> bool: ...

    def take(self, event: Any) -> Hold: ...

    async def commit(self) -> None: ...

    def hold(self, event: Any) -> None: ...

    def release(self, event: Any) -> None: ...

    async def wait_in_agent(self, event: Any, gate: asyncio.Event) -> None:
        """The event can't go on before `gate`: what the transport offers for that."""
        ...


def _agents(app: Any, worker: Worker, plan: Plan) -> None:
    for topic, handle in plan.agents.items():
        # One function a topic: Faust names an agent's tasks after it.
        async def loop(stream: Any, handle: Handle = handle) -> None:
            async for event in stream.noack().events():
                await handle(worker, event)

        channel = app.topic(topic, key_type=bytes, value_type=bytes)
        app.agent(channel, name=topic)(loop)


def _table(app: App, plan: Plan) -> Table:
    assert plan.table is not None
    if plan.folder is None:
        return Table(app, name=plan.table)
    return DiskTable(app, name=plan.table, folder=plan.folder, read=lambda value: (0, ""))


class Ours:
    """agents/kafka."""

    def __init__(self, plan: Plan) -> None:
        self.app: App = faust_app(
            plan.group,
            bootstrap=plan.bootstrap,
            security={},
            partitions=plan.partitions,
            replication=-1,
            domain_topics=[t for t in plan.agents if not t.startswith(plan.internal)],
            internal_prefix=plan.internal,
            start=plan.start,
            started_at_ms=plan.started_at_ms,
            urgent_topics=plan.urgent,
            drain_s=1.0,
        )
        self.table = _table(self.app, plan) if plan.table else None
        _agents(self.app, self, plan)

    @property
    def crashed(self) -> BaseException | None:
        return self.app.crash_reason if self.app.crashed else None

    @property
    def ready(self) -> bool:
        return bool(self.app.started and self.app.consumer.ready)

    def take(self, event: Any) -> Hold:
        return self.app.consumer.ticket(event.message)  # type: ignore[no-any-return]

    async def commit(self) -> None:
        await self.app.consumer.commit()

    def hold(self, event: Any) -> None:
        self.app.consumer.hold([event.message.tp])

    def release(self, event: Any) -> None:
        self.app.consumer.release([event.message.tp])

    async def wait_in_agent(self, event: Any, gate: asyncio.Event) -> None:
        """The partition is held; the agent goes on taking what was already fetched."""
        self.hold(event)

    async def run(self, stop: asyncio.Event) -> None:
        with contextlib.suppress(Exception):
            await run(self.app, stop)


class StockHold:
    """Faust's manual ack."""

    alive = True

    def __init__(self, event: Any) -> None:
        self._event = event

    def done(self) -> None:
        self._event.ack()


class Stock:
    """faust.transport.drivers.aiokafka, with the settings that DESIGN asks for."""

    def __init__(self, plan: Plan) -> None:
        self.app = faust.App(
            plan.group,
            broker=f"kafka://{plan.bootstrap}",
            autodiscover=False,
            web_enabled=False,
            topic_disable_leader=True,
            topic_partitions=plan.partitions,
            key_serializer="raw",
            value_serializer="raw",
            store="memory://",
            stream_wait_empty=False,
            stream_buffer_maxsize=SMALL_BUFFER,
            consumer_auto_offset_reset=plan.start,
            broker_commit_interval=1.0,
            broker_max_poll_records=500,
            broker_session_timeout=SESSION_S,
            broker_heartbeat_interval=HEARTBEAT_S,
            broker_rebalance_timeout=REBALANCE_S,
            broker_request_timeout=REQUEST_S,
        )
        self.app._create_directories = lambda: None
        self.app.finalize()
        self.table = None
        if plan.table:
            self.table = self.app.Table(
                plan.table,
                partitions=plan.partitions,
                key_type=bytes,
                value_type=bytes,
                changelog_topic=self.app.topic(
                    plan.changelog, key_type=bytes, value_type=bytes, internal=True
                ),
            )
        _agents(self.app, self, plan)

    @property
    def crashed(self) -> BaseException | None:
        return self.app.crash_reason if self.app.crashed else None

    @property
    def ready(self) -> bool:
        """Its thread may start later than the app, and end sooner."""
        try:
            assigned = self.app.consumer.assignment()
        except ConsumerNotStarted:
            return False
        return bool(self.app.started and not self.app.rebalancing and assigned)

    def take(self, event: Any) -> Hold:
        return StockHold(event)

    async def commit(self) -> None:
        await self.app.consumer.commit()

    def hold(self, event: Any) -> None:
        self.app.consumer.pause_partitions([TP(*event.message.tp)])

    def release(self, event: Any) -> None:
        self.app.consumer.resume_partitions([TP(*event.message.tp)])

    async def wait_in_agent(self, event: Any, gate: asyncio.Event) -> None:
        """Its pause loses records, so a lane that waits can only block its agent."""
        await gate.wait()

    async def run(self, stop: asyncio.Event) -> None:
        await self.app.start()
        stopped = asyncio.ensure_future(stop.wait())
        died = asyncio.ensure_future(self.app._crashed.wait())
        await asyncio.wait([stopped, died], return_when=asyncio.FIRST_COMPLETED)
        await self.app.stop()
        # Faust leaves failed futures that nobody asked. Collected while pytest parses source,
        # their complaint parses source too, and Python 3.11 trips over that.
        gc.collect()


KINDS: dict[Kind, Callable[[Plan], Any]] = {"ours": Ours, "stock": Stock}


@contextlib.asynccontextmanager
async def working(kind: Kind, plan: Plan) -> AsyncIterator[Any]:
    """A worker that runs while the block does; it has read its partitions' places."""
    worker, stop = KINDS[kind](plan), asyncio.Event()
    running = asyncio.ensure_future(worker.run(stop))
    try:
        await until(lambda: worker.ready or worker.crashed is not None, 20, "the worker is ready")
        yield worker
    finally:
        stop.set()
        done, _ = await asyncio.wait([running], timeout=30)
        broken = worker.crashed if kind == "stock" else None
        if not done or running.exception() or broken:
            # Not an AssertionError: a stock worker must fail by what it does to records,
            # not by breaking down in this harness.
            raise RuntimeError(f"{kind} did not run and stop: {broken or running}")


async def until(condition: Callable[[], object], timeout_s: float, what: str) -> None:
    """Waits for a condition. Raises AssertionError that names it."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        await asyncio.sleep(0.01)
