"""A submit as the log has it: the witness for what was really sent.

Rule: a key that is there stays, since tests in other processes read the file.
"""

from typing import Any

from agents.simulator.alphabet import decode
from agents.simulator.assembly import Part
from agents.simulator.faults import Verdict
from agents.smpp import commands as c
from agents.smpp import pdu as smpp


def submit_line(
    system_id: str, pdu: smpp.Pdu, part: Part, message_id: str, verdict: Verdict, at: float
) -> dict[str, Any]:
    """`at`: epoch seconds. `reference`, `segment`, `segments`: of the header or the SAR TLVs.

    `user_message_reference` is None where the submit had none; `message_id` as answered.
    """
    fields = pdu.fields
    reference = pdu.tlvs.get(c.USER_MESSAGE_REFERENCE)
    return {
        "at": at,
        "system_id": system_id,
        "sequence": pdu.sequence,
        "source": fields["source_addr"],
        "destination": fields["destination_addr"],
        "text": decode(part.octets, fields["data_coding"])[0],
        "reference": part.reference,
        "segment": part.number,
        "segments": part.total,
        "user_message_reference": int.from_bytes(reference, "big") if reference else None,
        "data_coding": fields["data_coding"],
        "validity_period": fields.get("validity_period", ""),
        "fate": verdict.fate,
        "command_status": verdict.command_status,
        "message_id": message_id,
    }
