"""`chappe publish`: events from a file to a topic, so that a newcomer needs no Kafka tool."""

import asyncio
import json
import sys
from typing import TextIO

import click

from agents.cli.common import kafka_settings
from agents.cli.completing import topics
from agents.cli.reaching import reached
from agents.kafka.admin import names_of
from agents.kafka.errors import KafkaFailure
from agents.kafka.producer import KafkaProducer
from agents.process import errand
from agents.settings import Settings
from streams.nearest import nearest
from streams.text.formats import kind

CLOUD_EVENT = [("content-type", b"application/cloudevents+json; charset=utf-8")]


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--topic", required=True, shell_complete=topics,
              help="The domain topic to publish to.")  # fmt: skip
def publish(file: TextIO, topic: str) -> None:
    """Publish events, one JSON object a line, to a topic. `-` reads stdin.

    \b
    Example:  chappe publish events.jsonl --topic domain.parcels
    """
    settings = kafka_settings()
    lines = _lines(file)
    sys.exit(errand(lambda: _publish(settings, topic, lines)))


def _lines(file: TextIO) -> list[bytes]:
    """Checked before the first is sent: half a file is worse than none."""
    lines: list[bytes] = []
    try:
        for number, line in enumerate(file, start=1):
            if line.strip():
                if not isinstance(event := json.loads(line), dict):
                    raise click.ClickException(
                        f"{file.name}:{number}: expected a JSON object, got {kind(event)}; "
                        "events stand one a line, without brackets; nothing was published"
                    )
                lines.append(line.strip().encode())
    except json.JSONDecodeError as error:
        raise click.ClickException(
            f"{file.name}:{number}: not JSON ({error.msg}, column {error.colno}); "
            "one JSON object a line is expected, which `jq -c .` makes; nothing was published"
        ) from None
    except UnicodeDecodeError:
        raise click.ClickException(f"{file.name}: not UTF-8, nothing was published") from None
    return lines


async def _refuse_unknown(settings: Settings, topic: str) -> None:
    """Kafka would make a misspelt topic, and nobody would read it. Raises ClickException."""
    asking = names_of(settings.kafka or "", settings.kafka_security)
    topics = await reached(settings.kafka, asking)
    if topic not in topics:
        close = nearest(topic, topics)
        raise click.ClickException(
            f"{settings.kafka} has no topic {topic}; nothing was published. "
            + (f"Did you mean {close}? " if close else "Is Chappe running? ")
            + "`chappe engine` and `chappe up` make the topics of their catalog"
        )


async def _publish(settings: Settings, topic: str, lines: list[bytes]) -> None:
    await _refuse_unknown(settings, topic)
    failures: list[KafkaFailure] = []
    producer = KafkaProducer(
        settings.kafka or "",
        client_id="chappe-publish",
        security=settings.kafka_security,
        on_failure=failures.append,
    )
    given = 0
    try:
        for line in lines:
            producer.produce(topic, line, headers=CLOUD_EVENT)
            given += 1
            await producer.room()
            await asyncio.sleep(0)
    finally:
        await producer.close(30.0)
        rest = "" if given == len(lines) else f" of {len(lines)}"
        noun = "event" if len(lines) == 1 else "events"
        click.echo(f"{given}{rest} {noun} published to {topic}")
