"""One partition of the gateway: what counts as finished, and what it leaves to the next."""

import pytest

from agents.gateway.partition import Batch
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
