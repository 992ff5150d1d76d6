"""The demo's screen: a scene and a size in, lines out.

Rules: no I/O and no clock; each line fits, and there are never more than the screen has; what
colour says, words say too, so that it can be read without. Sizes are columns and lines.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from agents.cli.phone import COLUMNS as PHONE_COLUMNS
from agents.cli.phone import cut, phone
from agents.demo.board import Board, Row
from agents.demo.judging import codes_said
from agents.demo.show import Scene, campaign_words, hints, none_because, segments, submit
from schemas.lane import Lane
from schemas.record import Millis

PHONES_FROM: Final = 76
"""Columns from which there is room for a phone beside the events."""
WIDE_FROM: Final = 120
"""Columns from which an event has its time, number and text in the list, too."""
LOW: Final = 16
"""Lines below which the list has all but three or four, and the rest is said in short."""
GAP: Final = 2
LONGEST_BAR: Final = 40
HINT_MS: Final = 8000

LANE_STYLES: Final = {Lane.URGENT: "bold red", Lane.NORMAL: "cyan", Lane.BULK: "magenta"}
STATE_STYLES: Final = {"delivered": "green", "submitted": "green", "refused": "yellow",
                 "dead letter": "yellow", "no template": "yellow", "in doubt": "bold yellow",
                 "retrying": "yellow", "failed": "bold red", "undelivered": "bold red"}  # fmt: skip
Cell = tuple[str, int, str]
"""Words, the columns they get, their style."""


def view(scene: Scene, now_ms: Millis, width: int, height: int) -> list[Text]:
    """At most `height` lines of at most `width` columns."""
    if not scene.smsc:
        return _fitted([Text("Chappe demo", "bold"), Text("starting …")], width, height)
    parts = (_low_head, _low_foot) if height < LOW else (_head, _foot)
    head, foot = (part(scene, now_ms, width) for part in parts)
    rule = Text("─" * width, "dim")
    room = max(0, height - len(head) - len(foot) - 2)
    body = _body(scene.board, width, room)
    body += [Text()] * (room - len(body))
    return _fitted([*head, rule, *body, rule, *foot], width, height)


def _fitted(lines: Iterable[Text], width: int, height: int) -> list[Text]:
    shown = list(lines)[:height]
    for line in shown:
        line.truncate(width, overflow="ellipsis")
    return shown


def _head(scene: Scene, now_ms: Millis, width: int) -> list[Text]:
    board = scene.board
    title = f" · {_passed(scene, now_ms)}"
    broker = f"{title} · Kafka {scene.kafka}"
    smsc = f"{broker} · SMSC {scene.smsc}, {scene.rate_per_s}/s"
    name = Text("Chappe demo", "bold")
    first = _first_that_fits(width, *(Text.assemble(name, more) for more in (smsc, broker, title)))
    if not board.planned:
        return [first, Text(_no_campaign(scene)), _codes(scene)]
    bar = min(LONGEST_BAR, width // 5)
    done = round(bar * board.sent / board.planned)
    campaign = Text.assemble(
        "campaign ", ("━" * done, "magenta"), ("╌" * (bar - done), "dim"),
        " ", campaign_words(board, now_ms),
    )  # fmt: skip
    return [first, campaign, _codes(scene)]


def _passed(scene: Scene, now_ms: Millis) -> str:
    passed_s = max(0, now_ms - scene.began_ms) // 1000
    return f"{passed_s // 60}:{passed_s % 60:02d}"


def _no_campaign(scene: Scene) -> str:
    return "no campaign yet" if Lane.BULK in scene.lanes else none_because("campaign", Lane.BULK)


def _codes(scene: Scene) -> Text:
    if said := codes_said(scene.board):
        return Text(said, "bold red")
    return Text("no code yet" if Lane.URGENT in scene.lanes else none_because("code", Lane.URGENT))


def _low_head(scene: Scene, now_ms: Millis, width: int) -> list[Text]:
    """All of it in one line."""
    board, passed = scene.board, _passed(scene, now_ms)
    campaign = "no campaign yet" if Lane.BULK in scene.lanes else "no lane bulk"
    if board.planned:
        campaign = f"{board.sent} of {board.planned} sent"
    code = "no code yet" if Lane.URGENT in scene.lanes else "no lane urgent"
    code = codes_said(board).partition(",")[0] or code
    facts = f"{passed} · {campaign} · {code}"
    name = Text("Chappe demo", "bold")
    forms = (Text.assemble(name, f" · {facts}"), Text(facts), Text(f"{passed} · {campaign}"))
    return [_first_that_fits(width, *forms)]


def _foot(scene: Scene, now_ms: Millis, width: int) -> list[Text]:
    trouble = Text(scene.trouble or "no trouble yet", "bold yellow" if scene.trouble else "dim")
    told = hints(scene)
    hint = Text(f"next: {told[(now_ms - scene.began_ms) // HINT_MS % len(told)]}", "dim")
    lines = _wrapped(trouble, width)
    return [*lines, *[Text()] * (2 - len(lines)), hint, _keys(width)]


def _low_foot(scene: Scene, _: Millis, width: int) -> list[Text]:
    """The keys, and how the trouble ended, if there was one."""
    forms = [Text(words, "bold yellow") for words in (scene.trouble, scene.short) if words]
    return [*([_first_that_fits(width, *forms)] if forms else []), _keys(width)]


def _keys(width: int) -> Text:
    whole = (" throttle the SMSC", " cut the link", " kill the gateway", " quit")
    words = (" throttle", " cut", " kill", " quit")
    return _first_that_fits(width, _keyed(whole, "  "), _keyed(words, "  "), _keyed([""] * 4, " "))


def _keyed(words: Iterable[str], gap: str) -> Text:
    pairs = zip("tckq", words, strict=True)
    return Text(gap).join(Text.assemble((key, "bold"), what) for key, what in pairs)


def _first_that_fits(width: int, *forms: Text) -> Text:
    """From the longest on; the last one whatever its size."""
    return next((form for form in forms if form.cell_len <= width), forms[-1])


def _wrapped(line: Text, width: int) -> list[Text]:
    """In lines that break between words."""
    words, lines = line.plain.split(" "), [""]
    for word in words:
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(longer) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return [Text(each, line.style) for each in lines]


def _body(board: Board, width: int, room: int) -> list[Text]:
    rows = list(reversed(board.recent))
    if width < PHONES_FROM or room < LOW // 2:
        return _list(rows, width, room)
    left = width - PHONE_COLUMNS - GAP
    listed = _list(rows, left, room)
    phones = _phones(rows, room)
    both = max(len(listed), len(phones))
    return [_beside(_line(listed, at), left + GAP, _line(phones, at)) for at in range(both)]


def _line(lines: Sequence[Text], at: int) -> Text:
    return lines[at] if at < len(lines) else Text()


def _beside(left: Text, columns: int, right: Text) -> Text:
    return Text.assemble(left, " " * (columns - cell_len(left.plain)), right)


def _list(rows: Sequence[Row], width: int, room: int) -> list[Text]:
    head = _joined([(name, size, "dim") for name, size in _columns(width)], width)
    return [head, *(_joined(_cells(row, width), width) for row in rows)][:room]


def _columns(width: int) -> list[tuple[str, int]]:
    """Names and sizes. The last one has what is left."""
    fixed = [("lane", 6), ("state", 11), ("submit", 8)]
    if width < WIDE_FROM - PHONE_COLUMNS - GAP:
        return [("event", max(8, width - 29)), *fixed]
    return [("event", 27), ("phone", 13), *fixed, ("text, or why there is none", width - 71)]


def _cells(row: Row, width: int) -> list[Cell]:
    lane, wrong = row.lane, row.over and not row.as_due
    values = {
        "event": (row.event.type, ""),
        "phone": (row.event.phone, "dim"),
        "lane": (str(lane or ""), LANE_STYLES[lane] if lane else ""),
        "state": (f"{row.state} ✗" if wrong else row.state, STATE_STYLES.get(row.state, "dim")),
        "submit": (f"{submit(row):>8}", ""),
        "text, or why there is none": (row.shown[-1] if row.shown else row.words, ""),
    }
    return [(values[name][0], size, values[name][1]) for name, size in _columns(width)]


def _joined(cells: Iterable[Cell], width: int) -> Text:
    line = Text()
    for number, (words, size, style) in enumerate(cells):
        cell = Text(words.replace("\n", " "), style)
        cell.truncate(size, overflow="ellipsis", pad=True)
        line.append(" " if number else "").append_text(cell)
    line.truncate(width)
    return line


def _phones(rows: Sequence[Row], room: int) -> list[Text]:
    """Those of the newest texts, as many as there is room for."""
    lines: list[Text] = []
    for row in rows:
        if not row.shown:
            continue
        drawn = _phone(row)
        if len(lines) + len(drawn) > room:
            break
        lines += drawn
    return lines


def _phone(row: Row) -> list[Text]:
    bits = row.due.reference_bits
    drawn = phone(row.due.sender, cut(row.shown[-1], bits))
    cost = segments(row) if row.segments else ""  # the phone may be faster than the status
    facts = " · ".join(part for part in (str(row.lane or ""), cost, submit(row)) if part)
    return [Text(f"{row.event.phone}", "bold"), *map(Text, drawn), Text(facts, "dim")]
