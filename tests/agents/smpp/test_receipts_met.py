"""The receipts of tests/streams/receipts/met.py, from the octets of their PDU to their key."""

import pytest

from agents.smpp import commands as c
from agents.smpp import pdu
from agents.smpp.events import Deliver, read_deliver
from streams.sending.receipt import Receipt
from tests.streams.receipts.met import MET, Met


def delivered(met: Met) -> Deliver:
    """The PDU as the SMSC writes it, read."""
    text = met.text if isinstance(met.text, bytes) else met.text.encode("latin-1")
    fields: dict[str, str | int | bytes] = {
        "source_addr": "33612345678",
        "destination_addr": "Chappe",
        "esm_class": met.esm_class,
        "data_coding": met.data_coding,
    }
    tlvs = dict(met.tlvs)
    if met.carried == "short_message":
        fields["short_message"] = text
    elif text:
        tlvs[c.MESSAGE_PAYLOAD] = text
    command = c.DATA_SM if met.carried == "data_sm" else c.DELIVER_SM
    return read_deliver(pdu.parse(pdu.write(command, 1, fields=fields, tlvs=tlvs.items())), 0)


@pytest.mark.parametrize("met", MET, ids=lambda met: f"{met.who}: {met.why}")
def test_it_comes_to(met: Met) -> None:
    receipt = delivered(met).receipt
    assert receipt == Receipt(
        met.message_id, met.state, met.final, met.err, met.done_date, met.reference
    )
    if met.answer is not None:
        assert met.rule.receipt_key(receipt.message_id) == met.rule.answer_key(met.answer)


def test_there_are_enough_of_them_and_none_twice() -> None:
    assert len(MET) >= 40
    assert len({(met.who, met.why) for met in MET}) == len(MET)
