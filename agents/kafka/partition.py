"""Which partition a phone number belongs to: murmur2, as Java's default partitioner does it.

Rules: the same bytes go to the same partition in every client of ours; nothing else may
choose a partition of an internal topic.
"""

from functools import lru_cache
from struct import unpack_from

_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """Kafka's 32-bit murmur2 (org.apache.kafka.common.utils.Utils), unsigned."""
    words = len(data) // 4
    value = _SEED ^ len(data)
    for word in unpack_from(f"<{words}I", data):
        mixed = word * _M & _MASK
        value = (value * _M ^ (mixed ^ mixed >> 24) * _M) & _MASK
    if rest := data[4 * words :]:
        value = (value ^ int.from_bytes(rest, "little")) * _M & _MASK
    value = (value ^ (value >> 13)) * _M & _MASK
    return value ^ (value >> 15)


@lru_cache(maxsize=65536)
def partition_of(phone: str, partitions: int) -> int:
    """The partition, 0 to `partitions` - 1, of a key that is this text in UTF-8."""
    return (murmur2(phone.encode()) & 0x7FFFFFFF) % partitions
