"""The lease: for how long after Kafka last heard of us the partitions are surely ours.

Rule: it begins when the request was sent, not when its answer came; `now` is an argument,
in seconds of a clock that also runs while the process does not (SIGSTOP).
"""

import time

from agents.kafka.connection import SESSION_S

LEASE_S = SESSION_S - 0.5
"""Kafka gives our partitions to another at the earliest SESSION_S after it heard of us."""


def steady() -> float:
    """Seconds that never go back, and go on while the machine sleeps where that is known."""
    return time.clock_gettime(_CLOCK)


_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Lease:
    """Nothing is submitted while it does not stand."""

    def __init__(self) -> None:
        self._confirmed = float("-inf")

    def stands(self, now: float) -> bool:
        """Whether the partitions are surely ours."""
        return now - self._confirmed < LEASE_S

    def confirm(self, sent: float) -> None:
        """Kafka has taken a commit that was sent then."""
        self._confirmed = sent

    def end(self) -> None:
        """Kafka has refused one."""
        self._confirmed = float("-inf")
