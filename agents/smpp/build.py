"""The PDUs we send, as octets. aiosmpplib builds them; our own table fills its gaps.

Rules: a submit_sm is built once for all that differ only in phone, validity, octets and
reference, and these are put in. What aiosmpplib refuses although SMPP 3.4 and the field allow
it is written by `pdu.write`: passwords over 8 characters, data codings, TONs and NPIs outside
its enums, empty messages, data_sm. A test holds that both write the same octets.
"""

from functools import lru_cache
from struct import Struct
from struct import error as StructError  # noqa: N812 - it is a class
from typing import Any, Final

from aiosmpplib import (
    NPI,
    TON,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    PhoneNumber,
    SmppCommandStatus,
    SmppDataCoding,
    SubmitSm,
    Unbind,
    UnbindResp,
)

from agents.smpp import commands as c
from agents.smpp import pdu
from agents.smpp.config import BindConfig, Role
from agents.smpp.submit import Submit

_BINDS: Final[dict[Role, tuple[Any, int]]] = {
    "transceiver": (BindTransceiver, c.BIND_TRANSCEIVER),
    "transmitter": (BindTransmitter, c.BIND_TRANSMITTER),
    "receiver": (BindReceiver, c.BIND_RECEIVER),
}


def bind_as(role: Role, bind: BindConfig, sequence: int) -> bytes:
    """Raises ValueError where system_id, password or system_type can't be written."""
    kind, command_id = _BINDS[role]
    try:
        octets: bytes = kind(
            sequence_num=sequence,
            system_id=bind.system_id,
            password=bind.password,
            system_type=bind.system_type,
        ).pdu()
    except ValueError:  # over 8 characters of password, 15 of system_id: usual in the field
        return pdu.write(
            command_id,
            sequence,
            fields={
                "system_id": bind.system_id,
                "password": bind.password,
                "system_type": bind.system_type,
                "interface_version": c.INTERFACE_VERSION,
            },
        )
    return octets


def submit_sm(submit: Submit, sequence: int) -> bytes:
    """Raises ValueError, naming the field, where one can't be written."""
    phone, validity, message = submit.destination, submit.validity_period, submit.short_message
    reference = submit.user_message_reference
    varying = phone + validity
    if not (varying.isascii() and varying.isalnum() and 0 < len(message) <= pdu.MAX_SHORT_MESSAGE):
        return _submit_by_table(submit, sequence)
    try:
        before, between, behind = _around(
            submit.source, submit.source_ton, submit.source_npi, submit.dest_ton, submit.dest_npi,
            submit.esm_class, submit.registered_delivery, submit.data_coding,
        )  # fmt: skip
        tlv = b"" if reference is None else _REFERENCE.pack(c.USER_MESSAGE_REFERENCE, 2, reference)
    except (ValueError, StructError):
        return _submit_by_table(submit, sequence)
    body = b"".join(
        (before, phone.encode(), between, validity.encode(), behind, bytes((len(message),)),
         message, tlv)
    )  # fmt: skip
    length = pdu.HEADER_OCTETS + len(body)
    return pdu.HEADER.pack(length, c.SUBMIT_SM, c.ESME_ROK, sequence) + body


_REFERENCE: Final = Struct("!HHH")


@lru_cache(maxsize=1024)
def _around(
    source: str, source_ton: int, source_npi: int, dest_ton: int, dest_npi: int,
    esm_class: int, registered_delivery: int, data_coding: int,
) -> tuple[bytes, bytes, bytes]:  # fmt: skip
    """The octets of a body before the phone, up to the validity period, up to sm_length.

    Raises ValueError or struct.error for what aiosmpplib does not write.
    """
    submit = SubmitSm(
        sequence_num=1,
        short_message="-",
        source=PhoneNumber(source, TON(source_ton), NPI(source_npi)),
        destination=PhoneNumber("", TON(dest_ton), NPI(dest_npi)),
        esm_class=esm_class,
        registered_delivery=registered_delivery,
        encoding=SmppDataCoding(data_coding).name,
    )
    submit.set_encoded_message(b"-")
    octets: bytes = submit.pdu()
    validity = len(octets) - 7  # behind it: its NUL, four numbers, sm_length, "-"
    phone = validity - 5  # behind it: its NUL, three numbers, no schedule
    return octets[pdu.HEADER_OCTETS : phone], octets[phone:validity], octets[validity:-2]


def _submit_by_table(submit: Submit, sequence: int) -> bytes:
    reference = submit.user_message_reference
    return pdu.write(
        c.SUBMIT_SM,
        sequence,
        fields={
            "source_addr_ton": submit.source_ton,
            "source_addr_npi": submit.source_npi,
            "source_addr": submit.source,
            "dest_addr_ton": submit.dest_ton,
            "dest_addr_npi": submit.dest_npi,
            "destination_addr": submit.destination,
            "esm_class": submit.esm_class,
            "validity_period": submit.validity_period,
            "registered_delivery": submit.registered_delivery,
            "data_coding": submit.data_coding,
            "short_message": submit.short_message,
        },
        tlvs=() if reference is None else (_reference(reference),),
    )


def _reference(reference: int) -> tuple[int, bytes]:
    if not 0 <= reference <= 0xFFFF:
        raise ValueError(f"user_message_reference {reference} is not within 0..65535")
    return c.USER_MESSAGE_REFERENCE, reference.to_bytes(2, "big")


def answer_deliver(command_id: int, sequence: int) -> bytes:
    """deliver_sm_resp or data_sm_resp, status 0: the receipt or reply is stored."""
    if command_id == c.DATA_SM:
        return pdu.write(c.DATA_SM_RESP, sequence)
    octets: bytes = DeliverSmResp(sequence_num=sequence).pdu()
    return octets


def enquire_link(sequence: int) -> bytes:
    """Is anybody there?"""
    octets: bytes = EnquireLink(sequence_num=sequence).pdu()
    return octets


def enquire_link_resp(sequence: int) -> bytes:
    """Yes."""
    octets: bytes = EnquireLinkResp(sequence_num=sequence).pdu()
    return octets


def unbind(sequence: int) -> bytes:
    """We want to leave."""
    octets: bytes = Unbind(sequence_num=sequence).pdu()
    return octets


def unbind_resp(sequence: int) -> bytes:
    """You may leave."""
    octets: bytes = UnbindResp(sequence_num=sequence).pdu()
    return octets


def generic_nack(sequence: int, command_status: int) -> bytes:
    """`command_status`: 0x02 for a bad length, 0x03 for an unknown command."""
    status = SmppCommandStatus(command_status)
    octets: bytes = GenericNack(sequence_num=sequence, command_status=status).pdu()
    return octets
