"""One request × what is known of its recipient → sent, refused or dropped.

Rules: the same thing is not said twice; the duplicate check comes first and writes no
status; a request read again (same lane and offset) gets the decision it had, one that a
gateway gave back gets a new one, once; whatever is decided is in the returned recipient,
which is stored before anything leaves.
"""

from dataclasses import dataclass

from schemas.lane import Lane
from schemas.reason import Reason, Refusal
from schemas.recipient import Recipient, Seen
from schemas.record import Millis
from schemas.request import Request
from schemas.topics import DAY_MS
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
    before = next((seen for seen in recipient.seen if seen.id == name), None)
    if before is not None:
        if before.lane == lane and before.offset == offset:
            return Decision(before, True, None)
        if before.refused is not None or before.offset != request.given_back:
            return None
    try:
        _check(request, template, now_ms)
        refusal = None
    except Refusal as refused:
        refusal = refused
    return _decided(request, recipient, lane, offset, now_ms, refusal, before)


def _check(request: Request, template: Template | None, now_ms: Millis) -> None:
    """Raises Refusal UNKNOWN_TEMPLATE, TOO_LATE or NO_CONSENT."""
    if template is None:
        raise Refusal(Reason.UNKNOWN_TEMPLATE, request.template)
    late_ms = now_ms - deadline_ms(request, template)
    if late_ms > 0:
        late = f"{late_ms / DAY_MS:.1f} days" if late_ms > DAY_MS else f"{late_ms / 1000:.0f} s"
        raise Refusal(Reason.TOO_LATE, f"{late} past its deadline")
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
    before: Seen | None,
) -> Decision:
    """`before`: decided once, and given back; it keeps its reference."""
    seen = Seen(
        request.id.replace("-", ""),
        lane,
        offset,
        now_ms,
        recipient.reference if before is None else before.reference,
        refusal.reason if refusal else None,
    )
    kept = [
        old
        for old in recipient.seen
        if old.decided_at > now_ms - SEEN_KEPT_MS and old is not before
    ]
    takes_one = refusal is None and before is None
    following = (recipient.reference + takes_one) % _REFERENCES
    return Decision(
        seen,
        False,
        Recipient(reference=following, seen=[*kept, seen]),
        refusal.detail if refusal else "",
    )
