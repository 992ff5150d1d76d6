"""An event that was tried, for people (lines) and for programs (one object).

Rules: both say the same; a phone number is masked for people, as in `chappe tail`; where
a field of the event is to blame, it is named by its path.
"""

import re
from collections.abc import Iterator
from typing import Any

from agents.cli.previewing import as_object as text_object
from agents.cli.previewing import folded, lines
from agents.cli.trying import Answer, Tried
from schemas.reason import Reason, Refusal
from schemas.record import moment, rfc3339
from streams.catalog.template import Template
from streams.events.address import masked

_BOMS = {
    b"\xef\xbb\xbf": "it begins with a byte order mark; save the file as UTF-8 without one",
    b"\xff\xfe": "this is UTF-16; save the file as UTF-8",
    b"\xfe\xff": "this is UTF-16; save the file as UTF-8",
}


def words(tried: Tried, raw: bytes, plain: bool, catalog: str) -> str:
    """`raw` is the event, `plain`: of a declared [[source]]; `catalog` in words."""
    found = [tried.where]
    if tried.event is not None:
        event = tried.event
        found += _row("event", f"{event.type}, id {event.id}, from {event.source}")
    if tried.refusal is not None:
        found += _row("no SMS", _letter(tried.refusal))
        if said := hint(tried.refusal, raw, plain):
            found += _row("hint", said)
    if tried.said:
        found += [*_row("no SMS", tried.said), *_row("catalog", catalog)]
    return "\n".join([*found, *(line for one in tried.answers for line in _answered(one))])


def _row(label: str, said: str) -> list[str]:
    return folded(f"{label:<12}{said}")


def _said(refusal: Refusal) -> str:
    return f"{refusal.reason}: {refusal.sentence}"


def _letter(refusal: Refusal) -> str:
    return f"dead letter, {_said(refusal)}"


def _answered(answer: Answer) -> Iterator[str]:
    template = answer.template
    yield from _row("template", f"{template.name}, on {template.topic}")
    if answer.refusal is not None:
        dead = answer.ends == "dead_letter"
        said = _letter(answer.refusal) if dead else f"refused, {_said(answer.refusal)}"
        yield from _row("no SMS", said)
        if field := _field(answer):
            yield from _row("field", field)
    if answer.phone is not None:
        yield from _row("to", masked(answer.phone))
    yield from _row("lane", template.lane)
    if answer.deadline is not None:
        yield from _row("until", f"{moment(answer.deadline):%Y-%m-%d %H:%M:%S} UTC")
    if answer.ends == "refused" and answer.texts:
        yield from _row("in time", "it would have been this; without `time` it happens now")
    for outcome in answer.texts:
        yield ""
        yield from lines(template, outcome)


def hint(refusal: Refusal, raw: bytes, plain: bool) -> str:
    """What a person who has the file before them can do; "" where the refusal says it all."""
    if (mark := next((it for it in _BOMS if raw.startswith(it)), None)) is not None:
        return _BOMS[mark]
    if refusal.reason is Reason.NOT_JSON:
        return _misprint(raw)
    if refusal.reason is not Reason.NOT_AN_EVENT:
        return ""
    if raw.lstrip().startswith(b"["):
        return "an event is one JSON object; several stand one a line, without brackets"
    if not plain and b'"specversion"' not in raw:
        return (
            "this is no CloudEvent. One has specversion, id, source and type, and the rest under "
            "data; plain JSON is read from the topics of a [[source]], named with --topic"
        )
    return ""


def _misprint(raw: bytes) -> str:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        octet = f"0x{raw[error.start]:02X}"
        return f"octet {octet} in line {line} is not UTF-8; save the file as UTF-8"
    return ""


def _field(answer: Answer) -> str | None:
    """The path that the template looks at, where that is what the refusal is about."""
    template, refusal = answer.template, answer.refusal
    if refusal is None:
        return None
    if refusal.reason in (Reason.NO_PHONE, Reason.BAD_PHONE):
        return template.to_phone or template.to_contact
    if refusal.reason is Reason.NO_CONSENT:
        return template.to_opted_in
    if refusal.reason is Reason.NO_TEXT:
        return template.to_locale
    return _path_of(template, refusal)


def _path_of(template: Template, refusal: Refusal) -> str | None:
    named = re.match(r"variable (\w+)", refusal.detail)
    variable = template.variables.get(named[1]) if named else None
    return variable.path if variable else None


def as_object(tried: Tried, raw: bytes, plain: bool) -> dict[str, Any]:
    """The keys are always there, null where there is nothing to say; texts as in `preview`."""
    event, refusal = tried.event, tried.worst
    return {
        "where": tried.where,
        "ends": tried.ends,
        "id": event.id if event else None,
        "source": event.source if event else None,
        "type": event.type if event else None,
        "reason": refusal.reason if refusal else None,
        "detail": refusal.sentence if refusal else tried.said or None,
        "hint": (hint(tried.refusal, raw, plain) or None) if tried.refusal else None,
        "answers": [_answer_object(answer) for answer in tried.answers],
    }


def _answer_object(answer: Answer) -> dict[str, Any]:
    template, refusal = answer.template, answer.refusal
    return {
        "template": template.name,
        "topic": template.topic,
        "lane": template.lane,
        "ends": answer.ends,
        "reason": refusal.reason if refusal else None,
        "detail": refusal.sentence if refusal else None,
        "field": _field(answer),
        "phone": answer.phone,
        "deadline": rfc3339(moment(answer.deadline)) if answer.deadline is not None else None,
        "texts": [text_object(template, one) for one in answer.texts],
    }
