"""The composition root: what each process is made of.

Rule: nothing is built or registered at import; production and tests build from here.
"""

import asyncio
import logging
from collections.abc import Collection

from agents.catalog import load_catalog
from agents.engine.engine import Engine
from agents.gateway.gateway import Gateway
from agents.kafka.admin import ensure_topics
from agents.metrics import Metrics
from agents.process import serve, unless
from agents.receipts.receipts import Receipts
from agents.settings import Settings, SettingsError, refuse_live_without_smsc
from agents.simulator.options import SimulatorOptions
from agents.simulator.server import Simulator
from agents.smpp.config import BindConfig, SmscConfig
from streams.catalog.catalog import Catalog, CatalogError, Fault

logger = logging.getLogger(__name__)

INBOX_LIMIT = 1_000


async def engine_main(settings: Settings, stop: asyncio.Event) -> None:
    """`chappe engine`. Raises what `process.EXPECTED` lists."""
    kafka = _kafka(settings)
    catalog = load_catalog(settings.catalog)
    _refuse_contacts(catalog)
    if not await _topics_made(kafka, settings, stop, catalog.topics):
        return
    metrics = Metrics()
    engine = Engine(settings, settings.topics, catalog, metrics)
    await serve("engine", engine, metrics, settings.metrics_port, stop)


def _refuse_contacts(catalog: Catalog) -> None:
    """Raises CatalogError: a message that can't be addressed is better known of now."""
    said = "this version looks no contact up; say phone: where the event has the number"
    faults = [
        Fault(f"{template.name}.yaml", 1, "to.contact", f"template {template.name}: {said}")
        for template in catalog.templates.values()
        if template.to_contact is not None
    ]
    if faults:
        raise CatalogError(faults)


async def gateway_main(settings: Settings, stop: asyncio.Event) -> None:
    """`chappe gateway`. Raises what `process.EXPECTED` lists."""
    refuse_live_without_smsc(settings)
    kafka = _kafka(settings)
    if not await _topics_made(kafka, settings, stop):
        return
    metrics, simulator, smscs = Metrics(), None, settings.smscs
    if not smscs:
        simulator = Simulator(SimulatorOptions(inbox_limit=INBOX_LIMIT))
        smscs = (simulated(await simulator.start()),)
        logger.warning("CHAPPE_SMSC is not set: sending to the built-in simulator, to no phone")
    failed: list[BaseException] = []

    def fail(failure: BaseException) -> None:
        """A producer that can't write ends its process, and so does a fault of ours."""
        failed.append(failure)
        stop.set()

    gateway = Gateway(
        settings, settings.topics, smscs, metrics,
        simulated=simulator is not None, on_failure=fail,
    )  # fmt: skip
    try:
        await serve("gateway", gateway, metrics, settings.metrics_port, stop)
    finally:
        if simulator is not None:
            await simulator.stop()
    if failed:
        raise failed[0]


async def receipts_main(settings: Settings, stop: asyncio.Event) -> None:
    """`chappe receipts`. Raises what `process.EXPECTED` lists."""
    kafka = _kafka(settings)
    if not await _topics_made(kafka, settings, stop):
        return
    metrics = Metrics()
    receipts = Receipts(settings, settings.topics, metrics)
    await serve("receipts", receipts, metrics, settings.metrics_port, stop)


def simulated(port: int) -> SmscConfig:
    """How to bind to a simulator on this machine."""
    return SmscConfig("127.0.0.1", port, BindConfig("chappe", "simulator", window=50))


async def _topics_made(
    kafka: str, settings: Settings, stop: asyncio.Event, domain: Collection[str] = ()
) -> bool:
    """Whether our topics were there before `stop`, and those in `domain`."""
    made = ensure_topics(
        kafka, settings.kafka_security, settings.topics.all(), settings.partitions,
        settings.replication, domain=domain,
    )  # fmt: skip
    return await unless(stop, made)


def _kafka(settings: Settings) -> str:
    if settings.kafka is None:
        raise SettingsError(
            "CHAPPE_KAFKA is not set; it takes the bootstrap servers, as localhost:9092"
        )
    return settings.kafka
