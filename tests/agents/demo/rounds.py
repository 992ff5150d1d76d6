"""A demo's round without processes: events, and what Chappe and the phones say of them."""

from agents.catalog import load_catalog
from agents.demo.board import Board, Row
from agents.demo.events import DemoEvent, shipped_events
from agents.demo.own import campaign_events
from agents.demo.show import Scene
from schemas.lane import Lane
from schemas.origin import Origin
from schemas.record import moment
from schemas.status import Segment, State, Status

NOW_MS = 1_800_000_000_000
CATALOG = load_catalog()


def status(row: Row, state: State, after_ms: int = 150, **more: object) -> Status:
    """What `sms.status` says of a message. `after_ms`: since its event."""
    event, due = row.event, row.due
    origin = Origin(
        topic=event.topic, partition=0, offset=0, event_id=event.id, event_source="/x",
        event_type=event.type,
    )  # fmt: skip
    segments = [Segment(number=1, state=state)] if state is State.SUBMITTED else None
    fields = {
        "id": due.key, "state": state, "at": moment(row.at_ms + after_ms), "phone": event.phone,
        "lane": due.lane or Lane.NORMAL, "template": due.template, "segments": segments,
        "event_time": moment(row.at_ms), "origin": origin, **more,
    }  # fmt: skip
    return Status.model_validate(fields)


def row_of(board: Board, event: DemoEvent) -> Row:
    """Of an event with one thing due."""
    (row,) = [row for row in board.rows if row.event is event]
    return row


def sent(board: Board, row: Row, after_ms: int = 150) -> None:
    """Submitted, shown on its phone, delivered."""
    board.status(status(row, State.QUEUED))
    arrived(board, row, after_ms)
    board.status(status(row, State.SUBMITTED, after_ms))
    board.status(status(row, State.DELIVERED, after_ms + 5))


def arrived(board: Board, row: Row, after_ms: int = 150) -> None:
    """On its phone."""
    assert row.due.text is not None
    board.arrived(row.event.phone, row.due.text, row.at_ms + after_ms)


def ended(board: Board, row: Row) -> None:
    """As it must."""
    due = row.due
    if due.ends == "delivered":
        sent(board, row)
    elif due.ends == "refused":
        detail = f"variable {due.variable}" if due.variable else "opted_in is not true"
        board.status(status(row, State.REFUSED, reason=due.reason, detail=detail))
    elif due.ends == "dead letter":
        words = f"not what is needed (variable {due.variable} (data.x): none)"
        board.dead_letter([due.key], due.reason, words)
    else:
        board.unasked(sum(one.state == "no template" for one in board.rows) + 1)


def in_the_middle() -> Scene:
    """A campaign behind, a code that passed it, an event nobody asks for, one that is refused."""
    board = Board()
    campaign = campaign_events(CATALOG, 40, NOW_MS, "c")
    events = shipped_events(CATALOG, NOW_MS, "r")
    board.published(campaign, NOW_MS)
    for event in campaign[:10]:
        sent(board, row_of(board, event), 400)
    for place in (0, 7, 17, 18, 8):
        board.published([events[place]], NOW_MS + 1000)
        ended(board, row_of(board, events[place]))
    board.published([events[9]], NOW_MS + 1000)
    board.status(status(row_of(board, events[9]), State.QUEUED))
    return Scene(
        board, rate_per_s=25, kafka="127.0.0.1:45123", smsc="127.0.0.1:40001", began_ms=NOW_MS,
        trouble="the link is cut, and the SMSC's port is closed for 2 s …",
        short="link cut …", has_keys=True,
    )  # fmt: skip
