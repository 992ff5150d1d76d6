"""The partition of a phone number is the one Java's producer would choose."""

import pytest
from aiokafka.partitioner import murmur2 as aiokafka_murmur2
from hypothesis import given
from hypothesis import strategies as st

from agents.kafka.partition import murmur2, partition_of

# org.apache.kafka.common.utils.UtilsTest.testMurmur2: bytes, the signed hash
JAVA = [
    (b"21", -973932308),
    (b"foobar", -790332482),
    (b"a-little-bit-long-string", -985981536),
    (b"a-little-bit-longer-string", -1486304829),
    (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    (b"abc", 479470107),
]


@pytest.mark.parametrize(("data", "signed"), JAVA)
def test_as_java(data: bytes, signed: int) -> None:
    assert murmur2(data) == signed & 0xFFFFFFFF


@given(st.binary(max_size=64))
def test_as_aiokafka(data: bytes) -> None:
    assert murmur2(data) == aiokafka_murmur2(data) & 0xFFFFFFFF


@given(st.text(alphabet="+0123456789", max_size=16), st.integers(1, 64))
def test_always_a_partition(phone: str, partitions: int) -> None:
    assert 0 <= partition_of(phone, partitions) < partitions
