"""One partition of the gateway: what counts as finished, and what it leaves to the next."""

from itertools import islice

import pytest
from aiokafka import TopicPartition

from agents.gateway.partition import Assigned, Batch
from streams.sending.intent import Intent, Past, read_intent
from tests.agents.gateway.test_dispatch import message


@pytest.mark.parametrize(
    ("attempts", "kept", "why"),
    [
        ([0], 0, "the usual case"),
        ([0, 0], 0, "the first wins"),
        ([0, 1], 1, "an earlier attempt lives on in a later one"),
        ([2, 1], 2, "in whatever order they are"),
    ],
)
def test_an_id_that_is_twice_in_a_batch_counts_once(
    attempts: list[int], kept: int, why: str
) -> None:
    twice = [message(id="same", text=str(at), attempt=tried) for at, tried in enumerate(attempts)]
    batch = Batch.of(5, [*twice, message(id="other")])
    assert [(one.id, one.attempt) for one in batch.messages] == [("same", kept), ("other", 0)], why
    assert list(batch.unfinished.values()) == batch.messages
    assert batch.messages[0].text == str(attempts.index(kept))


def assigned(batches: int, left: Intent | None = None) -> Assigned:
    """So many were read, of one message each."""
    one = Assigned(TopicPartition("chappe.retries", 0))
    one.inherit(left, Past(), 0, len(left.offsets) if left else 0)
    for offset in range(batches):
        one.read(offset)
        one.begin(Batch.of(offset, [message()]))
    return one


def test_an_intent_keeps_the_place_of_the_oldest_that_is_above_the_position() -> None:
    """Retries are opened in the order of their due times: 2 first, with 10 statuses in Kafka."""
    one = assigned(4)
    for status_end, offset in ((10, 2), (20, 0), (30, 1), (40, 3)):
        one.opening(one.waiting[offset], status_end)
    found = []
    for offset in (1, 0, 2, 3):
        position, metadata = one.to_commit() or (0, "")
        intent = read_intent(metadata)
        assert intent is not None
        found.append((position, intent.offsets, intent.status_from))
        one.finish(offset)
    assert found == [(0, (0, 1, 2, 3), 10), (0, (0, 2, 3), 10), (2, (2, 3), 10), (3, (3,), 40)]
    assert one.to_commit() == (4, "")


def test_what_kafka_does_not_take_is_asked_for_again_and_takes_no_memory() -> None:
    one = assigned(6, left=Intent((0, 1, 2), 0))
    for _ in range(100):
        chosen = list(islice(one.openable(0), 3))
        assert [batch.offset for batch in chosen] == [0, 1, 2], "and there is no room for more"
        for batch in chosen:
            one.opening(batch, 0)
        for batch in chosen:
            one.not_opened(batch)
    assert len(one._queue) <= 6
