"""Who is told: phone numbers as E.164.

Rule: a number is international or it is refused; no country is ever assumed.
"""

from functools import lru_cache

import phonenumbers
from pydantic import JsonValue

from schemas.reason import Reason, Refusal


def e164(written: JsonValue, where: str = "") -> str:
    """`"+33 6 12 34 56 78"` → `"+33612345678"` (ITU-T E.164).

    Raises Refusal NO_PHONE where nothing is given, BAD_PHONE where it is no number of a
    possible length. Whether the number is in use, the carrier knows. `where` it was looked for.
    """
    if written is None or written == "":
        raise Refusal(Reason.NO_PHONE, where)
    if not isinstance(written, str):
        raise Refusal(Reason.BAD_PHONE, "expected a text that begins with +")
    return _parsed(written)


@lru_cache(maxsize=65_536)
def _parsed(written: str) -> str:
    if len(written) > 32:
        raise Refusal(Reason.BAD_PHONE, f"{len(written)} characters are no phone number")
    try:
        number = phonenumbers.parse(written, None)
    except phonenumbers.NumberParseException:
        raise Refusal(Reason.BAD_PHONE, f"got {masked(written)}") from None
    if not phonenumbers.is_possible_number(number):
        raise Refusal(Reason.BAD_PHONE, f"{masked(written)} has an impossible length")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def masked(phone: str) -> str:
    """`+33612345678` → `+3361…78`: enough to tell numbers apart, not enough to call."""
    return f"{phone[:5]}…{phone[-2:]}" if len(phone) > 8 else "…"
