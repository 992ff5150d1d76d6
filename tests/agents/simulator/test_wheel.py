"""Later, in the right order, with one timer."""

import asyncio

import uvloop

from agents.simulator.wheel import Wheel
from tests.agents.simulator.running import until


async def test_what_is_due_first_is_done_first() -> None:
    loop, done = asyncio.get_running_loop(), []
    wheel, now = Wheel(loop), loop.time()

    def note(what: str) -> None:
        done.append((what, loop.time() - now))

    wheel.call_at(now + 60, note, "in a minute")
    wheel.call_at(now + 0.03, note, "third")
    wheel.call_at(now + 0.01, note, "first")
    wheel.call_at(now + 0.01, note, "second")
    wheel.call_at(now - 1, note, "overdue")
    await until(lambda: len(done) == 4)
    assert [what for what, _ in done] == ["overdue", "first", "second", "third"]
    assert done[1][1] >= 0.0099, "never early"
    wheel.stop()


async def test_something_given_from_within() -> None:
    loop, done = asyncio.get_running_loop(), []
    wheel = Wheel(loop)

    def again(left: int) -> None:
        done.append(left)
        if left:
            wheel.call_at(loop.time(), again, left - 1)

    wheel.call_at(loop.time(), again, 3)
    await until(lambda: done == [3, 2, 1, 0])


async def test_something_late_given_from_within_does_not_delay_what_is_due_before() -> None:
    loop = asyncio.get_running_loop()
    done: list[str] = []
    wheel = Wheel(loop)
    wheel.call_at(loop.time() + 0.01, lambda: wheel.call_at(loop.time() + 60, done.append, "late"))
    wheel.call_at(loop.time() + 0.02, done.append, "soon")
    await until(lambda: done == ["soon"])
    wheel.stop()


def test_on_the_loop_that_our_processes_run_on() -> None:
    """Its timers that are due at once are no timers, and can't be asked when they are due."""

    async def main() -> list[str]:
        loop, done = asyncio.get_running_loop(), list[str]()
        wheel = Wheel(loop)
        wheel.call_at(loop.time() + 0.0001, done.append, "at once")
        wheel.call_at(loop.time() + 0.02, done.append, "soon")
        await until(lambda: len(done) == 2)
        return done

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == ["at once", "soon"]


async def test_stopped_is_stopped() -> None:
    loop = asyncio.get_running_loop()
    done: list[str] = []
    stopped, other = Wheel(loop), Wheel(loop)
    stopped.call_at(loop.time() + 0.01, done.append, "stopped")
    other.call_at(loop.time() + 0.02, done.append, "other")
    stopped.stop()
    await until(lambda: done)
    assert done == ["other"]
