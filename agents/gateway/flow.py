"""Flow: which partitions are read on, so that enough is in hand and not all there is.

Rules: what has enough is paused at the consumer, all else flows on; records come partition by
partition, so each has its share, or the last would wait until all before it are nearly done.
"""

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.gateway.partition import Assigned

IN_HAND = 1_000
"""Messages of one lane beyond which partitions with more than their share of them are paused;
half of it lets them go on. More where the windows are wide."""
LATER_IN_HAND = 20 * IN_HAND
"""The same for `chappe.retries`: what is not due yet must not stop what is due behind it."""


class Flow:
    """Who is paused, of what is assigned."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._paused: set[TopicPartition] = set()

    def assigned(self) -> None:
        """Everything starts anew: the consumer has forgotten its pauses."""
        self._paused.clear()

    def look(self, lane: Sequence[Assigned], most: int) -> None:
        """Pause or resume the partitions of one lane, of which `most` messages are enough."""
        share = most // max(1, len(lane))
        held = sum(one.held for one in lane)
        for one in lane:
            if one.tp not in self._paused:
                if held >= most and one.held >= share and one.reached:
                    self._paused.add(one.tp)
                    self._consumer.pause(one.tp)
            elif held <= most // 2 or one.held <= share // 2 or not one.reached:
                self._paused.discard(one.tp)
                self._consumer.resume(one.tp)
