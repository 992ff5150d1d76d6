"""The numbers of SMPP 3.4 by their names (sections 5.1.2, 5.1.3 and 5.3.2).

Rule: plain integers, not enums. An SMSC may send any number at all, and a number that
has no name here must be as easy to carry as one that has.
"""

from typing import Final

GENERIC_NACK: Final = 0x80000000
BIND_RECEIVER: Final = 0x00000001
BIND_TRANSMITTER: Final = 0x00000002
SUBMIT_SM: Final = 0x00000004
DELIVER_SM: Final = 0x00000005
UNBIND: Final = 0x00000006
BIND_TRANSCEIVER: Final = 0x00000009
OUTBIND: Final = 0x0000000B
ENQUIRE_LINK: Final = 0x00000015
ALERT_NOTIFICATION: Final = 0x00000102
DATA_SM: Final = 0x00000103

RESPONSE: Final = 0x80000000
"""The bit that makes an answer of a request: submit_sm 0x04, submit_sm_resp 0x80000004."""

BIND_RECEIVER_RESP: Final = BIND_RECEIVER | RESPONSE
BIND_TRANSMITTER_RESP: Final = BIND_TRANSMITTER | RESPONSE
SUBMIT_SM_RESP: Final = SUBMIT_SM | RESPONSE
DELIVER_SM_RESP: Final = DELIVER_SM | RESPONSE
UNBIND_RESP: Final = UNBIND | RESPONSE
BIND_TRANSCEIVER_RESP: Final = BIND_TRANSCEIVER | RESPONSE
ENQUIRE_LINK_RESP: Final = ENQUIRE_LINK | RESPONSE
DATA_SM_RESP: Final = DATA_SM | RESPONSE

BINDS: Final = frozenset({BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER})

ESME_ROK: Final = 0x00
ESME_RINVMSGLEN: Final = 0x01
ESME_RINVCMDLEN: Final = 0x02
ESME_RINVCMDID: Final = 0x03
ESME_RINVBNDSTS: Final = 0x04
ESME_RALYBND: Final = 0x05
ESME_RSYSERR: Final = 0x08
ESME_RINVDSTADR: Final = 0x0B
ESME_RBINDFAIL: Final = 0x0D
ESME_RINVPASWD: Final = 0x0E
ESME_RINVSYSID: Final = 0x0F
ESME_RMSGQFUL: Final = 0x14
ESME_RINVSYSTYP: Final = 0x53
ESME_RTHROTTLED: Final = 0x58
ESME_RUNKNOWNERR: Final = 0xFF

RECEIPTED_MESSAGE_ID: Final = 0x001E
USER_MESSAGE_REFERENCE: Final = 0x0204
SAR_MSG_REF_NUM: Final = 0x020C
SAR_TOTAL_SEGMENTS: Final = 0x020E
SAR_SEGMENT_SEQNUM: Final = 0x020F
SC_INTERFACE_VERSION: Final = 0x0210
MESSAGE_PAYLOAD: Final = 0x0424
MESSAGE_STATE: Final = 0x0427

ESM_RECEIPT: Final = 0x04
"""esm_class of an SMSC delivery receipt (5.2.12)."""
ESM_INTERMEDIATE: Final = 0x20
"""esm_class of an intermediate delivery notification (5.2.12)."""
ESM_UDHI: Final = 0x40
"""esm_class flag: the message begins with a user data header (5.2.12)."""
INTERFACE_VERSION: Final = 0x34
