"""What is taken next from what aiokafka has fetched.

Rules: urgent partitions first; the others in turn, a small share each, so that no backlog
starves another; one round hands out a bounded number of records and bytes, since what is
handed out stands in front of whatever comes next; a partition that is not wanted keeps its
records in aiokafka.
"""

from collections.abc import Collection
from typing import Any

import aiokafka

from agents.kafka.positions import Place

ROUND_RECORDS = 500
ROUND_BYTES = 256 * 1024
SHARE_RECORDS = 10
UNREAD_BACKOFF_S = 0.02
"""How long a partition with unread records keeps others of its broker from being fetched."""

Records = list[tuple[Place, Any]]


class Fetch:
    """Over one started AIOKafkaConsumer, whose own getmany nobody else calls."""

    def __init__(self, kafka: aiokafka.AIOKafkaConsumer, urgent: Collection[str]) -> None:
        self._urgent = urgent
        self._fetcher = kafka._fetcher
        self._fetcher._prefetch_backoff = UNREAD_BACKOFF_S

    async def round(self, wanted: Collection[Place]) -> Records:
        """What is there of `wanted`; empty where nothing is. Raises KafkaError."""
        taken: Records = []
        urgent = {place for place in wanted if place.topic in self._urgent}
        for group in (urgent, set(wanted) - urgent):
            await self._take(group, taken)
        return taken

    async def _take(self, wanted: set[Place], taken: Records) -> None:
        size = 0
        while len(taken) < ROUND_RECORDS and size < ROUND_BYTES:
            ready = [tp for tp in self._fetcher._records if tp in wanted]
            if not ready:
                return
            for tp in ready:
                found = await self._fetcher.fetched_records({tp}, 0, SHARE_RECORDS)
                for record in found.get(tp, ()):
                    taken.append((Place(tp.topic, tp.partition), record))
                    size += len(record.value or b"")

    def waiter(self) -> Any:
        """A future that is done when there may be something new, or `wake` was called."""
        return self._fetcher._create_fetch_waiter()

    def wake(self) -> None:
        """What is wanted has changed."""
        for waiter in list(self._fetcher._fetch_waiters):
            self._fetcher._notify(waiter)
