"""`chappe receipts` on a real Kafka: told and answered in any order, killed, shared, restarted.

Rules: what a gateway would tell is written by the test; times that must have passed are the
records' own timestamps, so that nobody waits for them.
"""

import asyncio
import random
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from agents.kafka.partition import partition_of
from agents.simulator.options import SimulatorOptions
from schemas.status import State, Status
from schemas.tracking import Doubted, Expected, Told
from tests.integration.events import parcel
from tests.integration.follow import PARTITIONS
from tests.integration.system import System
from tests.kafka.broker import free_port
from tests.streams.tracks import doubted, expected, told

pytestmark = pytest.mark.integration
HOUR_MS = 3600 * 1000


def tell(system: System, *facts: Expected | Doubted | Told, ago_ms: int = 0) -> None:
    """As gateways do; `ago_ms`: when."""
    for fact in facts:
        system.producer.produce(
            system.topics.receipts.name, fact.to_bytes(), key=fact.key.encode(),
            partition=partition_of(fact.key, PARTITIONS),
            timestamp_ms=int(time.time() * 1000) - ago_ms,
        )  # fmt: skip


def messages(count: int) -> tuple[list[Any], list[Any], dict[str, State]]:
    """Answers, receipts (some twice, some intermediate), and how each message ends."""
    dice, answers, receipts, ends = random.Random(5), list[Any](), list[Any](), dict[str, State]()
    for number in range(count):
        message, segments = f"m{number}", dice.choice([1, 1, 1, 3])
        bad = dice.random() < 0.2
        ends[message] = State.UNDELIVERED if bad else State.DELIVERED
        for segment in range(1, segments + 1):
            smsc_id = f"{number}-{segment}"
            answer = expected(smsc_id, message, segment, segments)
            answers.append(answer.model_copy(update={"partition": number % PARTITIONS}))
            if dice.random() < 0.1:
                receipts.append(told(smsc_id, "enroute"))
            state = "expired" if bad and segment == segments else "delivrd"
            receipts.extend([told(smsc_id, state)] * dice.choice([1, 1, 1, 2]))
    dice.shuffle(answers)
    dice.shuffle(receipts)
    return answers, receipts, ends


def by_message(statuses: list[Status]) -> dict[str, list[Status]]:
    found: dict[str, list[Status]] = defaultdict(list)
    for status in statuses:
        found[status.id].append(status)
    return found


async def until_nothing_waits(system: System) -> None:
    """The counts on disk agree: each receipt and each answer has found its other half."""
    for _ in range(200):
        if await system.metric("receipts", "waiting_receipts") == 0:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"waiting: {await system.metric('receipts', 'waiting_receipts')}")


async def test_exactly_the_right_statuses_through_a_kill_and_a_rebalance(
    kafka: Any, unique: str, tmp_path: Path
) -> None:
    """Receipts first, then answers; a second worker joins; the first is killed in the middle
    and started again. Without a crash nothing is said twice; here what is, is the same."""
    answers, receipts, ends = messages(3_000)
    half, some = len(receipts) // 2, len(answers) // 3
    async with System(kafka.bootstrap, unique, tmp_path) as system:
        await system.start("receipts")
        tell(system, *receipts[:half])
        await system.until_metric("receipts", "waiting_receipts", at_least=500, timeout_s=20)
        tell(system, *answers[:some])
        system.ports["second"] = free_port()
        await system.command("receipts", name="second",
                             CHAPPE_METRICS_PORT=str(system.ports["second"]))  # fmt: skip
        tell(system, *receipts[half:])
        await system.until_ready("second")
        await system.until(lambda: len(system.statuses) > 200, 20, "some have ended")
        tell(system, *answers[some : 2 * some])
        system.kill("receipts")
        tell(system, *answers[2 * some :])
        await system.start("receipts")
        await system.until(
            lambda: by_message(system.statuses).keys() == ends.keys(), 60,
            lambda: f"{len(by_message(system.statuses))} of {len(ends)} have ended",
        )  # fmt: skip
        await system.terminate("second")
        await system.until_ready("receipts")
        found = by_message(system.statuses)
        assert {message: said[-1].state for message, said in found.items()} == ends
        assert all(len({one.to_bytes() for one in said}) == 1 for said in found.values())
        assert system.dead_letters == []
        await until_nothing_waits(system)


async def test_a_restart_says_nothing_again(kafka: Any, unique: str, tmp_path: Path) -> None:
    """Stopped in peace, with answers that wait on disk: each change is said exactly once."""
    answers, receipts, ends = messages(500)
    async with System(kafka.bootstrap, unique, tmp_path) as system:
        await system.start("receipts")
        tell(system, *answers)
        await system.until_metric("receipts", "waiting_receipts", 'kind="expected"',
                                  at_least=len(answers), timeout_s=20)  # fmt: skip
        await system.terminate("receipts")
        await system.start("receipts")
        await system.until_metric("receipts", "waiting_receipts", 'kind="expected"',
                                  at_least=len(answers), timeout_s=20)  # fmt: skip
        tell(system, *receipts)
        await system.until(lambda: len(system.statuses) >= len(ends), 20, "all have ended")
        assert {one.id: one.state for one in system.statuses} == ends
        assert len(system.statuses) == len(ends)


async def test_doubts_end_and_time_ends_what_waits(kafka: Any, unique: str, tmp_path: Path) -> None:
    of_doubt = told("d1", phone="33612345678", reference=7)
    strangers = [told(f"{number:x}") for number in range(9_000, 9_005)]
    async with System(kafka.bootstrap, unique, tmp_path) as system:
        await system.start("receipts")
        # an answer was lost, and the receipt waited in vain for it
        tell(system, doubted("in doubt", at=of_doubt.at - 3000))
        tell(system, of_doubt, ago_ms=31_000)
        await system.until(lambda: system.statuses, 20, "the doubt has ended")
        # a receipt and an answer of four days ago
        tell(system, told("old"), expected("gone", "never heard of"), ago_ms=96 * HOUR_MS)
        await system.until_metric("receipts", "receipts_total", 'outcome="missing"',
                                  at_least=1, timeout_s=20)  # fmt: skip
        # ids that come back in another base
        tell(system, *(expected(f"{number}") for number in range(9_000, 9_005)))
        tell(system, *strangers, ago_ms=31_000)
        await system.until(
            lambda: "look like the hexadecimal" in system.log("receipts").read_text(), 20,
            "the log says what it sees",
        )  # fmt: skip
        assert [(one.id, one.state, one.reason) for one in system.statuses] == [
            ("in doubt", State.DELIVERED, None)
        ]
        assert await system.metric("receipts", "receipts_total", 'outcome="matched"') == 1
        waits = {
            kind: await system.metric("receipts", "waiting_receipts", f'kind="{kind}"')
            for kind in ("expected", "early", "doubted")
        }
        assert waits == {"expected": 5, "early": 6, "doubted": 0}


async def test_what_can_not_be_read_is_a_dead_letter(
    kafka: Any, unique: str, tmp_path: Path
) -> None:
    async with System(kafka.bootstrap, unique, tmp_path) as system:
        await system.start("receipts")
        for topic in (system.topics.receipts.name, system.topics.segments.name):
            system.producer.produce(topic, b"{}", partition=0)
        await system.until(lambda: len(system.dead_letters) == 2, 20, "two dead letters")
        assert {one.reason for one in system.dead_letters} == {"unreadable"}
        tell(system, expected(), told())
        await system.until(lambda: system.statuses, 20, "what follows is joined")


async def test_a_receipt_settles_what_a_killed_gateway_left(
    kafka: Any, unique: str, tmp_path: Path
) -> None:
    """It was submitted, the answer never came, and who knew is gone."""
    sample = parcel(1)
    options = SimulatorOptions(silent_share=1.0, receipt_delay_s=10.0)
    async with System(kafka.bootstrap, unique, tmp_path, options) as system:
        await system.start()
        system.producer.produce(system.domain(sample.short), sample.value.encode())
        await system.until(lambda: system.simulator.inbox.total, 15, "the SMSC has it")
        system.kill("gateway")
        await system.start("gateway")
        await system.until(lambda: system.statuses[-1].state == "delivered", 60, "settled")
        states = [one.state for one in system.statuses]
        assert states == ["queued", "in_doubt", "delivered"]
        reasons = [one.reason for one in system.statuses]
        assert reasons[1] == "gateway_lost"
        assert system.simulator.inbox.total == 1


async def test_answers_without_ids_are_joined_by_our_reference(
    kafka: Any, unique: str, tmp_path: Path
) -> None:
    samples = [parcel(number) for number in range(20)]
    options = SimulatorOptions(id_format="empty", receipt_copies=2)
    async with System(kafka.bootstrap, unique, tmp_path, options) as system:
        await system.start()
        for sample in samples:
            system.producer.produce(system.domain(sample.short), sample.value.encode())
        await system.until(
            lambda: sum(one.state == "delivered" for one in system.statuses) == len(samples), 60,
            "all are delivered",
        )  # fmt: skip
        for found in by_message(system.statuses).values():
            assert [one.state for one in found] == ["queued", "submitted", "delivered"]
        assert system.dead_letters == []
        await until_nothing_waits(system)
