"""Every metric, declared once. `docs/metrics.md` is generated from this table.

Rules: prefix `chappe_`, base units, `_total` on counters; labels come from bounded sets
only (never a phone number, an id or a text); where a value may be anything, it is `other`.
"""

from dataclasses import dataclass
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

Kind = Literal["counter", "gauge", "histogram"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 600.0)
DELAYS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 3600.0, 6 * 3600.0, 24 * 3600.0,
          72 * 3600.0)  # fmt: skip
"""Of receipts: a phone may be off for days."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table; `process` says where it is exported."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    process: str
    help: str
    buckets: tuple[float, ...] = SECONDS


TABLE: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("events_total", "counter", ("topic", "outcome"), "engine",
               "Records read from domain topics. Outcome: requested, no_template, dead_letter."),
        Metric("requests_total", "counter", ("lane", "template"), "engine",
               "Requests made of events: one a template that answers."),
        Metric("messages_total", "counter", ("lane", "template", "state"),
               "engine, gateway, receipts",
               "Steps in the lives of messages, as written to sms.status."),
        Metric("duplicates_total", "counter", ("lane", "template"), "engine, gateway",
               "Copies of a message already decided or sent, dropped without a status."),
        Metric("segments_total", "counter", ("lane", "template"), "gateway",
               "Segments that the SMSC accepted: what is paid for."),
        Metric("waiting_messages", "gauge", ("stage", "lane"), "engine, gateway",
               "Messages (not records) not finished yet. Stage: outbound (from compose to a "
               "written status, told by the engine), gateway (those in the gateway's hands), "
               "retries (those of chappe.retries in its hands, until their time comes; of all "
               "lanes, so the lane is any)."),
        Metric("submit_delay_seconds", "histogram", ("lane",), "gateway",
               "From the event to the first segment's submit_sm."),
        Metric("submit_round_trip_seconds", "histogram", ("smsc",), "gateway",
               "From submit_sm to its answer."),
        Metric("window_in_use", "gauge", ("smsc",), "gateway",
               "Segments submitted and not answered."),
        Metric("window_limit", "gauge", ("smsc",), "gateway",
               "Segments that may be submitted and not answered."),
        Metric("delivers_total", "counter", ("smsc", "kind"), "gateway",
               "deliver_sm and data_sm from the SMSC. Kind: receipt, reply."),
        Metric("bind_failures_total", "counter", ("smsc", "reason"), "gateway",
               "Times that a bind was refused or lost. Reason: session_init (no answer to the "
               "bind), enquire_link (none to that), and those that docs/smsc.md has besides."),
        Metric("late_answers_total", "counter", ("smsc", "outcome"), "gateway",
               "Answers to submits after their time-out. Outcome: settled (a doubt, or what was to "
               "be sent again), unused."),
        Metric("recovered_total", "counter", ("outcome",), "gateway",
               "Messages that a lost gateway had open. Outcome: done, doubt, send."),
        Metric("fenced_total", "counter", (), "gateway",
               "Times that Kafka refused a commit, and submitting stopped at once."),
        Metric("bind_up", "gauge", ("smsc", "bind"), "gateway",
               "1 while bound to the SMSC."),
        Metric("rate_limit_segments_per_second", "gauge", ("smsc",), "gateway",
               "The rate learnt from throttling answers; 0 where there is no limit."),
        Metric("submit_answers_total", "counter", ("smsc", "command_status"), "gateway",
               "Answers to submit_sm by command_status (those in our table, else other); no_answer "
               "where none came in time, or the link was lost."),
        Metric("receipts_total", "counter", ("smsc", "outcome"), "gateway, receipts",
               "Receipts, each by how it ended. Outcome: matched, corrected (delivered after "
               "undelivered), again (nothing new), intermediate, unknown (the SMSC's last word), "
               "unknown_word (a state in no table), unnamed (nothing to find a submit by), "
               "unmatched (no submit in 72 h); and missing: a submit without a receipt in 72 h."),
        Metric("waiting_receipts", "gauge", ("smsc", "kind"), "receipts",
               "What waits for its other half. Kind: expected (a segment for its receipt), early "
               "(a receipt for its submit), doubted (a lost answer for a receipt; of a gateway "
               "that was killed, at each SMSC that it may have used)."),
        Metric("receipt_delay_seconds", "histogram", ("smsc",), "receipts",
               "From the answer to a segment's submit to its final receipt.", DELAYS),
        Metric("replies_total", "counter", ("smsc", "intent"), "receipts",
               "Messages from people, written to sms.inbound. Intent: stop, start, help, other."),
        Metric("replies_incomplete_total", "counter", ("smsc",), "receipts",
               "Of those, messages of which a part did not come in time."),
        Metric("dead_letters_total", "counter", ("topic", "reason"), "engine, gateway, receipts",
               "Records written to sms.dead-letters."),
        Metric("lag_records", "gauge", ("topic",), "engine, gateway, receipts",
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
                name, metric.help, metric.labels, buckets=metric.buckets, registry=self.registry
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
            family = self._families[name]
            child = self._children[key] = family.labels(*labels) if labels else family
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
