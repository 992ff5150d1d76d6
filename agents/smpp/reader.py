"""PDUs from a stream of octets, cut anywhere.

Rules: the pieces make no difference, one octet or a megabyte; a length that can't be
true ends the reading for good, because nothing behind it can be trusted.
"""

from typing import Final

from agents.smpp.pdu import HEADER_OCTETS, Pdu, parse

MAX_PDU: Final = 64 * 1024
"""Octets. No legal PDU of ours comes near; a larger length is a lie or an attack."""


class Reader:
    """Feed it what arrives; it gives back the PDUs that are whole.

    `broken` is None until a command_length under 16 or over 64 KiB was met; then it says
    so, and whatever is fed after that is dropped.
    """

    __slots__ = ("_held", "_wanted", "broken")

    def __init__(self) -> None:
        self._held = bytearray()
        self._wanted = 4
        self.broken: str | None = None

    def feed(self, data: bytes) -> list[Pdu]:
        """The PDUs completed by `data`, in order; also those before a broken length."""
        if self.broken is not None:
            return []
        if self._held:
            self._held += data
            if len(self._held) < self._wanted:
                return []
            data = bytes(self._held)
            self._held.clear()
        pdus, at = self._cut(data)
        if self.broken is None:
            self._held += data[at:]
        return pdus

    def _cut(self, data: bytes) -> tuple[list[Pdu], int]:
        pdus: list[Pdu] = []
        at, end = 0, len(data)
        self._wanted = 4
        while end - at >= 4:
            length = int.from_bytes(data[at : at + 4], "big")
            if not HEADER_OCTETS <= length <= MAX_PDU:
                self.broken = (
                    f"command_length {length} is not between {HEADER_OCTETS} and {MAX_PDU}"
                )
                break
            if end - at < length:
                self._wanted = length
                break
            pdus.append(parse(data[at : at + length]))
            at += length
        return pdus, at
