"""One receipt, in every dialect that carriers speak, and which receipts a message gets.

Rules: no clock and no loop here; what is not asked for by an option is as appendix B of
SMPP 3.4 has it. Sources: 5.2.12 (esm_class), 5.2.17 (registered_delivery), 5.2.28
(message_state), appendix B (the text).
"""

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from agents.simulator.assembly import Part
from agents.simulator.delivery import Delivery
from agents.simulator.faults import Chance
from agents.simulator.ids import MessageId
from agents.simulator.options import SimulatorOptions
from agents.smpp import commands as c
from agents.smpp import pdu as smpp

STATES: Final = {
    "ENROUTE": 1,
    "DELIVRD": 2,
    "EXPIRED": 3,
    "DELETED": 4,
    "UNDELIV": 5,
    "ACCEPTD": 6,
    "UNKNOWN": 7,
    "REJECTD": 8,
}
"""message_state (5.2.28) of the words that receipts use (appendix B)."""

DELIVERED: Final = "DELIVRD"
FORMATS: Final = {10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S", 14: "%Y%m%d%H%M%S"}
ALWAYS: Final = 0x01
ON_FAILURE: Final = 0x02
TEXT_SHOWN: Final = 20
"""Characters of the message that a receipt repeats (appendix B)."""


class Planned(NamedTuple):
    """A receipt to come, so many seconds after its submit was answered."""

    delay_s: float
    word: str
    final: bool


def plan(options: SimulatorOptions, chance: Chance, submit: smpp.Pdu, part: Part) -> list[Planned]:
    """The receipts for one segment, each as often as it is to be sent."""
    delay_s = options.receipt_delay_s
    wanted = submit.fields["registered_delivery"] & 0x03
    if delay_s is None or not wanted or not _has_receipt(options, part):
        return []
    word = _final_state(options, chance, submit.fields["destination_addr"])
    if wanted != ALWAYS and (wanted != ON_FAILURE or word == DELIVERED):
        return []
    steps = options.receipt_steps
    planned = [
        Planned(delay_s * number / len(steps), step, False) for number, step in enumerate(steps)
    ]
    if not chance.hits(options.receipt_lost_share):
        planned.append(Planned(delay_s, word, True))
    return [each for each in planned for _ in range(options.receipt_copies)]


def _has_receipt(options: SimulatorOptions, part: Part) -> bool:
    which = options.receipt_segments
    return which == "all" or part.number == (1 if which == "first" else part.total)


def _final_state(options: SimulatorOptions, chance: Chance, destination: str) -> str:
    for prefix, word in options.receipt_states.items():
        if destination.startswith(prefix):
            return word
    return chance.one_of(options.receipt_shares) or DELIVERED


def receipt(
    options: SimulatorOptions,
    submit: smpp.Pdu,
    message_id: MessageId,
    planned: Planned,
    at: float,
    text: str,
    origin: object = None,
) -> Delivery:
    """From the phone that was written to. `at`: epoch seconds; `text`: of the segment."""
    said = message_id.in_receipt(options.receipt_id)
    words = _words(options, said, planned.word, at, text)
    octets = b"" if options.receipt_parts == "tlvs" else words
    tlvs = _tlvs(options, submit, said, planned.word)
    final = options.receipt_esm_class
    fields: dict[str, Any] = {
        **turned_round(submit.fields),
        "esm_class": final if planned.final else options.receipt_step_esm_class,
    }
    if options.receipt_command == "data_sm":
        tlvs += ((c.MESSAGE_PAYLOAD, octets),) if octets else ()
        return Delivery(fields, tlvs, c.DATA_SM, origin)
    return Delivery(fields | {"short_message": octets}, tlvs, origin=origin)


def _words(options: SimulatorOptions, said: str, word: str, at: float, text: str) -> bytes:
    """Appendix B; the text comes last, and whatever can't be ASCII is a question mark."""
    delivered = word == DELIVERED
    date = datetime.fromtimestamp(at, UTC).strftime(FORMATS[options.receipt_dates])
    fields = {
        "id": said,
        "sub": "001",
        "dlvrd": f"{delivered:03d}",
        "submit date": date,
        "done date": date,
        "stat": word,
        "err": options.receipt_err or ("000" if delivered else "001"),
        "text": text[:TEXT_SHOWN],
    }
    spaced, loud = options.receipt_layout == "spaced", options.receipt_layout == "capitals"
    kept = [
        f"{key.upper() if loud else key}:{' ' * spaced}{value}"
        for key, value in fields.items()
        if key not in options.receipt_omits
    ]
    return (" " * (1 + spaced)).join(kept).encode("ascii", errors="replace")


def _tlvs(
    options: SimulatorOptions, submit: smpp.Pdu, said: str, word: str
) -> tuple[tuple[int, bytes], ...]:
    tlvs: list[tuple[int, bytes]] = []
    if options.receipt_parts != "text":
        tlvs.append((c.RECEIPTED_MESSAGE_ID, said.encode("latin-1") + b"\0"))
        if word in STATES:
            tlvs.append((c.MESSAGE_STATE, bytes((STATES[word],))))
    reference = submit.tlvs.get(c.USER_MESSAGE_REFERENCE)
    if reference is not None and options.echo_reference:
        tlvs.append((c.USER_MESSAGE_REFERENCE, reference))
    return tuple(tlvs)


def turned_round(fields: dict[str, Any]) -> dict[str, Any]:
    """The addresses of an answer to a message with these fields."""
    return {
        "source_addr_ton": fields["dest_addr_ton"],
        "source_addr_npi": fields["dest_addr_npi"],
        "source_addr": fields["destination_addr"],
        "dest_addr_ton": fields["source_addr_ton"],
        "dest_addr_npi": fields["source_addr_npi"],
        "destination_addr": fields["source_addr"],
    }
