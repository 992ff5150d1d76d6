"""1,000 mixed events, from kcat and Java to the phones: all of them, exactly, once.

Rules: every event has an end that somebody can see; a kill comes in the middle, which is
a condition here and not a moment; START=latest loses nothing over restarts.
"""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agents.simulator.options import SimulatorOptions
from schemas.status import State
from tests.integration.events import Sample, expected_texts, thousand
from tests.integration.publishing import halves
from tests.integration.system import System

pytestmark = pytest.mark.integration

TOPICS = ["parcels", "accounts", "identity", "campaign-recipients"]


def seen_ends(system: System) -> dict[str, str]:
    """Event id → delivered or refused, of what the statuses say so far."""
    wanted = (State.DELIVERED, State.REFUSED, State.FAILED, State.UNDELIVERED, State.IN_DOUBT)
    return {s.origin.event_id: str(s.state) for s in system.statuses if s.state in wanted}


def due(samples: list[Sample]) -> dict[str, str]:
    return {s.id: s.ends for s in samples if s.ends in ("delivered", "refused")}


def dead_due(samples: list[Sample]) -> Counter[str]:
    return Counter(
        "no_phone" if s.id.startswith("phoneless") else "not_json"
        for s in samples if s.ends == "dead_letter"
    )  # fmt: skip


async def until_all_ended(system: System, samples: list[Sample]) -> None:
    """Every status and dead letter there, and every domain record committed by the engine:
    what left neither trace had no template."""
    wanted = due(samples)

    def missing() -> str:
        ends = seen_ends(system)
        lost = [name for name in wanted if name not in ends]
        return f"{len(ends)} of {len(wanted)} ended; without an end {sorted(lost)[:10]}"

    await system.until(lambda: seen_ends(system).keys() >= wanted.keys(), 60, missing)
    await system.until_finished(TOPICS, 20)
    dead = dead_due(samples)
    await system.until(
        lambda: len(system.dead_letters) >= dead.total(), 10, "all dead letters are written"
    )


def submitted(system: System) -> Counter[tuple[Any, ...]]:
    """Every segment the SMSC took, by what its phone shows of it."""
    lines = [json.loads(line) for line in (system.folder / "submits.jsonl").open()]
    return Counter((one["destination"], one["segment"], one["text"]) for one in lines)


def assert_exact(system: System, samples: list[Sample]) -> None:
    """Texts exactly right, nothing lost, nothing twice, ends as they must be."""
    shown = Counter((one.destination, one.text) for one in system.simulator.inbox)
    expected = expected_texts(samples)
    assert not expected - shown, f"lost: {(expected - shown).most_common(5)}"
    assert not shown - expected, f"doubled or wrong: {(shown - expected).most_common(5)}"
    twice = {segment: n for segment, n in submitted(system).items() if n > 1}
    assert not twice, f"submitted twice: {list(twice.items())[:5]}"
    assert seen_ends(system) == due(samples)
    refused = [s.reason for s in system.statuses if s.state is State.REFUSED]
    assert set(refused) == {"no_consent"}


def test_the_thousand_are_what_they_say() -> None:
    """The samples themselves: else the assertions below would prove little."""
    samples = thousand()
    assert len(samples) == len({s.id for s in samples}) == 1000
    assert max(expected_texts(samples).values()) == 1
    assert sum(s.binary for s in samples) >= 15
    assert {s.ends for s in samples} == {"delivered", "refused", "dead_letter", "no_template"}


async def test_every_event_ends_and_every_text_is_right(
    kafka: Any, unique: str, tmp_path: Path
) -> None:
    samples = thousand()
    async with System(kafka.bootstrap, unique, tmp_path) as system:
        await system.start()
        await halves(kafka.bootstrap, unique, samples)
        await until_all_ended(system, samples)
        assert_exact(system, samples)
        assert Counter(dead.reason for dead in system.dead_letters) == dead_due(samples)
        without = await system.metric("engine", "events_total", 'outcome="no_template"')
        assert without == sum(s.ends == "no_template" for s in samples)
        assert await system.metric("engine", "events_total") == len(samples)


async def in_the_middle(system: System, publishing: "asyncio.Task[None]") -> None:
    """Some are delivered, and not all were even published."""
    await system.until(
        lambda: State.DELIVERED in {s.state for s in system.statuses}
        and len({s.id for s in system.statuses}) > 100,
        30, "100 messages are on their way",
    )  # fmt: skip
    assert not publishing.done(), "all was published before the kill: not in the middle"


def assert_middle(system: System, samples: list[Sample]) -> None:
    assert 0 < system.simulator.inbox.total < len(expected_texts(samples))


def slow() -> SimulatorOptions:
    """About 400 a second with the window of these tests."""
    return SimulatorOptions(answer_delay_s=0.05, receipt_delay_s=0.0)


async def test_engine_killed_in_the_middle(kafka: Any, unique: str, tmp_path: Path) -> None:
    samples = thousand()
    async with System(kafka.bootstrap, unique, tmp_path, slow(), window=20) as system:
        await system.start()
        publishing = asyncio.create_task(halves(kafka.bootstrap, unique, samples, slices=2))
        await in_the_middle(system, publishing)
        system.kill("engine")
        assert_middle(system, samples)
        await publishing  # while no engine runs: START=latest must not skip these
        await system.start("engine")
        await until_all_ended(system, samples)
        assert_exact(system, samples)
        assert set(dead_reasons(system)) == set(dead_due(samples))


async def test_engine_killed_gateway_restarted_engine_started(
    kafka: Any, unique: str, tmp_path: Path
) -> None:
    samples = thousand()
    async with System(kafka.bootstrap, unique, tmp_path, slow(), window=20) as system:
        await system.start()
        publishing = asyncio.create_task(halves(kafka.bootstrap, unique, samples, slices=2))
        await in_the_middle(system, publishing)
        system.kill("engine")
        assert_middle(system, samples)
        await system.terminate("gateway")
        assert_middle(system, samples)
        await system.start("gateway")
        await publishing
        await system.start("engine")
        await until_all_ended(system, samples)
        assert_exact(system, samples)
        assert set(dead_reasons(system)) == set(dead_due(samples))


def dead_reasons(system: System) -> Counter[str]:
    """A dead letter may be written again after a SIGKILL: they tell, they do not text."""
    return Counter(dead.reason for dead in system.dead_letters)
