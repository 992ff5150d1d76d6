"""What each PDU from the SMSC does to a session: one table, one function a command.

Rules: no PDU is an error; an answer that matches nothing is let pass; a receipt or a
reply is never refused, or the SMSC would send it again for ever.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from agents.smpp import build
from agents.smpp import commands as c
from agents.smpp.backoff import BY_STATUS, Trouble
from agents.smpp.events import (
    Answered,
    BindRefused,
    Bound,
    Event,
    LateAnswer,
    Unbound,
    read_deliver,
)
from agents.smpp.outstanding import MISSING
from agents.smpp.pdu import Pdu
from agents.smpp.states import Trigger
from streams.sending.verdict import NAMES

if TYPE_CHECKING:
    from agents.smpp.session import Session


def _on_bind_resp(session: "Session", pdu: Pdu, events: list[Event]) -> None:
    if pdu.command_status == c.ESME_ROK:
        if session.move(Trigger.ACCEPTED):
            events.append(Bound())
    elif session.move(Trigger.REFUSED):
        _refused(session, pdu.command_status, events)


def _on_submit_resp(session: "Session", pdu: Pdu, events: list[Event]) -> None:
    _answer(session, pdu.sequence, pdu.command_status, pdu.fields["message_id"], events)


def _on_nack(session: "Session", pdu: Pdu, events: list[Event]) -> None:
    """A refusal by its kind: one that says status 0 is no acceptance."""
    status = pdu.command_status or c.ESME_RUNKNOWNERR
    if session.move(Trigger.REFUSED):
        _refused(session, status, events)
    else:
        _answer(session, pdu.sequence, status, "", events)


def _refused(session: "Session", status: int, events: list[Event]) -> None:
    events.append(BindRefused(status))
    trouble = BY_STATUS.get(status, Trouble.REFUSED)
    name = f" ({NAMES[status]})" if status in NAMES else ""
    session.end(f"the SMSC refused the bind with 0x{status:02X}{name}", events, trouble)


def _answer(
    session: "Session", sequence: int, status: int, message_id: str, events: list[Event]
) -> None:
    token = session.outstanding.answered(sequence)
    if token is not MISSING:
        events.append(Answered(token, status, message_id))
        return
    token = session.outstanding.late(sequence)
    if token is not MISSING:
        events.append(LateAnswer(token, status, message_id))


def _on_deliver(session: "Session", pdu: Pdu, events: list[Event]) -> None:
    events.append(read_deliver(pdu, session.connection))


def _on_enquire_link(session: "Session", pdu: Pdu, events: list[Event]) -> None:
    session.reply(build.enquire_link_resp(pdu.sequence))


def _on_unbind(session: "Session", pdu: Pdu, events: list[Event]) -> None:
    """Stop sending; the answers first, then ours (`Session` sees to it)."""
    if session.move(Trigger.SMSC_UNBINDS):
        session.unbind_sequence = pdu.sequence
        never_written = session.outstanding.drop_unwritten()
        session.report(([], never_written), "the SMSC asked to unbind", events)


def _on_unbind_resp(session: "Session", pdu: Pdu, events: list[Event]) -> None:
    if session.move(Trigger.UNBIND_ANSWERED):
        events.append(Unbound())
        session.end("we unbound", events)


def _on_nothing(session: "Session", pdu: Pdu, events: list[Event]) -> None:
    """That it came is all that counts."""


def on_unknown(session: "Session", pdu: Pdu, events: list[Event]) -> None:
    """A request we don't know is refused; an answer is not, or two would go on for ever."""
    if not pdu.command_id & c.RESPONSE:
        session.reply(build.generic_nack(pdu.sequence, c.ESME_RINVCMDID))


HANDLERS: Final[dict[int, Callable[["Session", Pdu, list[Event]], None]]] = {
    c.BIND_TRANSCEIVER_RESP: _on_bind_resp,
    c.BIND_TRANSMITTER_RESP: _on_bind_resp,
    c.BIND_RECEIVER_RESP: _on_bind_resp,
    c.SUBMIT_SM_RESP: _on_submit_resp,
    c.GENERIC_NACK: _on_nack,
    c.DELIVER_SM: _on_deliver,
    c.DATA_SM: _on_deliver,
    c.ENQUIRE_LINK: _on_enquire_link,
    c.ENQUIRE_LINK_RESP: _on_nothing,
    c.ALERT_NOTIFICATION: _on_nothing,
    c.OUTBIND: _on_nothing,
    c.UNBIND: _on_unbind,
    c.UNBIND_RESP: _on_unbind_resp,
}
