"""A Kafka for the tests that need one: started once a session, or the one that is given.

Rules: nothing is skipped; a machine without Java or Maven fails with what to install. One
broker serves all, so each test takes names of its own (`unique`).
"""

import os
import signal
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.kafka.broker import Broker
from tests.kafka.jars import BrokerError

# How long an example takes is the machine's business, and says nothing of what is tested.
settings.register_profile("chappe", deadline=None)
settings.load_profile("chappe")


class GivenKafka:
    """A Kafka that is there already: CHAPPE_TEST_KAFKA=host:port."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap


def started() -> Broker:
    """A broker of this machine; what is missing fails the test in its own words."""
    broker = Broker()
    try:
        return broker.start()
    except BrokerError as error:
        broker.stop()
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def kafka() -> Iterator[Broker | GivenKafka]:
    """The broker all tests share."""
    given = os.environ.get("CHAPPE_TEST_KAFKA")
    if given:
        yield GivenKafka(given)
        return
    broker = started()
    yield broker
    broker.stop()


@pytest.fixture
def own_kafka() -> Iterator[Broker]:
    """A broker for one test, which may kill and restart it."""
    broker = started()
    yield broker
    broker.stop()


@pytest.fixture
def unique() -> str:
    """A prefix for the topics and groups of one test."""
    return f"t{uuid.uuid4().hex[:10]}"


def pytest_configure() -> None:
    """Ctrl-C means something to the commands that tests start, also where the tests themselves run
    in the background: a shell lets those ignore it, and what they start inherits that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
