"""The jars of the test broker and of the Java producer: those of pom.xml beside it."""

from pathlib import Path
from typing import Final

from tests.jars import Jars, JarsError

HERE: Final = Path(__file__).resolve().parent
JARS: Final = Jars(
    HERE,
    "the test broker",
    "Or use a Kafka that is already there: CHAPPE_TEST_KAFKA=host:port",
)


class BrokerError(JarsError):
    """The test broker can't be had; the message says what to install or to look at."""


def class_path() -> str:
    """Java's class path of the broker and its tools. Raises BrokerError."""
    try:
        return JARS.class_path()
    except JarsError as error:
        raise BrokerError(str(error)) from None
