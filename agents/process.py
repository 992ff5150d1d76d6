"""What every process of Chappe does around its work: logs, signals, the HTTP port.

Rules: SIGTERM, SIGINT and SIGHUP set one event, and the work drains; a second ends at once,
but for who has processes of its own and waits for them. What ends by itself has nothing to
drain, and the first ends it. A failure that we foresaw is one sentence on stderr and the exit
status of EXPECTED, never a traceback.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

import uvloop
from aiokafka.errors import KafkaError

from agents.exits import Ended, Exit, by_signal
from agents.garbage import rare_collections
from agents.http import Http, PortInUse
from agents.kafka.errors import KafkaFailure, WrongSetting
from agents.kafka.uvloop_words import teach_aiokafka
from agents.metrics import Metrics
from agents.settings import SettingsError
from streams.catalog.catalog import CatalogError

EXPECTED: dict[type[Exception], Exit] = {
    SettingsError: Exit.USAGE,
    WrongSetting: Exit.USAGE,
    CatalogError: Exit.NO,
    KafkaFailure: Exit.UNAVAILABLE,
    KafkaError: Exit.UNAVAILABLE,
    PortInUse: Exit.UNAVAILABLE,
    OSError: Exit.UNAVAILABLE,
}
"""Failures whose own words are all that their reader needs; the first that fits counts."""

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

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


def run(main: Callable[[asyncio.Event], Awaitable[None]], *, waits: bool = False) -> int:
    """Run `main(stop)`, which drains once `stop` is set; the exit status.

    `waits`: more signals change nothing, as `main` ends in bounded time by itself. Else its
    processes would go on without it, and without the folder that it made for them.
    """
    return _run(lambda: _signalled(main, waits))


def errand(main: Callable[[], Awaitable[None]]) -> int:
    """Run what ends by itself; the exit status. The first signal cancels it."""
    return _run(lambda: _cancelled(main))


def follow(main: Callable[[], Awaitable[None]]) -> int:
    """Run what goes on until a signal, and has nothing to drain: a signal is its good end."""
    status = errand(main)
    return Exit.OK if status in map(by_signal, SIGNALS) else status


def failed(error: Exception) -> int | None:
    """Says what EXPECTED lists, and returns its exit status; None where it is unforeseen."""
    if isinstance(error, Ended):
        status: int | None = error.status
    else:
        status = next((it for kind, it in EXPECTED.items() if isinstance(error, kind)), None)
    if status is not None:
        sys.stderr.write(f"Error: {_words(error)}\n")
    return status


def _words(error: Exception) -> str:
    if isinstance(error, CatalogError):
        return f"the catalog has faults\n{error}"
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error) or repr(error)


def _run(main: Callable[[], Coroutine[None, None, None]]) -> int:
    rare_collections()
    teach_aiokafka()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main())
    except _SignalledError as signalled:
        return by_signal(signalled.number)
    except KeyboardInterrupt:
        return by_signal(signal.SIGINT)
    except BrokenPipeError:
        raise  # who read our words is gone: no failure of the work
    except Exception as error:
        if (status := failed(error)) is None:
            raise
        return status
    return Exit.OK


class _SignalledError(Exception):
    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number.name)
        self.number = number


async def _signalled(main: Callable[[asyncio.Event], Awaitable[None]], waits: bool) -> None:
    stop = asyncio.Event()

    def stopped(number: signal.Signals) -> None:
        if stop.is_set():
            if waits:
                return
            raise KeyboardInterrupt
        logger.info("%s: draining", number.name)
        stop.set()

    _on_signals(stopped)
    await main(stop)


async def _cancelled(main: Callable[[], Awaitable[None]]) -> None:
    task, seen = asyncio.ensure_future(main()), list[signal.Signals]()

    def stopped(number: signal.Signals) -> None:
        if seen:
            raise KeyboardInterrupt
        seen.append(number)
        task.cancel()

    _on_signals(stopped)
    try:
        await task
    except asyncio.CancelledError:
        if not seen:
            raise
    if seen:
        raise _SignalledError(seen[0])


def _on_signals(told: Callable[[signal.Signals], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, told, number)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Whether `work` was done before `stop` was set; else it is cancelled."""
    task, waiting = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()
        return True
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return False


async def serve(name: str, work: Work, metrics: Metrics, port: int, stop: asyncio.Event) -> None:
    """The work, with its HTTP port beside it. `name`: of the process, since `chappe up` has the
    words of three."""
    http = Http(metrics, lambda: work.ready, port)
    await http.start()
    logger.info("the %s: metrics, healthz and readyz on port %d", name, http.port)
    try:
        await work.run(stop)
    finally:
        await http.stop()
