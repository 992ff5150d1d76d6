"""What every process of Chappe does around its work: logs, signals, the HTTP port.

Rules: SIGTERM, SIGINT and SIGHUP set one event, and the work drains; a second ends at once; a
failure is one sentence on stderr and exit status 1, never a traceback for what we foresaw.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Protocol

import uvloop
from aiokafka.errors import KafkaError

from agents.garbage import rare_collections
from agents.http import Http, PortInUse
from agents.kafka.errors import KafkaFailure
from agents.kafka.uvloop_words import teach_aiokafka
from agents.metrics import Metrics
from agents.settings import SettingsError
from streams.catalog.catalog import CatalogError

EXPECTED = (SettingsError, CatalogError, KafkaFailure, KafkaError, PortInUse, OSError)
"""Failures whose own words are all that their reader needs."""

logger = logging.getLogger(__name__)


class Work(Protocol):
    """A process's work."""

    @property
    def ready(self) -> bool:
        """Joined its group."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set, then drain."""


def set_up_logs(level: str) -> None:
    """One line an event on stderr. Libraries speak up from warnings on."""
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    for noisy in ("faust", "mode", "aiokafka", "asyncio", "aiosmpplib", "kafka"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def run(main: Callable[[asyncio.Event], Awaitable[None]]) -> int:
    """Run `main(stop)` in an event loop of its own; the process's exit status."""
    rare_collections()
    teach_aiokafka()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_signalled(main))
    except EXPECTED as error:
        sys.stderr.write(f"chappe: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _signalled(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stopped(number: signal.Signals) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        logger.info("%s: draining", number.name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopped, number)
    await main(stop)


async def serve(work: Work, metrics: Metrics, port: int, stop: asyncio.Event) -> None:
    """The work, with its HTTP port beside it."""
    http = Http(metrics, lambda: work.ready, port)
    await http.start()
    logger.info("metrics, healthz and readyz on port %d", http.port)
    try:
        await work.run(stop)
    finally:
        await http.stop()
