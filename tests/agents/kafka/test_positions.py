"""What is committed, what is refused, and who learns that an assignment is over."""

import asyncio

import pytest

from agents.kafka.errors import KafkaFailure
from agents.kafka.positions import Place, Positions

HERE = Place("chappe.requests.urgent", 3)
DOMAIN = Place("domain.parcels", 0)


def started(at: int = 10) -> Positions:
    positions = Positions(strict=lambda topic: topic.startswith("chappe."))
    positions.start(HERE, at)
    positions.start(DOMAIN, at)
    return positions


def test_nothing_finished_commits_nothing() -> None:
    positions = started()
    positions.begin(HERE, 10)
    assert positions.committable() == {}


def test_a_record_no_agent_took_holds_the_commit_back() -> None:
    positions = started()
    for offset in (10, 11):
        positions.begin(HERE, offset)
    positions.ticket(HERE, 11).done()
    assert positions.committable() == {}


def test_a_commit_is_not_repeated() -> None:
    positions = started()
    positions.begin(HERE, 10)
    positions.ticket(HERE, 10).done()
    assert positions.committable() == {HERE: 11}
    positions.committed({HERE: 11})
    assert positions.committable() == {}
    assert positions.stands_at(HERE) == 11


@pytest.mark.parametrize(
    ("place", "offset", "message"),
    [
        (HERE, 12, r"offset 12 came where 10 was due: 2 records are gone.*--to-offset 12"),
        (HERE, 4, r"offset 4 came where 10 was due: the topic was deleted and made anew"),
        (DOMAIN, 12, None),
    ],
    ids=["internal: records are gone", "internal: made anew", "domain: gaps are usual"],
)
def test_gaps(place: Place, offset: int, message: str | None) -> None:
    positions = started()
    if message is None:
        positions.begin(place, offset)
    else:
        with pytest.raises(KafkaFailure, match=message):
            positions.begin(place, offset)


def test_a_domain_topic_that_goes_back_is_told() -> None:
    positions = started()
    positions.begin(DOMAIN, 20)
    with pytest.raises(KafkaFailure, match=r"domain.parcels \[0\]: .*deleted and made anew"):
        positions.begin(DOMAIN, 0)


def test_after_the_end_nobody_moves_anything() -> None:
    positions = started()
    for offset in (10, 11):
        positions.begin(HERE, offset)
    before, late = positions.ticket(HERE, 10), positions.ticket(HERE, 11)
    before.done()
    positions.end()
    late.done()
    assert not before.alive
    assert not positions.ticket(HERE, 11).alive
    assert positions.committable() == {}


async def test_idle_waits_for_every_ticket_once() -> None:
    positions = started()
    for offset in (10, 11):
        positions.begin(HERE, offset)
    first, second = positions.ticket(HERE, 10), positions.ticket(HERE, 11)
    first.done()
    first.done()
    assert positions.tickets == 1
    idle = asyncio.ensure_future(positions.idle())
    await asyncio.sleep(0)
    assert not idle.done()
    second.done()
    await asyncio.wait_for(idle, 1)


async def test_who_leaves_is_not_waited_for_and_not_committed_past() -> None:
    positions = started()
    for offset in (10, 11):
        positions.begin(HERE, offset)
    left, done = positions.ticket(HERE, 10), positions.ticket(HERE, 11)
    left.leave()
    left.leave()
    assert positions.tickets == 1
    done.done()
    await asyncio.wait_for(positions.idle(), 1)
    left.done()
    assert positions.committable() == {}, "it is read again"
