"""Running simulators and waiting for what they should have, without sleeping blindly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from agents.simulator.options import SimulatorOptions
from agents.simulator.server import Simulator

PATIENCE_S = 10.0


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[tuple[Simulator, int]]:
    """A simulator with these options, and its port."""
    simulator = Simulator(SimulatorOptions(**options))
    port = await simulator.start()
    try:
        yield simulator, port
    finally:
        await simulator.stop()


async def until(condition: Callable[[], object], what: str = "") -> None:
    """Returns once `condition()` holds; fails after PATIENCE_S."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - a condition has no event
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what or condition}") from None
