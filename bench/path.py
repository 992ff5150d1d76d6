"""Events a second from a domain topic to a written status, beside a bare Faust agent.

Rules: real Kafka, real SMPP, product defaults, all processes on this machine; what is
printed is a ratio of figures of one run, since machines differ and are noisy.

    python -m bench.path [events]
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from agents.kafka.admin import Wanted, ensure
from agents.kafka.producer import KafkaProducer
from tests.kafka.broker import Broker

RECIPIENTS = 20_000
TOPIC = "domain.parcels"
PARTITIONS = 4
PORTS = {"engine": 19801, "gateway": 19802}
SMSC_PORT = 19803
WINDOW = 200
TIMEOUT_S = 300.0


def event(number: int, now: str) -> bytes:
    """One of 20,000 recipients, a text that occurs once."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"b-{number}",
            "source": "/bench",
            "type": "package.arrived",
            "time": now,
            "data": {
                "parcel_id": f"X{number:08d}",
                "phone": f"+336{number % RECIPIENTS:08d}",
                "locale": "en",
            },
        }
    ).encode()


async def publish(bootstrap: str, count: int) -> None:
    """All of them, before anything reads."""
    await ensure(bootstrap, {}, [Wanted(TOPIC, PARTITIONS, {})], 1)
    producer = KafkaProducer(bootstrap, client_id="bench", security={}, on_failure=print)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for number in range(count):
        producer.produce(TOPIC, event(number, now), partition=number % PARTITIONS)
        if number % 1000 == 0:
            await producer.room()
            await asyncio.sleep(0)
    await producer.close(60.0)


def start(*command: str, **settings: str) -> subprocess.Popen[bytes]:
    """A process of the product."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHAPPE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "agents.cli.main", *command],
        env={**environment, **settings, "CHAPPE_LOG": "warning"},
    )


def scrape(port: int, metric: str) -> float:
    """The sum over all labels; 0 while the process is not there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    except OSError:
        return 0.0
    found = re.findall(rf"^chappe_{metric} (\S+)$", text, re.MULTILINE)
    return sum(float(value) for value in found)


def rss_mb(process: subprocess.Popen[bytes]) -> float:
    """Resident memory."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor time so far, user and system."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(port: int, metric: str, count: float) -> float:
    """Seconds since 1970 at which the metric reached `count`."""
    deadline = time.time() + TIMEOUT_S
    while time.time() < deadline:
        value = scrape(port, metric)
        if value >= count:
            return time.time()
        time.sleep(0.1)
    raise SystemExit(f"{metric} stood at {value:,.0f} of {count:,.0f} after {TIMEOUT_S:g} s")


def stop(*processes: subprocess.Popen[bytes]) -> None:
    """SIGTERM and wait."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.wait(30)


def bare_agent(bootstrap: str, count: int) -> float:
    """Events a second that a stock Faust agent counts from the same topic."""
    source = Path(__file__).with_name("bare_agent.py")
    out = subprocess.run(
        [sys.executable, str(source), bootstrap, TOPIC, str(count)],
        stdout=subprocess.PIPE, check=True, text=True, timeout=300,
    )  # fmt: skip
    found = re.search(r"rate=(\d+)", out.stdout)
    if found is None:
        raise SystemExit("the bare agent did not count them all")
    return float(found[1])


SUBMITTED = r'messages_total\{[^}]*state="submitted"[^}]*\}'
QUEUED = r'messages_total\{[^}]*state="queued"[^}]*\}'


@dataclass(slots=True)
class Figures:
    """Of one run: events a second; memory at a quarter and at the end (MB); CPU (µs an event)."""

    rate: float
    memory: dict[str, list[float]]
    cpu_us: dict[str, float]


def whole_path(bootstrap: str, count: int, name: str, *smsc_options: str) -> Figures:
    """Engine, gateway and SMSC together, from the first submit to the last."""
    settings = settings_for(bootstrap, name)
    smsc = start("smsc", "--port", str(SMSC_PORT), "--inbox-limit", "0", *smsc_options)
    engine = start("engine", **settings, CHAPPE_METRICS_PORT=str(PORTS["engine"]))
    gateway = start("gateway", **settings, CHAPPE_METRICS_PORT=str(PORTS["gateway"]))
    processes = {"engine": engine, "gateway": gateway, "SMSC": smsc}
    if "--no-receipts" not in smsc_options:
        data = {"CHAPPE_DATA": str(Path.cwd() / name)}
        processes["receipts"] = start("receipts", **settings, **data, CHAPPE_METRICS_PORT="0")
    memory: dict[str, list[float]] = {"engine": [], "gateway": []}
    try:
        began = wait_for(PORTS["gateway"], SUBMITTED, 1)
        used = {part: cpu_s(process) for part, process in processes.items()}
        for share in (count / 4, count):
            ended = wait_for(PORTS["gateway"], SUBMITTED, share)
            memory["engine"].append(rss_mb(engine))
            memory["gateway"].append(rss_mb(gateway))
        cpu_us = {
            part: (cpu_s(process) - used[part]) / count * 1e6 for part, process in processes.items()
        }
    finally:
        stop(*processes.values())
    return Figures(count / (ended - began), memory, cpu_us)


def gateway_alone(bootstrap: str, count: int) -> float:
    """Messages a second from a full outbound, the engine being stopped."""
    settings = settings_for(bootstrap, "alone")
    engine = start("engine", **settings, CHAPPE_METRICS_PORT=str(PORTS["engine"]))
    wait_for(PORTS["engine"], QUEUED, count)
    stop(engine)
    smsc = start("smsc", "--port", str(SMSC_PORT), "--inbox-limit", "0", "--no-receipts")
    gateway = start("gateway", **settings, CHAPPE_METRICS_PORT=str(PORTS["gateway"]))
    try:
        began = wait_for(PORTS["gateway"], SUBMITTED, 1)
        ended = wait_for(PORTS["gateway"], SUBMITTED, count)
    finally:
        stop(gateway, smsc)
    return count / (ended - began)


def settings_for(bootstrap: str, name: str) -> dict[str, str]:
    """Each figure has topics and groups of its own, and reads the same events."""
    return {
        "CHAPPE_KAFKA": bootstrap,
        "CHAPPE_START": "earliest",
        "CHAPPE_PARTITIONS": str(PARTITIONS),
        "CHAPPE_MODE": "live",
        "CHAPPE_PUBLIC_PREFIX": f"{name}.sms.",
        "CHAPPE_INTERNAL_PREFIX": f"{name}.",
        "CHAPPE_SMSC": f"smpp://bench:bench@127.0.0.1:{SMSC_PORT}?window={WINDOW}",
    }


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        broker = Broker()
        broker.start()
        try:
            asyncio.run(publish(broker.bootstrap, count))
            bare = bare_agent(broker.bootstrap, count)
            path = whole_path(broker.bootstrap, count, "path", "--no-receipts")
            receipts = whole_path(broker.bootstrap, count, "receipts")
            alone = gateway_alone(broker.bootstrap, count)
        finally:
            broker.stop()
    print(f"events                        {count:,}")
    print(f"bare Faust agent, counting    {bare:,.0f}/s")
    for words, figures in (("event to status", path), ("the same, receipts too", receipts)):
        print(f"{words:<28}  {figures.rate:,.0f}/s   ratio {figures.rate / bare:.2f}   CPU µs: "
              + ", ".join(f"{name} {us:.0f}" for name, us in figures.cpu_us.items()))  # fmt: skip
    print(f"gateway alone, full outbound  {alone:,.0f}/s   ratio {alone / bare:.2f}")
    for name, (quarter, whole) in receipts.memory.items():
        print(f"{name:<8} RSS at {count // 4:,}: {quarter:.0f} MB, at {count:,}: {whole:.0f} MB, "
              f"ratio {whole / quarter:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
