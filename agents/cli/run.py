"""`chappe engine`, `chappe gateway`, `chappe receipts`, `chappe up`."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack

import click

from agents.app import engine_main, gateway_main, receipts_main
from agents.cli.common import announced, settings_with_logs
from agents.cli.reaching import reached
from agents.kafka.admin import names_of
from agents.kafka.embedded import PARTITIONS, EmbeddedBroker
from agents.process import run, unless
from agents.run_file import Running
from agents.settings import Settings, child_environment, refuse_live_without_smsc
from agents.smpp.config import SmscConfig
from agents.up import Children, ports_of


@click.command()
def engine() -> None:
    """Turn domain events into messages (Faust; scales with partitions).

    \b
    Example:  CHAPPE_KAFKA=localhost:9092 chappe engine
    """
    settings = settings_with_logs()
    sys.exit(run(lambda stop: engine_main(settings, stop)))


@click.command()
def gateway() -> None:
    """Submit messages to the SMSC and write what became of them.

    \b
    Example:  CHAPPE_KAFKA=localhost:9092 \\
              CHAPPE_SMSC='smpp://me:secret@smsc.example?window=50' chappe gateway
    """
    settings = settings_with_logs()
    sys.exit(run(lambda stop: gateway_main(settings, stop)))


@click.command()
def receipts() -> None:
    """Join receipts with the messages they are for.

    What waits is on disk, in CHAPPE_DATA; if that is lost it comes again from Kafka.

    \b
    Example:  CHAPPE_KAFKA=localhost:9092 chappe receipts
    """
    settings = settings_with_logs()
    sys.exit(run(lambda stop: receipts_main(settings, stop)))


@click.command()
def up() -> None:
    """Run engine, gateway and receipts on this machine, until one of them ends.

    A line says when they are ready. Without CHAPPE_KAFKA a broker in memory is started:
    good for trying out, on this machine, and gone with the process; not for sending.

    \b
    Example:  chappe up
    """
    settings = settings_with_logs()
    sys.exit(run(lambda stop: _up(settings, stop), waits=True))


async def _up(settings: Settings, stop: asyncio.Event) -> None:
    refuse_live_without_smsc(settings)
    ports = ports_of(settings.metrics_port)
    broker = EmbeddedBroker() if settings.kafka is None else None
    kafka = broker.bootstrap if broker else settings.kafka or ""
    if broker is None and not await unless(stop, _asked(kafka, settings)):
        return
    with ExitStack() as stack:
        theirs = _in_memory(kafka, settings, stack) if broker else {}
        await Children(child_environment(theirs, inherit=True), ports).run(
            stop,
            ready=lambda: click.echo(_ready(kafka, settings.smscs)),
            late=lambda waiting: click.echo(f"not ready yet: {waiting}", err=True),
        )


async def _asked(kafka: str, settings: Settings) -> None:
    """That it is not there is said once, and not by each of the three. Raises KafkaFailure."""
    await reached(kafka, names_of(kafka, settings.kafka_security))


def _ready(kafka: str, smscs: Sequence[SmscConfig]) -> str:
    names = ", ".join(smsc.name for smsc in smscs) or "the built-in simulator"
    return (
        f"Chappe is ready, from Kafka at {kafka} to {names}. Next, in a second terminal: "
        "`chappe tail`, and in a third: `chappe publish FILE --topic TOPIC`"
    )


def _in_memory(kafka: str, settings: Settings, stack: ExitStack) -> dict[str, str]:
    """What the children are told of the broker in memory; what goes with it is in `stack`."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="chappe-"))
    click.echo(
        "CHAPPE_KAFKA is not set: started a broker in memory, for trying out on this machine\n"
        "(a few megabytes, gone with this process)"
    )
    mine = Running("up", os.getpid(), kafka, settings.public_prefix, settings.internal_prefix)
    stack.enter_context(announced(mine, click.echo))
    click.echo()
    return {
        "CHAPPE_KAFKA": kafka,
        "CHAPPE_PARTITIONS": str(PARTITIONS),
        "CHAPPE_DATA": folder,
        # It is empty now, and can't be asked what came since (decision 2): an event that is
        # published while the engine joins its group would be passed over.
        "CHAPPE_START": "earliest",
    }
