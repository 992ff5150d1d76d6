"""The stage: the product's own processes, a broker that speaks Kafka's protocol, an SMSC that
speaks SMPP, all on this machine.

Rules: nothing of this machine's settings goes along but what the demo is told; the processes
are those of `chappe up`; who ends without being told to ends the demo, with its words.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import aiohttp
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.kafka.connection import consumer_settings
from agents.kafka.embedded import PARTITIONS, EmbeddedBroker
from agents.kafka.producer import KafkaProducer
from agents.readiness import Readiness
from agents.settings import Settings, child_environment
from agents.simulator.options import SimulatorOptions
from agents.simulator.server import Simulator
from agents.up import PROCESSES, Children, ports_of
from schemas.topics import Topics

READY_S = 20.0
WINDOW = 10
URGENT_SHARE = 0.2
"""Of the rate, kept for codes."""
LAST_WORDS = 1500


class DemoFailure(Exception):  # noqa: N818
    """The demo did not show what it must; the text says what is different."""


class Stage:
    """`rate_per_s` is what is agreed with the SMSC. With `log`, what the processes say goes
    there, since a view has the screen."""

    def __init__(self, catalog: Path, rate_per_s: int, folder: Path, *, log: bool) -> None:
        self.topics = Topics()
        self.broker = EmbeddedBroker()
        self.simulator = Simulator(SimulatorOptions(inbox_limit=1000))
        self.rate_per_s = rate_per_s
        self.ports = ports_of(0)
        self.smsc_port = 0
        self._catalog, self._folder = catalog, folder
        self._log = folder / "processes.log" if log else None
        self.children: Children
        self.producer: KafkaProducer
        self.readiness: Readiness
        self._http: aiohttp.ClientSession

    @property
    def settings(self) -> Settings:
        """For what an operator would do here."""
        return Settings(kafka=self.broker.bootstrap, partitions=PARTITIONS)

    async def start(self, stack: AsyncExitStack) -> None:
        """All of it; `stack` ends it. Raises DemoFailure where a process is not ready in time."""
        self.smsc_port = await self.simulator.start()
        stack.push_async_callback(self.simulator.stop)
        self._http = await stack.enter_async_context(aiohttp.ClientSession())
        self.readiness = Readiness(self.ports, self._http)
        log = stack.enter_context(self._log.open("ab")) if self._log else None
        self.children = Children(self._environment(), self.ports, log)
        stack.push_async_callback(self.children.stop)
        await self.children.start_all()
        try:
            async with asyncio.timeout(READY_S):
                async for _ in self.readiness.waits():
                    self.check_alive()
        except TimeoutError:
            raise DemoFailure(
                f"{', '.join(PROCESSES)} were not ready in {READY_S:g} s{self._words()}"
            ) from None
        self.producer = KafkaProducer(
            self.broker.bootstrap, client_id="demo", security={}, on_failure=lambda _: None
        )
        stack.push_async_callback(self.producer.close)

    def _environment(self) -> dict[str, str]:
        none = self._folder / "chappe.toml"
        none.touch()
        smsc = f"smpp://demo:demo@127.0.0.1:{self.smsc_port}?window={WINDOW}"
        settings = {
            "CHAPPE_KAFKA": self.broker.bootstrap,
            "CHAPPE_PARTITIONS": str(PARTITIONS),
            "CHAPPE_SMSC": (
                f"{smsc}&rate_segments_per_s={self.rate_per_s}&urgent_share={URGENT_SHARE}"
            ),
            "CHAPPE_MODE": "test",
            "CHAPPE_TEST_NUMBERS": "+447700900*",
            "CHAPPE_LOG": "error",
            "CHAPPE_DATA": str(self._folder / "data"),
            "CHAPPE_CATALOG": str(self._catalog.resolve()),
            "CHAPPE_CONFIG": str(none),  # a chappe.toml of this folder is for real sending
        }
        return child_environment(settings, inherit=False)

    def check_alive(self, killed: str = "") -> None:
        """Raises DemoFailure where a process has ended; `killed` may have."""
        for name, child in self.children.processes.items():
            if child.returncode is not None and name != killed:
                raise DemoFailure(
                    f"the {name} ended with exit status {child.returncode}{self._words()}"
                )

    def _words(self) -> str:
        """What the processes said last, where nobody could see it."""
        if self._log is None or not self._log.exists():
            return ""
        said = self._log.read_text("utf-8", "replace")[-LAST_WORDS:].strip()
        return f":\n{said}" if said else ""

    async def unasked(self) -> int:
        """The engine's own count of events that no template asks for."""
        url = f"http://127.0.0.1:{self.ports['engine']}/metrics"
        with suppress(aiohttp.ClientError):
            async with self._http.get(url) as answer:
                lines = (await answer.text()).splitlines()
            return int(sum(
                float(line.rpartition(" ")[2]) for line in lines
                if 'outcome="no_template"' in line and "_total{" in line
            ))  # fmt: skip
        return 0

    async def follow(self, note: Callable[[Any], None]) -> None:
        """Statuses and dead letters, as they are written, until cancelled."""
        consumer = AIOKafkaConsumer(
            **consumer_settings(self.broker.bootstrap, {}, group=None, client_id="demo")
        )
        await consumer.start()
        try:
            topics = (self.topics.status.name, self.topics.dead_letters.name)
            consumer.assign([TopicPartition(t, n) for t in topics for n in range(PARTITIONS)])
            await consumer.seek_to_beginning()
            async for record in consumer:
                note(record)
        finally:
            await consumer.stop()
