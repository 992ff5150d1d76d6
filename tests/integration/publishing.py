"""Publishing as upstream teams do: kcat and Kafka's own Java producer.

Rule: it returns when Kafka has every record; a tool that fails, fails the test.
"""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterable

from tests.integration.events import Sample
from tests.kafka import java_producer
from tests.kafka.java_producer import Compression


def kcat(bootstrap: str, topic: str, samples: Iterable[Sample]) -> None:
    """Bare lines without headers; samples marked binary one by one, with `ce_` headers."""
    samples = list(samples)
    bare = [sample.value for sample in samples if not sample.binary]
    if bare:
        _run_kcat(bootstrap, topic, "\n".join(bare) + "\n")
    for sample in samples:
        if sample.binary:
            attributes = json.loads(sample.value)
            data = attributes.pop("data")
            headers = {"content-type": "application/json"}
            headers |= {f"ce_{name}": text for name, text in attributes.items()}
            flags = [flag for name, text in headers.items() for flag in ("-H", f"{name}={text}")]
            _run_kcat(bootstrap, topic, json.dumps(data, ensure_ascii=False), *flags)


def _run_kcat(bootstrap: str, topic: str, text: str, *flags: str) -> None:
    assert shutil.which("kcat"), "kcat is missing. On Debian or Ubuntu: apt-get install kcat"
    run = subprocess.run(
        ["kcat", "-P", "-b", bootstrap, "-t", topic, "-q", *flags],
        input=text.encode(), capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr.decode()


def java(
    bootstrap: str, topic: str, samples: Iterable[Sample], compression: Compression = "none"
) -> None:
    """Keyed by phone, as most teams do."""
    records = [(sample.phone, sample.value) for sample in samples]
    assert java_producer.publish(bootstrap, topic, records, compression=compression) == len(records)


async def halves(bootstrap: str, prefix: str, samples: list[Sample], slices: int = 1) -> None:
    """Every second sample with kcat, the others with Java, in `slices` one after the other;
    what is marked binary goes with kcat, since the Java side writes no headers."""
    size = -(-len(samples) // slices)
    for start in range(0, len(samples), size):
        part = samples[start : start + size]
        tools = {
            kcat: [s for at, s in enumerate(part) if at % 2 == 0 or s.binary],
            java: [s for at, s in enumerate(part) if at % 2 == 1 and not s.binary],
        }
        await asyncio.gather(*(
            asyncio.to_thread(_by_topic, tool, bootstrap, prefix, mine)
            for tool, mine in tools.items()
        ))  # fmt: skip


def _by_topic(tool: object, bootstrap: str, prefix: str, samples: list[Sample]) -> None:
    assert callable(tool)
    for short in sorted({sample.short for sample in samples}):
        chosen = [sample for sample in samples if sample.short == short]
        tool(bootstrap, f"{prefix}.domain.{short}", chosen)
