"""The phones: segments that were taken become messages in the inbox.

Rule: a message is shown once for each time it was sent, when its last segment is there.
"""

from agents.simulator.alphabet import decode
from agents.simulator.assembly import Assembly, Part, Segment
from agents.simulator.inbox import Inbox, LineFile, Received, as_line
from agents.smpp import pdu as smpp


class Phones:
    """All of them. `file` has a line for each message too."""

    def __init__(self, inbox: Inbox) -> None:
        self.file = LineFile(None)
        self._inbox = inbox
        self._assembly = Assembly()

    @property
    def incomplete(self) -> int:
        """Messages that lack a segment."""
        return len(self._assembly)

    def take(self, system_id: str, pdu: smpp.Pdu, part: Part, message_id: str, at: float) -> None:
        """One segment, received at `at` (epoch seconds) and answered with `message_id`."""
        fields = pdu.fields
        source, destination = fields["source_addr"], fields["destination_addr"]
        segments: list[Segment] | None = [Segment(part.octets, message_id)]
        if part.total > 1:
            key = (system_id, source, destination, part.reference, part.total)
            segments = self._assembly.add(key, part.number, Segment(part.octets, message_id))
        if segments is None:
            return
        raw = b"".join(segment.octets for segment in segments)
        data_coding = fields["data_coding"]
        text, encoding = decode(raw, data_coding)
        ids = [segment.message_id for segment in segments]
        message = Received(
            at, system_id, source, destination, text, len(ids), encoding, data_coding, ids, raw
        )
        self._inbox.add(message)
        if self.file:
            self.file.write(as_line(message))
