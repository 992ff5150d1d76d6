"""A task that nobody awaits does not end unseen."""

import asyncio
from typing import Any

import pytest

from agents.beside import Beside
from agents.kafka.faust_app import or_crash


async def fails() -> None:
    raise ZeroDivisionError("a fault")


async def ends() -> None:
    """As it should."""


async def waits() -> None:
    await asyncio.Event().wait()


async def test_only_an_error_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    told: list[BaseException] = []
    beside = Beside(told.append)
    tasks = [beside.start(work(), work.__name__) for work in (fails, ends, waits)]
    for _ in range(3):
        await asyncio.sleep(0)
    beside.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
    assert [repr(error) for error in told] == ["ZeroDivisionError('a fault')"]
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["fails"]
    assert "in fails" in caplog.text, "the log says where"
    assert not beside._tasks


class Worker:
    """What of a Faust app is needed."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def crash(self, reason: BaseException) -> None:
        """Faust's own."""
        self.reasons.append(repr(reason))


async def test_beside_agents_an_error_ends_the_worker() -> None:
    app: Any = Worker()
    await or_crash(app, ends())
    assert app.reasons == []
    await or_crash(app, fails())
    assert app.reasons == ["ZeroDivisionError('a fault')"]
