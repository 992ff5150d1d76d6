"""Receipts as met in the field: who writes them so, and what they must come to.

Rules: one row is one PDU; `who` names the gateway, documentation or issue thread that shows
the form (owner's name left out where it is plain), or the kind of sender where none can be
named. `answer` is the id that the answer to the submit had, where the SMSC writes it in
another way.
"""

from typing import Literal, NamedTuple

from streams.sending.receipt import ReceiptState
from streams.sending.smsc_id import IdForm, IdRule

S = ReceiptState
ID, STATE, ERROR, REFERENCE = 0x001E, 0x0427, 0x0423, 0x0204
DECIMAL, HEX = IdRule(IdForm.DECIMAL_IN_RECEIPT), IdRule(IdForm.HEX_IN_RECEIPT)
ZEROS = IdRule(ignore_zeros=True)


class Met(NamedTuple):
    """One receipt: the PDU above, what is read of it below."""

    who: str
    why: str
    text: str | bytes
    message_id: str
    state: ReceiptState
    final: bool = True
    err: str = ""
    done_date: str = ""
    reference: int | None = None
    esm_class: int = 0x04
    data_coding: int = 0
    tlvs: dict[int, bytes] = {}  # noqa: RUF012 - never changed
    carried: Literal["short_message", "message_payload", "data_sm"] = "short_message"
    answer: str | None = None
    rule: IdRule = IdRule()


UUID = "ce5bc5a9-4f7d-4282-9244-2e1022a9335c"

MET = [
    # --- the whole form of appendix B, by those who write it ---
    Met(
        "SMPP 3.4, appendix B",
        "as printed",
        "id:0123456789 sub:001 dlvrd:001 submit date:2311230910 done date:2311230911 "
        "stat:DELIVRD err:000 Text:Your parcel is here",
        "0123456789", S.DELIVRD, err="000", done_date="2311230911",
    ),
    Met(
        "CardBoardFish; the specification's own line break",
        "the break falls inside a key: 'done', then 'date'",
        "id:0123456789 sub:001 dlvrd:001 submit date:2311230910 done \ndate:2311230911 "
        "stat:EXPIRED err:0 Text: x",
        "0123456789", S.EXPIRED, err="0", done_date="2311230911",
    ),
    Met(
        "jsmpp#56: its SMSC simulator",
        "decimal in the text, padded to ten digits, hexadecimal in the answer",
        "id:0870928761 sub:001 dlvrd:001 submit date:1610150901 done date:1610150901 "
        "stat:DELIVRD err:000 text:a",
        "0870928761", S.DELIVRD, err="000", done_date="1610150901",
        answer="33e95179", rule=DECIMAL,
    ),
    Met(
        "jasmin#1034",
        "the same, which Jasmin's dlr_msgid did not mend",
        "id:0972660181 sub:001 dlvrd:001 submit date:2203031741 done date:2203031741 "
        "stat:DELIVRD err:000 text:",
        "0972660181", S.DELIVRD, err="000", done_date="2203031741",
        answer="39f99dd5", rule=DECIMAL,
    ),
    Met(
        "Vonage (Nexmo)",
        "sixteen digits, decimal; text:none",
        "id:0000000012345678 sub:001 dlvrd:001 submit date:1601010100 done date:1601010101 "
        "stat:DELIVRD err:000 text:none ",
        "0000000012345678", S.DELIVRD, err="000", done_date="1601010101",
        answer="00BC614E", rule=DECIMAL,
    ),
    Met(
        "smscsim#4: MavoCz's simulator",
        "hexadecimal and padded in the answer, decimal and bare in the receipt",
        "id:255 sub:001 dlvrd:001 submit date:1701130910 done date:1701130910 stat:DELIVRD "
        "err:000 text:",
        "255", S.DELIVRD, err="000", done_date="1701130910", answer="000000ff", rule=DECIMAL,
    ),
    Met(
        "SMPPSim",
        "a short decimal id; the text is cut at 20 characters, in the middle of a word",
        "id:17 sub:001 dlvrd:001 submit date:1311211757 done date:1311211757 stat:DELIVRD "
        "err:000 Text:This is test 20 from",
        "17", S.DELIVRD, err="000", done_date="1311211757",
    ),
    Met(
        "OpenSMPP's simulator, once Logica's",
        "a word in front of the number: no number to either base",
        "id:Smsc2001 sub:1 dlvrd:1 submit date:2311230910 done date:2311230911 stat:DELIVRD "
        "err:0 text:Hello",
        "Smsc2001", S.DELIVRD, err="0", done_date="2311230911", answer="Smsc2001", rule=DECIMAL,
    ),
    Met(
        "ids of an HTTP API, as Twilio's: SM and 32 hexadecimal digits",
        "no number either, for its first letter",
        "id:SM0f1e2d3c4b5a69788796a5b4c3d2e1f0 sub:001 dlvrd:001 submit date:2311230910 "
        "done date:2311230911 stat:DELIVRD err:000 text:",
        "SM0f1e2d3c4b5a69788796a5b4c3d2e1f0", S.DELIVRD, err="000", done_date="2311230911",
        answer="sm0F1E2D3C4B5A69788796A5B4C3D2E1F0", rule=DECIMAL,
    ),
    Met(
        "an operator behind sms-smpp#153",
        "hexadecimal in the text, decimal in the answer",
        "id:1d2084c sub:001 dlvrd:001 submit date:2406060910 done date:2406060911 "
        "stat:DELIVRD err:000 text:",
        "1d2084c", S.DELIVRD, err="000", done_date="2406060911", answer="30541900", rule=HEX,
    ),
    Met(
        "jasmin#1129",
        "hexadecimal with zeros, which a gateway in between loses",
        "id:B8BE19 sub:001 dlvrd:001 submit date:2308241000 done date:2308241001 "
        "stat:DELIVRD err:000 text:",
        "B8BE19", S.DELIVRD, err="000", done_date="2308241001", answer="00B8BE19", rule=ZEROS,
    ),
    # --- ids ---
    Met(
        "php-smpp#70: an Indian aggregator",
        "23 digits: no 64-bit integer; err has four",
        "id:11706271424479826100001 sub:001 dlvrd:001 submit date:1706271624 "
        "done date:1706271624 stat:DELIVRD err:0000 text:H\x1bllo world",
        "11706271424479826100001", S.DELIVRD, err="0000", done_date="1706271624",
        tlvs={ERROR: b"\x03\0\0", 0x1454: b"\0\0\0\1", 0x1418: bytes(4)},
    ),
    Met(
        "jasmin#916",
        "blocks joined by hyphens; the receipt is in capitals, the answer is not",
        "id:1101C1-C9D03D-F000 sub:000 dlvrd:000 submit date:2010290238 "
        "done date:2010290238 stat:ACCEPTD err:000",
        "1101C1-C9D03D-F000", S.ACCEPTD, False, "000", "2010290238", answer="1101c1-c9d03d-f000",
    ),
    Met(
        "smppex#46: a Russian operator",
        "letters and digits; dates to the tenth of a second, with an offset cut short",
        "id:rdwjwxns18krxr9936ey96ymcw sub:000 dlvrd:000 submit date:180711070003912+ "
        "done date:180711070000012+ stat:UNDELIV err:000",
        "rdwjwxns18krxr9936ey96ymcw", S.UNDELIV, err="000", done_date="180711070000012+",
    ),
    Met(
        "Clickatell, jasmin#70",
        "32 hexadecimal digits; dates with seconds; an empty text",
        "id:a29f6845555647139e5c8f3b817f2c9a sub:001 dlvrd:001 submit date:141023215253 "
        "done date:141023215259 stat:DELIVRD err:000 text:",
        "a29f6845555647139e5c8f3b817f2c9a", S.DELIVRD, err="000", done_date="141023215259",
    ),
    Met(
        "SMSCs that write GSM septets, as in jasmin#586",
        "0x11 is the underscore of the GSM alphabet",
        "id:ab\x11cd stat:DELIVRD err:000",
        "ab_cd", S.DELIVRD, err="000", answer="AB_CD",
    ),
    Met(
        "a Java gateway's own test",
        "an empty id, with all the rest",
        "id: sub:001 dlvrd:000 submit date:2401010000 done date:2401010001 stat:UNDELIV "
        "err:001 text:failed",
        "", S.UNDELIV, err="001", done_date="2401010001",
    ),
    Met(
        "a hub that keeps the id in the TLV only",
        "no id in the text at all",
        "sub:001 dlvrd:001 submit date:2407190905 done date:2407191705 stat:UNDELIV err:000 "
        "text:link",
        "a-7", S.UNDELIV, err="000", done_date="2407191705", tlvs={ID: b"a-7\0"},
    ),
    # --- fields missing, empty, misspelt ---
    Met(
        "jsmpp#62",
        "sub and dlvrd are left out",
        "id:1526758174 submit date:1701240904 done date:1701240904 stat:DELIVRD err:000 "
        "text:hellow",
        "1526758174", S.DELIVRD, err="000", done_date="1701240904",
    ),
    Met(
        "jsmpp#67 (uudashr)",
        "text is left out too",
        "id:0654354026 submit date:2302101454 done date:2302101454 stat:DELIVRD err:000",
        "0654354026", S.DELIVRD, err="000", done_date="2302101454",
    ),
    Met(
        "Jasmin's SMPP server, jasmin#753",
        "a year of four digits without seconds: 12 digits that are not what they seem",
        "id:dbd1d8e8-d2a4-4efe-b508-60761b1ae484 submit date:201906190720 "
        "done date:201906190720 stat:EXPIRED err:030",
        "dbd1d8e8-d2a4-4efe-b508-60761b1ae484", S.EXPIRED, err="030", done_date="201906190720",
    ),
    Met(
        "a PHP gateway's test",
        "14 digits; a word nobody knows; err in letters",
        "id:12345-9876 sub:001 dlvrd:000 submit date:20180721020159 done date:20180721020259 "
        "stat:ABC err:XYZ text:Sample",
        "12345-9876", S.OTHER, False, "XYZ", "20180721020259",
    ),
    Met(
        "a Python SMSC's sample",
        "16 digits",
        "id:7 sub:001 dlvrd:001 submit date:2023010112000000 done date:2023010112000100 "
        "stat:DELIVRD err:000 text:",
        "7", S.DELIVRD, err="000", done_date="2023010112000100",
    ),
    Met(
        "jasmin#447",
        "FAILED, and a date of zeros",
        "id:1216080510463401720 sub:001 dlvrd:001 submit date:1608051046 "
        "done date:0000000000 stat:FAILED err:002 Text:",
        "1216080510463401720", S.UNDELIV, err="002", done_date="0000000000",
    ),
    Met(
        "ksmppd#108",
        "the key stat is left out, its word is there",
        f"id:{UUID} sub:000 dlvrd:000 submit date:180903120815 done date:180903120816 "
        "DELIVRD err:000 Text:",
        UUID, S.DELIVRD, err="000", done_date="180903120816",
    ),
    Met(
        "cloudhopper-smpp#105",
        "sub is there and empty",
        "id:99 sub: dlvrd:001 submit date:1506100910 done date:1506100911 stat:DELIVRD err:000 "
        "text:x",
        "99", S.DELIVRD, err="000", done_date="1506100911",
    ),
    Met(
        "Ozeki",
        "a sentence in front, and an empty err",
        "Delivered; To: +44700900123; Ref: 636445148; id:636445148 sub:000 dlvrd:001 "
        "submit date:2210031207 done date:2210031207 stat:DELIVRD err: text:",
        "636445148", S.DELIVRD, done_date="2210031207",
    ),
    Met(
        "OpenMarket",
        "no space in the names of the dates; a date of twelve zeros; err of its own",
        "id:0118Z-0122I-2309U-57DGB sub:000 dlvrd:000 submitdate:180122230957 "
        "donedate:000000000000 stat:REJECTD err:375 text:",
        "0118Z-0122I-2309U-57DGB", S.REJECTD, err="375", done_date="000000000000",
    ),
    Met(
        "a Java SMPP server with its own key",
        "gId: is not id:, and nothing else is read into it",
        "gId:42 sub:001 dlvrd:001 submit date:2311230910 done date:2311230911 stat:DELIVRD "
        "err:000 Text:",
        "", S.DELIVRD, err="000", done_date="2311230911",
    ),
    Met(
        "gateways that write keys as identifiers",
        "underscores in the keys, and capitals",
        "ID:42 SUB:001 DLVRD:001 SUBMIT_DATE:2311230910 DONE_DATE:2311230911 STAT:DELIVRD "
        "ERR:000 TEXT:",
        "42", S.DELIVRD, err="000", done_date="2311230911",
    ),
    Met(
        "a gateway that writes its keys as words",
        "no space, two spaces, a hyphen",
        "id:42 submitdate:2311230910 done-date:2311230911  Stat:Delivered  Err:0",
        "42", S.DELIVRD, err="0", done_date="2311230911",
    ),
    Met(
        "php-smpp#29, asked by its users",
        "spaces behind the colons",
        "id: 42 sub: 001 dlvrd: 001 submit date: 2311230910 done date: 2311230911 "
        "stat: DELIVRD err: 0 text: x",
        "42", S.DELIVRD, err="0", done_date="2311230911",
    ),
    Met(
        "Stack Overflow 8754853",
        "one field a line, as CRLF",
        "id:40072910491427628\r\nsub:001\r\ndlvrd:001\r\nsubmit date:1007291049\r\n"
        "done date:1007291049\r\nstat:DELIVRD\r\nerr:000\r\n",
        "40072910491427628", S.DELIVRD, err="000", done_date="1007291049",
    ),
    Met(
        "an HLR look-up service behind Kannel",
        "keys of its own behind err",
        "id:40072910491419819 sub:001 dlvrd:001 submit date:1007291049 done date:1007291049 "
        "stat:UNDELIV err:001 IMSI: MSC: ORN:VipNet MCCMNC:",
        "40072910491419819", S.UNDELIV, err="001", done_date="1007291049",
    ),
    # --- err ---
    Met(
        "cloudhopper-smpp#42",
        "err is three characters, not a number",
        "id:42 sub:001 dlvrd:000 submit date:1310140910 done date:1310140911 stat:UNDELIV "
        "err:0A1 text:",
        "42", S.UNDELIV, err="0A1", done_date="1310140911",
    ),
    Met(
        "php-smpp#4",
        "err of two digits",
        "id:42 sub:001 dlvrd:000 submit date:1207180910 done date:1207180911 stat:REJECTD err:11 "
        "text:",
        "42", S.REJECTD, err="11", done_date="1207180911",
    ),
    Met(
        "cloudhopper-smpp#10 (fizzed)",
        "a network error of four digits, in the TLV only",
        "id:42 stat:UNDELIV",
        "42", S.UNDELIV, err="2050", tlvs={ERROR: b"\x03\x08\x02"},
    ),
    Met(
        "aggregators with error codes of their own",
        "a negative or a long code is text as well",
        "id:42 sub:001 dlvrd:000 stat:UNDELIV err:-1 text:",
        "42", S.UNDELIV, err="-1",
    ),
    Met(
        "a web console's log",
        "err in hexadecimal, with its prefix",
        "id:42 stat:UNDELIV err:0x0000000B",
        "42", S.UNDELIV, err="0x0000000B",
    ),
    # --- states ---
    Met(
        "mdigger/smpp: a Russian hub",
        "ACCEPTD: taken by the SMSC; spaces at the end",
        "id:881444543 sub:001 dlvrd:000 submit date:1512201521 done date:1512201521 "
        "stat:ACCEPTD err:000 text:ACK/OK      ",
        "881444543", S.ACCEPTD, False, "000", "1512201521",
    ),
    Met(
        "8x8 and Sinch by their documentation",
        "ENROUTE as a receipt of its own: it may come after DELIVRD, and decides nothing",
        "id:42 sub:001 dlvrd:000 submit date:2311230910 done date:2311230910 stat:ENROUTE err:000 "
        "text:",
        "42", S.ENROUTE, False, "000", "2311230910",
    ),
    Met(
        "aggregators whose status is 'buffered', as Vonage's",
        "BUFFRED: another try will follow",
        "id:42 sub:001 dlvrd:000 submit date:2311230910 done date:2311230910 stat:BUFFRED err:000 "
        "text:",
        "42", S.ENROUTE, False, "000", "2311230910",
    ),
    Met(
        "Esendex US, CDYNE",
        "DELIVERED TO CARRIER: the next network has it, not the phone",
        "id:18579674100201040 sub:001 dlvrd:001 submit date:1209281334 done date:1209281334 "
        "stat:DELIVERED TO CARRIER err:003 text:",
        "18579674100201040", S.ACCEPTD, False, "003", "1209281334",
    ),
    Met(
        "a modem gateway",
        "ACKED: handed on",
        "id:42 stat:ACKED err:000",
        "42", S.ACCEPTD, False, "000",
    ),
    Met(
        "Sinch",
        "UNKNOWN: the last word of the SMSC, which knows nothing",
        "id:42 sub:001 dlvrd:000 submit date:2311230910 done date:2311230911 stat:UNKNOWN err:000 "
        "text:",
        "42", S.UNKNOWN, err="000", done_date="2311230911",
    ),
    Met(
        "vumi#216: Yo! in Uganda",
        "a state as a number that SMPP gives no meaning: a carrier's own, decides nothing",
        "id:42 sub:1 dlvrd:1 submit date:1203150910 done date:1203150911 stat:0 err:0 Text:x",
        "42", S.OTHER, False, "0", "1203150911",
    ),
    Met(
        "jasmin#181: an older Jasmin",
        "the names of message_state instead of the words of appendix B",
        "id:42 submit date:1506030910 done date:1506030911 stat:UNDELIVERABLE err:000",
        "42", S.UNDELIV, err="000", done_date="1506030911",
    ),
    Met(
        "an SMSC of SMPP 5.0, by Kannel's table",
        "message_state 9, SKIPPED: final, it was not tried",
        "",
        "42", S.UNDELIV, tlvs={ID: b"42\0", STATE: b"\x09"},
    ),
    Met(
        "telcos that send deleted messages back",
        "DELETED, with a full stop behind it",
        "id:42 stat:DELETED. err:005",
        "42", S.DELETED, err="005",
    ),
    # --- TLVs, alone and against the text ---
    Met(
        "go-smpp#73, and Cloudhopper's advice in #105",
        "TLVs only, the text is empty",
        "",
        "1234", S.DELIVRD, tlvs={ID: b"1234\0", STATE: b"\x02"},
    ),
    Met(
        "vumi#637",
        "TLVs only, and no flag in esm_class",
        "",
        "1234", S.UNDELIV, esm_class=0, tlvs={ID: b"1234", STATE: b"\x05"},
    ),
    Met(
        "Jasmin's test of a real PDU",
        "decimal in the text, hexadecimal in the TLV, which is the answer's; NUL at the end",
        "id:1891273321 sub:001 dlvrd:001 submit date:1305050826 done date:1305050826 "
        "stat:DELIVRD err:000 Text:DLVRD TO MOBILE\0",
        "70BA8A69", S.DELIVRD, err="000", done_date="1305050826",
        tlvs={ID: b"70BA8A69\0", STATE: b"\x02"}, answer="70ba8a69",
    ),
    Met(
        "a 3.4 SMSC whose text is its own language",
        "message_state, and a text without a word of appendix B",
        "Ihre Nachricht wurde zugestellt.",
        "42", S.DELIVRD, tlvs={ID: b"42\0", STATE: b"\x02"},
    ),
    Met(
        "message_state without an id",
        "the id is in the text, the state in the TLV",
        "id:42 done date:2311230911",
        "42", S.REJECTD, done_date="2311230911", tlvs={STATE: b"\x08"},
    ),
    Met(
        "cheapglobalsms",
        "user_message_reference is echoed; esm_class 6 is a receipt as well",
        "id:42 sub:1 dlvrd:1 submit date:2311230910 done date:2311230911 stat:DELIVRD err:000 "
        "text:EXTRA",
        "42", S.DELIVRD, err="000", done_date="2311230911", reference=0x0102,
        esm_class=0x06, tlvs={REFERENCE: b"\x01\x02"},
    ),
    # --- how it travels ---
    Met(
        "jasmin#139",
        "receipts as data_sm: no text, TLVs",
        "",
        "42", S.DELIVRD, carried="data_sm", tlvs={ID: b"42\0", STATE: b"\x02"},
    ),
    Met(
        "SMSCs that use data_sm throughout",
        "data_sm with the text in message_payload",
        "id:42 sub:001 dlvrd:001 done date:2311230911 stat:DELIVRD err:000",
        "42", S.DELIVRD, err="000", done_date="2311230911", carried="data_sm",
    ),
    Met(
        "Kannel, which looks there where short_message is empty",
        "the text travels in message_payload",
        "id:42 sub:001 dlvrd:001 done date:2311230911 stat:EXPIRED err:000",
        "42", S.EXPIRED, err="000", done_date="2311230911", carried="message_payload",
    ),
    Met(
        "jasmin#195, node-smpp#140",
        "the flag is forgotten: it looks like a reply",
        f"id:{UUID} submit date:201506201641 done date:201506201641 stat:DELIVRD err:000",
        UUID, S.DELIVRD, err="000", done_date="201506201641", esm_class=0,
    ),
    Met(
        "vumi#635: an African operator",
        "UCS-2, and it says so",
        "id:42 stat:DELIVRD err:000".encode("utf-16-be"),
        "42", S.DELIVRD, err="000", data_coding=8,
    ),
    Met(
        "the same, with a byte order mark, little-endian",
        "a Windows gateway",
        b"\xff\xfe" + "id:42 stat:DELIVRD err:000".encode("utf-16-le"),
        "42", S.DELIVRD, err="000", data_coding=8,
    ),
    Met(
        "gateways that copy data_coding from the message",
        "data_coding says UCS-2, the octets are ASCII",
        "id:42 stat:DELIVRD err:000",
        "42", S.DELIVRD, err="000", data_coding=8,
    ),
    Met(
        "gateways that forget it",
        "UCS-2 under data_coding 0",
        "id:42 stat:UNDELIV err:027".encode("utf-16-be"),
        "42", S.UNDELIV, err="027",
    ),
    Met(
        "go-smpp#73, on the wire",
        "a NUL in front, so that the last digit of err is cut",
        "\0id:1234 sub:001 dlvrd:001 submit date:180625012100 done date:180625012101 "
        "stat:DELIVRD err:00",
        "1234", S.DELIVRD, err="00", done_date="180625012101",
    ),
    Met(
        "C programs that send their buffer",
        "NUL at the end, and what was behind it in memory",
        "id:42 stat:DELIVRD err:000\0\0\xfe\xca stat:garbage",
        "42", S.DELIVRD, err="000",
    ),
    Met(
        "intermediate notifications (SMPP 3.4, 5.2.12)",
        "the phone is off: UNDELIV for now, another try follows",
        "id:42 sub:001 dlvrd:000 submit date:2311230910 done date:2311230911 stat:UNDELIV err:027 "
        "text:",
        "42", S.UNDELIV, False, "027", "2311230911", esm_class=0x20,
    ),
    # --- what is not what it seems ---
    Met(
        "customers who quote receipts",
        "the text of the message looks like a receipt: it is nobody's word",
        "id:42 sub:001 dlvrd:000 done date:2311230911 stat:UNDELIV err:001 "
        "text:id:99 stat:DELIVRD err:000",
        "42", S.UNDELIV, err="001", done_date="2311230911",
    ),
    Met(
        "node-smpp#140, a home-made SMSC",
        "it begins with 'text:', so that all of it is the customer's: flagged, and unreadable",
        "message text:42 sub:001 dlvrd:0 submit date:2007280910 done date: stat:ACCEPTD err:000",
        "", S.OTHER, False,
    ),
    Met(
        "Vodafone UK, on Kannel's list in 2002",
        "values with commas, no keys: flagged, and it decides nothing",
        "00,0210021543,0210021500,,447887123456,10110200000000,we2345678i9o03er45ty67u",
        "", S.OTHER, False,
    ),
]  # fmt: skip
