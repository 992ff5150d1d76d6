"""A reply → what is told of it: an Inbound, and a Consent where it says STOP or START.

Rules: what is stored again has the same id, and equal ids mean equal records; a consent is
read only from a reply that is whole, and kept only for an international number; in doubt
whether words are new or come again, they may end a consent but not give one.

STOP ends `marketing` and nothing else. Codes, parcels and balances are what a person asked
for, and one who answers STOP to a private sale must not lose the code to their own account.
Who wants the other reading has the words in the evidence. START gives back what STOP took,
no more. HELP changes nothing.
"""

import json
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from schemas.inbound import Consent, Inbound
from schemas.reason import Refusal
from schemas.record import Millis, moment
from streams.events.address import e164
from streams.sending.optout import Intent, read_intent
from streams.sending.reassembly import Reply

PURPOSE: Final = "marketing"
"""What STOP ends and START begins."""

SHORTEST_NUMBER: Final = 7
"""Digits of the shortest international number (Niue); fewer are a short code."""

REMEMBERED_MS: Final = 60_000
"""How long after the first one a message with the same words is the same message."""

MOST_REMEMBERED: Final = 10_000

_NAMESPACE: Final = uuid.UUID("0d5c8a4e-3b1f-5e6a-9d27-4f8b6a1c2e90")
_INTENTS: Final[dict[Intent, Literal["stop", "start", "help"]]] = {
    Intent.STOP: "stop",
    Intent.START: "start",
    Intent.HELP: "help",
}


class Named(NamedTuple):
    """A reply's id, when it was first heard, and whether it was told before."""

    id: str
    first_at: Millis
    is_again: bool


class Names:
    """Ids for replies: UUIDv5 (RFC 9562, 5.5) of what was said and when it was first heard.

    What was said is the SMSC, both addresses, the words, for a reply in parts its reference
    and which parts came, for one of a single part its TLVs. That alone would make one of
    all the STOPs that a person ever sends; with the time alone, one that the SMSC sends once
    more, since it had no answer, would be two. A deliver_sm has no id and no time of its own,
    so: the same again within REMEMBERED_MS takes the id of the first, and later it is new.
    Who honestly writes the same twice in a minute has two equal records. An SMSC that gives
    each message a TLV of its own is believed.

    After a crash the records that are read again give their ids again, since the time is in
    them. What is lost is the memory: a re-sent message whose first was finished before the
    crash, and which is itself read after it, gets an id of its own.
    """

    def __init__(self, *, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._first: OrderedDict[uuid.UUID, Millis] = OrderedDict()

    def name(self, reply: Reply, smsc: str, tlvs: Mapping[int, bytes], at: Millis) -> Named:
        """`at` is when the first of its parts was heard, `tlvs` are that part's."""
        said = _said(reply, smsc, tlvs)
        first = self._first.get(said)
        if first is not None and (reply.is_repeat or abs(at - first) <= REMEMBERED_MS):
            return Named(_id(said, first), first, True)
        self._first[said] = at
        self._first.move_to_end(said)
        if len(self._first) > self._most:
            self._first.popitem(last=False)
        return Named(_id(said, at), at, False)


def _said(reply: Reply, smsc: str, tlvs: Mapping[int, bytes]) -> uuid.UUID:
    """A digest, so that no words are kept."""
    own = sorted((tag, value.hex()) for tag, value in tlvs.items()) if reply.total == 1 else []
    what = [
        smsc, reply.sender, reply.recipient, reply.text, reply.is_binary,
        reply.total, reply.reference, reply.missing, own,
    ]  # fmt: skip
    return uuid.uuid5(_NAMESPACE, json.dumps(what))


def _id(said: uuid.UUID, first_at: Millis) -> str:
    return str(uuid.uuid5(said, str(first_at)))


def phone_of(sender: str) -> str:
    """`33612345678`, `+33612345678`, `0033612345678` → `+33612345678` (ITU-T E.164).

    A name, a short code or a number as dialled within its country comes out as it went in:
    no country is ever assumed.
    """
    return _number(sender) or sender


def _number(sender: str) -> str | None:
    """As upstream's numbers are read, so that both have the same key."""
    digits = sender[1:] if sender.startswith("+") else sender.removeprefix("00")
    if not (digits.isascii() and digits.isdigit()) or len(digits) < SHORTEST_NUMBER:
        return None
    try:
        return e164(f"+{digits}")
    except Refusal:
        return None


def inbound_of(reply: Reply, smsc: str, named: Named) -> Inbound:
    """What is told of a reply. A fragment and a binary one ask for nothing."""
    intent = read_intent(reply.text) if reply.is_whole and not reply.is_binary else None
    return Inbound(
        id=named.id,
        at=moment(named.first_at),
        phone=phone_of(reply.sender),
        to=reply.recipient,
        text=reply.text,
        is_binary=reply.is_binary,
        parts=reply.total - len(reply.missing),
        total=reply.total,
        intent=None if intent is None else _INTENTS[intent],
        smsc=smsc,
    )


def consent_of(inbound: Inbound, at: Millis) -> Consent | None:
    """What the person wants by it; None where it says nothing of that, or of nobody.

    `at` is when it was heard this time. STOP, START, STOP within a minute: the last one looks
    like the first sent again, and must still be the last word, so an opt-out takes `at`. An
    opt-in takes the first time: a START that is only sent again doesn't undo the STOP after it.
    """
    if inbound.intent not in ("stop", "start") or _number(inbound.phone) is None:
        return None
    stops = inbound.intent == "stop"
    return Consent(
        phone=inbound.phone,
        purpose=PURPOSE,
        state="opted_out" if stops else "opted_in",
        source="reply",
        evidence=inbound.text,
        evidence_id=inbound.id,
        at=moment(at) if stops else inbound.at,
    )
