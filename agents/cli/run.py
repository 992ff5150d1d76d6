"""`chappe engine`, `chappe gateway`, `chappe receipts`, `chappe up`."""

import asyncio
import sys
import tempfile

import click

from agents.app import engine_main, gateway_main, receipts_main
from agents.cli.common import settings_or_exit
from agents.kafka.embedded import PARTITIONS, EmbeddedBroker
from agents.process import run
from agents.settings import Settings, child_environment
from agents.up import PROCESSES, Children


@click.command()
def engine() -> None:
    """Turn domain events into messages (Faust; scales with partitions).

    \b
    Example:  CHAPPE_KAFKA=localhost:9092 chappe engine
    """
    settings = settings_or_exit()
    sys.exit(run(lambda stop: engine_main(settings, stop)))


@click.command()
def gateway() -> None:
    """Submit messages to the SMSC and write what became of them.

    \b
    Example:  CHAPPE_KAFKA=localhost:9092 \\
              CHAPPE_SMSC='smpp://me:secret@smsc.example?window=50' chappe gateway
    """
    settings = settings_or_exit()
    sys.exit(run(lambda stop: gateway_main(settings, stop)))


@click.command()
def receipts() -> None:
    """Join receipts with the messages they are for.

    What waits is on disk, in CHAPPE_DATA; if that is lost it comes again from Kafka.

    \b
    Example:  CHAPPE_KAFKA=localhost:9092 chappe receipts
    """
    settings = settings_or_exit()
    sys.exit(run(lambda stop: receipts_main(settings, stop)))


@click.command()
def up() -> None:
    """Run engine, gateway and receipts on this machine, until one of them ends.

    Without CHAPPE_KAFKA a broker in memory is started: good for trying out, on this
    machine, and gone with the process; not for sending.

    \b
    Example:  chappe up
    """
    settings = settings_or_exit()
    sys.exit(run(lambda stop: _up(settings, stop)))


async def _up(settings: Settings, stop: asyncio.Event) -> None:
    with tempfile.TemporaryDirectory(prefix="chappe-") as folder:
        await _children(settings, folder, stop)


async def _children(settings: Settings, folder: str, stop: asyncio.Event) -> None:
    """`folder` is for what ends with the broker in memory."""
    environment: dict[str, str] = {}
    broker = None
    if settings.kafka is None:
        broker = EmbeddedBroker()
        environment = {
            "CHAPPE_KAFKA": broker.bootstrap,
            "CHAPPE_PARTITIONS": str(PARTITIONS),
            "CHAPPE_DATA": folder,
        }
        click.echo(
            "CHAPPE_KAFKA is not set: started a broker in memory, for trying out on this machine\n"
            "(a few megabytes, gone with this process). In a second terminal:\n\n"
            f"  export CHAPPE_KAFKA={broker.bootstrap}\n"
        )
    base = settings.metrics_port
    ports = {name: base + place for place, name in enumerate(PROCESSES)} if base else {}
    children = Children(child_environment(environment, inherit=True), ports)
    await children.run(stop)
