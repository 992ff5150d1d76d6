"""One segment of a message, as what the SMSC is given.

Rule: the same for what dispatch sends and for what a person sends by hand.
"""

from agents.smpp.submit import Submit
from schemas.record import Millis
from streams.sending.submit import SHORT_CODE, message_reference, source_address, validity_period
from streams.text.segment import Payload


def submit_of(
    payload: Payload,
    sender: str,
    phone: str,
    message_id: str,
    deadline: Millis,
    now_ms: float,
    short_code_ton: int = SHORT_CODE,
) -> Submit:
    """`phone` is E.164; `message_id` a UUID, of which the SMSC gets 16 bits.

    Raises ValueError for what is no sender.
    """
    source, ton, npi = source_address(sender, short_code_ton)
    return Submit(
        source=source,
        source_ton=ton,
        source_npi=npi,
        destination=phone.removeprefix("+"),
        dest_ton=1,
        dest_npi=1,
        data_coding=payload.data_coding,
        esm_class=payload.esm_class,
        short_message=payload.short_message,
        validity_period=validity_period(deadline, now_ms),
        user_message_reference=message_reference(message_id),
    )
