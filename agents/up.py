"""Engine, gateway and receipts as child processes of one.

Rules: when one child ends, the others are told to stop and the reason is said; a stop is
passed on, and waited for in bounded time; that all are ready is told once, and that one is
not for long, too.
"""

import asyncio
import logging
import math
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import BinaryIO

import aiohttp

from agents.exits import Ended, Exit
from agents.http import listening
from agents.readiness import Readiness
from agents.settings import SettingsError

logger = logging.getLogger(__name__)

PROCESSES = ("engine", "gateway", "receipts")
STOP_S = 20.0
LATE_S = 5.0
"""A new group of a real Kafka waits for 3 s for more members, by default."""
HIGHEST_PORT = 65535


def ports_of(base: int) -> dict[str, int]:
    """The HTTP port of each: `base` and the next ones, or any free ones where it is 0.

    Each is held until all are, so that they differ. Raises PortInUse: else what somebody else
    answers there would be taken for the words of ours; SettingsError where they are not enough.
    """
    if base > HIGHEST_PORT - len(PROCESSES) + 1:
        raise SettingsError(
            f"CHAPPE_METRICS_PORT: `chappe up` takes {len(PROCESSES)} ports, from this one to "
            f"{HIGHEST_PORT} at most, got {base}"
        )
    with ExitStack() as held:
        servers = [
            held.enter_context(listening(base and base + place)) for place in range(len(PROCESSES))
        ]
        ports = [int(server.getsockname()[1]) for server in servers]
    return dict(zip(PROCESSES, ports, strict=True))


class Children:
    """`ports`: the HTTP port of each. `log`: the file that takes what they say, instead of our
    own stdout and stderr."""

    def __init__(
        self,
        environment: Mapping[str, str],
        ports: Mapping[str, int],
        log: BinaryIO | None = None,
    ) -> None:
        self._environment, self._ports, self._log = environment, ports, log
        self.processes: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, name: str) -> asyncio.subprocess.Process:
        """Start one of them."""
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # a package called `agents` or `schemas` in the user's folder is not ours
            "-m",
            "agents.cli.main",
            name,
            env={**self._environment, "CHAPPE_METRICS_PORT": str(self._ports[name])},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # a terminal's Ctrl-C is for us; we pass it on, once
        )
        self.processes[name] = child
        return child

    async def kill(self, name: str) -> None:
        """SIGKILL, as when its machine loses its power. It is not started again."""
        child = self.processes[name]
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()

    async def run(
        self, stop: asyncio.Event, ready: Callable[[], None], late: Callable[[str], None]
    ) -> None:
        """Start them and watch until `stop`, then stop them. `ready` is called when all are;
        `late` is told after LATE_S, once, what is waited for. Raises ChildEnded where one ends
        by itself."""
        try:
            await self.start_all()
            if await self._all_ready(stop, late):
                ready()
            await self._watch(stop)
        finally:
            await self.stop()

    async def start_all(self) -> None:
        """Start each of PROCESSES."""
        for name in PROCESSES:
            await self.start(name)

    async def _all_ready(self, stop: asyncio.Event, late: Callable[[str], None]) -> bool:
        """False where `stop` comes first, or the end of one."""
        clock = asyncio.get_running_loop().time
        due = clock() + LATE_S
        async with aiohttp.ClientSession() as http:
            async for waiting in Readiness(self._ports, http).waits():
                if stop.is_set() or any(
                    child.returncode is not None for child in self.processes.values()
                ):
                    return False
                if clock() > due:
                    due = math.inf
                    late(waiting)
        return not stop.is_set()

    async def _watch(self, stop: asyncio.Event) -> None:
        """Until `stop`. Raises ChildEnded where one ends by itself."""
        waits = {asyncio.create_task(child.wait(), name=name)
                 for name, child in self.processes.items()}  # fmt: skip
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait(waits | {stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stop.is_set():  # a terminal's Ctrl-C may meet one that has no session of its own yet
            return
        for task in done:
            name = task.get_name()
            status = self.processes[name].returncode or 0
            raise ChildEnded(
                f"the {name} ended with exit status {status}, "
                "its own words are above; the rest was stopped",
                status if status > 0 else Exit.UNAVAILABLE,
            )

    async def stop(self) -> None:
        """SIGTERM to all, and wait; SIGKILL to who is still there after STOP_S."""
        for child in self.processes.values():
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.terminate()
        for name, child in self.processes.items():
            try:
                async with asyncio.timeout(STOP_S):
                    await child.wait()
            except TimeoutError:
                logger.error("the %s did not stop in %g s and was killed", name, STOP_S)
                child.kill()
                await child.wait()


class ChildEnded(Ended):
    """A child process ended without being asked to; its status is ours, unless it was killed."""
