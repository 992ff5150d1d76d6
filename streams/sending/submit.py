"""What a submit_sm says besides the text (SMPP 3.4, 4.4.1).

Rules: an alphanumeric sender is TON 5, NPI 0; an international number TON 1, NPI 1,
without "+"; a short code NPI 0 and the TON its carrier wants. What is worth nothing after
its deadline says so.
"""

import re
from typing import Final

from schemas.record import Millis

SHORT_CODE: Final = 3
"""TON of a short code: network specific. Some carriers want 0 (unknown) or 6 (abbreviated)."""
LONGEST_SHORT_CODE: Final = 8
LONGEST_NAME: Final = 11
"""Characters of an alphanumeric sender (TS 23.040, 9.1.2.5: 11 septets)."""

_DAY_S = 86_400
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def source_address(sender: str, short_code_ton: int = SHORT_CODE) -> tuple[str, int, int]:
    """Address, TON, NPI (SMPP 3.4, 5.2.5 and 5.2.6). Raises ValueError for what is no sender.

    Digits are a short code up to 8 of them, and an international number from 9 on.
    """
    digits = sender.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        is_plain = sender.isascii() and sender.isprintable() and not sender.startswith("+")
        if not is_plain or not 0 < len(sender) <= LONGEST_NAME:
            raise ValueError(
                f"the sender {sender!r} is neither a number nor 1 to {LONGEST_NAME} characters "
                "of ASCII"
            )
        return sender, 5, 0
    if len(digits) <= LONGEST_SHORT_CODE and digits == sender:
        return digits, short_code_ton, 0
    if digits.startswith("0") or len(digits) > 15:
        raise ValueError(f"the sender {sender!r} is no international number, as +33612345678")
    return digits, 1, 1


def validity_period(deadline: Millis, now_ms: float) -> str:
    """Relative, `000000001000000R` is ten minutes (SMPP 3.4, 7.1.1.2). At least a minute."""
    left_s = max(60, int((deadline - now_ms) / 1000))
    days, rest = divmod(left_s, _DAY_S)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"0000{min(days, 30):02d}{hours:02d}{minutes:02d}{seconds:02d}000R"


def message_reference(message_id: str) -> int:
    """16 bits of the id for user_message_reference, which some SMSCs echo (5.3.2.17).

    Raises ValueError for what is no UUID.
    """
    if not _UUID.fullmatch(message_id):
        raise ValueError("the message's id is no UUID, and compose gives no other")
    return int(message_id[:4], 16)
