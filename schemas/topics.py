"""The one table of topics: names, keys, values, how long they are kept, who writes.

Rules: public topics begin with one prefix and internal ones with another, so that one
prefixed ACL grants each; topics keyed by phone number all have the same number of
partitions, and a record's partition in them is always given explicitly.
"""

from dataclasses import dataclass
from typing import Literal

from schemas.lane import LANES, Lane

Personal = Literal["none", "number", "text", "secret"]

DAY_MS = 24 * 3600 * 1000
INTERNAL_KEPT_MS = 8 * DAY_MS
"""Longest `deliver_within` (1 day at most) and 7 days."""


@dataclass(frozen=True, slots=True)
class Topic:
    """`kept_ms` None is for ever. `personal` is the most personal thing in a value."""

    name: str
    key: str
    value: str
    by_phone: bool
    kept_ms: int | None
    writers: str
    personal: Personal
    compacted: bool = False

    @property
    def config(self) -> dict[str, str]:
        """Kafka's topic configuration."""
        if self.compacted:
            return {"cleanup.policy": "compact"}
        kept = -1 if self.kept_ms is None else self.kept_ms
        segment = 7 * DAY_MS if kept < 0 else min(7 * DAY_MS, max(kept // 2, 3600 * 1000))
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(kept),
            "segment.ms": str(segment),
        }


class Topics:
    """Every topic that Chappe itself owns, and its groups, under the two prefixes."""

    def __init__(self, public: str = "sms.", internal: str = "chappe.") -> None:
        self.public, self.internal = public, internal
        self.engine_group = f"{internal.rstrip('.')}-engine"
        self.gateway_group = f"{internal.rstrip('.')}-gateway"
        self.receipts_group = f"{internal.rstrip('.')}-receipts"
        self.status = Topic(
            f"{public}status", "phone number", "Status", True, 30 * DAY_MS, "Chappe", "text"
        )
        self.dead_letters = Topic(
            f"{public}dead-letters", "as it came", "the raw bytes", False, 30 * DAY_MS, "Chappe",
            "text",
        )  # fmt: skip
        self.inbound = Topic(
            f"{public}inbound", "phone number", "Inbound", True, 30 * DAY_MS, "Chappe", "text"
        )
        self.consents = Topic(
            f"{public}consents", "phone number", "Consent", True, None,
            "upstream, Chappe (replies)", "text",
        )  # fmt: skip
        self.receipts = Topic(
            f"{internal}receipts", "SMSC and message id", "Expected, Doubted or Told", False,
            INTERNAL_KEPT_MS, "Chappe", "text",
        )  # fmt: skip
        self.segments = Topic(
            f"{internal}segments", "message id", "Outcome", True, INTERNAL_KEPT_MS, "Chappe",
            "text",
        )  # fmt: skip
        self.replies = Topic(
            f"{internal}replies", "phone number", "Part", True, INTERNAL_KEPT_MS, "Chappe", "text"
        )
        self.retries = Topic(
            f"{internal}retries", "none", "batch of Message", True, DAY_MS, "Chappe", "secret"
        )  # fmt: skip
        self.in_doubt = Topic(
            f"{internal}in-doubt", "message id", "Message", True, DAY_MS, "Chappe", "secret"
        )  # fmt: skip
        self.recipients = Topic(
            f"{internal}recipients.changelog", "phone number", "Recipient, packed", True, None,
            "Chappe (compose's table)", "number", compacted=True,
        )  # fmt: skip
        self.tracked = Topic(
            f"{internal}receipts.changelog", "SMSC and message id", "Tracked or Doubt", False,
            None, "Chappe (the join of receipts)", "text", compacted=True,
        )  # fmt: skip
        self.gathered = Topic(
            f"{internal}segments.changelog", "message id", "Gathered", True, None,
            "Chappe (the join of segments)", "text", compacted=True,
        )  # fmt: skip
        self.requests = {lane: self._internal("requests", lane, "Request") for lane in LANES}
        self.outbound = {lane: self._internal("outbound", lane, "Message") for lane in LANES}

    def _internal(self, stage: str, lane: Lane, value: str) -> Topic:
        secret = lane is Lane.URGENT
        kept = DAY_MS if secret else INTERNAL_KEPT_MS
        name = f"{self.internal}{stage}.{lane}"
        return Topic(name, "none", f"batch of {value}", True, kept, "Chappe",
                     "secret" if secret else "text")  # fmt: skip

    def all(self) -> list[Topic]:
        """In the order in which they are created."""
        return [
            self.status,
            self.dead_letters,
            self.recipients,
            *self.requests.values(),
            *self.outbound.values(),
            self.retries,
            self.in_doubt,
            self.receipts,
            self.segments,
            self.tracked,
            self.gathered,
            self.replies,
            self.inbound,
            self.consents,
        ]
