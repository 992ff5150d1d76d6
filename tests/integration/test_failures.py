"""What is around Chappe fails: topics, the broker, the SMSC. Messages wait, and are sent.

Rules: the failure is a condition that is seen to hold before the test goes on; afterwards
everything is there, and only what is in doubt under `resend` may be there twice.
"""

import asyncio
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from agents.simulator.options import SimulatorOptions
from agents.simulator.server import Simulator
from agents.smpp import commands as c
from schemas.status import State
from tests.integration.events import Sample, otp, parcel
from tests.integration.system import System
from tests.kafka.broker import Broker

pytestmark = pytest.mark.integration


def publish(system: System, samples: list[Sample]) -> None:
    """Each on its own; Kafka has them a moment later."""
    for sample in samples:
        system.producer.produce(system.domain(sample.short), sample.value.encode())


def with_state(system: System, state: State) -> set[str]:
    return {s.origin.event_id for s in system.statuses if s.state is state}


def ids(samples: list[Sample]) -> set[str]:
    return {sample.id for sample in samples}


def shown(system: System) -> Counter[str]:
    return Counter(one.text for one in system.simulator.inbox)


async def until_state(
    system: System, samples: list[Sample], state: State, timeout_s: float = 20
) -> None:
    """All of these have had this state."""
    wanted = ids(samples)
    await system.until(
        lambda: with_state(system, state) >= wanted, timeout_s,
        lambda: f"{state}: {sorted(wanted - with_state(system, state))[:5]} and others are not",
    )  # fmt: skip


async def test_a_domain_topic_that_does_not_exist(kafka: Any, unique: str, tmp_path: Path) -> None:
    """START=latest: the first event ever of a topic that the engine made itself."""
    async with System(kafka.bootstrap, unique, tmp_path) as system:
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        names = set(admin.list_topics(timeout=10).topics)
        assert not [name for name in names if name.startswith(unique)]
        await system.start()
        assert system.domain("parcels") in admin.list_topics(timeout=10).topics
        sample = parcel(1)
        publish(system, [sample])
        await until_state(system, [sample], State.DELIVERED)


async def test_a_broker_that_restarts_in_the_middle(
    own_kafka: Broker, unique: str, tmp_path: Path
) -> None:
    options = SimulatorOptions(answer_delay_s=0.05)
    async with System(own_kafka.bootstrap, unique, tmp_path, options, window=5) as system:
        await system.start()
        samples = [parcel(n) for n in range(300)] + [otp(n) for n in range(30)]
        publish(system, samples)
        await system.until(lambda: system.simulator.inbox.total > 50, 20, "50 were sent")
        assert system.simulator.inbox.total < len(samples)
        await asyncio.to_thread(own_kafka.restart, at_once=True)
        late = [parcel(n, name="late") for n in range(1000, 1050)]
        publish(system, late)
        await until_state(system, samples + late, State.DELIVERED, 60)
        assert shown(system) == Counter(s.text for s in samples + late)
        system.check_alive()


async def test_an_smsc_that_is_not_there(kafka: Any, unique: str, tmp_path: Path) -> None:
    async with System(kafka.bootstrap, unique, tmp_path) as system:
        await system.simulator.stop()
        await system.start()
        samples = [parcel(n) for n in range(20)] + [otp(n) for n in range(5)]
        publish(system, samples)
        await until_state(system, samples, State.QUEUED)
        assert await system.metric("gateway", "bind_up") == 0
        await system.until(lambda: "can't be reached" in system.said(), 10, "the reason is said")
        system.simulator = Simulator(system.options)
        await system.simulator.start()
        await until_state(system, samples, State.DELIVERED)
        assert shown(system) == Counter(s.text for s in samples)


async def test_an_smsc_that_refuses_the_bind(kafka: Any, unique: str, tmp_path: Path) -> None:
    """A wrong password: accounts get locked, so the second try is a minute away."""
    options = SimulatorOptions(bind_status=c.ESME_RINVPASWD)
    async with System(kafka.bootstrap, unique, tmp_path, options) as system:
        await system.start()
        samples = [parcel(n) for n in range(20)]
        publish(system, samples)
        await until_state(system, samples, State.QUEUED)
        words = re.compile(r"the next try in (\d+)")
        await system.until(
            lambda: words.search(system.log("gateway").read_text()), 10, "the refusal is said"
        )
        waits = [int(wait) for wait in words.findall(system.log("gateway").read_text())]
        assert len(waits) == system.simulator.binds == 1
        assert 60 <= waits[0] <= 120
        assert await system.metric("gateway", "bind_up") == 0
        assert system.simulator.submits == 0
        assert await system.terminate("gateway") < 10  # does not sit out its back-off


async def test_an_smsc_that_goes_away_with_a_full_window(
    kafka: Any, unique: str, tmp_path: Path
) -> None:
    """What it took without an answer is in doubt: held, or sent again where it is urgent."""
    options = SimulatorOptions(silent_from=1, receipt_delay_s=None)
    async with System(kafka.bootstrap, unique, tmp_path, options, window=15) as system:
        await system.start()
        urgent, held = [otp(n) for n in range(5)], [parcel(n) for n in range(10)]
        waiting = [parcel(n, name="waiting") for n in range(100, 130)]
        publish(system, urgent)
        await system.until(lambda: system.simulator.submits == 5, 10, "the urgent are out")
        publish(system, held)
        await system.until(lambda: system.simulator.submits == 15, 10, "the window is full")
        publish(system, waiting)
        await until_state(system, waiting, State.QUEUED)
        assert system.simulator.submits == 15
        options.silent_from, options.receipt_delay_s = None, 0.0
        system.simulator.cut()
        await until_state(system, held, State.IN_DOUBT)
        await until_state(system, urgent + waiting, State.DELIVERED)
        assert shown(system) == Counter(
            {**{s.text: 2 for s in urgent}, **{s.text: 1 for s in held + waiting}}
        )
        assert with_state(system, State.IN_DOUBT) == ids(held)
