"""What the board makes of what it is told, in whatever order that comes."""

import pytest

from agents.demo.board import KEPT, RATE_MS, Board, Row
from agents.demo.events import shipped_events
from agents.demo.judging import codes_said, judge, slowest_said, so_far
from agents.demo.own import campaign_events
from schemas.status import State
from tests.agents.demo.rounds import (
    CATALOG,
    NOW_MS,
    arrived,
    ended,
    in_the_middle,
    row_of,
    sent,
    status,
)


def whole_round() -> Board:
    """All published, nothing come yet."""
    board = Board()
    board.published(campaign_events(CATALOG, 5, NOW_MS, "c"), NOW_MS)
    board.published(shipped_events(CATALOG, NOW_MS, "r"), NOW_MS)
    return board


def of_type(board: Board, kind: str) -> Row:
    """The first such row."""
    return next(row for row in board.rows if row.event.type == kind)


def test_a_round_in_which_all_comes_as_it_must() -> None:
    board = whole_round()
    assert not board.all_over
    for row in board.rows:
        ended(board, row)
    assert board.all_over and board.all_settled
    found = judge(board)
    assert found.wrong == []
    assert found.said == (
        "22 SMS, each exactly the text expected (5 of them a campaign); "
        "4 events ended without one, each with its reason"
    )


def test_each_event_is_told_of_once() -> None:
    told: list[Row] = []
    board = Board(told.append)
    (event,) = shipped_events(CATALOG, NOW_MS, "r")[:1]
    board.published([event], NOW_MS)
    (row,) = board.rows
    sent(board, row)
    board.status(status(row, State.DELIVERED))
    assert told == [row]


def test_a_receipt_may_be_faster_than_the_submit_it_is_for() -> None:
    board = whole_round()
    row = of_type(board, "otp.requested")
    arrived(board, row)
    board.status(status(row, State.DELIVERED, 160))
    board.status(status(row, State.SUBMITTED, 150))
    assert (row.state, row.submit_ms, row.segments, row.as_due) == ("delivered", 150, 1, True)


def test_what_waits_is_what_neither_left_nor_was_given_up() -> None:
    board = Board()
    events = campaign_events(CATALOG, 4, NOW_MS, "c")
    board.published(events, NOW_MS)
    first, second, third, _ = board.rows
    sent(board, first)
    board.status(status(second, State.REFUSED, reason="too_late"))
    board.status(status(third, State.IN_DOUBT, reason="gateway_lost"))
    assert (board.sent, board.waiting) == (1, 1)
    assert board.doubtful == [third]
    board.status(status(third, State.RETRYING, reason="decided"))
    assert not third.over and board.doubtful == [] and board.waiting == 2
    sent(board, third)
    assert (board.sent, board.waiting, third.as_due) == (2, 1, True)


def test_a_code_knows_what_it_passed() -> None:
    board = whole_round()
    row = of_type(board, "otp.requested")
    sent(board, row, 14)
    assert codes_said(board) == "code 14 ms, while 5 campaign messages wait"
    assert slowest_said(board) == (
        "1 code went past a campaign (up to 5 messages waiting): "
        "14 ms from event to submit in the middle, 14 ms at most"
    )


def test_the_rate_is_of_late() -> None:
    board = whole_round()
    for row in [row for row in board.rows if row.event.campaign]:
        arrived(board, row, 100)
    assert board.rate_per_s(NOW_MS + 200) == pytest.approx(5 * 1000 / RATE_MS)
    assert board.rate_per_s(NOW_MS + 100 + RATE_MS) == 0


SPOILT = {
    "a text is missing": "missing on the phones: +447700900000",
    "a text comes twice": "on the phones, and not expected: +447700900000",
    "another text comes": "on the phones, and not expected: +447700900000 'Hello'",
    "a stranger gets one": "on the phones, and not expected: +33600000000",
    "a refusal has another reason": "refused (too_late: opted_in",
    "an event does not end": "r-08 (otp.requested): queued, and delivered was due",
    "a message fails": "failed (refused_by_smsc), and delivered was due",
    "nobody counts": "r-18 (package.lost): published, and no template was due",
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_differs_is_named(how: str) -> None:
    board = whole_round()
    by_id = {row.event.id: row for row in board.rows}
    spoilt = {
        "a text is missing": "r-00", "a refusal has another reason": "r-17",
        "an event does not end": "r-08", "a message fails": "r-00", "nobody counts": "r-18",
    }.get(how)  # fmt: skip
    for row in board.rows:
        if row.event.id != spoilt:
            ended(board, row)
    first = by_id["r-00"]
    if how == "a text is missing":
        board.status(status(first, State.DELIVERED))
        assert board.lost == [first]
    elif how == "a text comes twice":
        arrived(board, first)
    elif how == "another text comes":
        board.arrived(first.event.phone, "Hello", NOW_MS)
    elif how == "a stranger gets one":
        board.arrived("+33600000000", "Hello", NOW_MS)
    elif how == "a refusal has another reason":
        row = by_id["r-17"]
        board.status(status(row, State.REFUSED, reason="too_late", detail="opted_in is not true"))
    elif how == "an event does not end":
        board.status(status(by_id["r-08"], State.QUEUED))
    elif how == "a message fails":
        board.status(status(first, State.FAILED, reason="refused_by_smsc"))
    assert any(SPOILT[how] in sentence for sentence in judge(board).wrong)


def test_a_refusal_must_name_the_variable_of_the_test() -> None:
    board = whole_round()
    row = of_type(board, "balance.changed")
    row.due = row.due._replace(ends="refused", text=None, reason="missing_data", variable="day")
    for detail, right in (("variable day", True), ("variable date", False)):
        board.status(status(row, State.REFUSED, reason="missing_data", detail=detail))
        assert row.as_due is right


def test_a_code_may_come_twice_where_a_gateway_was_lost_and_nothing_else_may() -> None:
    board = whole_round()
    for row in board.rows:
        ended(board, row)
    arrived(board, of_type(board, "otp.requested"))
    assert judge(board).wrong
    found = judge(board, troubled=True)
    assert found.wrong == []
    assert found.said.endswith("; 1 code came twice, as in_doubt: resend says")
    arrived(board, of_type(board, "package.arrived"))
    assert judge(board, troubled=True).wrong


def test_in_doubt_and_on_its_phone_is_named_after_trouble() -> None:
    board = whole_round()
    for row in board.rows:
        ended(board, row)
    row = of_type(board, "campaign.recipient.selected")
    board.status(status(row, State.IN_DOUBT, reason="gateway_lost"))
    assert board.all_over and not board.all_settled
    assert judge(board).wrong
    found = judge(board, troubled=True)
    assert found.wrong == [] and "1 on their phones are in doubt" in found.said


def test_what_was_forgotten_is_counted_and_may_not_come_again() -> None:
    board = whole_round()
    for row in list(board.rows):
        if row.event.id != "r-08":
            ended(board, row)
    said = so_far(board)
    first = next(row for row in board.rows if row.event.id == "r-00")
    board.forget()
    assert [row.event.id for row in board.rows] == ["r-08"]
    assert board.settled["delivered"] == 21
    assert so_far(board) == said
    assert "21 SMS on the phones; lost 0, doubled 0" in said
    arrived(board, first)
    assert board.unexpected.total() == 1


def test_the_newest_events_are_shown_and_a_campaign_is_not() -> None:
    board = Board()
    for number in range(10):
        board.published(shipped_events(CATALOG, NOW_MS, f"r{number}"), NOW_MS)
    assert len(board.recent) == KEPT
    assert board.recent[-1].event.id == "r9-20"
    assert not any(row.event.campaign for row in in_the_middle().board.recent)


def test_statuses_of_other_events_are_passed_over() -> None:
    board, other = Board(), whole_round()
    board.status(status(other.rows[0], State.DELIVERED))
    board.dead_letter(["unknown"], "not_json", "x")
    assert board.rows == [] and row_of(other, other.rows[0].event) is other.rows[0]
