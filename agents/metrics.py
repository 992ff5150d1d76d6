"""Every metric, declared once. `docs/metrics.md` is generated from this table.

Rules: prefix `chappe_`, base units, `_total` on counters; labels come from bounded sets
only (never a phone number, an id or a text); where a value may be anything, it is `other`.
"""

from dataclasses import dataclass
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

Kind = Literal["counter", "gauge", "histogram"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 600.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table; `process` says where it is exported."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    process: str
    help: str


TABLE: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("events_total", "counter", ("topic", "outcome"), "engine",
               "Records read from domain topics. Outcome: requested, no_template, dead_letter."),
        Metric("requests_total", "counter", ("lane", "template"), "engine",
               "Requests made of events: one a template that answers."),
        Metric("messages_total", "counter", ("lane", "template", "state"), "engine, gateway",
               "Steps in the lives of messages, as written to sms.status."),
        Metric("duplicates_total", "counter", ("lane", "template"), "engine, gateway",
               "Copies of a message already decided or sent, dropped without a status."),
        Metric("segments_total", "counter", ("lane", "template"), "gateway",
               "Segments that the SMSC accepted: what is paid for."),
        Metric("waiting_messages", "gauge", ("stage", "lane"), "engine, gateway",
               "Messages (not records) not finished yet. Stage: outbound (from compose to a "
               "written status, told by the engine), gateway (those in the gateway's hands)."),
        Metric("submit_delay_seconds", "histogram", ("lane",), "gateway",
               "From the event to the first segment's submit_sm."),
        Metric("submit_round_trip_seconds", "histogram", ("smsc",), "gateway",
               "From submit_sm to its answer."),
        Metric("window_in_use", "gauge", ("smsc",), "gateway",
               "Segments submitted and not answered."),
        Metric("window_limit", "gauge", ("smsc",), "gateway",
               "Segments that may be submitted and not answered."),
        Metric("bind_up", "gauge", ("smsc", "bind"), "gateway",
               "1 while bound to the SMSC."),
        Metric("rate_limit_segments_per_second", "gauge", ("smsc",), "gateway",
               "The rate learnt from throttling answers; 0 where there is no limit."),
        Metric("submit_answers_total", "counter", ("smsc", "command_status"), "gateway",
               "Answers to submit_sm by command_status (those in our table, else other)."),
        Metric("receipts_total", "counter", ("smsc", "outcome"), "gateway",
               "Receipts read. Outcome: matched, intermediate, unmatched."),
        Metric("replies_total", "counter", ("smsc",), "gateway",
               "Messages from people; counted and acknowledged, not kept yet."),
        Metric("dead_letters_total", "counter", ("topic", "reason"), "engine, gateway",
               "Records written to sms.dead-letters."),
        Metric("lag_records", "gauge", ("topic",), "engine, gateway",
               "Records of a topic not yet finished by this process, of its own partitions."),
        Metric("held_partitions", "gauge", ("lane",), "engine",
               "Partitions of requests that compose does not read, since enough is outbound."),
    )
}  # fmt: skip


_FAMILIES: dict[str, type[Counter] | type[Gauge]] = {"counter": Counter, "gauge": Gauge}


class Metrics:
    """The metrics of one process, in a registry of its own: tests run many in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._families = {name: self._family(metric) for name, metric in TABLE.items()}
        self._children: dict[tuple[str, ...], Any] = {}

    def _family(self, metric: Metric) -> Counter | Gauge | Histogram:
        name = f"chappe_{metric.name}"
        if metric.kind == "histogram":
            return Histogram(
                name, metric.help, metric.labels, buckets=SECONDS, registry=self.registry
            )
        return _FAMILIES[metric.kind](name, metric.help, metric.labels, registry=self.registry)

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Add to a counter; labels in the order of the table."""
        self._child(name, labels).inc(by)

    def set(self, name: str, *labels: str, to: float) -> None:
        """Set a gauge."""
        self._child(name, labels).set(to)

    def observe(self, name: str, *labels: str, value: float) -> None:
        """Add to a histogram."""
        self._child(name, labels).observe(value)

    def _child(self, name: str, labels: tuple[str, ...]) -> Any:
        """Kept, since prometheus_client's own look-up takes a lock and builds a tuple."""
        key = (name, *labels)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._families[name].labels(*labels)
        return child


def markdown() -> str:
    """The table as `docs/metrics.md`."""
    head = (
        "# Metrics\n\nGenerated from `agents/metrics.py`; a test keeps this page true.\n\n"
        "| metric | kind | labels | process | meaning |\n|---|---|---|---|---|\n"
    )
    return head + "".join(
        f"| `chappe_{metric.name}` | {metric.kind} "
        f"| {', '.join(f'`{label}`' for label in metric.labels)} "
        f"| {metric.process} | {metric.help} |\n"
        for metric in TABLE.values()
    )
