"""What is due when; time is passed in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.simulator.timeline import Step, Timeline


def timeline(*steps: dict[str, Any]) -> Timeline:
    return Timeline([Step.model_validate(step) for step in steps])


def lines(due: list[Step]) -> list[str]:
    return [step.say for step in due]


def test_in_the_order_of_time_then_of_the_file() -> None:
    both = timeline(
        {"at": "10s", "say": "third"},
        {"at": 1, "say": "first"},
        {"at": "1000ms", "say": "second"},
    )
    assert both.next_at == 1
    assert lines(both.due(0.999)) == []
    assert lines(both.due(1.0)) == ["first", "second"]
    assert lines(both.due(1.0)) == [], "once"
    assert both.next_at == 10
    assert lines(both.due(100.0)) == ["third"]
    assert both.next_at is None


REPEATS: list[tuple[str, dict[str, Any], list[float], list[int]]] = [
    ("until the end", {"every": "10s"}, [4, 5, 15, 25, 35], [0, 1, 1, 1, 1]),
    ("three times in all", {"every": "10s", "times": 3}, [5, 15, 25, 35], [1, 1, 1, 0]),
    ("once", {"every": "10s", "times": 1}, [5, 15], [1, 0]),
    ("missed ones are not made up for", {"every": "10s"}, [5, 36, 44, 45], [1, 1, 0, 1]),
    ("missed ones count", {"every": "10s", "times": 4}, [5, 36, 45], [1, 1, 0]),
]


@pytest.mark.parametrize(("why", "repeat", "times", "counts"), REPEATS, ids=[r[0] for r in REPEATS])
def test_repeats(why: str, repeat: dict[str, Any], times: list[float], counts: list[int]) -> None:
    steps = timeline({"at": "5s", "say": "again", "repeat": repeat})
    assert [len(steps.due(now)) for now in times] == counts


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20), st.integers(1, 5)), max_size=6),
    st.lists(st.integers(0, 200), max_size=30),
)
def test_nothing_is_due_early_and_nothing_twice(
    steps: list[tuple[int, int, int]], looks: list[int]
) -> None:
    """However often it is asked, each occurrence comes at most once, after its time."""
    given_steps = [
        {"at": at, "say": str(n), "repeat": {"every": every, "times": times}}
        for n, (at, every, times) in enumerate(steps)
    ]
    asked = timeline(*given_steps)
    came: dict[str, list[int]] = {}
    for now in sorted(looks):
        for step in asked.due(now):
            came.setdefault(step.say, []).append(now)
        assert asked.next_at is None or asked.next_at > now
    for n, (at, every, times) in enumerate(steps):
        seen = came.get(str(n), [])
        assert len(seen) <= times
        assert all(now >= at + every * nth for nth, now in enumerate(seen))
