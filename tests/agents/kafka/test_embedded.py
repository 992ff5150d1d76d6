"""The broker inside the process lives on when a signal comes: Ctrl-C, a child that ended."""

import signal
from pathlib import Path

from agents.kafka.embedded import EmbeddedBroker


def takes(thread: Path, sent: signal.Signals) -> bool:
    """Whether the kernel may hand the signal to it."""
    blocked = next(
        line.split()[1]
        for line in (thread / "status").read_text().splitlines()
        if line.startswith("SigBlk:")
    )
    return not int(blocked, 16) >> (sent - 1) & 1


def test_only_threads_of_the_caller_take_signals() -> None:
    tasks = Path("/proc/self/task")
    before = set(tasks.iterdir())
    broker = EmbeddedBroker()
    its_own = {thread for thread in tasks.iterdir() if thread not in before}
    assert len(its_own) > 1
    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        assert not [thread for thread in its_own if takes(thread, sent)], (broker.bootstrap, sent)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
