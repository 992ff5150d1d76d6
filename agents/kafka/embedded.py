"""A broker inside this process, for trying things out: librdkafka's own, in memory.

Rules: it speaks the real protocol, but has no CreateTopics, answers nothing to
offsets-for-times, and keeps only the last 4 MB or so of a partition: not for sending. Its
thread ends for good when a signal interrupts it, and its destruction then hangs or aborts: it
is made with all signals blocked, which a new thread inherits.
"""

import signal

from confluent_kafka.admin import AdminClient

PARTITIONS = 4
"""Of every topic of it; it can't be told another number."""


class EmbeddedBroker:
    """Lives as long as the object does. `bootstrap` is its host:port."""

    def __init__(self) -> None:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            # log_level 2: it would say on stderr at each start that it is not a real cluster.
            self._client = AdminClient({"test.mock.num.brokers": 1, "log_level": 2})
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        broker = next(iter(self._client.list_topics(timeout=10).brokers.values()))
        self.bootstrap = f"{broker.host}:{broker.port}"
