"""`chappe publish`: events from a file to a topic, so that a newcomer needs no Kafka tool."""

import asyncio
import json
import sys
from typing import TextIO

import click

from agents.cli.common import kafka_settings
from agents.kafka.errors import KafkaFailure
from agents.kafka.producer import KafkaProducer
from agents.process import run
from agents.settings import Settings

CLOUD_EVENT = [("content-type", b"application/cloudevents+json; charset=utf-8")]


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--topic", required=True, help="The domain topic to publish to.")
def publish(file: TextIO, topic: str) -> None:
    """Publish events, one JSON object a line, to a topic. `-` reads stdin.

    \b
    Example:  chappe publish events.jsonl --topic domain.parcels
    """
    settings = kafka_settings()
    lines = _lines(file)
    status = run(lambda stop: _publish(settings, topic, lines))
    if status == 0:
        click.echo(f"{len(lines)} events published to {topic}")
    sys.exit(status)


def _lines(file: TextIO) -> list[bytes]:
    """Checked before the first is sent: half a file is worse than none."""
    lines: list[bytes] = []
    try:
        for number, line in enumerate(file, start=1):
            if line.strip():
                if not isinstance(json.loads(line), dict):
                    raise click.ClickException(f"{file.name}:{number}: expected a JSON object")
                lines.append(line.strip().encode())
    except json.JSONDecodeError as error:
        raise click.ClickException(
            f"{file.name}:{number}: not JSON ({error.msg}, column {error.colno}); "
            "one JSON object a line is expected, nothing was published"
        ) from None
    except UnicodeDecodeError:
        raise click.ClickException(f"{file.name}: not UTF-8, nothing was published") from None
    return lines


async def _publish(settings: Settings, topic: str, lines: list[bytes]) -> None:
    failures: list[KafkaFailure] = []
    producer = KafkaProducer(
        settings.kafka or "",
        client_id="chappe-publish",
        security=settings.kafka_security,
        on_failure=failures.append,
    )
    try:
        for line in lines:
            producer.produce(topic, line, headers=CLOUD_EVENT)
            await producer.room()
            await asyncio.sleep(0)
    finally:
        await producer.close(30.0)
