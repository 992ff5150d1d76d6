"""Where a segment belongs: headers and TLVs in all their forms, and those that lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sending.parts import Part, read_part

WHOLE = Part("", 0, 1, 1, b"text")
SAR = {0x020C: b"\x01\x02", 0x020E: b"\x03", 0x020F: b"\x02"}
SECOND = b"\x05\x00\x03\x07\x03\x02text"

ROWS: list[tuple[str, int, bytes, dict[int, bytes], Part]] = [
    ("no header", 0, b"text", {}, WHOLE),
    ("8-bit reference", 0x40, SECOND, {}, Part("8 bits", 7, 3, 2, b"text")),
    ("16-bit", 0x40, b"\x06\x08\x04\x01\x02\x03\x02text", {}, Part("16 bits", 258, 3, 2, b"text")),
    ("reference 0 is one", 0x40, b"\5\0\3\0\2\1text", {}, Part("8 bits", 0, 2, 1, b"text")),
    (
        "behind ports",
        0x40,
        b"\x0b\x05\x04\x0b\x84\x00\x00\x00\x03\x07\x02\x01text",
        {},
        Part("8 bits", 7, 2, 1, b"text"),
    ),
    ("a header of something else", 0x40, b"\x03\x24\x01\x01text", {}, WHOLE),
    ("other bits beside the flag", 0x43, SECOND, {}, Part("8 bits", 7, 3, 2, b"text")),
    ("no flag: the octets are text", 0, SECOND, {}, Part("", 0, 1, 1, SECOND)),
    ("SAR", 0, b"text", SAR, Part("SAR", 258, 3, 2, b"text")),
    ("SAR of one octet", 0, b"text", {**SAR, 0x020C: b"\x05"}, Part("SAR", 5, 3, 2, b"text")),
    ("the header wins over SAR", 0x40, SECOND, SAR, Part("8 bits", 7, 3, 2, b"text")),
    ("SAR without a total", 0, b"text", {0x020C: b"\x01", 0x020F: b"\x01"}, WHOLE),
    ("SAR with an empty number", 0, b"text", {**SAR, 0x020F: b""}, WHOLE),
    ("SAR, part 4 of 3", 0, b"text", {**SAR, 0x020F: b"\x04"}, WHOLE),
    ("SAR of 64 KiB", 0, b"text", {**SAR, 0x020E: b"\xff" * 65_535}, WHOLE),
    ("part 4 of 3", 0x40, b"\x05\x00\x03\x07\x03\x04text", {}, WHOLE),
    ("part 0", 0x40, b"\x05\x00\x03\x07\x03\x00text", {}, WHOLE),
    ("part 1 of 0", 0x40, b"\x05\x00\x03\x07\x00\x01text", {}, WHOLE),
    ("the flag lies: 0x53 octets of header?", 0x40, b"STOP", {}, Part("", 0, 1, 1, b"STOP")),
    ("a header and nothing behind it", 0x40, b"\5\0\3\7\2\1", {}, Part("8 bits", 7, 2, 1, b"")),
    ("a header of no octets", 0x40, b"\0text", {}, WHOLE),
    ("an element longer than its header", 0x40, b"\x02\x00\x09text", {}, WHOLE),
    ("the flag and nothing", 0x40, b"", {}, WHOLE._replace(octets=b"")),
]  # fmt: skip


@pytest.mark.parametrize(("why", "esm_class", "message", "tlvs", "part"), ROWS)
def test_parts(
    why: str, esm_class: int, message: bytes, tlvs: dict[int, bytes], part: Part
) -> None:
    assert read_part(esm_class, message, tlvs) == part, why


@given(
    st.integers(0, 255),
    st.binary(max_size=80),
    st.dictionaries(st.sampled_from([0x020C, 0x020E, 0x020F]), st.binary(max_size=4)),
)
def test_no_header_is_an_error(esm_class: int, message: bytes, tlvs: dict[int, bytes]) -> None:
    part = read_part(esm_class, message, tlvs)
    assert 1 <= part.number <= part.total <= 255
    assert message.endswith(part.octets)
