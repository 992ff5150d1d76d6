"""What `chappe try` finds: events and a catalog in, what would become of each out.

Rules: read, asked and composed by what does it for events from Kafka, as if nobody had
been told anything before; each template's outcome stands by itself; what would be a dead
letter is an outcome, not an error of this command.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic_core import from_json

from agents.cli.previewing import Outcome, Values, outcomes
from schemas.reason import Reason, Refusal
from schemas.recipient import Recipient
from schemas.record import Millis
from schemas.request import Request
from streams.catalog.catalog import Catalog
from streams.catalog.template import Template
from streams.composing import compose
from streams.decide import deadline_ms
from streams.events.event import Event, JsonSource, Position, read_event
from streams.events.intake import Rejected, intake
from streams.text.render import Rendered
from streams.text.texts import suggestion

Ends = Literal["sms", "refused", "dead_letter", "no_template"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one template makes of an event.

    `texts`: the person's own first, then one for each other locale of the template; also of
    an event that comes too late, as it would have been. `deadline`: None for a dead letter.
    """

    template: Template
    ends: Ends
    refusal: Refusal | None = None
    phone: str | None = None
    deadline: Millis | None = None
    texts: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """One event. `refusal`: it can't be read. `said`: why no template answers."""

    where: str
    event: Event | None
    refusal: Refusal | None = None
    answers: tuple[Answer, ...] = ()
    said: str = ""

    @property
    def ends(self) -> Ends:
        """`sms` where a text comes out and nothing is a dead letter; else the worst."""
        found: set[Ends] = {answer.ends for answer in self.answers}
        if self.refusal is not None or "dead_letter" in found:
            return "dead_letter"
        if "sms" in found:
            return "sms"
        return "refused" if found else "no_template"

    @property
    def worst(self) -> Refusal | None:
        """Why it `ends` as it does: the event's own, or that of the first answer that does."""
        answers = (one.refusal for one in self.answers if one.ends == self.ends)
        return self.refusal or next(answers, None)


def events_in(name: str, raw: bytes) -> list[tuple[str, bytes]]:
    """Each event with its place: all of `raw` is one, unless there is one a line.

    It is not cut into lines unless they are meant to be events, since one event may be
    printed over many.
    """
    lines = [(f"{name}:{n}", line) for n, line in enumerate(raw.splitlines(), 1) if line.strip()]
    if len(lines) < 2:
        return [(name, raw)]
    begun = all(line.lstrip().startswith(b"{") for _, line in lines)
    return lines if begun or _is_object(lines[0][1]) else [(name, raw)]


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(from_json(line), dict)
    except ValueError:
        return False


def tried(
    where: str,
    raw: bytes,
    catalog: Catalog,
    sources: Mapping[str, JsonSource],
    topic: str | None,
    now_ms: Millis,
) -> Tried:
    """As if `raw` were published now. Without a topic: to each that has a template for it."""
    plain = sources.get(topic) if topic else None
    try:
        event = read_event(raw, (), Position(topic or "", 0, 0), now_ms, plain)
    except Refusal as refusal:
        return Tried(where, None, refusal)
    topics = [topic] if topic else sorted(catalog.topics - sources.keys())
    answers = tuple(
        _answer(asked, catalog.templates[asked.template], now_ms)
        for one in topics
        for asked in intake(event, Position(one, 0, 0), catalog)
    )
    said = "" if answers else _nobody(event.type, topic, catalog)
    return Tried(where, event, None, answers, said)


def _answer(asked: Request | Rejected, template: Template, now_ms: Millis) -> Answer:
    if isinstance(asked, Rejected):
        return Answer(template, "dead_letter", asked.refusal)
    composed = compose(asked, Recipient(), template, template.lane, 0, now_ms)
    assert composed is not None  # None is a duplicate, and nobody was told anything before
    phone, deadline = asked.phone, deadline_ms(asked, template)
    if composed.unrenderable is not None:
        return Answer(template, "dead_letter", composed.unrenderable, phone, deadline)
    if composed.message is not None:
        return Answer(template, "sms", None, phone, deadline, _texts(asked, template))
    reason = composed.status.reason or Reason.UNREADABLE
    texts = _texts(asked, template) if reason is Reason.TOO_LATE else ()
    refusal = Refusal(reason, composed.status.detail or "")
    return Answer(template, "refused", refusal, phone, deadline, texts)


def _texts(request: Request, template: Template) -> tuple[Outcome, ...]:
    values = Values(request.given, request.locale, True)
    (own,) = outcomes(template, values, None, ())
    if not isinstance(own.rendered, Rendered):
        return ()
    others = [locale for locale in template.texts if locale != own.rendered.locale]
    return own, *(one for locale in others for one in outcomes(template, values, locale, ()))


def _nobody(kind: str, topic: str | None, catalog: Catalog) -> str:
    """Why no template answers, and what there is that might be meant."""
    if topic is not None and topic not in catalog.topics:
        return f"no template reads the topic {topic}{suggestion(topic, catalog.topics)}"
    templates = catalog.templates.values()
    if elsewhere := [one for one in templates if one.type == kind]:
        asks = " and ".join(f"{one.name} on {one.topic}" for one in elsewhere)
        return f"no template asks for {kind} on {topic or 'CloudEvents'}; there is {asks}"
    types = frozenset(one.type for one in templates if topic in (None, one.topic))
    return f"no template asks for the type {kind}{suggestion(kind, types)}"
