"""The demo: everything at once on one machine, and what becomes of each event.

Rules: it is the product that runs (its own processes, a broker that
speaks Kafka's protocol, an SMSC that speaks SMPP); it passes only where the phones show
exactly the texts expected.
"""

import asyncio
import json
import socket
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

import aiohttp
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.demo_events import DemoEvent, demo_events
from agents.kafka.connection import consumer_settings
from agents.kafka.embedded import PARTITIONS, EmbeddedBroker
from agents.kafka.producer import KafkaProducer
from agents.settings import child_environment
from agents.simulator.options import SimulatorOptions
from agents.simulator.server import Simulator
from agents.up import PROCESSES, Children
from schemas.status import State, Status
from schemas.topics import Topics

READY_S = 20.0
ENDS_S = 15.0
NEXT_ROUND_S = 5.0
_LAST = {State.DELIVERED, State.UNDELIVERED, State.REFUSED, State.FAILED, State.IN_DOUBT}

Say = Callable[[str], None]


class DemoFailure(Exception):  # noqa: N818
    """The demo did not show what it must; the text says what is different."""


class Demo:
    """`say` gets one line at a time."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._topics = Topics()
        self._broker = EmbeddedBroker()
        self._simulator = Simulator(SimulatorOptions(inbox_limit=1000))
        self._ports = dict(zip(PROCESSES, _free_ports(len(PROCESSES)), strict=True))
        self._ended: dict[str, tuple[str, str]] = {}
        self._changed = asyncio.Event()

    async def run(self, once: bool, stop: asyncio.Event) -> None:
        """One round, or one after the other until `stop`. Raises DemoFailure."""
        async with AsyncExitStack() as stack:
            smsc_port = await self._simulator.start()
            stack.push_async_callback(self._simulator.stop)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="chappe-"))
            children = Children(self._environment(smsc_port, folder), self._ports)
            stack.push_async_callback(children.stop)
            self._say("starting: broker (in memory), SMSC simulator, engine, gateway, receipts …")
            await children.start_all()
            await self._wait_until_ready(children)
            producer = KafkaProducer(
                self._broker.bootstrap, client_id="demo", security={}, on_failure=lambda _: None
            )
            stack.push_async_callback(producer.close)
            following = asyncio.create_task(self._follow())
            stack.callback(following.cancel)
            await self._rounds(producer, once, stop)

    async def _rounds(self, producer: KafkaProducer, once: bool, stop: asyncio.Event) -> None:
        while True:
            await self._round(producer)
            if once:
                return
            self._say(f"again in {NEXT_ROUND_S:g} s; Ctrl-C ends the demo\n")
            with suppress(TimeoutError):
                async with asyncio.timeout(NEXT_ROUND_S):
                    await stop.wait()
            if stop.is_set():
                return

    def _environment(self, smsc_port: int, folder: str) -> dict[str, str]:
        settings = {
            "CHAPPE_KAFKA": self._broker.bootstrap,
            "CHAPPE_PARTITIONS": str(PARTITIONS),
            "CHAPPE_SMSC": f"smpp://demo:demo@127.0.0.1:{smsc_port}?window=10",
            "CHAPPE_MODE": "test",
            "CHAPPE_TEST_NUMBERS": "+447700900*",
            "CHAPPE_LOG": "error",
            "CHAPPE_DATA": folder,
        }
        return child_environment(settings, inherit=False)

    async def _wait_until_ready(self, children: Children) -> None:
        async with aiohttp.ClientSession() as http:
            try:
                async with asyncio.timeout(READY_S):
                    for port in self._ports.values():
                        while not await _ready(http, port):
                            self._check_alive(children)
                            await asyncio.sleep(0.1)
            except TimeoutError:
                raise DemoFailure(
                    f"{', '.join(PROCESSES)} were not ready in {READY_S:g} s"
                ) from None

    @staticmethod
    def _check_alive(children: Children) -> None:
        for name, child in children.processes.items():
            if child.returncode is not None:
                raise DemoFailure(f"the {name} ended with exit status {child.returncode}")

    async def _round(self, producer: KafkaProducer) -> None:
        events = demo_events(int(time.time() * 1000), uuid.uuid4().hex[:6])
        self._simulator.inbox.clear()
        self._ended.clear()
        unmatched = await self._unmatched()
        self._say(f"publishing {len(events)} events\n")
        for event in events:
            producer.produce(event.topic, event.value, key=event.phone.encode() or None)
        await producer.flush(10.0)
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDS_S):
                await self._all_ended(events)
        without = int(await self._unmatched() - unmatched)
        self._show(events)
        self._judge(events, without)

    async def _all_ended(self, events: list[DemoEvent]) -> None:
        visible = {event.id for event in events if event.ends != "no_template"}
        while len(visible & self._ended.keys()) + self._broken() < len(visible):
            self._changed.clear()
            await self._changed.wait()

    def _broken(self) -> int:
        """Dead letters whose event could not even say its id."""
        return 1 if "" in self._ended else 0

    async def _follow(self) -> None:
        """Statuses and dead letters, as they are written."""
        consumer = AIOKafkaConsumer(
            **consumer_settings(self._broker.bootstrap, {}, group=None, client_id="demo")
        )
        await consumer.start()
        try:
            topics = (self._topics.status.name, self._topics.dead_letters.name)
            consumer.assign([TopicPartition(t, n) for t in topics for n in range(PARTITIONS)])
            await consumer.seek_to_beginning()
            async for record in consumer:
                self._note(record)
        finally:
            await consumer.stop()

    def _note(self, record: Any) -> None:
        if record.topic == self._topics.status.name:
            status = Status.from_bytes(record.value)
            if status.state in _LAST:
                took_ms = (status.at - status.event_time).total_seconds() * 1000
                words = (
                    f"{status.reason}: {status.detail}" if status.reason else f"{took_ms:.0f} ms"
                )
                self._ended[status.origin.event_id] = (str(status.state), words)
        else:
            headers = {name: raw.decode() for name, raw in record.headers}
            self._ended[_id_in(record.value)] = ("dead letter", headers["chappe-detail"])
        self._changed.set()

    async def _unmatched(self) -> float:
        """The engine's own count of events that no template asks for."""
        url = f"http://127.0.0.1:{self._ports['engine']}/metrics"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            lines = (await answer.text()).splitlines()
        wanted = [line for line in lines if 'outcome="no_template"' in line and "_total{" in line]
        return sum(float(line.rpartition(" ")[2]) for line in wanted)

    def _show(self, events: list[DemoEvent]) -> None:
        phones = {message.destination: message for message in self._simulator.inbox}
        for event in events:
            state, words = self._outcome(event)
            self._say(f"{event.id}  {event.topic:<26} {state:<12} {words}")
            message = phones.get(event.phone.removeprefix("+")) if event.phone else None
            if message is not None:
                self._say(f"{'':>11}{event.phone} ┃ {message.text}")

    def _outcome(self, event: DemoEvent) -> tuple[str, str]:
        if event.ends == "no_template":
            return "no template", "counted: nobody asks for such an event"
        broken = event.ends == "dead_letter" and not event.phone
        return self._ended.get("" if broken else event.id, ("nothing", "it did not end"))

    def _judge(self, events: list[DemoEvent], without_template: int) -> None:
        expected = sorted((e.phone.removeprefix("+"), e.text) for e in events if e.text is not None)
        shown = sorted((one.destination, one.text) for one in self._simulator.inbox)
        wrong = [
            event.id for event in events
            if event.ends != "no_template"
            and self._outcome(event)[0].replace(" ", "_") != event.ends
        ]  # fmt: skip
        if shown != expected:
            missing = [one for one in expected if one not in shown]
            extra = [one for one in shown if one not in expected]
            raise DemoFailure(f"the phones show other texts; missing {missing}, extra {extra}")
        if wrong or without_template != 1:
            raise DemoFailure(f"these ended otherwise than expected: {wrong or 'no_template'}")
        self._say(
            f"\n{len(shown)} phones show exactly the texts expected; "
            f"{len(events) - len(shown)} events ended without an SMS, each with its reason"
        )


def _id_in(value: bytes | None) -> str:
    """The event id of a dead letter's value, "" where it can't be read."""
    try:
        return str(json.loads(value or b"")["id"])
    except (ValueError, KeyError, TypeError):
        return ""


async def _ready(http: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def _free_ports(count: int) -> list[int]:
    """Held together, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
