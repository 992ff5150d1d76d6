"""Replies on a played Kafka: what is written, what is committed, and crashes at any point."""

import asyncio
import logging

import pytest
from prometheus_client import generate_latest

from agents.kafka.partition import partition_of
from schemas.inbound import Part
from tests.agents.receipts.running import (
    AT,
    PARTITIONS,
    PATIENCE_S,
    TOPICS,
    Kafka,
    Worker,
    in_parts,
    part,
)

INBOUND, CONSENTS = TOPICS.inbound.name, TOPICS.consents.name


def worker_on(*records: Part | bytes | None) -> Worker:
    """It has read them all."""
    worker = Worker(Kafka())
    for record in records:
        worker.kafka.append(record)
    worker.read_all()
    return worker


@pytest.mark.parametrize(
    ("text", "topics", "why"),
    [
        (b"STOP", [INBOUND, CONSENTS], "a consent beside the reply"),
        (b"START", [INBOUND, CONSENTS], "the same"),
        (b"HELP", [INBOUND], "changes nothing"),
        (b"thanks!", [INBOUND], "for people"),
        (b"", [INBOUND], "even nothing is told"),
    ],
)
def test_where_a_reply_goes(text: bytes, topics: list[str], why: str) -> None:
    worker = worker_on(part(text))
    assert worker.written() == topics, why
    wanted = partition_of("+33612345678", PARTITIONS)
    assert {partition for _, _, partition in worker.producer.records} == {wanted}


def test_finished_only_when_all_that_follows_is_in_kafka() -> None:
    worker = worker_on(part(b"STOP"))
    worker.commit()
    assert worker.kafka.committed[0] == 0, "it was not acknowledged when the commit began"
    worker.commit()
    assert worker.kafka.committed[0] == 1


def test_an_open_part_holds_the_commit_back() -> None:
    first, second = in_parts([b"a", b"b"], 7)
    worker = worker_on(first, part(b"ok"))
    worker.commit()
    worker.commit()
    assert (worker.texts(), worker.kafka.committed[0]) == (["ok"], 0)
    worker.kafka.append(second)
    worker.read_all()
    worker.commit()
    worker.commit()
    assert (worker.texts(), worker.kafka.committed[0]) == (["ok", "ab"], 3)


def test_what_does_not_become_whole_is_told_in_time(caplog: pytest.LogCaptureFixture) -> None:
    worker = worker_on(in_parts([b"stop", b"?", b"!"], 7)[0])
    worker.wait(PATIENCE_S - 1)
    assert worker.written() == []
    with caplog.at_level(logging.WARNING):
        worker.wait(1)
    assert worker.written() == [INBOUND], "and it is no consent"
    assert caplog.messages == ["main: of a reply of +3361…78, 1 of 3 parts came in time"]
    exported = generate_latest(worker.metrics.registry).decode()
    assert 'chappe_replies_incomplete_total{smsc="main"} 1.0\n' in exported
    assert 'chappe_replies_total{intent="other",smsc="main"} 1.0\n' in exported


def test_a_stop_of_nobody_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        worker = worker_on(part(b"STOP", sender="0612345678"))
    assert worker.written() == [INBOUND]
    (message,) = caplog.messages
    assert message.startswith("main: STOP of 06123…78 is no consent, since the sender is no")
    exported = generate_latest(worker.metrics.registry).decode()
    assert 'chappe_replies_total{intent="stop",smsc="main"} 1.0\n' in exported


def test_the_alphabet_under_data_coding_0_is_the_carriers() -> None:
    worker = Worker(Kafka(), alphabets={"latin": "latin1"})
    for smsc in ("main", "latin"):
        worker.kafka.append(part(b"a@", smsc=smsc))
    worker.read_all()
    assert worker.texts() == ["a¡", "a@"]


def test_parts_of_two_smscs_do_not_mix() -> None:
    (first, _), (_, second) = (in_parts([b"a", b"b"], 7, smsc=smsc) for smsc in ("a", "b"))
    assert worker_on(first, second).texts() == []


@pytest.mark.parametrize("record", [None, b"", b"{}", b"\xff", b'{"smsc": "main"}'])
def test_what_is_no_part_is_a_dead_letter(record: bytes | None) -> None:
    worker = worker_on(record, part(b"ok"))
    assert worker.written() == [TOPICS.dead_letters.name, INBOUND]
    worker.commit()
    worker.commit()
    assert worker.kafka.committed[0] == 2


def test_what_can_not_be_told_is_a_dead_letter_and_nothing_stops() -> None:
    worker = worker_on(part(b"when?", at=10**18), part(b"ok"))
    assert worker.written() == [TOPICS.dead_letters.name, INBOUND]
    worker.commit()
    worker.commit()
    assert worker.kafka.committed[0] == 2


def test_sent_again_it_is_written_again_as_it_was_and_counted_once() -> None:
    worker = worker_on(part(b"ok"), part(b"ok", at=AT + 5_000))
    worker.acknowledge()
    first, again = worker.kafka.inbound
    assert first == again
    exported = generate_latest(worker.metrics.registry).decode()
    assert 'chappe_replies_total{intent="other",smsc="main"} 1.0\n' in exported


# --- partitions come and go ---


def test_a_partition_that_was_taken_away_writes_nothing() -> None:
    worker = worker_on(in_parts([b"a", b"b"], 7)[0])
    worker.positions.end()
    worker.wait(PATIENCE_S)
    worker.kafka.append(part(b"ok"))
    worker.read_all()
    assert worker.written() == []


def test_in_a_new_assignment_it_starts_empty() -> None:
    """Another worker finished that message meanwhile; its reference is used anew."""
    old, new = in_parts([b"a", b"b"], 7), in_parts([b"c", b"d"], 7)
    worker = worker_on(old[0])
    worker.kafka.append(old[1])
    worker.kafka.committed[0] = 2
    worker.assign()
    for record in new:
        worker.kafka.append(record)
    worker.read_all()
    assert worker.texts() == ["cd"]


async def test_open_parts_do_not_keep_a_stop_waiting() -> None:
    first, second = in_parts([b"a", b"b"], 7)
    across = in_parts([b"c", b"d"], 8)
    worker = worker_on(across[0], first, across[1], part(b"ok"))
    await worker.replies.drain()
    worker.acknowledge()
    await asyncio.wait_for(worker.positions.idle(), 5)
    worker.wait(PATIENCE_S)
    worker.commit()
    assert worker.kafka.committed[0] == 0, "cd lies across the open part"
    after = Worker(worker.kafka)
    after.kafka.append(second)
    after.read_all()
    assert after.texts() == ["cd", "ok", "ab"]
