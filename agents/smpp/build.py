"""The PDUs we send, as octets. aiosmpplib builds them; our own table fills its gaps.

Rule: what aiosmpplib refuses although SMPP 3.4 and the field allow it is written by
`pdu.write`: passwords over 8 characters, data codings, TONs and NPIs outside its enums,
absolute validity periods (its offsets west of Greenwich are wrong), empty messages, data_sm.
A test holds that both write the same octets.
"""

from datetime import timedelta
from functools import lru_cache
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
    OptionalParam,
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
    try:
        message = SubmitSm(
            sequence_num=sequence,
            short_message="-",  # its text is not used: the octets are set below
            source=PhoneNumber(submit.source, TON(submit.source_ton), NPI(submit.source_npi)),
            destination=PhoneNumber(submit.destination, TON(submit.dest_ton), NPI(submit.dest_npi)),
            esm_class=submit.esm_class,
            validity_period=_validity(submit.validity_period),
            registered_delivery=submit.registered_delivery,
            encoding=SmppDataCoding(submit.data_coding).name,
            optional_params=_optional(submit.user_message_reference),
        )
        if not 0 < len(submit.short_message) <= pdu.MAX_SHORT_MESSAGE:
            return _submit_by_table(submit, sequence)
        message.set_encoded_message(submit.short_message)
        octets: bytes = message.pdu()
    except (ValueError, StructError):
        return _submit_by_table(submit, sequence)
    return octets


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


def _optional(reference: int | None) -> list[OptionalParam]:
    return [] if reference is None else [OptionalParam(c.USER_MESSAGE_REFERENCE, reference)]


@lru_cache(maxsize=1024)
def _validity(text: str) -> timedelta | None:
    """Raises ValueError where aiosmpplib would not write `text` back as it is."""
    if not text:
        return None
    if not text.endswith("R"):
        raise ValueError("an absolute time")
    period = SubmitSm.smpp_time_to_datetime(text)
    if SubmitSm.datetime_to_smpp_time(period) != text:
        raise ValueError("another way to write the same period")
    return period  # type: ignore[no-any-return]


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
