"""What the log says of receipts that match nothing, and how often."""

import pytest

from agents.receipts.watch import EARLY, EVERY_S, FIRST_S, Carrier, Watch
from streams.sending.smsc_id import IdForm, IdRule


class Clock:
    """Seconds, set by the test."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def lines(watch: Watch, caplog: pytest.LogCaptureFixture) -> list[str]:
    caplog.clear()
    await watch.say()
    return [record.getMessage() for record in caplog.records]


def overdue(watch: Watch, smsc_id: str, smsc: str = "main") -> None:
    watch.early(smsc, smsc_id)
    watch.overdue(smsc, smsc_id)


async def test_one_line_a_minute_for_each_smsc(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    watch = Watch({}, clock)
    assert await lines(watch, caplog) == [], "nothing to say"
    overdue(watch, "x")
    overdue(watch, "y", "backup")
    assert await lines(watch, caplog) == [], "a doubt may take it yet"
    clock.now += FIRST_S
    said = await lines(watch, caplog)
    assert [line.partition(":")[0] for line in said] == ["main", "backup"]
    assert "1 receipts have found no submit of ours in 15 s, the last for id 'x'" in said[0]
    overdue(watch, "z")
    clock.now += EVERY_S - 1
    assert await lines(watch, caplog) == [], "within the minute"
    clock.now += 1
    assert len(await lines(watch, caplog)) == 1
    clock.now += EVERY_S
    assert await lines(watch, caplog) == [], "nothing new"


async def test_what_was_matched_after_all_is_not_told(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    watch = Watch({}, clock)
    overdue(watch, "x")
    watch.matched("main", "x")
    clock.now += FIRST_S
    assert await lines(watch, caplog) == []


async def test_it_says_what_the_ids_look_like(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    decimals = range(9000, 9000 + EARLY + 50)
    for carriers, said in (
        ({}, "look like the hexadecimal"),
        ({"main": Carrier(IdRule(IdForm.HEX_IN_RECEIPT))}, "not those of our submits"),
    ):
        watch = Watch(carriers, clock)
        for number in decimals:
            watch.answered("main", f"{number}")
            overdue(watch, f"{number:x}")
        clock.now += FIRST_S
        (line,) = await lines(watch, caplog)
        assert said in line
        assert f"{len(decimals)} receipts" in line, "all are counted, also those not kept"
