"""Urgent does not wait: one-time codes while a sale drains through a slow SMSC.

Rules: at least 10,000 invitations still wait at the last code, wherever the backlog is;
the time is from the record's timestamp to the SMSC's log; no figure is averaged away.
"""

import asyncio
import time
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from agents.batches import Batches
from agents.kafka.admin import Wanted, ensure
from agents.kafka.partition import partition_of
from agents.simulator.options import SimulatorOptions
from schemas.lane import Lane
from schemas.message import Message
from schemas.origin import Origin
from streams.events.identity import message_id
from tests.integration.events import otp, sale
from tests.integration.follow import PARTITIONS
from tests.integration.system import System

pytestmark = pytest.mark.integration

CODES = 100
WAITING = 10_000
P99_S = 0.5


def slow(kafka: Any, unique: str, tmp_path: Path) -> System:
    """20 ms an answer and a window of 10: at most 500 segments a second."""
    options = SimulatorOptions(answer_delay_s=0.02)
    return System(kafka.bootstrap, unique, tmp_path, options, window=10, CHAPPE_START="earliest")


async def publish_sale(system: System, count: int) -> None:
    """`count` invitations on their domain topic."""
    topic = system.domain("campaign-recipients")
    for number in range(count):
        system.producer.produce(topic, sale(number).value.encode())
        if number % 500 == 0:
            await system.producer.room()
            await asyncio.sleep(0)
    await system.producer.flush(60)


class Arrivals:
    """When each one-time code reached the SMSC; `bulk` counts the rest."""

    def __init__(self, system: System) -> None:
        self._inbox = system.simulator.inbox
        self._read = 0
        self.bulk = 0
        self.codes: dict[str, float] = {}

    def look(self) -> None:
        """Read on."""
        for message in islice(self._inbox, self._read, None):
            self._read += 1
            if message.destination.startswith("3371"):
                self.codes[message.destination] = message.at
            else:
                self.bulk += 1


async def codes_one_at_a_time(system: System, backlog: int) -> list[float]:
    """Publishes the codes one after the other; the delay of each, in seconds, sorted."""
    arrivals, delays = Arrivals(system), []
    for number in range(CODES):
        sample, sent_at = otp(number), time.time()
        system.producer.produce(
            system.domain("identity"), sample.value.encode(), timestamp_ms=int(sent_at * 1000)
        )
        phone = sample.phone.removeprefix("+")

        def arrived(phone: str = phone) -> bool:
            arrivals.look()
            return phone in arrivals.codes

        await system.until(arrived, 20, f"code {number} of {CODES} reaches the SMSC")
        delays.append(arrivals.codes[phone] - int(sent_at * 1000) / 1000)
    waiting = backlog - arrivals.bulk
    print(f"\n{waiting:,} waiting at the last code", end="; ")  # noqa: T201
    assert arrivals.bulk > 0, "the sale does not drain: nothing was in the way of the codes"
    assert waiting >= WAITING
    return sorted(delays)


def judge(where: str, delays: list[float]) -> None:
    """Prints the figures; p99 of 100 is the 99th."""
    p50, p99, worst = (delays[place] for place in (49, 98, 99))
    print(f"backlog {where}: p50 {p50:.3f} s, p99 {p99:.3f} s, max {worst:.3f} s")  # noqa: T201
    assert p99 < P99_S, [round(delay, 3) for delay in delays[-10:]]


async def test_backlog_upstream(kafka: Any, unique: str, tmp_path: Path) -> None:
    """The engine has just started, and its domain topic is full."""
    backlog = 24_000
    async with slow(kafka, unique, tmp_path) as system:
        topic = system.domain("campaign-recipients")
        await ensure(kafka.bootstrap, {}, [Wanted(topic, PARTITIONS, {})], 1)
        await publish_sale(system, backlog)
        await system.start()
        judge("upstream", await codes_one_at_a_time(system, backlog))


async def test_backlog_in_requests(kafka: Any, unique: str, tmp_path: Path) -> None:
    """All are ingested; compose holds the lane back."""
    backlog = 30_000
    async with slow(kafka, unique, tmp_path) as system:
        await system.start()
        await publish_sale(system, backlog)
        await system.until_metric(
            "engine", "requests_total", 'lane="bulk"', at_least=backlog, timeout_s=60
        )
        await system.until_metric("engine", "held_partitions", at_least=1, timeout_s=10)
        delays = await codes_one_at_a_time(system, backlog)
        composed_so_far = await system.metric(
            "engine", "messages_total", 'lane="bulk"', 'state="queued"'
        )
        assert backlog - composed_so_far >= WAITING
        judge("in requests", delays)


async def test_backlog_in_outbound(kafka: Any, unique: str, tmp_path: Path) -> None:
    """All are composed; the gateway has them in front of it."""
    backlog = 24_000
    async with slow(kafka, unique, tmp_path) as system:
        await system.start("engine")
        await write_outbound(system, backlog)
        await system.start("gateway")
        judge("in outbound", await codes_one_at_a_time(system, backlog))


async def write_outbound(system: System, count: int) -> None:
    """What compose would have written."""
    batches = Batches(system.producer)
    topic = system.topics.outbound[Lane.BULK].name
    for number in range(count):
        message = composed(number, int(time.time() * 1000))
        partition = partition_of(message.phone, PARTITIONS)
        batches.add(topic, partition, Lane.BULK, message, lambda: None)
        if number % 500 == 0:
            await system.producer.room()
            await asyncio.sleep(0)
    batches.flush()
    await system.producer.flush(60)


def composed(number: int, now_ms: int) -> Message:
    """One invitation, worded."""
    phone, name = f"+3362{number:07d}", f"bulk-{number}"
    return Message(
        id=message_id("/tests", name, "private-sale", phone),
        lane=Lane.BULK,
        template="private-sale",
        version="1",
        phone=phone,
        locale="en",
        sender="Chappe",
        text=f"Jane{number}, our private sale starts on Friday. Reply STOP to opt out.",
        encoding="gsm7",
        segments=1,
        reference=0,
        event_time=now_ms,
        decided_at=now_ms,
        deadline=now_ms + 3_600_000,
        in_doubt="hold",
        origin=Origin(
            topic="outbound", partition=0, offset=number, event_id=name,
            event_source="/tests", event_type="campaign.recipient.selected",
        ),
    )  # fmt: skip
