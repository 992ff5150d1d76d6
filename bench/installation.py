"""What the gateway's figures are taken on: a real Kafka, an SMSC, gateways, full outbounds.

Rules: SMSC and gateways are processes of their own with product defaults (12 partitions);
messages go straight to outbound, in the partitions where compose would put them; what is
measured is read at the SMSC, in its counters or its submit log.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from agents.batches import MESSAGES
from agents.kafka.admin import ensure_topics
from agents.kafka.partition import partition_of
from agents.kafka.producer import KafkaProducer
from agents.settings import child_environment
from schemas.lane import Lane
from schemas.message import Message
from schemas.origin import Origin
from schemas.topics import Topics
from streams.events.identity import message_id
from tests.kafka.broker import free_port

ROOT = Path(__file__).resolve().parents[1]
PARTITIONS = 12
"""The product's default."""
PER_RECORD = 100
"""As compose batches a backlog."""
TIMEOUT_S = 60.0


class Smsc:
    """`chappe smsc` as a process of its own; no receipts. `log` holds every submit, where asked."""

    def __init__(self, folder: Path, answer_delay_s: float, *, logged: bool = False) -> None:
        self.port, self._admin_port = free_port(), free_port()
        self.log = folder / f"submits-{self.port}.jsonl"
        self._read = 0
        options = ["--submit-log", str(self.log)] if logged else []
        self._process = spawn(
            "smsc", "--port", str(self.port), "--admin-port", str(self._admin_port),
            "--inbox-limit", "0", "--no-receipts", "--answer-delay-s", str(answer_delay_s),
            *options,
        )  # fmt: skip
        wait(lambda: self._status() is not None, "the SMSC listens")

    def _status(self) -> dict[str, Any] | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._admin_port}/", timeout=5) as got:
                found: dict[str, Any] = json.load(got)
                return found
        except OSError:
            return None

    @property
    def submits(self) -> int:
        """Of all links, since the start."""
        return int((self._status() or {"submits": 0})["submits"])

    def new_lines(self) -> Iterator[dict[str, Any]]:
        """What was logged since the last call."""
        with self.log.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    return  # being written just now
                self._read += len(line)
                yield json.loads(line)

    def url(self, system_id: str = "bench", **options: float) -> str:
        """For CHAPPE_SMSC."""
        return f"smpp://{system_id}:bench@127.0.0.1:{self.port}?{urlencode(options)}"

    def stop(self) -> None:
        """SIGTERM and wait."""
        end(self._process)


def spawn(*command: str, **settings: str) -> subprocess.Popen[bytes]:
    """A process of the product, from these sources."""
    return subprocess.Popen(
        [sys.executable, "-m", "agents.cli.main", *command],
        env=child_environment({**settings, "CHAPPE_LOG": "error"}, inherit=False),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,  # only tables are printed; what goes wrong is on stderr
    )


def end(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
    """A signal, and until it is gone."""
    process.send_signal(number)
    process.wait(30)


def wait(condition: Any, what: str) -> None:
    """Blocks. Ends the benchmark where it does not come."""
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {TIMEOUT_S:g} s: {what}")
        time.sleep(0.05)


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor time so far, user and system."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def phones(prefix: str) -> Iterator[str]:
    """Numbers for ever, each once: a run tells its messages apart by their phones."""
    return (f"{prefix}{number:07d}" for number in count())


class Place:
    """Topics and groups of its own on one Kafka. Enter it to write to them."""

    def __init__(self, bootstrap: str, name: str) -> None:
        self.topics = Topics(f"{name}.sms.", f"{name}.")
        self.written = 0
        self._bootstrap, self._name = bootstrap, name
        self._phones = phones("+3361")
        self._numbers = count()

    async def __aenter__(self) -> "Place":
        await ensure_topics(self._bootstrap, {}, self.topics.all(), PARTITIONS, 1)
        self.producer = KafkaProducer(
            self._bootstrap, client_id="bench", security={}, on_failure=print
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.producer.close()

    def gateway(self, smsc_url: str) -> subprocess.Popen[bytes]:
        """`chappe gateway`; it may be that others run."""
        return spawn(
            "gateway",
            CHAPPE_KAFKA=self._bootstrap,
            CHAPPE_MODE="live",
            CHAPPE_PARTITIONS=str(PARTITIONS),
            CHAPPE_PUBLIC_PREFIX=self.topics.public,
            CHAPPE_INTERNAL_PREFIX=self.topics.internal,
            CHAPPE_SMSC=smsc_url,
            CHAPPE_METRICS_PORT=str(free_port()),
        )

    async def backlog(self, lane: Lane, messages: int) -> None:
        """So many, in full records; returns when Kafka has them."""
        open_: list[list[Message]] = [[] for _ in range(PARTITIONS)]
        for number in range(messages):
            phone = next(self._phones)
            partition = partition_of(phone, PARTITIONS)
            batch = open_[partition]
            batch.append(self._message(lane, phone))
            if len(batch) == PER_RECORD:
                self._produce(lane, partition, batch)
                open_[partition] = []
            if number % 1_000 == 0:
                await self.producer.room()
        for partition, batch in enumerate(open_):
            if batch:
                self._produce(lane, partition, batch)
        await self.producer.flush(TIMEOUT_S)

    def one(self, lane: Lane, phone: str) -> None:
        """A record of one message."""
        self._produce(lane, partition_of(phone, PARTITIONS), [self._message(lane, phone)])

    def _produce(self, lane: Lane, partition: int, batch: list[Message]) -> None:
        value = MESSAGES.dump_json(batch, exclude_none=True)
        self.producer.produce(self.topics.outbound[lane].name, value, partition=partition)
        self.written += len(batch)

    def _message(self, lane: Lane, phone: str) -> Message:
        number, now_ms = next(self._numbers), int(time.time() * 1000)
        return Message(
            id=message_id("/bench", f"{self._name}-{number}", "bench", phone),
            lane=lane,
            template="bench",
            version="1",
            phone=phone,
            locale="en",
            sender="Chappe",
            text=f"Hello, your package X{number:08d} has arrived at your relay store.",
            encoding="gsm7",
            segments=1,
            reference=0,
            event_time=now_ms,
            decided_at=now_ms,
            deadline=now_ms + 3_600_000,
            in_doubt="resend" if lane is Lane.URGENT else "hold",
            origin=Origin(
                topic="bench", partition=0, offset=number, event_id=f"{number}",
                event_source="/bench", event_type="bench",
            ),
        )  # fmt: skip


def place_of(values: list[float], share: float) -> float:
    """The percentile, of sorted values: the smallest that at least `share` of them reach."""
    return values[max(0, -int(-len(values) * share // 1) - 1)]
