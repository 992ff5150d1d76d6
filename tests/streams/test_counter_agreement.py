"""Our count of segments beside two counters that are not ours.

Rules: their answers are committed (tests/vectors says how they were made); a disagreement is
one of the classes of the table, each with the clause that settles it and its exact number.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from streams.text.gsm import BASIC, ESCAPE, EXTENSION
from streams.text.segment import encode
from tests.vectors import texts

VECTORS = Path(__file__).parents[1] / "vectors" / "segments.jsonl"
JOINED = 67
"""UCS2 characters in a segment of a concatenated message: TS 23.040, 9.2.3.24.1."""


class Answer(NamedTuple):
    encoding: str
    units: int
    segments: int


@dataclass(frozen=True)
class Peer:
    """`sizes`: units (septets, or UTF-16 code units) in each segment, without header."""

    encoding: str
    sizes: tuple[int, ...]

    @property
    def answer(self) -> Answer:
        return Answer(self.encoding, sum(self.sizes), len(self.sizes))


@dataclass(frozen=True)
class Vector:
    """`by_grapheme` is sms-segments-calculator, `by_unit` is split-sms."""

    text: str
    by_grapheme: Peer
    by_unit: Peer


@cache
def vectors() -> list[Vector]:
    _pinned, *lines = VECTORS.read_text("ascii").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Vector(t, Peer(e, tuple(s)), Peer(e2, tuple(s2))) for t, e, s, e2, s2 in rows]


def ours(text: str) -> Answer:
    encoded = encode(text)
    octets = sum(map(len, encoded.parts))
    units = octets if encoded.encoding == "gsm7" else octets // 2
    return Answer(encoded.encoding, units, len(encoded.parts))


def test_the_committed_texts_are_those_of_the_script() -> None:
    assert [vector.text for vector in vectors()] == texts.texts()


GSM_EDGES = (0, 1, 152, 153, 154, 159, 160, 161, 305, 306, 307, 458, 459, 460, 1000, 2000)
UCS2_EDGES = (1, 66, 67, 68, 69, 70, 71, 133, 134, 135, 200, 201, 202, 1000, 2000)


def test_the_texts_are_many_and_stand_on_every_edge() -> None:
    assert len(vectors()) >= 2000
    seen = {ours(vector.text)[:2] for vector in vectors()}
    assert {("gsm7", units) for units in GSM_EDGES} <= seen
    assert {("ucs2", units) for units in UCS2_EDGES} <= seen
    gsm = {*BASIC, *EXTENSION.values()} - {chr(ESCAPE)}
    assert gsm <= {vector.text for vector in vectors()}, "each GSM character alone"


@pytest.mark.parametrize("peer", ["by_grapheme", "by_unit"])
def test_encoding_and_units_are_the_same_everywhere(peer: str) -> None:
    wrong = [
        (vector.text, answer)
        for vector in vectors()
        if ours(vector.text)[:2] != (answer := getattr(vector, peer).answer)[:2]
    ]
    assert wrong == []


def test_who_counts_in_units_counts_as_we_do_everywhere() -> None:
    wrong = [(v.text, v.by_unit) for v in vectors() if ours(v.text) != v.by_unit.answer]
    assert wrong == []


def clusters(text: str) -> list[int]:
    """UTF-16 units of each cluster: UAX #29 as far as the texts of a disagreement need it."""
    sizes: list[int] = []
    open_flag = False  # a regional indicator that waits for its second
    for before, char in pairwise("\n" + text):
        regional = "\U0001f1e6" <= char <= "\U0001f1ff"
        joins = (
            unicodedata.category(char) in ("Mn", "Mc", "Me")
            or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin
            or "\u200d" in (char, before)
            or (regional and open_flag)
        )
        open_flag = regional and not open_flag
        size = len(char.encode("utf-16-be")) // 2
        if joins and sizes:
            sizes[-1] += size
        else:
            sizes.append(size)
    return sizes


def packed(wholes: list[int]) -> tuple[int, ...]:
    """Sizes of the segments where none of `wholes` is cut."""
    sizes = [0]
    for whole in wholes:
        if sizes[-1] + whole > JOINED:
            sizes.append(0)
        sizes[-1] += whole
    return tuple(sizes)


def kept_whole(wholes: list[int], sizes: tuple[int, ...]) -> bool:
    return max(sizes) <= JOINED and sizes == packed(wholes)


def of_a_longer_cluster(wholes: list[int], sizes: tuple[int, ...]) -> bool:
    return max(sizes) > JOINED and max(wholes) > JOINED


def of_moved_clusters(wholes: list[int], sizes: tuple[int, ...]) -> bool:
    return max(sizes) > JOINED and max(wholes) <= JOINED


IsSo = Callable[[list[int], tuple[int, ...]], bool]
# what the peer did, whether it did, segments more than ours → how often, what TS 23.040 says
CLASSES: list[tuple[str, IsSo, dict[int, int], str]] = [
    (
        "kept a cluster whole, and paid a segment for it",
        kept_whole,
        {1: 23},
        "9.2.3.24.1: an escape sequence and a UCS2 character shall not be split. A cluster is "
        "several characters, and may be; so the fewest segments are fewer",
    ),
    (
        "put a cluster longer than a segment into one segment",
        of_a_longer_cluster,
        {-2: 2, -1: 13, 1: 12},
        "9.2.3.24.1: 67 characters at most beside a header. Such a segment can't be sent, and "
        "what stands before it may be left short or empty, which gives one more",
    ),
    (
        "moved clusters to the second segment, and then filled it past its end",
        of_moved_clusters,
        {-1: 2, 1: 1},
        "9.2.3.24.1: 67 at most. It makes room for the first header by moving clusters on, and "
        "puts the next one behind them without looking whether there is room",
    ),
]


def test_each_disagreement_is_of_one_class_that_the_standard_settles() -> None:
    found: dict[str, Counter[int]] = {name: Counter() for name, *_ in CLASSES}
    for vector in vectors():
        more = vector.by_grapheme.answer.segments - ours(vector.text).segments
        if not more:
            continue
        assert vector.by_grapheme.encoding == "ucs2", vector
        wholes = clusters(unicodedata.normalize("NFC", vector.text))
        names = [name for name, is_so, *_ in CLASSES if is_so(wholes, vector.by_grapheme.sizes)]
        assert len(names) == 1, (names, vector)
        found[names[0]][more] += 1
    assert found == {name: counts for name, _, counts, _ in CLASSES}
