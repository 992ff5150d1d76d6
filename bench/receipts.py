"""Receipts a second through `chappe receipts`, its memory under what waits, and a gateway beside.

Rules: real Kafka, one worker, product defaults (12 partitions); figures of one run beside each
other, since machines differ and are noisy: read the ratios.

    python -m bench.receipts [receipts] [outstanding]
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agents.kafka.admin import ensure_topics
from agents.kafka.partition import partition_of
from agents.kafka.producer import KafkaProducer
from bench import takeover
from bench.installation import PARTITIONS
from bench.path import cpu_s, rss_mb, scrape, start, stop, wait_for
from schemas.topics import Topics
from schemas.tracking import Expected, Told
from tests.kafka.broker import Broker
from tests.streams.tracks import expected, told

PORT = 19804
WAITING = r'waiting_receipts\{[^}]*kind="expected"[^}]*\}'
ENDED = r'messages_total\{[^}]*state="delivered"[^}]*\}'
MARK = "0000000000"
"""Stands for the number in a record that is made once."""


def sample(record: Expected | Told) -> bytes:
    """A record's octets with MARK where its id is."""
    return record.to_bytes()


EXPECTED = sample(expected(MARK, f"5f8b8f0e-6a0c-5d3f-9a43-{MARK}55"))
TOLD = sample(told(MARK, phone="33612345678", err="000", done_date="2611231000"))


async def publish(bootstrap: str, topic: str, record: bytes, begin: int, end: int) -> None:
    """Of each number one, at the partition of its key."""
    producer = KafkaProducer(bootstrap, client_id="bench", security={}, on_failure=print)
    mark = MARK.encode()
    for number in range(begin, end):
        smsc_id = f"{number * 7919:010d}"
        key = f"main/{smsc_id}"
        producer.produce(
            topic, record.replace(mark, smsc_id.encode()), key=key.encode(),
            partition=partition_of(key, PARTITIONS),
        )  # fmt: skip
        if number % 1000 == 0:
            await producer.room()
            await asyncio.sleep(0)
    await producer.close(120.0)


class Installation:
    """Topics of a name of their own, and one worker."""

    def __init__(self, bootstrap: str, name: str) -> None:
        self.bootstrap, self.topics = bootstrap, Topics(f"{name}.sms.", f"{name}.")
        self.name, self.data = name, Path.cwd() / name
        asyncio.run(ensure_topics(bootstrap, {}, self.topics.all(), PARTITIONS, 1))

    def publish(self, record: bytes, begin: int, end: int) -> None:
        """To the topic of receipts."""
        asyncio.run(publish(self.bootstrap, self.topics.receipts.name, record, begin, end))

    def start(self) -> subprocess.Popen[bytes]:
        """`chappe receipts`."""
        return start(
            "receipts",
            CHAPPE_KAFKA=self.bootstrap,
            CHAPPE_PARTITIONS=str(PARTITIONS),
            CHAPPE_PUBLIC_PREFIX=self.topics.public,
            CHAPPE_INTERNAL_PREFIX=self.topics.internal,
            CHAPPE_DATA=str(self.data),
            CHAPPE_METRICS_PORT=str(PORT),
        )

    def disk_mb(self) -> float:
        """What the worker keeps."""
        files = [path for path in self.data.rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in files) / 1e6


def rates(bootstrap: str, count: int) -> None:
    """Submits alone, then their receipts, each from a full topic."""
    installation = Installation(bootstrap, "rate")
    print(f"{'':32}{'a second':>10}{'CPU µs':>10}")
    for words, record, metric in (
        ("submits that wait", EXPECTED, WAITING),
        ("receipts that find theirs", TOLD, ENDED),
    ):
        installation.publish(record, 0, count)
        worker = installation.start()
        try:
            began = wait_for(PORT, metric, 1)
            first, used = scrape(PORT, metric), cpu_s(worker)
            ended = wait_for(PORT, metric, count)
            cpu_us = (cpu_s(worker) - used) / (count - first) * 1e6
        finally:
            stop(worker)
        print(f"{words:32}{(count - first) / (ended - began):10,.0f}{cpu_us:10.0f}")


def memory(bootstrap: str, outstanding: int) -> None:
    """Submits without receipts, and a restart with and without what is on disk."""
    installation = Installation(bootstrap, "memory")
    worker = installation.start()
    print(f"{'outstanding':>12}{'RSS MB':>10}{'ratio':>8}{'disk MB':>10}{'octets each':>13}")
    begin, first = 0, 0.0
    try:
        for share in (0.1, 0.5, 1.0):
            end = int(outstanding * share)
            installation.publish(EXPECTED, begin, end)
            wait_for(PORT, WAITING, end)
            rss, disk = rss_mb(worker), installation.disk_mb()
            first, begin = first or rss, end
            print(f"{end:12,}{rss:10.0f}{rss / first:8.2f}{disk:10.0f}{disk * 1e6 / end:13.0f}")
        print("\na gateway that ends and is started, beside all of it: ", end="", flush=True)
        asyncio.run(beside(bootstrap, installation.name))
        stop(worker)
        for words in ("what is on disk", "nothing on disk"):
            began = time.time()
            worker = installation.start()
            ready = wait_for(PORT, WAITING, outstanding) - began
            print(f"ready again with {words}: {ready:.1f} s, RSS {rss_mb(worker):.0f} MB")
            stop(worker)
            shutil.rmtree(installation.data)
    finally:
        if worker.poll() is None:
            stop(worker)


async def beside(bootstrap: str, name: str) -> None:
    """Of the same installation: its submits wait beside the others."""
    async with takeover.streamed(bootstrap, Path.cwd(), name) as bench:
        bench.start("a")
        await takeover.restarts(bench)


def main() -> None:
    """Print the figures."""
    count, outstanding, *_ = [*map(int, sys.argv[1:]), *[100_000, 1_000_000][len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        broker = Broker()
        broker.start()
        try:
            rates(broker.bootstrap, count)
            memory(broker.bootstrap, outstanding)
        finally:
            broker.stop()


if __name__ == "__main__":
    main()
