"""Batches: how many, how large, how old; and when an item is finished."""

import asyncio
import json

from agents.batches import ITEMS, OCTETS, Batches
from schemas.lane import Lane
from schemas.origin import Origin
from tests.agents.fakes import FakeProducer


def item(text: str = "t") -> Origin:
    return Origin(topic=text, partition=0, offset=0, event_id="e", event_source="s", event_type="x")


async def test_a_hundred_items_are_a_batch_and_finish_together() -> None:
    kafka, finished = FakeProducer(), []
    batches = Batches(kafka)
    for number in range(ITEMS + 1):
        batches.add("t", 2, Lane.NORMAL, item(), lambda n=number: finished.append(n))  # type: ignore[misc]
    assert [len(json.loads(value or b"")) for _, value, _ in kafka.records] == [ITEMS]
    assert not finished
    kafka.acknowledge()
    assert finished == list(range(ITEMS))


async def test_a_batch_stays_within_its_octets() -> None:
    kafka = FakeProducer()
    batches = Batches(kafka)
    for _ in range(5):
        batches.add("t", 0, Lane.NORMAL, item("x" * (OCTETS // 2 - 200)), lambda: None)
    batches.flush()
    assert [len(json.loads(value or b"")) for _, value, _ in kafka.records] == [2, 2, 1]
    assert all(len(value or b"") <= OCTETS + 10 for _, value, _ in kafka.records)


async def test_age_sends_what_is_open_and_urgent_hurries() -> None:
    kafka = FakeProducer()
    batches = Batches(kafka)
    batches.add("bulk", 0, Lane.BULK, item(), lambda: None)
    batches.add("urgent", 0, Lane.URGENT, item(), lambda: None)
    async with asyncio.timeout(5):
        while len(kafka.records) < 2:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)


async def test_partitions_and_topics_are_apart_and_told_to_who_counts() -> None:
    kafka, heard = FakeProducer(), []
    batches = Batches(kafka, lambda *told: heard.append(told))
    for topic, partition in (("a", 0), ("a", 1), ("b", 0), ("a", 0)):
        batches.add(topic, partition, Lane.NORMAL, item(), lambda: None)
    batches.flush()
    kafka.acknowledge()
    assert heard == [("a", 0, 0, 2), ("a", 1, 1, 1), ("b", 0, 2, 1)]


async def test_what_is_no_longer_ours_is_forgotten() -> None:
    kafka = FakeProducer()
    batches = Batches(kafka)
    batches.add("t", 0, Lane.NORMAL, item(), lambda: None)
    batches.clear()
    batches.flush()
    assert not kafka.records
