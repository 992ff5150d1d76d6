"""The octets of an answer to a submit, also where they are odd but legal.

Source: SMPP 3.4, 4.4.2: an error's answer has no body, which some SMSCs give it all the same.
"""

from agents.simulator.options import SimulatorOptions
from agents.smpp import commands as c
from agents.smpp import pdu as smpp


def header(command_id: int, sequence: int, status: int = c.ESME_ROK) -> bytes:
    """A header and nothing else."""
    return smpp.HEADER.pack(smpp.HEADER_OCTETS, command_id, status, sequence)


def submit_answer(
    options: SimulatorOptions, submit: smpp.Pdu, status: int, message_id: str
) -> bytes:
    """To a submit_sm or data_sm; `message_id` is empty where `status` is an error."""
    command_id = submit.command_id | c.RESPONSE
    if options.header_only if status == c.ESME_ROK else not options.error_body:
        return header(command_id, submit.sequence, status)
    fields = {"message_id": message_id}
    tlvs = options.answer_tlvs.items()
    return smpp.write(command_id, submit.sequence, status, fields, tlvs)
