"""One request × what is known of its recipient → sent, refused or dropped.

Rules: the same thing is not said twice; the duplicate check comes first and writes no
status; a request read again (same lane and offset) gets the decision it had; whatever
is decided is in the returned recipient, which is stored before anything leaves.
"""

from dataclasses import dataclass

from schemas.lane import Lane
from schemas.reason import Reason, Refusal
from schemas.recipient import Recipient, Seen
from schemas.record import Millis
from schemas.request import Request
from streams.catalog.template import Template

SEEN_KEPT_MS = 30 * 24 * 3600 * 1000
"""Ids are remembered as long as `sms.status` is kept."""

_REFERENCES = 1 << 16
"""Counted in 16 bits; a message takes as many of them as its template says."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`seen.refused` says no where it is set. `again`: decided once before.

    `recipient` is what to store, or None where nothing changed.
    """

    seen: Seen
    again: bool
    recipient: Recipient | None
    detail: str = ""


def decide(
    request: Request,
    recipient: Recipient,
    template: Template | None,
    lane: Lane,
    offset: int,
    now_ms: Millis,
) -> Decision | None:
    """None for a duplicate: the message was decided from another request."""
    name = request.id.replace("-", "")
    for seen in recipient.seen:
        if seen.id == name:
            same = seen.lane == lane and seen.offset == offset
            return Decision(seen, True, None) if same else None
    try:
        _check(request, template, now_ms)
        refusal = None
    except Refusal as refused:
        refusal = refused
    return _decided(request, recipient, lane, offset, now_ms, refusal)


def _check(request: Request, template: Template | None, now_ms: Millis) -> None:
    """Raises Refusal UNKNOWN_TEMPLATE, TOO_LATE or NO_CONSENT."""
    if template is None:
        raise Refusal(Reason.UNKNOWN_TEMPLATE, request.template)
    late_ms = now_ms - deadline_ms(request, template)
    if late_ms > 0:
        raise Refusal(Reason.TOO_LATE, f"{late_ms / 1000:.0f} s past its deadline")
    if template.needs_consent and request.opted_in is not True:
        raise Refusal(Reason.NO_CONSENT, "opted_in is not true in the event")


def deadline_ms(request: Request, template: Template) -> Millis:
    """The last moment at which the message is worth sending."""
    return request.event_time + template.deliver_within_ms


def refused(decision: Decision, refusal: Refusal) -> Decision:
    """The same decision, after the wording refused: nothing to say is nothing sent."""
    seen = decision.seen._replace(refused=refusal.reason)
    recipient = decision.recipient
    if recipient is not None:
        recipient = recipient.model_copy(update={"seen": [*recipient.seen[:-1], seen]})
    return Decision(seen, decision.again, recipient, refusal.detail)


def _decided(
    request: Request,
    recipient: Recipient,
    lane: Lane,
    offset: int,
    now_ms: Millis,
    refusal: Refusal | None,
) -> Decision:
    seen = Seen(
        request.id.replace("-", ""),
        lane,
        offset,
        now_ms,
        recipient.reference,
        refusal.reason if refusal else None,
    )
    kept = [old for old in recipient.seen if old.decided_at > now_ms - SEEN_KEPT_MS]
    following = (recipient.reference + 1) % _REFERENCES if refusal is None else recipient.reference
    return Decision(
        seen,
        False,
        Recipient(reference=following, seen=[*kept, seen]),
        refusal.detail if refusal else "",
    )
