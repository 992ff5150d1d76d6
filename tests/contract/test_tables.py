"""What a table must keep, in memory or on disk, on a real Kafka.

Rules: each promise is one test, run on both; what only a disk can get wrong follows.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agents.kafka.disk_table import DiskTable
from agents.kafka.errors import KafkaFailure
from agents.kafka.table import Table
from tests.contract.test_transport import Kafka
from tests.contract.workers import INTERNAL, Plan, Worker, until, working

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def at(kafka: Any, unique: str) -> AsyncIterator[Kafka]:
    broker = Kafka(kafka.bootstrap, unique)
    yield broker
    await broker.producer.close()


@pytest.fixture(params=["memory", "disk"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "table" if request.param == "disk" else None


@pytest.fixture
def topic(unique: str) -> str:
    return f"{INTERNAL}{unique}"


def plan(at: Kafka, topic: str, handle: Any, folder: Path | None, group: str = "") -> Plan:
    return Plan(
        at.bootstrap, group or at.group, {topic: handle}, partitions=4, table=f"{at.group}-table",
        folder=folder,
    )  # fmt: skip


async def test_what_is_written_can_be_read_at_once(
    at: Kafka, topic: str, folder: Path | None
) -> None:
    """Before Kafka has it, and per partition; deleted is gone."""
    await at.topic(topic, 4)
    seen: list[tuple[int, list[bytes | None]]] = []

    async def handle(worker: Worker, event: Any) -> None:
        held, table, mine = worker.take(event), worker.table, b"%d" % event.message.partition
        before = table.get("k")
        table["k"] = mine
        table["k"] = mine + b"!"
        between, inside = table["k"], "k" in table.data
        del table["k"]
        after = table.get("k")
        table["k"] = mine
        seen.append((event.message.partition, [before, between, after, table["k"]]))
        assert inside
        held.done()

    await at.write(topic, [b"a", b"b"], partitions=2)
    async with working("ours", plan(at, topic, handle, folder)) as worker:
        await until(lambda: len(seen) == 2, 10, "both are read")
        with pytest.raises(TypeError):
            worker.table["k"] = b"outside"
        with pytest.raises(TypeError):
            worker.table.get("k")
    assert sorted(seen) == [(n, [None, b"%d!" % n, None, b"%d" % n]) for n in (0, 1)]


async def test_it_tells_when_kafka_has_it(at: Kafka, topic: str, folder: Path | None) -> None:
    await at.topic(topic, 4)
    order: list[str] = []

    async def handle(worker: Worker, event: Any) -> None:
        held, key = worker.take(event), event.message.value.decode()
        worker.table.after_writes(event.message.partition, lambda: order.append(f"{key}: none"))
        worker.table[key] = b"x"
        worker.table.after_writes(event.message.partition, lambda: order.append(f"{key}: one"))
        order.append(f"{key}: taken")
        worker.table.after_writes(event.message.partition, held.done)

    await at.write(topic, [b"a"])
    async with working("ours", plan(at, topic, handle, folder)):
        await until(lambda: len(order) == 3, 10, "the write is acknowledged")
    assert order == ["a: none", "a: taken", "a: one"]


async def test_the_table_survives_a_kill(at: Kafka, topic: str, folder: Path | None) -> None:
    """SIGKILL in the middle: what was acknowledged is there again, what was not finished is
    read again."""
    await at.topic(topic, 4)
    table, values = f"{at.group}-table", dict[str, bytes]()
    await at.write(topic, [b"k%d" % number for number in range(100)], partitions=4)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.contract.killed", at.bootstrap, at.group, topic, table,
        str(folder or ""), cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    assert await asyncio.wait_for(child.stdout.readline(), 30) == b"100 written\n"
    os.kill(child.pid, signal.SIGKILL)
    await child.wait()

    async def handle(worker: Worker, event: Any) -> None:
        key = event.message.key.decode()
        values[key] = worker.table.get(key)
        worker.take(event).done()

    async with working("ours", plan(at, topic, handle, folder)):
        await until(lambda: len(values) == 100, 15, "the unfinished records are read again")
    assert values == {f"k{number}": b"seen k%d" % number for number in range(100)}


async def test_a_partition_that_was_away_comes_back_with_what_the_other_wrote(
    at: Kafka, topic: str, folder: Path | None, tmp_path: Path
) -> None:
    """A worker counts, another joins and counts on, and leaves: no count is lost or stale."""
    await at.topic(topic, 4)
    counts: dict[int, list[int]] = {n: [] for n in range(4)}
    by: dict[str, int] = {"first": 0, "second": 0}

    def counting(name: str) -> Any:
        async def handle(worker: Worker, event: Any) -> None:
            held, partition = worker.take(event), event.message.partition
            if not held.alive:
                return
            count = int(worker.table.get("count") or b"0") + 1
            worker.table["count"] = b"%d" % count
            if count % 3 == 0:
                worker.table[f"gone {count}"] = b"x"
                del worker.table[f"gone {count}"]
            counts[partition].append(count)
            by[name] += 1
            held.done()

        return handle

    async def more(wanted: int) -> None:
        await at.write(topic, [b"v"] * 40, partitions=4)
        await until(lambda: sum(map(len, counts.values())) == wanted, 20, f"{wanted} counted")

    other = tmp_path / "other" if folder else None
    async with working("ours", plan(at, topic, counting("first"), folder)) as first:
        await more(40)
        async with working("ours", plan(at, topic, counting("second"), other)):
            await until(lambda: first.ready, 20, "both are ready")
            await more(80)
            assert by["second"] > 0
        await until(lambda: first.ready, 20, "the first has all again")
        await more(120)
    assert counts == {n: list(range(1, 31)) for n in range(4)}


async def test_a_long_changelog_does_not_pile_up_in_memory(
    at: Kafka, topic: str, folder: Path | None, monkeypatch: Any
) -> None:
    """30,000 changes are taken in while few wait to be; and all are there."""
    await at.topic(topic, 4)
    waiting, keys = list[int](), list[int]()

    async def handle(worker: Worker, event: Any) -> None:
        keys.append(len(worker.table.data))
        worker.take(event)

    def slow(table: Table, batch: Any) -> None:
        waiting.append(table.app.tables.changelog_queue.qsize())
        apply(table, batch)
        time.sleep(0.02)

    apply = Table.apply_changelog_batch
    monkeypatch.setattr(Table, "apply_changelog_batch", slow)
    of = plan(at, topic, handle, folder)
    await at.topic(of.changelog, 4, cleanup_policy="compact")
    await at.write(of.changelog, (b"%d" % number for number in range(30_000)), partitions=4)
    await at.write(topic, [b"one"])
    async with working("ours", of):
        await until(lambda: keys, 10, "the table is recovered")
    assert keys == [30_000]
    assert len(waiting) >= 30
    assert max(waiting) < 5_000


# -- only on disk


@pytest.fixture
def on_disk(tmp_path: Path) -> Path:
    return tmp_path / "table"


async def written(at: Kafka, topic: str, folder: Path, count: int) -> DiskTable:
    """A worker that wrote `count` keys to partition 0, and stopped; its table."""
    done: list[bytes] = []

    async def handle(worker: Worker, event: Any) -> None:
        held = worker.take(event)
        worker.table[event.message.value.decode()] = b"v"
        done.append(event.message.value)
        held.done()

    await at.write(topic, [b"%d" % number for number in range(count)])
    async with working("ours", plan(at, topic, handle, folder)) as worker:
        await until(lambda: len(done) == count, 10, "all are written")
    table: DiskTable = worker.table
    return table


async def recovered(at: Kafka, topic: str, folder: Path, monkeypatch: Any) -> tuple[int, set[str]]:
    """What a new worker read of the changelog, and what it then had of partition 0."""
    applied: list[int] = []
    apply = DiskTable.apply_changelog_batch

    def counted(table: DiskTable, batch: Any) -> None:
        applied.append(len(batch))
        apply(table, batch)

    async def handle(worker: Worker, event: Any) -> None:
        worker.take(event)

    monkeypatch.setattr(DiskTable, "apply_changelog_batch", counted)
    async with working("ours", plan(at, topic, handle, folder)) as worker:
        keys = set(worker.table.disk.keys(0))
    return sum(applied), keys


async def test_a_restart_reads_only_what_the_disk_has_not(
    at: Kafka, topic: str, on_disk: Path, monkeypatch: Any
) -> None:
    await at.topic(topic, 4)
    table = await written(at, topic, on_disk, 50)
    await at.write(table.changelog_topic_name, [b"by another"])
    read, keys = await recovered(at, topic, on_disk, monkeypatch)
    assert read == 1
    assert keys == {f"{n}" for n in range(50)} | {"by another"}


async def test_a_lost_disk_comes_again_from_kafka(
    at: Kafka, topic: str, on_disk: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    await at.topic(topic, 4)
    await written(at, topic, on_disk, 50)
    read, keys = await recovered(at, topic, tmp_path / "new", monkeypatch)
    assert (read, keys) == (50, {f"{n}" for n in range(50)})


async def test_a_disk_of_another_changelog_is_not_believed(
    at: Kafka, topic: str, on_disk: Path, monkeypatch: Any
) -> None:
    """The topic was deleted and made anew, with fewer and with more records than before."""
    await at.topic(topic, 4)
    table = await written(at, topic, on_disk, 50)
    name = table.changelog_topic_name
    for again in (3, 60):
        for done in at.admin.delete_topics([name]).values():
            await asyncio.wrap_future(done)
        await until(lambda: name not in at.admin.list_topics(timeout=5).topics, 10, "it is gone")
        await at.topic(name, 4, cleanup_policy="compact")
        await at.write(name, [b"new %d" % n for n in range(again)])
        _, keys = await recovered(at, topic, on_disk, monkeypatch)
        assert keys == {f"new {n}" for n in range(again)}


async def test_a_disk_ahead_of_its_changelog_is_not_believed(
    at: Kafka, topic: str, on_disk: Path, monkeypatch: Any
) -> None:
    """Kafka lost its end (an unclean election, a restored backup): the topic is the same."""
    await at.topic(topic, 4)
    table = await written(at, topic, on_disk, 5)
    table.open(await topic_id(at, table))
    table.disk.apply(0, [("never written", b"v")], 1000, 1 << 42)
    table.disk.close()
    _, keys = await recovered(at, topic, on_disk, monkeypatch)
    assert keys == {f"{n}" for n in range(5)}


async def topic_id(at: Kafka, table: DiskTable) -> str:
    from agents.kafka.admin import identities

    name: str = table.changelog_topic_name
    return (await identities(at.bootstrap, {}, [name]))[name]


async def test_a_disk_that_fails_stops_the_worker(at: Kafka, topic: str, on_disk: Path) -> None:
    await at.topic(topic, 4)

    async def handle(worker: Worker, event: Any) -> None:
        held = worker.take(event)
        worker.table.disk.close()
        try:
            worker.table.get("k")
        except KafkaFailure:
            return
        held.done()

    async with working("ours", plan(at, topic, handle, on_disk)) as worker:
        await at.write(topic, [b"one"])
        await until(lambda: worker.crashed, 10, "the worker has stopped")
    assert "CHAPPE_DATA" in str(worker.crashed)
    assert await at.committed(topic) is None
