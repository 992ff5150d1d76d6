"""Engine, gateway and receipts as child processes of one.

Rules: when one child ends, the others are told to stop and the reason is said; a stop is
passed on, and waited for in bounded time.
"""

import asyncio
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import BinaryIO

from agents.exits import Ended, Exit

logger = logging.getLogger(__name__)

PROCESSES = ("engine", "gateway", "receipts")
STOP_S = 20.0


class Children:
    """`ports`: the metrics port of each; where there is none, any free one. `log`: the file
    that takes what they say, instead of our own stdout and stderr."""

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
        port = self._ports.get(name, 0)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # a package called `agents` or `schemas` in the user's folder is not ours
            "-m",
            "agents.cli.main",
            name,
            env={**self._environment, "CHAPPE_METRICS_PORT": str(port)},
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

    async def run(self, stop: asyncio.Event) -> None:
        """Start them and watch. Raises ChildEnded where one ends by itself."""
        await self.start_all()
        await self.watch(stop)

    async def start_all(self) -> None:
        """Start each of PROCESSES."""
        for name in PROCESSES:
            await self.start(name)

    async def watch(self, stop: asyncio.Event) -> None:
        """Until `stop`, then stop them. Raises ChildEnded where one ends by itself."""
        waits = {asyncio.create_task(child.wait(), name=name)
                 for name, child in self.processes.items()}  # fmt: skip
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait(waits | {stopping}, return_when=asyncio.FIRST_COMPLETED)
        await self.stop()
        stopping.cancel()
        for task in done - {stopping}:
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
