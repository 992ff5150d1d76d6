"""What a submit_sm says besides the text (SMPP 3.4, 4.4.1).

Rules: an alphanumeric sender is TON 5, NPI 0; an international number TON 1, NPI 1,
without "+"; a short code TON 3, NPI 0. What is worth nothing after its deadline says so.
"""

from schemas.record import Millis

_DAY_S = 86_400


def source_address(sender: str) -> tuple[str, int, int]:
    """Address, TON, NPI (SMPP 3.4, 5.2.5 and 5.2.6)."""
    if sender.startswith("+") and sender[1:].isdigit():
        return sender[1:], 1, 1
    if sender.isdigit():
        return sender, 3, 0
    return sender, 5, 0


def validity_period(deadline: Millis, now_ms: float) -> str:
    """Relative, `000000001000000R` is ten minutes (SMPP 3.4, 7.1.1.2). At least a minute."""
    left_s = max(60, int((deadline - now_ms) / 1000))
    days, rest = divmod(left_s, _DAY_S)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"0000{min(days, 30):02d}{hours:02d}{minutes:02d}{seconds:02d}000R"


def message_reference(message_id: str) -> int:
    """16 bits of the id for user_message_reference, which some SMSCs echo (5.3.2.17)."""
    return int(message_id[:4], 16)
