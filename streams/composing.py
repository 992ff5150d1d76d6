"""Request → Message or Status: the whole of compose as one pure step.

Rules: a decision comes before the words; a text that can't be rendered is a refusal like
any other; a text goes into a status only where its template says `keep_text`.
"""

from dataclasses import dataclass
from typing import Any

from schemas.lane import Lane
from schemas.message import Message
from schemas.reason import Reason, Refusal
from schemas.recipient import Recipient
from schemas.record import Millis, moment
from schemas.request import Request
from schemas.status import State, Status
from streams.catalog.template import Template
from streams.decide import Decision, deadline_ms, decide, refused
from streams.text.render import render
from streams.text.segment import encode

BULK_WAITS_MS = 5 * 60 * 1000
"""After so long a campaign's message is decided again instead of being sent."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What follows from one request. `status` says `queued` beside a message.

    `recipient` is to be stored first, where it is set. `unrenderable` is set where the
    template's owner has something to mend.
    """

    recipient: Recipient | None
    message: Message | None
    status: Status
    again: bool
    unrenderable: Refusal | None = None


def compose(
    request: Request,
    recipient: Recipient,
    template: Template | None,
    lane: Lane,
    offset: int,
    now_ms: Millis,
) -> Composed | None:
    """None for a duplicate. Raises nothing."""
    decision = decide(request, recipient, template, lane, offset, now_ms)
    if decision is None:
        return None
    if decision.seen.refused is not None or template is None:
        return _refused(request, template, decision, now_ms)
    try:
        message = _message(request, template, decision, lane, offset)
    except Refusal as refusal:
        return _refused(request, template, refused(decision, refusal), now_ms)
    return Composed(
        decision.recipient,
        message,
        status_of(message, State.QUEUED, now_ms),
        decision.again,
    )


def _message(
    request: Request, template: Template, decision: Decision, lane: Lane, offset: int
) -> Message:
    """Raises Refusal where the template can't be worded or encoded."""
    rendered = render(template, request.locale, request.given)
    encoded = encode(rendered.text, template.reference_bits)
    return Message(
        id=request.id,
        lane=request.lane,
        template=template.name,
        version=template.version,
        phone=request.phone,
        locale=rendered.locale,
        sender=template.sender,
        text=rendered.text,
        encoding=encoded.encoding,
        segments=len(encoded.parts),
        reference=decision.seen.reference % (1 << template.reference_bits),
        reference_bits=template.reference_bits,
        event_time=request.event_time,
        decided_at=decision.seen.decided_at,
        deadline=deadline_ms(request, template),
        **_while_fresh(request, decision, lane, offset),
        attempt=request.attempt,
        in_doubt=template.in_doubt,
        keep_text=template.keep_text,
        again=decision.again,
        origin=request.origin,
    )


def _while_fresh(request: Request, decision: Decision, lane: Lane, offset: int) -> dict[str, Any]:
    """A campaign waits in the gateway for a while only: who opts out meanwhile gets none."""
    if lane is not Lane.BULK:
        return {}
    return {
        "send_before": decision.seen.decided_at + BULK_WAITS_MS,
        "request": request.model_copy(update={"given_back": offset}),
    }


def _refused(
    request: Request, template: Template | None, decision: Decision, now_ms: Millis
) -> Composed:
    status = Status(
        id=request.id,
        state=State.REFUSED,
        reason=decision.seen.refused,
        detail=decision.detail or None,
        at=moment(now_ms),
        phone=request.phone,
        lane=request.lane,
        template=request.template,
        version=template.version if template else None,
        event_time=moment(request.event_time),
        origin=request.origin,
    )
    broken = decision.seen.refused is Reason.RENDER_FAILED
    unrenderable = Refusal(Reason.RENDER_FAILED, decision.detail) if broken else None
    return Composed(decision.recipient, None, status, decision.again, unrenderable)


def status_of(message: Message, state: State, now_ms: Millis, **known: object) -> Status:
    """The status of a message at one step; `known` are further fields of Status."""
    return Status.model_validate(
        {
            "id": message.id,
            "state": state,
            "at": moment(now_ms),
            "phone": message.phone,
            "lane": message.lane,
            "template": message.template,
            "version": message.version,
            "locale": message.locale,
            "text": message.text if message.keep_text else None,
            "event_time": moment(message.event_time),
            "origin": message.origin,
            **known,
        }
    )
