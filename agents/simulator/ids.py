"""Message ids: one number each, written as carriers write them (5.2.23: opaque text).

Rule: no number comes again, not even after a restart.
"""

from typing import Final, NamedTuple

from agents.simulator.options import IdFormat, ReceiptId

PADDED: Final = 20
"""Characters of an id with zeros in front."""
A_MILLISECOND: Final = 1_000_000
"""Ids that fit between two starts a millisecond apart."""


class MessageId(NamedTuple):
    """`answered`: as the submit's answer says it, which may be nothing."""

    number: int
    opaque: str
    answered: str

    def in_receipt(self, style: ReceiptId) -> str:
        """As the receipt says it. Where the answer said nothing, it is the opaque one."""
        said = self.answered or self.opaque
        if style == "same":
            return said
        if style == "padded":
            return said.zfill(PADDED)
        if style == "capitals":
            return said.upper()
        return f"{self.number:x}" if style == "hex" else str(self.number)


class Ids:
    """`started_s`: epoch seconds at which this simulator started."""

    def __init__(self, started_s: float) -> None:
        self._started_ms = int(started_s * 1000)
        self._given = 0

    def next(self, form: IdFormat) -> MessageId:
        """The id of the next message that is taken."""
        self._given += 1
        number = self._started_ms * A_MILLISECOND + self._given
        opaque = f"{self._started_ms:x}-{self._given}"
        words = {"opaque": opaque, "decimal": str(number), "hex": f"{number:x}", "empty": ""}
        return MessageId(number, opaque, words[form])
