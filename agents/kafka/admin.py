"""Topics made where missing.

Rules: what exists is left as it is, save that a topic partitioned by phone with another
number of partitions is an error; the embedded broker has no CreateTopics, there a topic
is made by asking for it; nothing here blocks the loop.
"""

import asyncio
import threading
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from agents.kafka.connection import librdkafka
from agents.kafka.errors import KafkaFailure, WrongSetting
from schemas.topics import Topic

Answer = TypeVar("Answer")
TIMEOUT_S = 30.0
REACH_S = 10.0
"""How long Kafka may take to say anything at all."""
BROKER_DEFAULT = -1
"""As a number of partitions or of replicas: what the broker is set to."""
COMPACTED = {"cleanup.policy": "compact"}
PASSING = frozenset(
    {
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError._TIMED_OUT,
        KafkaError._ALL_BROKERS_DOWN,
    }
)
"""What a new topic, an election or a restart of a broker answers for a moment; those of the broker
are retriable by Kafka's own table of error codes (Kafka protocol guide)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic that must exist. `exact`: another number of partitions is an error."""

    name: str
    partitions: int
    config: Mapping[str, str]
    exact: bool = False


async def ensure_topics(
    bootstrap: str,
    security: Mapping[str, str],
    topics: Sequence[Topic],
    partitions: int,
    replication: int,
    *,
    domain: Collection[str] = (),
) -> None:
    """Our topics, and the domain topics (with the broker's default partitions): a topic
    that does not exist yet must not stop the worker that waits for it.

    `replication` is BROKER_DEFAULT or a number. Raises KafkaFailure.
    """
    ours = [Wanted(topic.name, partitions, topic.config, topic.by_phone) for topic in topics]
    theirs = [Wanted(name, BROKER_DEFAULT, {}) for name in domain]
    await ensure(bootstrap, security, [*ours, *theirs], replication)


async def ensure_changelogs(
    bootstrap: str,
    security: Mapping[str, str],
    names: Iterable[str],
    partitions: int,
    replication: int,
) -> None:
    """Changelogs of tables: compacted, as many partitions as their source. Raises KafkaFailure."""
    wanted = [Wanted(name, partitions, COMPACTED, exact=True) for name in names]
    await ensure(bootstrap, security, wanted, replication)


async def ensure(
    bootstrap: str, security: Mapping[str, str], wanted: Sequence[Wanted], replication: int
) -> None:
    """Creates what is missing and checks the rest. Raises KafkaFailure."""
    client = _client(bootstrap, security)
    known = await _metadata(client)
    missing = [topic for topic in wanted if topic.name not in known.topics]
    if missing:
        broker = await _broker_config(client, next(iter(known.brokers)))
        if broker is None:
            await asyncio.gather(*(_metadata(client, topic.name) for topic in missing))
        else:
            default = int(broker.get("default.replication.factor", "1"))
            await _create(client, missing, replication, default)
        known = await _seen(client, missing)
        if broker is not None:
            await _led(client, known, missing)
    _check_partitions(known, wanted)


async def partitions_of(bootstrap: str, security: Mapping[str, str], topic: str) -> int:
    """0 where there is no such topic; asking makes none. Raises KafkaFailure."""
    return _partitions(await _metadata(_client(bootstrap, security)), topic)


async def names_of(bootstrap: str, security: Mapping[str, str]) -> frozenset[str]:
    """Every topic that we may see; asking makes none. Raises KafkaFailure."""
    return frozenset((await _metadata(_client(bootstrap, security))).topics)


async def identities(
    bootstrap: str, security: Mapping[str, str], names: Collection[str]
) -> dict[str, str]:
    """What tells each topic from any other of its name, before and after: a topic that was
    deleted and made anew, or another cluster's. The embedded broker has no such thing, and
    keeps nothing: there it is new each time. Raises KafkaFailure."""
    client = _client(bootstrap, security)
    known = await _metadata(client)
    if not names or await _broker_config(client, next(iter(known.brokers))) is None:
        return {name: uuid.uuid4().hex for name in names}

    async def ask() -> dict[str, str]:
        asked = client.describe_topics(TopicCollection(list(names)), request_timeout=TIMEOUT_S)
        return {name: str((await _result(found)).topic_id) for name, found in asked.items()}

    return await _patiently(ask, "the ids of topics")


def _client(bootstrap: str, security: Mapping[str, str]) -> AdminClient:
    # log_level 2: what goes wrong is raised, not written to stderr.
    settings = {"client.id": "chappe-admin", "log_level": 2}
    try:
        client = AdminClient(librdkafka(bootstrap, security, settings))
    except KafkaException as error:
        raise WrongSetting(f"CHAPPE_KAFKA_SECURITY: {error.args[0].str()}") from None
    client.servers = bootstrap  # for what is said of it
    return client


async def _metadata(client: AdminClient, topic: str | None = None) -> Any:
    """librdkafka's ClusterMetadata. Raises KafkaFailure."""
    try:
        arguments = () if topic is None else (topic,)
        return await _aside(lambda: client.list_topics(*arguments, timeout=REACH_S))
    except KafkaException as error:
        raise KafkaFailure(
            f"Kafka can't be reached at {client.servers} ({error.args[0].str()}): is it running, "
            "is CHAPPE_KAFKA right, does it ask for CHAPPE_KAFKA_SECURITY?"
        ) from error


async def _aside(call: Callable[[], Answer]) -> Answer:
    """In a thread that is not waited for at the end, unlike asyncio's own: Ctrl-C is at once."""
    answer: Future[Answer] = Future()
    answer.set_running_or_notify_cancel()

    def work() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return await asyncio.wrap_future(answer)


async def _seen(client: AdminClient, topics: Sequence[Wanted]) -> Any:
    """Metadata in which all of `topics` stand: a new topic shows a moment late."""
    deadline = asyncio.get_running_loop().time() + TIMEOUT_S
    while True:
        known = await _metadata(client)
        late = [t.name for t in topics if not _partitions(known, t.name)]
        if not late:
            return known
        if asyncio.get_running_loop().time() > deadline:
            raise KafkaFailure(f"topic {late[0]} was created, but Kafka does not show it")
        await asyncio.sleep(0.05)


async def _led(client: AdminClient, known: Any, topics: Sequence[Wanted]) -> None:
    """Until each partition answers: what is written to one before its leader knows it may be
    acknowledged and lost (docs/decisions/011)."""
    latest = OffsetSpec.latest()
    asked = {
        TopicPartition(topic.name, number): latest
        for topic in topics
        for number in known.topics[topic.name].partitions
    }

    async def ask() -> None:
        found = client.list_offsets(asked, request_timeout=TIMEOUT_S)
        await asyncio.gather(*map(_result, found.values()))

    await _patiently(ask, "new topics")


def _partitions(known: Any, topic: str) -> int:
    return len(known.topics[topic].partitions) if topic in known.topics else 0


async def _broker_config(client: AdminClient, broker: int) -> dict[str, str] | None:
    """The broker's settings, {} where we may not read them, None for the embedded broker."""
    resource = ConfigResource(ResourceType.BROKER, str(broker))
    try:
        asked = client.describe_configs([resource], request_timeout=TIMEOUT_S)
        entries = await _result(asked[resource])
    except KafkaException as error:
        if error.args[0].code() == KafkaError._UNSUPPORTED_FEATURE:
            return None
        return {}
    return {name: entry.value for name, entry in entries.items() if entry.value is not None}


async def _create(
    client: AdminClient, missing: Sequence[Wanted], replication: int, default: int
) -> None:
    replicas = default if replication == BROKER_DEFAULT else replication
    safe = {"min.insync.replicas": "2"} if replicas >= 3 else {}
    new = [
        NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=replication,
            config={**topic.config, **safe},
        )
        for topic in missing
    ]
    for name, made in client.create_topics(new, operation_timeout=TIMEOUT_S).items():
        try:
            await _result(made)
        except KafkaException as error:
            # Another worker that starts beside us may have been faster.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise KafkaFailure(
                    f"topic {name} can't be created: {error.args[0].str()}"
                ) from error


def _check_partitions(known: Any, wanted: Sequence[Wanted]) -> None:
    for topic in wanted:
        found = _partitions(known, topic.name)
        if topic.exact and found != topic.partitions:
            raise WrongSetting(
                f"topic {topic.name} has {found} partitions, CHAPPE_PARTITIONS says "
                f"{topic.partitions}: set CHAPPE_PARTITIONS={found}. It is fixed for the life "
                f"of an installation, since it decides which worker knows a phone number"
            )


async def _result(future: "Future[Any]") -> Any:
    return await asyncio.wrap_future(future)


async def _patiently(ask: Callable[[], Awaitable[Answer]], what: str) -> Answer:
    """Asks again while the answer is PASSING, for REACH_S. Raises KafkaFailure."""
    deadline = asyncio.get_running_loop().time() + REACH_S
    while True:
        try:
            return await ask()
        except KafkaException as error:
            code = error.args[0].code()
            if code not in PASSING or asyncio.get_running_loop().time() > deadline:
                raise KafkaFailure(f"{what} can't be read: {error.args[0].str()}") from error
            await asyncio.sleep(0.1)
