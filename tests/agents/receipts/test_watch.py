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
        (
            {"main": Carrier(IdRule(IdForm.HEX_IN_RECEIPT))},
            "that this worker has seen do not tell why",
        ),
    ):
        watch = Watch(carriers, clock)
        for number in decimals:
            watch.answered("main", f"{number}")
            overdue(watch, f"{number:x}")
        clock.now += FIRST_S
        (line,) = await lines(watch, caplog)
        assert said in line
        assert f"{len(decimals)} receipts" in line, "all are counted, also those not kept"


@pytest.mark.parametrize(
    ("answer", "receipt", "said", "why"),
    [
        ("{:d}", "{:x}", "set message_id = hex_in_receipt", "decimal, then hexadecimal"),
        ("{:08x}", "{:010d}", "set message_id = decimal_in_receipt", "the other way round"),
        ("{:d}", "{:d}", "the 1500 ids of answers that this worker has seen do not tell why",
         "it can't know what the other has seen"),
    ],
)  # fmt: skip
async def test_two_workers_that_share_the_partitions(
    answer: str, receipt: str, said: str, why: str,
    clock: Clock, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Of no message both ids are with the same one: an id is where its text hashes to."""
    workers = Watch({}, clock), Watch({}, clock)
    for number in range(180_000_000, 180_003_000):
        workers[number % 2].answered("main", answer.format(number))
        overdue(workers[1 - number % 2], receipt.format(number))
    clock.now += FIRST_S
    for worker in workers:
        (line,) = await lines(worker, caplog)
        assert said in line, why
