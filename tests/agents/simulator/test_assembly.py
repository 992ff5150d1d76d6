"""Segments to messages: headers in all their forms, parts in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.simulator.assembly import MOST_INCOMPLETE, Assembly, Key, Part, Segment, read_part

SAR = {0x020C: b"\x01\x02", 0x020E: b"\x03", 0x020F: b"\x02"}
WHOLE = Part(0, 1, 1, b"text")

ROWS = [
    ("no header", 0, b"text", {}, WHOLE),
    ("8-bit reference", 0x40, b"\x05\x00\x03\xff\x03\x02text", {}, Part(255, 3, 2, b"text")),
    ("16-bit reference", 0x40, b"\x06\x08\x04\x01\x02\x03\x02text", {}, Part(258, 3, 2, b"text")),
    (
        "behind another element (ports)",
        0x40,
        b"\x0b\x05\x04\x0b\x84\x00\x00\x00\x03\x07\x02\x01text",
        {},
        Part(7, 2, 1, b"text"),
    ),
    ("a header of something else", 0x40, b"\x03\x24\x01\x01text", {}, WHOLE),
    ("other bits beside UDHI", 0x43, b"\x05\x00\x03\x01\x02\x01text", {}, Part(1, 2, 1, b"text")),
    ("SAR TLVs", 0, b"text", SAR, Part(258, 3, 2, b"text")),
    (
        "the header wins over SAR",
        0x40,
        b"\x05\x00\x03\x01\x02\x01text",
        SAR,
        Part(1, 2, 1, b"text"),
    ),
    ("SAR without a total", 0, b"text", {0x020C: b"\x01", 0x020F: b"\x01"}, WHOLE),
    ("part 4 of 3", 0x40, b"\x05\x00\x03\x01\x03\x04text", {}, WHOLE),
    ("part 0", 0x40, b"\x05\x00\x03\x01\x03\x00text", {}, WHOLE),
    ("a header longer than the message", 0x40, b"\x20\x00\x03", {}, Part(0, 1, 1, b"")),
    ("UDHI and nothing", 0x40, b"", {}, Part(0, 1, 1, b"")),
]


@pytest.mark.parametrize(("why", "esm_class", "octets", "tlvs", "part"), ROWS)
def test_parts(why: str, esm_class: int, octets: bytes, tlvs: dict[int, bytes], part: Part) -> None:
    assert read_part(esm_class, octets, tlvs) == part


def key(total: int, reference: int = 1) -> Key:
    return ("acme", "Chappe", "336", reference, total)


@given(st.permutations(range(1, 13)))
def test_any_order_gives_the_same_message(order: list[int]) -> None:
    """Twelve parts: as texts, 10 would come before 2."""
    assembly = Assembly()
    *_, whole = [assembly.add(key(12), n, Segment(bytes((n,)), str(n))) for n in order]
    assert whole is not None
    assert b"".join(each.octets for each in whole) == bytes(range(1, 13))
    assert len(assembly) == 0


def test_a_part_that_comes_again_replaces_itself() -> None:
    assembly = Assembly()
    assert assembly.add(key(2), 1, Segment(b"a", "1")) is None
    assert assembly.add(key(2), 1, Segment(b"a", "2")) is None
    assert assembly.add(key(2), 2, Segment(b"b", "3")) == [Segment(b"a", "2"), Segment(b"b", "3")]


def test_messages_do_not_mix() -> None:
    assembly = Assembly()
    assert assembly.add(key(2, reference=1), 1, Segment(b"a", "1")) is None
    assert assembly.add(key(2, reference=2), 2, Segment(b"b", "2")) is None


def test_incomplete_ones_are_bounded() -> None:
    assembly = Assembly()
    for reference in range(MOST_INCOMPLETE + 50):
        assembly.add(key(2, reference), 1, Segment(b"a", "1"))
    assert len(assembly) == MOST_INCOMPLETE
    assert assembly.add(key(2, 0), 2, Segment(b"b", "2")) is None, "the oldest was forgotten"
