"""Values that several tests of the SMPP floor begin with."""

from agents.smpp import commands as c
from agents.smpp import pdu
from agents.smpp.config import BindConfig, Role
from agents.smpp.reader import Reader
from agents.smpp.session import Session
from agents.smpp.submit import Submit

SUBMIT = Submit(
    source="Chappe",
    source_ton=5,
    source_npi=0,
    destination="33612345678",
    dest_ton=1,
    dest_npi=1,
    data_coding=0,
    esm_class=0,
    short_message=b"Hello \x00 you",
    validity_period="000000001000000R",
)


BIND_RESPS: dict[Role, int] = {
    "transceiver": c.BIND_TRANSCEIVER_RESP,
    "transmitter": c.BIND_TRANSMITTER_RESP,
    "receiver": c.BIND_RECEIVER_RESP,
}


def answer(sequence: int, message_id: str = "id", status: int = 0) -> bytes:
    """A submit_sm_resp as most SMSCs write it: no body where it is an error."""
    octets = pdu.write(c.SUBMIT_SM_RESP, sequence, status, {"message_id": message_id})
    return octets if status == 0 else bare(c.SUBMIT_SM_RESP, sequence, status)


def bare(command_id: int, sequence: int, status: int = 0) -> bytes:
    """A header and nothing else."""
    return pdu.HEADER.pack(pdu.HEADER_OCTETS, command_id, status, sequence)


def bound(window: int = 10, *, sequence: int = 0, role: Role = "transceiver") -> Session:
    """A session that was bound at 0 s and has written all it had; 10 s to answer."""
    bind = BindConfig("acme", "secret", window=window)
    session = Session(bind, sequence=sequence, role=role)
    session.connected(0.0)
    session.outgoing()
    session.receive(pdu.write(BIND_RESPS[role], session.sequence), 0.0)
    return session


def written(session: Session) -> list[tuple[int, int, int]]:
    """(command, status, sequence) of all it writes now."""
    return [
        (each.command_id, each.command_status, each.sequence)
        for each in Reader().feed(session.outgoing())
    ]


def give(session: Session, *tokens: str, now: float = 0.0, write: bool = True) -> list[int]:
    sequences = [session.submit(SUBMIT, token, now) for token in tokens]
    if write:
        session.outgoing()
    return sequences
