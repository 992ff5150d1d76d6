"""A Faust app as Chappe runs it: every setting in one place, started in the current loop.

Rules: nothing is discovered or served, and Faust itself writes nothing to disk; the app ends
when told to, after a drain in bounded time, or raises what made it crash.
"""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import faust
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery as FaustRecovery
from faust.types import TP
from mode.utils.queues import ThrowableQueue
from yarl import URL

from agents.kafka.admin import ensure_changelogs, identities
from agents.kafka.connection import HEARTBEAT_S, REBALANCE_S, REQUEST_S, SESSION_S
from agents.kafka.errors import KafkaFailure
from agents.kafka.faust_log import FAUST_LOG
from agents.kafka.start import Start, StartPolicy
from agents.kafka.transport import Transport

COMMIT_EVERY_S = 1.0
ENOUGH_WAITING = 32
"""Records in front of an agent above which its partitions are not read."""
NEVER_FULL = 1 << 20
"""A queue that blocks would make every other topic wait for its agent."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What an app is told once."""

    bootstrap: str
    security: Mapping[str, str]
    partitions: int
    replication: int
    internal_prefix: str
    urgent_topics: frozenset[str]
    policy: StartPolicy
    drain_s: float

    def is_internal(self, topic: str) -> bool:
        """True where a missing offset means a lost record."""
        return topic.startswith(self.internal_prefix)


class Queue(ThrowableQueue):  # type: ignore[misc]
    """In front of an agent: says "enough" early and never blocks."""

    pressure_high_size = ENOUGH_WAITING
    pressure_drop_size = ENOUGH_WAITING // 2


class Recovery(FaustRecovery):  # type: ignore[misc]
    """Faust's, which would end the worker where a disk has more than the changelog."""

    logger = FAUST_LOG

    async def _build_offsets(self, consumer: Any, tps: set[TP], known: Any, title: str) -> None:
        for tp in tps if title == "active" else ():
            if known[tp] is not None and known[tp] > self.active_highwaters[tp]:
                self.tp_to_table[tp].forget(tp.partition)
                known[tp] = None
        await super()._build_offsets(consumer, tps, known, title)


class Tables(TableManager):  # type: ignore[misc]
    """Faust's, which would sleep a second at each start."""

    logger = FAUST_LOG
    _recovery: Recovery | None = None

    @property
    def recovery(self) -> Recovery:
        """Faust's property, with the class above."""
        if self._recovery is None:
            self._recovery = Recovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class App(faust.App):  # type: ignore[misc]
    """`drain_hook` is awaited before partitions are given away: write out what is open.
    `assigned_hook` is told the new partitions before their first record: start empty."""

    logger = FAUST_LOG
    wiring: Wiring
    drain_hook: Callable[[], Awaitable[None]] | None = None
    assigned_hook: Callable[[frozenset[TP]], None] | None = None

    def FlowControlQueue(self, maxsize: int | None = None, **kwargs: Any) -> Queue:  # noqa: N802
        return Queue(NEVER_FULL, flow_control=self.flow_control, **kwargs)

    def _create_directories(self) -> None:
        """A table on disk makes its own."""


def faust_app(
    name: str,
    *,
    bootstrap: str,
    security: Mapping[str, str],
    partitions: int,
    replication: int,
    domain_topics: Collection[str],
    internal_prefix: str,
    start: Start,
    started_at_ms: int,
    urgent_topics: Collection[str],
    drain_s: float = 5.0,
    standbys: int = 1,
) -> App:
    """`name` is the consumer group; `standbys`: workers that hold a copy of each table's
    partition besides its owner. Call it inside the loop that will run the app."""
    for noisy in ("faust", "mode", "aiokafka"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    broker = [URL(f"kafka://{server.strip()}") for server in bootstrap.split(",")]
    app = App(
        name,
        broker=broker,
        datadir=tempfile.gettempdir(),
        TableManager=Tables,
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=partitions,
        table_standby_replicas=standbys,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        broker_commit_interval=COMMIT_EVERY_S,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=HEARTBEAT_S,
        broker_rebalance_timeout=REBALANCE_S,
        broker_request_timeout=REQUEST_S,
    )
    app.wiring = Wiring(
        bootstrap,
        dict(security),
        partitions,
        replication,
        internal_prefix,
        frozenset(urgent_topics),
        StartPolicy(start, started_at_ms, frozenset(domain_topics)),
        drain_s,
    )
    app.transport = app.producer_transport = Transport(broker, app)
    app.finalize()
    return app


async def drain(app: App, drain_s: float) -> None:
    """Stops reading, lets what was begun be finished, flushes, commits. The caller then
    stops the app. Raises KafkaFailure."""
    await app.consumer.settle(drain_s)


async def run(app: App, stop: asyncio.Event) -> None:
    """Runs until `stop` is set, then drains. Raises KafkaFailure, or what the app died of."""
    wiring = app.wiring
    changelogs = app.tables.changelog_topics
    await ensure_changelogs(
        wiring.bootstrap, wiring.security, changelogs, wiring.partitions, wiring.replication
    )
    named = await identities(wiring.bootstrap, wiring.security, changelogs)
    try:
        for table in app.tables.values():
            table.open(named[table.changelog_topic_name])
        await _until(stop, app)
        if not app.crashed and app.started:
            await drain(app, wiring.drain_s)
    finally:
        await app.stop()
        for table in app.tables.values():
            table.close()
    if app.crashed:
        raise _why(app)


async def _until(stop: asyncio.Event, app: App) -> None:
    """Starts the app and waits for its end or for `stop`, also while it starts."""
    start = asyncio.ensure_future(app.start())
    ends = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(app._crashed.wait())]
    try:
        await asyncio.wait([start, *ends], return_when=asyncio.FIRST_COMPLETED)
        if start.done():
            start.result()
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in (start, *ends):
            one.cancel()


async def or_crash(app: App, work: Awaitable[None]) -> None:
    """Work beside the agents: a fault in it ends the worker, which says why."""
    try:
        await work
    except Exception as error:
        await app.crash(error)


def _why(app: App) -> BaseException:
    reason = app.crash_reason
    return reason if reason is not None else KafkaFailure("the app crashed")
