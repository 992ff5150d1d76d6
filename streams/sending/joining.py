"""Receipts × submitted messages → the last step of a message's life.

Rules: a receipt may come before the answer that names it; delivered is when all segments
are, undelivered when one finally is not; intermediate never overwrites final; message ids
are opaque, and compared without case. Memory only, and bounded: what is forgotten is told.
"""

from collections import OrderedDict
from dataclasses import dataclass

from schemas.message import Message
from schemas.status import Segment, State

KEPT = 200_000
"""Segments that may wait for their receipt."""


@dataclass(slots=True, eq=False)
class Awaiting:
    """A submitted message, as octets (many wait at a time), and its segments' states."""

    message: bytes
    partition: int
    smsc_ids: list[str | None]
    states: list[State]

    def segments(self) -> list[Segment]:
        """One outcome each, for the status."""
        return [
            Segment(number=number, state=state, smsc_id=smsc_id)
            for number, (smsc_id, state) in enumerate(
                zip(self.smsc_ids, self.states, strict=True), start=1
            )
        ]


class Joining:
    """Segments waiting for receipts, by the SMSC's id."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._waiting: OrderedDict[str, tuple[Awaiting, int]] = OrderedDict()

    def expect(self, message: Message, partition: int, smsc_ids: list[str | None]) -> int:
        """Remember the segments. Returns how many old ones had to be forgotten."""
        states = [State.SUBMITTED] * len(smsc_ids)
        awaiting = Awaiting(message.to_bytes(), partition, smsc_ids, states)
        for index, smsc_id in enumerate(smsc_ids):
            if smsc_id:
                self._waiting[smsc_id.lower()] = (awaiting, index)
        forgotten = max(0, len(self._waiting) - self._kept)
        for _ in range(forgotten):
            self._waiting.popitem(last=False)
        return forgotten

    def knows(self, smsc_id: str) -> bool:
        """Whether a segment of this id waits."""
        return smsc_id.lower() in self._waiting

    def final(self, smsc_id: str, state: State) -> tuple[Awaiting, State | None] | None:
        """A final receipt (DELIVERED or UNDELIVERED); None for an id that nobody waits for.

        The state is set once: when the message as a whole has come to its end.
        """
        found = self._waiting.pop(smsc_id.lower(), None)
        if found is None:
            return None
        awaiting, index = found
        awaiting.states[index] = state
        if State.SUBMITTED in awaiting.states:
            return awaiting, None
        whole = State.UNDELIVERED if State.UNDELIVERED in awaiting.states else State.DELIVERED
        return awaiting, whole
