"""Which partition a phone number belongs to: murmur2, as Java's default partitioner does it.

Rules: the same bytes go to the same partition in every client of ours; nothing else may
choose a partition of an internal topic.
"""

from functools import lru_cache

_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """Kafka's 32-bit murmur2 (org.apache.kafka.common.utils.Utils), unsigned."""
    whole = len(data) & ~3
    value = (_SEED ^ len(data)) & _MASK
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * _M & _MASK
        word = (word ^ (word >> 24)) * _M & _MASK
        value = (value * _M & _MASK) ^ word
    if rest := data[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * _M & _MASK
    value = (value ^ (value >> 13)) * _M & _MASK
    return value ^ (value >> 15)


@lru_cache(maxsize=65536)
def partition_of(phone: str, partitions: int) -> int:
    """The partition, 0 to `partitions` - 1, of a key that is this text in UTF-8."""
    return (murmur2(phone.encode()) & 0x7FFFFFFF) % partitions
