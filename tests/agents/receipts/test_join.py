"""From a deliver_sm to a status: the gateway's inbox, then both joins, without Kafka."""

from types import SimpleNamespace
from typing import Any

import pytest

from agents.gateway.inbox import EVERY_S, Inbox
from agents.metrics import Metrics
from agents.receipts.gather import Gather
from agents.receipts.join import Join
from agents.receipts.watch import Watch
from agents.smpp.config import BindConfig, SmscConfig
from agents.smpp.events import Deliver
from agents.statuses import Statuses
from schemas.record import Record
from schemas.status import Status
from schemas.topics import Topics
from streams.sending.keeping import head
from streams.sending.receipt import USER_MESSAGE_REFERENCE, read_receipt
from tests.agents.fakes import FakeProducer, FakeSweeper
from tests.streams.tracks import PHONE, SMSC, T0, doubted

TOPICS = Topics()
CONFIG = SmscConfig("h", 1, BindConfig("me", "secret"), label=SMSC)


class Line:
    """A gateway's inbox and one worker, whose log is what the inbox and the worker write."""

    def __init__(self) -> None:
        self.now = T0 / 1000
        self.metrics, self.kafka = Metrics(), FakeProducer()
        self.acknowledged = 0
        self.table: dict[str, bytes] = {}
        self.inbox = Inbox(CONFIG, self.kafka, TOPICS, 1, self.metrics, lambda: self.now)
        table: Any = self.table
        sweeper: Any = FakeSweeper(self.table)
        statuses = Statuses(self.kafka, self.metrics, TOPICS.status.name, lambda: self.now)
        self._join = Join(
            TOPICS, 1, table, sweeper, self.kafka, statuses, Watch({}, lambda: self.now),
            self.metrics,
        )  # fmt: skip
        segments: Any = {}
        self._gather = Gather({}, segments, sweeper, statuses)
        self._read = 0

    def deliver(self, text: str, reference: int | None = 7, source: str = PHONE[1:]) -> None:
        """The SMSC sends a receipt."""
        tlvs = {} if reference is None else {USER_MESSAGE_REFERENCE: reference.to_bytes(2, "big")}
        receipt = read_receipt(4, text.encode(), tlvs)
        assert receipt is not None
        deliver = Deliver(
            receipt, source, 1, 1, "Chappe", 5, 0, 4, 0, text.encode(), tlvs, 5, 1, 1
        )  # fmt: skip
        self.inbox.on_deliver(deliver, self._acknowledge)

    def _acknowledge(self, _: Deliver) -> None:
        self.acknowledged += 1

    def write(self, record: Record | None) -> None:
        """A gateway's record, or a tick."""
        self.kafka.produce(TOPICS.receipts.name, record.to_bytes() if record else None, partition=0)

    def read(self) -> None:
        """All there is."""
        while self._read < len(self.kafka.records):
            (topic, value, _), offset = self.kafka.records[self._read], self._read
            self._read += 1
            message = SimpleNamespace(value=value, offset=offset, partition=0, timestamp=self.now)
            if topic == TOPICS.receipts.name:
                self._join.take(message)
            elif topic == TOPICS.segments.name:
                self._gather.take(message)
        self.kafka.acknowledge()

    def later(self, seconds: float) -> None:
        """Time passes, and a tick comes."""
        self.now += seconds
        self.write(None)
        self.read()

    def said(self) -> list[str]:
        """The states of the statuses written."""
        return [
            Status.from_bytes(value or b"").state
            for topic, value, _ in self.kafka.records
            if topic == TOPICS.status.name
        ]

    def counted(self) -> dict[str, int]:
        """Receipts by outcome."""
        return {
            sample.labels["outcome"]: int(sample.value)
            for family in self.metrics.registry.collect()
            for sample in family.samples
            if sample.name == "chappe_receipts_total" and sample.value
        }


@pytest.mark.parametrize("order", ["doubt first", "receipt first"])
def test_a_receipt_with_our_reference_and_no_id_settles_a_doubt(order: str) -> None:
    line = Line()
    if order == "doubt first":
        line.write(doubted())
    line.deliver("id: sub:001 stat:DELIVRD err:000 text:")
    line.write(doubted())
    line.read()
    assert line.said() == ["delivered"]
    assert line.counted() == {"matched": 1}
    assert line.acknowledged == 1


def test_one_that_finds_no_submit_is_counted_at_the_end_of_its_time() -> None:
    line = Line()
    line.deliver("id: sub:001 stat:DELIVRD err:000 text:")
    line.read()
    assert [head(octets).label for octets in line.table.values()] == [f"early/{SMSC}"]
    line.later(3601)
    assert (line.table, line.said(), line.counted()) == ({}, [], {"unmatched": 1})


NAMED = "id:42 stat:{} err:000 text:"
NAMELESS = "id: sub:001 stat:{} err:{} text:"


@pytest.mark.parametrize(
    ("text", "reference", "source", "counted", "said", "why"),
    [
        (NAMELESS.format("DELIVRD", "7"), None, PHONE, "unnamed",
         "name neither an id nor our reference, and find no message; the last: id '', "
         "stat 'DELIVRD', err '7'", "nothing to find it by"),
        (NAMELESS.format("DELIVRD", "7"), 7, "", "unnamed",
         "name neither an id nor our reference", "our reference, and not whose"),
        (NAMED.format("GONEFISHING"), 7, PHONE, "unknown_word",
         "have a state that is in no table, and decide nothing; the last: id '42', "
         "stat 'GONEFISHING', err '000'", "a word that nobody knows"),
        (NAMED.format("TO 33612345678 NOT"), 7, PHONE, "unknown_word", "stat 'TO … NOT'",
         "no phone number in a log"),
        (NAMED.format("77"), 7, PHONE, "unknown_word", "stat '77'", "a number in no table"),
        (NAMELESS.format("GONEFISHING", ""), 7, PHONE, "unknown_word", "id '', stat 'GONEFISHING'",
         "our reference finds it: it decides nothing either"),
        (NAMED.format("UNKNOWN"), 7, PHONE, "unknown", "", "the SMSC's last word: no fault of it"),
        (NAMED.format("ENROUTE"), 7, PHONE, "intermediate", "", "it is not the end"),
    ],
)  # fmt: skip
def test_what_decides_nothing_is_counted_and_said(
    text: str, reference: int | None, source: str, counted: str, said: str, why: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    line = Line()
    line.deliver(text, reference, source.removeprefix("+"))
    line.read()
    assert line.counted() == {counted: 1}, why
    assert said in "".join(caplog.messages), why
    assert len(caplog.messages) == bool(said), why
    assert (line.acknowledged, line.table) == (1, {}), "answered, and not kept"


def test_a_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()
    for _ in range(3):
        line.deliver(NAMED.format("GONEFISHING"))
    line.now += EVERY_S
    line.deliver(NAMED.format("GONE"))
    assert [said.partition(" receipts")[0] for said in caplog.messages] == ["main: 1", "main: 3"]
