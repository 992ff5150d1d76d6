"""Whether all came as it must: the phones' own texts, one by one, and every other end.

Rules: no I/O, no clock; what differs is named; a code that was sent twice because a gateway
was lost is no fault, since its template says `in_doubt: resend`, and it is said.
"""

from collections import Counter
from typing import NamedTuple

from agents.demo.board import Board, Row
from schemas.lane import Lane

MOST_NAMED = 5


class Judgement(NamedTuple):
    """`wrong`: a sentence for each difference; none: all is as it must be. `said`: in figures."""

    wrong: list[str]
    said: str


def judge(board: Board, *, troubled: bool = False) -> Judgement:
    """At the end of a round. `troubled`: a gateway was killed or a link was cut in it."""
    due = board.due_texts()
    twice = _twice(board) if troubled else Counter()
    missing, extra = due - board.phones, board.phones - due - twice
    doubted = [row for row in board.rows if troubled and row.in_doubt and row.shown]
    ended = [row for row in board.rows if not row.as_due and row not in doubted]
    wrong = [
        *_texts("missing on the phones", missing),
        *_texts("on the phones, and not expected", extra),
        *_ends(ended),
    ]
    return Judgement(wrong, _said(board, twice, len(doubted)))


def so_far(board: Board) -> str:
    """When a demo is ended in the middle: of what has ended."""
    texts = board.phones.total() + board.settled["delivered"]
    wrong = sum(row.over and not row.as_due and not row.in_doubt for row in board.rows)
    said = f"{texts} SMS on the phones; lost {len(board.lost)}, doubled "
    said += f"{board.unexpected.total()}, ended otherwise than expected {wrong}"
    return said + (f", in doubt {len(board.doubtful)}" if board.doubtful else "")


def _twice(board: Board) -> Counter[tuple[str, str]]:
    """What may have come once more: it was open in a gateway that was lost."""
    return Counter({
        (row.event.phone, row.shown[0]): len(row.shown) - 1
        for row in board.rows if len(row.shown) > 1 and row.lane is Lane.URGENT
    })  # fmt: skip


def _texts(what: str, found: Counter[tuple[str, str]]) -> list[str]:
    named = [f"{phone} {text!r}" for phone, text in sorted(found.elements())]
    return [f"{what}: {_few(named)}"] if named else []


def _ends(rows: list[Row]) -> list[str]:
    named = [
        f"{row.event.id} ({row.event.type}): {_end(row)}, and {_due(row)} was due" for row in rows
    ]
    return [f"ended otherwise than expected: {_few(named)}"] if named else []


def _end(row: Row) -> str:
    return f"{row.state} ({row.words})" if row.words else row.state


def _due(row: Row) -> str:
    about = " ".join(part for part in (row.due.reason, row.due.variable) if part)
    return f"{row.due.ends} ({about})" if about else row.due.ends


def _few(named: list[str]) -> str:
    more = f", and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more


def _said(board: Board, twice: Counter[tuple[str, str]], doubted: int) -> str:
    """The last line: how many, of what."""
    texts = board.phones.total()
    without = [row for row in board.rows if row.due.text is None]
    said = f"{_count(texts, 'SMS', 'SMS')}, each exactly the text expected"
    if board.planned:
        said += f" ({board.planned} of them a campaign)"
    if without:
        said += f"; {_count(len(without), 'event')} ended without one, each with its reason"
    if doubted:
        said += f"; {doubted} on their phones are in doubt, no receipt came"
    if twice:
        said += f"; {_count(twice.total(), 'code')} came twice, as in_doubt: resend says"
    return said


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def codes_said(board: Board) -> str:
    """`code 14 ms, while 312 campaign messages wait`: the newest code there was."""
    rows = [row for row in board.codes if row.submit_ms is not None]
    if not rows:
        return ""
    newest = rows[-1]
    said = f"code {newest.submit_ms} ms"
    if newest.behind:
        said += f", while {newest.behind} campaign messages wait"
    return said


def slowest_said(board: Board) -> str:
    """The same for all of them, of those that a campaign was before."""
    behind = [row for row in board.codes if row.behind and row.submit_ms is not None]
    if not behind:
        return ""
    times = sorted(row.submit_ms or 0 for row in behind)
    most = max(row.behind for row in behind)
    return (
        f"{_count(len(times), 'code')} went past a campaign (up to {most} messages waiting): "
        f"{times[len(times) // 2]} ms from event to submit in the middle, {times[-1]} ms at most"
    )
