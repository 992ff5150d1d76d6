"""The metrics' table, what is exported of it, and the page that tells of it.

Run this file as a module to write `docs/metrics.md` anew.
"""

import re
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from agents.metrics import TABLE, Metric, Metrics, markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
PERSONAL = {"phone", "number", "id", "text", "message", "event", "source"}


def test_the_page_is_true() -> None:
    """Write it anew with `python -m tests.agents.test_metrics`."""
    assert PAGE.read_text("utf-8") == markdown()


@pytest.mark.parametrize("metric", TABLE.values(), ids=lambda metric: metric.name)
def test_names_follow_the_rules(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*[a-z]", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter"), "_total is for counters"
    assert not PERSONAL & set(metric.labels), "labels come from bounded sets"
    assert metric.help.endswith("."), "a sentence"


@pytest.mark.parametrize("metric", TABLE.values(), ids=lambda metric: metric.name)
def test_each_is_exported_under_its_name(metric: Metric) -> None:
    metrics = Metrics()
    labels = tuple("x" for _ in metric.labels)
    if metric.kind == "counter":
        metrics.count(metric.name, *labels, by=3)
    elif metric.kind == "gauge":
        metrics.set(metric.name, *labels, to=3)
    else:
        metrics.observe(metric.name, *labels, value=3)
    named = ",".join(f'{label}="x"' for label in sorted(metric.labels))
    named = f"{{{named}}}" if named else ""
    suffix = "_sum" if metric.kind == "histogram" else ""
    assert (
        f"chappe_{metric.name}{suffix}{named} 3.0\n" in generate_latest(metrics.registry).decode()
    )


@pytest.mark.parametrize("edge", ["0.5", "2.0", "10.0"])
def test_the_delay_has_the_buckets_that_are_promised(edge: str) -> None:
    metrics = Metrics()
    metrics.observe("submit_delay_seconds", "urgent", value=0.1)
    exported = generate_latest(metrics.registry).decode()
    assert f'chappe_submit_delay_seconds_bucket{{lane="urgent",le="{edge}"}} 1.0\n' in exported


def test_every_stage_of_waiting_is_told() -> None:
    code = "".join(path.read_text("utf-8") for path in (PAGE.parents[1] / "agents").rglob("*.py"))
    stages = set(re.findall(r'set\("waiting_messages", "(\w+)"', code))
    told = set(re.findall(r"(\w+) \(", TABLE["waiting_messages"].help.partition("Stage: ")[2]))
    assert len(stages) > 2 and stages == told


def test_two_sets_of_metrics_do_not_mix() -> None:
    one, other = Metrics(), Metrics()
    one.count("replies_incomplete_total", "smsc")
    assert (
        'chappe_replies_incomplete_total{smsc="smsc"}'
        not in generate_latest(other.registry).decode()
    )


if __name__ == "__main__":
    PAGE.write_text(markdown(), "utf-8")
