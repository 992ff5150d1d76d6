"""Kept records as octets: what `keep` makes, `head` and `kept` read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.tracked import Tracked
from streams.sending.keeping import Head, head, keep, kept
from tests.streams.tracks import expected


@given(st.integers(0, 2**63), st.text(max_size=60))
def test_back_and_forth(due: int, label: str) -> None:
    record = Tracked(expected=expected())
    octets = keep(record, due, label)
    assert head(octets) == Head(due, label)
    assert Tracked.from_bytes(kept(octets)) == record


def test_an_earlier_time_sorts_first() -> None:
    times = [0, 1, 255, 256, 2**32, 2**40]
    packed = [keep(Tracked(), due) for due in times]
    assert sorted(packed, reverse=True)[::-1] == packed


def test_what_it_is_not_made_for() -> None:
    with pytest.raises(ValueError, match="at most 255"):
        keep(Tracked(), 1, "x" * 256)
    with pytest.raises(ValueError, match="not a kept record"):
        head(b"short")
