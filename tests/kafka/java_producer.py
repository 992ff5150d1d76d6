"""Writes to a topic with Kafka's own Java producer, which is what most upstream teams use.

Rules: it returns only when every record is acknowledged (or the transaction aborted).
"""

import subprocess
from collections.abc import Iterable
from typing import Literal

from tests.kafka.jars import HERE, BrokerError, class_path

Compression = Literal["none", "gzip", "lz4", "zstd", "snappy"]


def publish(
    bootstrap: str,
    topic: str,
    records: Iterable[tuple[str, str]],
    *,
    compression: Compression = "none",
    abort: bool = False,
) -> int:
    """How many records were written. A record is (key, value) of one line each, an empty
    key is none. Raises BrokerError with what Java said, ValueError for a line break or tab."""
    lines = [line(key, value) for key, value in records]
    run = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", "-cp", class_path(), str(HERE / "Producer.java"),
         bootstrap, topic, compression, *(["--abort"] if abort else [])],
        input="".join(lines).encode(), capture_output=True, check=False,
    )  # fmt: skip
    if run.returncode:
        raise BrokerError(f"the Java producer failed:\n{run.stderr.decode()[-2000:]}")
    return int(run.stdout)


def line(key: str, value: str) -> str:
    """One record as the Java side reads it."""
    if "\t" in key or any(mark in key + value for mark in "\r\n"):
        raise ValueError(f"a line break, or a tab in the key: {key!r}, {value[:80]!r}")
    return f"{key}\t{value}\n"
