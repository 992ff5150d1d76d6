"""Our unpacked septets → the octets that data_coding 0 means at one carrier.

Rules: what the alphabet lacks makes the whole text unwritable, and it is sent as UCS-2
then; nothing is replaced in silence. A segment never grows: an escape pair becomes one
octet, or stays two. Sources: SMPP 3.4, 5.2.19 (0 is "SMSC default alphabet"); carriers'
manuals, which mean GSM 03.38, Latin-1 or ASCII by it.
"""

from dataclasses import replace
from typing import Final

from schemas.message import ReferenceBits
from streams.text.decode import DefaultAlphabet
from streams.text.gsm import from_septets
from streams.text.segment import DATA_CODING, ESM_UDH, Payload, encode, encode_ucs2, payloads

_CODECS: Final[dict[DefaultAlphabet, str]] = {"latin1": "latin-1", "ascii": "ascii"}


def payloads_in(
    alphabet: DefaultAlphabet, text: str, reference: int, bits: ReferenceBits
) -> list[Payload]:
    """The segments of `text` (NFC) at a carrier whose data_coding 0 is `alphabet`."""
    usual = payloads(encode(text, bits), reference, bits)
    written = [payload_in(alphabet, payload) for payload in usual]
    known = [payload for payload in written if payload is not None]
    if len(known) == len(usual):
        return known
    return payloads(encode_ucs2(text, bits), reference, bits)


def written_in(alphabet: DefaultAlphabet, septets: bytes) -> bytes | None:
    """The octets for `septets` (without header); None where a character is not in it."""
    codec = _CODECS.get(alphabet)
    if codec is None:
        return septets
    try:
        return from_septets(septets).encode(codec)
    except UnicodeEncodeError:
        return None


def payload_in(alphabet: DefaultAlphabet, payload: Payload) -> Payload | None:
    """The same segment for a carrier whose data_coding 0 is `alphabet`; None as above.

    Segments of any other data_coding are as they were. The header is kept.
    """
    if alphabet == "gsm7" or payload.data_coding != DATA_CODING["gsm7"]:
        return payload
    octets = payload.short_message
    header = octets[0] + 1 if payload.esm_class & ESM_UDH else 0
    written = written_in(alphabet, octets[header:])
    if written is None:
        return None
    return replace(payload, short_message=octets[:header] + written)
