"""`chappe tail`: follow `sms.status`, to see what becomes of messages."""

import asyncio
import sys

import click
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import ValidationError

from agents.cli.common import kafka_settings
from agents.cli.reaching import reached
from agents.kafka.admin import partitions_of
from agents.kafka.connection import consumer_settings
from agents.process import follow
from agents.settings import Settings
from schemas.status import Status
from streams.events.address import masked


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as on the topic.")
def tail(as_json: bool) -> None:
    """Follow the statuses of messages from now on, until Ctrl-C.

    Phone numbers are masked unless --json is asked for.

    \b
    Example:  chappe tail --json | jq -r 'select(.state=="refused") | .reason'
    """
    settings = kafka_settings()
    sys.exit(follow(lambda: _tail(settings, as_json)))


async def _tail(settings: Settings, as_json: bool) -> None:
    topic = settings.topics.status.name
    partitions = await _partitions(settings, topic)
    consumer = AIOKafkaConsumer(
        **consumer_settings(
            settings.kafka or "", settings.kafka_security, group=None, client_id="chappe-tail"
        )
    )
    await consumer.start()
    try:
        consumer.assign(partitions)
        await consumer.seek_to_end(*partitions)
        for tp in partitions:  # which is when `from now on` begins
            await consumer.position(tp)
        click.echo(f"following {topic} at {settings.kafka}, Ctrl-C ends it", err=True)
        while True:
            fetched = await consumer.getmany(timeout_ms=200)
            for record in sorted(
                (one for records in fetched.values() for one in records),
                key=lambda one: one.timestamp,
            ):
                _show(record.value or b"", as_json)
    finally:
        await consumer.stop()


async def _partitions(settings: Settings, topic: str) -> list[TopicPartition]:
    """Waits for the topic: `tail` may be started before the engine. Raises KafkaFailure."""
    said = False
    while True:
        asking = partitions_of(settings.kafka or "", settings.kafka_security, topic)
        count = await reached(settings.kafka, asking)
        if count:
            return [TopicPartition(topic, number) for number in range(count)]
        if not said:
            said = True
            click.echo(
                f"{settings.kafka} has no topic {topic} yet; waiting for `chappe engine` or `up`",
                err=True,
            )
        await asyncio.sleep(0.5)


def _show(value: bytes, as_json: bool) -> None:
    if as_json:
        click.echo(value.decode("utf-8", "replace"))
        return
    try:
        status = Status.from_bytes(value)
    except ValidationError:
        click.echo(f"(not a status: {len(value)} octets)", err=True)
        return
    click.echo(line(status))


def line(status: Status) -> str:
    """`10:00:00.123  package-arrived  +3361…78  refused  no_consent: …`."""
    why = " ".join(part for part in (status.reason, status.detail) if part)
    segments = f"{len(status.segments)} seg" if status.segments else ""
    return (
        f"{status.at:%H:%M:%S}.{status.at.microsecond // 1000:03d}  {status.template:<18} "
        f"{masked(status.phone):<10} {status.state:<11} {segments:<6} {why}"
    ).rstrip()
