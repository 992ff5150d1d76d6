"""What is finished never ends between two parts of one reply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sending.together import Together

# replies as they are stored (of offsets 0 to 6), what may be finished after each, why
ROWS: list[tuple[list[list[int]], list[list[int]], str]] = [
    ([[0], [1]], [[0], [1]], "one record each"),
    ([[1], [0]], [[], [0, 1]], "1 waits for 0, which the commit would do anyway"),
    ([[0, 1]], [[0, 1]], "nothing between them"),
    ([[0, 2], [1]], [[], [0, 1, 2]], "1 is open: a commit at 1 would bring 2 back alone"),
    ([[0], [1, 3], [2]], [[0], [], [1, 2, 3]], "what is before them goes"),
    ([[0, 2], [1, 4], [3]], [[], [], [0, 1, 2, 3, 4]], "one reply across, and one across that"),
    ([[1, 2], [4, 6], [0], [3], [5]], [[], [], [0, 1, 2], [3], [4, 5, 6]], "apart"),
    ([[0, 2], [0, 2]], [[], []], "twice is once"),
    ([[2, 0, 1]], [[0, 1, 2]], "the parts are ordered by number, not by offset"),
]


@pytest.mark.parametrize(("stored", "finished", "why"), ROWS)
def test_what_may_be_finished(stored: list[list[int]], finished: list[list[int]], why: str) -> None:
    together = Together()
    for offset in range(7):
        together.begin(offset)
    assert [together.stored(reply) for reply in stored] == finished, why


def test_too_many_are_not_held_for_ever() -> None:
    together = Together(most_held=3)
    for offset in range(9):
        together.begin(offset)
    assert together.stored([0, 8]) == []
    assert together.stored([1]) == []
    assert together.stored([2]) == [0, 1, 2], "8 may come back alone: better than no end"
    assert together.stored([4]) == []
    assert together.stored([3]) == [3, 4]


@given(st.permutations(range(12)), st.data())
def test_no_commit_falls_between_parts(order: list[int], data: st.DataObject) -> None:
    replies, rest = [], order
    while rest:
        size = data.draw(st.integers(1, 4))
        replies.append(rest[:size])
        rest = rest[size:]
    together, finished = Together(), set[int]()
    for offset in range(12):
        together.begin(offset)
    for number, reply in enumerate(replies):
        now = together.stored(reply)
        assert not finished & set(now), "once"
        finished.update(now)
        commit = next(n for n in range(13) if n not in finished)
        for known in replies[: number + 1]:
            assert len({offset < commit for offset in known}) == 1, "all of it or none"
        for unknown in replies[number + 1 :]:
            assert not finished & set(unknown)
    assert finished == set(range(12)), "nothing is forgotten"
