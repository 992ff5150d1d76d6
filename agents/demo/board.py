"""The board: what has come so far of each event. Told of everything, it decides what is shown.

Rules: no I/O and no clock, the time comes in (milliseconds since 1970); a figure is what
`sms.status` and the phones say, nothing is reckoned from what ought to be.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from agents.demo.events import DemoEvent, Due
from schemas.lane import Lane
from schemas.record import Millis
from schemas.status import State, Status

RATE_MS = 3000
"""The rate shown is that of so long a while."""
KEPT = 100
"""Events that are shown at most; all are judged."""
OVER = frozenset(
    {State.DELIVERED, State.UNDELIVERED, State.REFUSED, State.FAILED, State.IN_DOUBT,
     State.CANCELLED}
)  # fmt: skip
"""Nothing more is waited for; a receipt may still settle what is in doubt."""
TAKEN = frozenset({State.SUBMITTED, State.DELIVERED, State.UNDELIVERED})


@dataclass(slots=True, eq=False)
class Row:
    """One thing due of an event, as far as it has come.

    `state` as a person reads it; `submit_ms`: from the event to its submit; `behind`: the
    campaign messages that waited then; `gone`: it waits no more; `shown`: the texts on the
    phone, oldest first.
    """

    event: DemoEvent
    due: Due
    at_ms: Millis
    state: str = "published"
    words: str = ""
    reason: str = ""
    lane: Lane | None = None
    segments: int = 0
    submit_ms: int | None = None
    behind: int = 0
    over: bool = False
    taken: bool = False
    gone: bool = False
    shown: list[str] = field(default_factory=list)

    @property
    def in_doubt(self) -> bool:
        """It may have been sent, or not."""
        return self.state == "in doubt"

    @property
    def texts_due(self) -> int:
        """How many its phone must show for it."""
        return 0 if self.due.text is None else 1

    @property
    def as_due(self) -> bool:
        """It ended as it must."""
        due = self.due
        named = due.reason in ("", self.reason) and due.variable in ("", _variable(self.words))
        return self.over and self.state == due.ends and named


def _variable(words: str) -> str:
    """The variable that a refusal names: `… variable code …`."""
    _, _, after = words.partition("variable ")
    return after.split(" ", 1)[0].rstrip(":,.)") if after else ""


class Board:
    """`on_over` is called with each row that ends. `rows` are all that are not forgotten,
    `recent` those that are shown, `codes` the urgent ones that were submitted; `phones` counts
    texts by number. `planned` and `sent` are of the campaign of now; `settled` counts what was
    forgotten, by how it ended.
    """

    def __init__(self, on_over: Callable[[Row], None] = lambda _: None) -> None:
        self.recent: deque[Row] = deque(maxlen=KEPT)
        self.rows: list[Row] = []
        self.planned = self.sent = 0
        self.settled: Counter[str] = Counter()
        self._gone = 0
        self.codes: list[Row] = []
        self.phones: Counter[tuple[str, str]] = Counter()
        self._on_over = on_over
        self._by_key: dict[str, Row] = {}
        self._on_phone: dict[str, list[Row]] = {}
        self._arrivals: deque[Millis] = deque()
        self._unasked: deque[Row] = deque()
        self._nobody = 0

    # --- what is told ---

    def published(self, events: Sequence[DemoEvent], now_ms: Millis) -> None:
        """They are about to be published; a campaign when the one before is through."""
        if any(event.campaign for event in events) and not self.waiting:
            self.planned = self.sent = self._gone = 0
        for event in events:
            for due in event.due:
                row = Row(event, due, now_ms, lane=due.lane)
                self.rows.append(row)
                self._by_key[due.key] = row
                if event.phone and due.text is not None:
                    self._on_phone.setdefault(event.phone, []).append(row)
                if event.campaign:
                    self.planned += 1
                else:
                    self.recent.append(row)
                if due.ends == "no template":
                    self._unasked.append(row)

    def status(self, status: Status) -> None:
        """One record of `sms.status`. Those of somebody else's events are passed over."""
        row = self._by_key.get(status.id)
        if row is None:
            return
        row.lane = status.lane
        if status.state is State.SUBMITTED:
            row.submit_ms = int((status.at - status.event_time).total_seconds() * 1000)
            row.segments = len(status.segments or ())
        if status.state in TAKEN and not row.taken:
            row.taken = True
            self._taken(row)
        if status.state is State.SUBMITTED and row.over and not row.in_doubt:
            return  # its receipt was faster
        row.state = str(status.state).replace("_", " ")
        row.reason = str(status.reason or "")
        row.words = ": ".join(part for part in (status.reason, status.detail) if part)
        if status.state in OVER:
            self._over(row)
        elif status.state in (State.RETRYING, State.HELD):
            self._goes_on(row)

    def _taken(self, row: Row) -> None:
        row.behind = self.waiting
        if row.event.campaign:
            self.sent += 1
            self._leaves(row)
        elif row.lane is Lane.URGENT:
            self.codes.append(row)

    def dead_letter(self, keys: Iterable[str], reason: str, detail: str) -> None:
        """A record of `sms.dead-letters`. `keys`: by what it may be known, see `dead_key`."""
        row = next((self._by_key[key] for key in keys if key in self._by_key), None)
        if row is not None:
            row.state, row.reason, row.words = "dead letter", reason, detail
            self._over(row)

    def unasked(self, count: int) -> None:
        """So many events, since the start, had no template that asks for them."""
        for _ in range(count - self._nobody):
            if self._unasked:
                row = self._unasked.popleft()
                row.state, row.words = "no template", "counted: nobody asks for such an event"
                self._over(row)
        self._nobody = max(count, self._nobody)

    def arrived(self, phone: str, text: str, at_ms: Millis) -> None:
        """A phone shows a text. `phone` with its `+`."""
        self.phones[phone, text] += 1
        self._arrivals.append(at_ms)
        rows = self._on_phone.get(phone, [])
        fitting = [row for row in rows if row.due.text == text]
        for row in [*(row for row in fitting if not row.shown), *reversed(fitting or rows)][:1]:
            row.shown.append(text)

    def _over(self, row: Row) -> None:
        if not row.over:
            row.over = True
            self._leaves(row)
            self._on_over(row)

    def _goes_on(self, row: Row) -> None:
        """It is sent after all."""
        row.over = False
        if row.gone and not row.taken:
            row.gone = False
            self._gone -= 1

    def _leaves(self, row: Row) -> None:
        if row.event.campaign and not row.gone:
            row.gone = True
            self._gone += 1

    def forget(self) -> None:
        """What ended as it must is only counted from here on. Should a text of it come again,
        nobody was to get that."""
        done = [row for row in self.rows if row.as_due and len(row.shown) == row.texts_due]
        for row in done:
            self.settled[row.state] += 1
            del self._by_key[row.due.key]
            if row.due.text is not None:
                self._on_phone[row.event.phone].remove(row)
                self.phones[row.event.phone, row.due.text] -= 1
        self.phones = +self.phones
        gone = set(map(id, done))
        self.rows = [row for row in self.rows if id(row) not in gone]
        self.codes = self.codes[-KEPT:]

    # --- what is read off ---

    @property
    def waiting(self) -> int:
        """Campaign messages that were published, not submitted, and not given up."""
        return self.planned - self._gone

    @property
    def all_over(self) -> bool:
        """Nothing is waited for, but perhaps a receipt for what is in doubt and on its phone."""
        return all(row.over and (bool(row.shown) or not row.in_doubt) for row in self.rows)

    @property
    def all_settled(self) -> bool:
        """Nor is anything in doubt."""
        return self.all_over and not any(row.in_doubt for row in self.rows)

    def rate_per_s(self, now_ms: Millis) -> float:
        """Messages that arrived, of late."""
        while self._arrivals and self._arrivals[0] <= now_ms - RATE_MS:
            self._arrivals.popleft()
        return len(self._arrivals) * 1000 / RATE_MS

    @property
    def doubtful(self) -> list[Row]:
        """What is in doubt, and not on its phone."""
        return [row for row in self.rows if row.in_doubt and not row.shown]

    @property
    def lost(self) -> list[Row]:
        """The SMSC is said to have it, and no phone does."""
        return [row for row in self.rows if row.taken and not row.in_doubt and not row.shown]

    def due_texts(self) -> Counter[tuple[str, str]]:
        """What all phones must show, each so often as it was asked for."""
        return Counter(
            (row.event.phone, row.due.text) for row in self.rows if row.due.text is not None
        )

    @property
    def unexpected(self) -> Counter[tuple[str, str]]:
        """Texts that the phones show too often, or that nobody was to get."""
        return self.phones - self.due_texts()
