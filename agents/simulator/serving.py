"""The simulator as a process: its port, its admin port, and the rehearsal it plays.

Rule: the timeline starts when the port is open; a step that can't be done is said, and
the next one is done all the same.
"""

import asyncio

from agents.beside import Beside
from agents.simulator.admin import Admin
from agents.simulator.operator import CannotDo, Operator
from agents.simulator.options import SimulatorOptions
from agents.simulator.scenario import Scenario
from agents.simulator.server import Simulator
from agents.simulator.timeline import Timeline

LOOPBACK = "127.0.0.1"


async def play(timeline: Timeline, operator: Operator) -> None:
    """Does each step when it is due; returns after the last one."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while (at := timeline.next_at) is not None:
        await asyncio.sleep(at - (loop.time() - began))
        for step in timeline.due(loop.time() - began):
            try:
                operator.perform(step)
            except CannotDo as error:
                operator.say(f"at {step.at:g} s: {error}")


async def serve(
    options: SimulatorOptions,
    stop: asyncio.Event,
    scenario: Scenario | None = None,
    admin_port: int | None = None,
    admin_host: str = LOOPBACK,
) -> None:
    """Listens until `stop` is set. Raises OSError where a port is taken."""
    scenario = scenario or Scenario()
    simulator = Simulator(options)
    operator = Operator(simulator)
    port = await simulator.start()
    admin = Admin(simulator, operator, admin_host, admin_port or 0)
    failed: list[BaseException] = []

    def fail(error: BaseException) -> None:
        failed.append(error)
        stop.set()

    beside = Beside(fail)
    try:
        operator.say(f"listening on {options.host}:{port}, Ctrl-C ends it")
        if admin_port is not None:
            operator.say(f"admin port on http://{admin_host}:{await admin.start()}/")
        if scenario.description:
            operator.say(scenario.description)
        beside.start(play(Timeline(scenario.timeline), operator), "the timeline")
        await stop.wait()
    finally:
        beside.cancel()
        await admin.stop()
        await simulator.stop()
    if failed:
        raise failed[0]
