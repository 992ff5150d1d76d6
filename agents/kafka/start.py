"""Where a group begins to read a partition.

Rules: what is committed is where it goes on; a domain topic without a commit is placed by
the start policy, and that place is committed at once, so that a restart agrees; internal
topics without a commit are read from their first record.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import aiokafka

from agents.kafka.positions import Place

Start = Literal["earliest", "latest"]


@dataclass(frozen=True, slots=True)
class StartPolicy:
    """For topics in `domain`: their first record, or the first one not older than
    `started_at_ms` (the end where there is none)."""

    start: Start
    started_at_ms: int
    domain: frozenset[str]


async def starting_points(
    kafka: aiokafka.AIOKafkaConsumer, places: Collection[Place], policy: StartPolicy
) -> dict[Place, int]:
    """Where to read each partition from. Commits what it decides for domain topics."""
    known = await _committed(kafka, places)
    new = [place for place in places if place not in known]
    earliest = [p for p in new if policy.start == "earliest" or p.topic not in policy.domain]
    latest = [p for p in new if p not in earliest]
    begin = {**await _earliest(kafka, earliest), **await _latest(kafka, latest, policy)}
    decided = {place: at for place, at in begin.items() if place.topic in policy.domain}
    if decided:
        await kafka.commit({_tp(place): (at, "") for place, at in decided.items()})
    return {**known, **begin}


async def _committed(
    kafka: aiokafka.AIOKafkaConsumer, places: Collection[Place]
) -> dict[Place, int]:
    order = list(places)
    offsets = await asyncio.gather(*(kafka.committed(_tp(place)) for place in order))
    return {p: at for p, at in zip(order, offsets, strict=True) if at is not None and at >= 0}


async def _earliest(kafka: aiokafka.AIOKafkaConsumer, places: Sequence[Place]) -> dict[Place, int]:
    found = await kafka.beginning_offsets([_tp(p) for p in places]) if places else {}
    return {Place(tp.topic, tp.partition): at for tp, at in found.items()}


async def _latest(
    kafka: aiokafka.AIOKafkaConsumer, places: Sequence[Place], policy: StartPolicy
) -> dict[Place, int]:
    if not places:
        return {}
    tps = [_tp(place) for place in places]
    # The end is asked for first: a record that comes between the two questions is then
    # either found by its time, or lies behind this end.
    ends = await kafka.end_offsets(tps)
    by_time = await kafka.offsets_for_times(dict.fromkeys(tps, policy.started_at_ms))
    points = {}
    for place, tp in zip(places, tps, strict=True):
        found = by_time.get(tp)
        points[place] = ends[tp] if found is None or found.offset < 0 else found.offset
    return points


def _tp(place: Place) -> aiokafka.TopicPartition:
    return aiokafka.TopicPartition(place.topic, place.partition)
