"""What a sender is: a name, a short code or a number, by its characters alone."""

import pytest

from streams.sending.submit import source_address

ROWS = [
    ("Chappe", 3, ("Chappe", 5, 0), "a name"),
    ("A&B 24-7.eu", 3, ("A&B 24-7.eu", 5, 0), "11 characters are the most"),
    ("3Suisses", 3, ("3Suisses", 5, 0), "a name may begin with a digit"),
    ("+33700000000", 3, ("33700000000", 1, 1), "a long number travels without +"),
    ("33700000000", 3, ("33700000000", 1, 1), "too long for a short code"),
    ("+33700", 3, ("33700", 1, 1), "who writes + means a number"),
    ("36180", 3, ("36180", 3, 0), "a short code"),
    ("36180", 0, ("36180", 0, 0), "of a carrier that wants TON 0"),
    ("36180", 6, ("36180", 6, 0), "of one that wants TON 6"),
    ("12345678", 3, ("12345678", 3, 0), "8 digits are the most of a short code"),
    ("123456789", 3, ("123456789", 1, 1), "9 are a number"),
]


@pytest.mark.parametrize(("sender", "ton", "address", "why"), ROWS)
def test_senders(sender: str, ton: int, address: tuple[str, int, int], why: str) -> None:
    assert source_address(sender, ton) == address, why


WRONG = [
    ("", "neither"),
    ("+", "neither"),
    ("Twelve chars", "1 to 11"),
    ("Café", "ASCII"),
    ("A\tB", "ASCII"),
    ("٣٦١٨٠", "ASCII"),
    ("0612345678", "international"),
    ("+0612345678", "international"),
    ("3" * 16, "international"),
]


@pytest.mark.parametrize(("sender", "words"), WRONG)
def test_no_senders(sender: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        source_address(sender)
