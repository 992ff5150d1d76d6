"""Which numbers may be texted in test mode.

Rule: nothing listed means nobody; a prefix ends in `*`.
"""

from dataclasses import dataclass

from schemas.reason import Refusal
from streams.events.address import e164


@dataclass(frozen=True, slots=True)
class TestNumbers:
    """`numbers` are E.164, or prefixes such as `+3361234*`."""

    __test__ = False  # pytest: a record, not a test class
    numbers: tuple[str, ...]

    @classmethod
    def parse(cls, raw: str) -> "TestNumbers":
        """From a list with commas. Raises ValueError naming the entry that is no number."""
        return cls(tuple(_entry(part.strip()) for part in raw.split(",") if part.strip()))

    def allow(self, phone: str) -> bool:
        """Whether `phone` (E.164) may be texted."""
        return any(
            phone.startswith(entry[:-1]) if entry.endswith("*") else phone == entry
            for entry in self.numbers
        )


def _entry(part: str) -> str:
    if part.endswith("*"):
        digits = part[1:-1].replace(" ", "")
        if not part.startswith("+") or not digits.isdigit():
            raise ValueError(f"takes numbers, or prefixes like +3361234*, got {part!r}")
        return f"+{digits}*"
    try:
        return e164(part)
    except Refusal:
        raise ValueError(
            f"takes numbers like +33612345678, several with commas, got {part!r}"
        ) from None
