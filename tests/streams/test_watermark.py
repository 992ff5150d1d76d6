"""The position never passes a record that is not done, whatever the order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.watermark import Watermark

# offsets begun, offsets done in this order, the position after, why
ROWS = [
    ([], [], None, "nothing begun: nothing to commit"),
    ([0, 1, 2], [], 0, "begun is not done"),
    ([0, 1, 2], [0], 1, "the head is done"),
    ([0, 1, 2], [0, 1, 2], 3, "a commit names the next record to read"),
    ([3, 4, 5], [5], 3, "5 alone at the end moves nothing"),
    ([5, 6, 7], [6, 7], 5, "all but the head"),
    ([5, 6, 7], [7, 6, 5], 8, "backwards"),
    ([1, 4, 9], [1], 4, "offsets with gaps (transactions, compaction) are not waited for"),
    ([1, 4, 9], [1, 4, 9], 10, "the last one, with gaps"),
    ([1, 2], [1, 1, 1], 2, "done twice counts once"),
    ([1, 2], [7], 1, "what was never begun changes nothing"),
]


@pytest.mark.parametrize(("begun", "done", "position", "why"), ROWS)
def test_position(begun: list[int], done: list[int], position: int | None, why: str) -> None:
    mark = Watermark()
    for offset in begun:
        mark.begin(offset)
    for offset in done:
        mark.done(offset)
    assert mark.position == position, why


@pytest.mark.parametrize("offset", [4, 5])
@pytest.mark.parametrize("finish", [False, True])
def test_offsets_begin_in_order(offset: int, finish: bool) -> None:
    mark = Watermark()
    mark.begin(5)
    if finish:
        mark.done(5)
    with pytest.raises(ValueError, match=f"offset {offset} begun after 5"):
        mark.begin(offset)


def test_done_again_leaves_nothing_behind() -> None:
    mark = Watermark()
    for offset in range(100):
        mark.begin(offset)
        assert mark.done(offset)
        assert not mark.done(offset)
    assert mark.unfinished == 0
    assert not mark._unfinished
    assert not mark._begun


@given(st.data())
def test_the_position_is_the_lowest_unfinished(data: st.DataObject) -> None:
    """Against the plain definition: the lowest offset begun and not done, else the next."""
    mark = Watermark()
    begun: list[int] = []
    done: set[int] = set()
    for _ in range(data.draw(st.integers(0, 60))):
        if not begun or data.draw(st.booleans()):
            begun.append((begun[-1] if begun else -1) + data.draw(st.integers(1, 3)))
            mark.begin(begun[-1])
        else:
            offset = data.draw(st.sampled_from(begun) | st.integers(0, 200))
            before = mark.position
            moved = mark.done(offset)
            done |= {offset} & set(begun)
            assert moved == (mark.position != before)
        open_ = [offset for offset in begun if offset not in done]
        assert mark.position == (open_[0] if open_ else begun[-1] + 1)
        assert mark.unfinished == len(open_)
