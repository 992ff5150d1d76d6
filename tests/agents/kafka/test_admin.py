"""What Kafka answers for a moment is asked again; what it will go on to answer is told at once."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from agents.kafka.admin import _patiently
from agents.kafka.errors import KafkaFailure

PASSES = [
    (KafkaError.UNKNOWN_TOPIC_OR_PART, "a topic that was made a moment ago"),
    (KafkaError.LEADER_NOT_AVAILABLE, "an election"),
    (KafkaError.NOT_LEADER_FOR_PARTITION, "metadata from before an election"),
    (KafkaError.UNKNOWN_LEADER_EPOCH, "a leader that does not know yet that it leads"),
    (KafkaError.FENCED_LEADER_EPOCH, "an epoch from before an election"),
    (KafkaError._ALL_BROKERS_DOWN, "a broker that restarts"),
]
STAYS = [
    (KafkaError.TOPIC_AUTHORIZATION_FAILED, "no right to read it"),
    (KafkaError.UNSUPPORTED_VERSION, "a broker that is too old"),
]


class Broker:
    """Answers its first question with an error, and the next ones with 1."""

    def __init__(self, code: int) -> None:
        self.code, self.asked = code, 0

    async def ask(self) -> int:
        self.asked += 1
        if self.asked == 1:
            raise KafkaException(KafkaError(self.code))
        return 1


@pytest.mark.parametrize(("code", "why"), PASSES, ids=[why for _, why in PASSES])
async def test_it_is_asked_again(code: int, why: str) -> None:
    assert await _patiently(Broker(code).ask, "it") == 1


@pytest.mark.parametrize(("code", "why"), STAYS, ids=[why for _, why in STAYS])
async def test_it_is_told_at_once(code: int, why: str) -> None:
    broker = Broker(code)
    with pytest.raises(KafkaFailure, match="it can't be read: "):
        await _patiently(broker.ask, "it")
    assert broker.asked == 1, why
