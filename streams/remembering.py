"""Recipient ↔ octets, as kept in compose's table and its changelog.

Rules: 36 octets an id, since a recipient is kept in memory and written whole each time;
codes are given once and never change; what can't be read raises, it is never guessed.
Layout: version (1), next reference (2), then for each id seen: id (16), lane (1), offset
(8), decided at in ms (8), reference (2), refused (1); numbers big-endian. In version 1
the references had one octet.
"""

import struct

from schemas.lane import LANES
from schemas.reason import Reason
from schemas.recipient import Recipient, Seen

VERSION = 2
_LAYOUTS = {
    1: (struct.Struct(">BB"), struct.Struct(">16sBQQBB")),
    2: (struct.Struct(">BH"), struct.Struct(">16sBQQHB")),
}
_HEAD, _SEEN = _LAYOUTS[VERSION]
_LANE_CODES = {lane: code for code, lane in enumerate(LANES)}

REFUSED: dict[Reason, int] = {
    Reason.NO_CONSENT: 1,
    Reason.TOO_LATE: 2,
    Reason.MISSING_DATA: 3,
    Reason.TOO_LONG: 4,
    Reason.NO_TEXT: 5,
    Reason.UNKNOWN_TEMPLATE: 6,
    Reason.RENDER_FAILED: 7,
    Reason.BAD_DATA: 8,
}
"""Every reason with which compose refuses; a new one gets the next number."""
_REASONS: dict[int, Reason | None] = {0: None, **{code: why for why, code in REFUSED.items()}}


def pack(recipient: Recipient) -> bytes:
    """Raises KeyError for a reason without a code."""
    return _HEAD.pack(VERSION, recipient.reference) + b"".join(
        _SEEN.pack(
            bytes.fromhex(seen.id),
            _LANE_CODES[seen.lane],
            seen.offset,
            seen.decided_at,
            seen.reference,
            REFUSED[seen.refused] if seen.refused else 0,
        )
        for seen in recipient.seen
    )


def unpack(octets: bytes) -> Recipient:
    """Raises ValueError where `octets` are not what `pack` makes."""
    try:
        if octets[0] not in _LAYOUTS:
            raise ValueError(f"a recipient of version {octets[0]}; this Chappe reads {VERSION}")
        head, entry = _LAYOUTS[octets[0]]
        _, reference = head.unpack_from(octets)
        seen = [
            Seen(identity.hex(), LANES[lane], offset, decided_at, ref, _REASONS[refused])
            for identity, lane, offset, decided_at, ref, refused in entry.iter_unpack(
                octets[head.size :]
            )
        ]
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError(f"not a recipient: {error}") from None
    return Recipient.model_construct(reference=reference, seen=seen)
