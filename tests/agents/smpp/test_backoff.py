"""Waits between binds, by trouble: both ends of the jitter, and no storm."""

import random
from collections import Counter

import pytest

from agents.smpp.backoff import BY_STATUS, STEADY_S, WAITS, Backoff, Trouble

ROWS = [
    ("a lost link: 1 s to 60 s", Trouble.CLOSED, [1, 2, 4, 8, 16, 30, 30]),
    ("FACTS 9, ESME_RALYBND: 5 s to 120 s", Trouble.ALREADY_BOUND, [5, 10, 20, 40, 60, 60]),
    ("FACTS 9, wrong password: 60 s to 10 min", Trouble.WRONG_PASSWORD, [60, 120, 240, 300, 300]),
    ("as long: the carrier does not want us", Trouble.SUSPENDED, [60, 120, 240, 300, 300]),
]


@pytest.mark.parametrize(("why", "trouble", "least"), ROWS)
def test_waits(why: str, trouble: Trouble, least: list[float]) -> None:
    low, high = Backoff(lambda: 0.0), Backoff(lambda: 1.0)
    assert [low.wait_s(trouble) for _ in least] == least
    assert [high.wait_s(trouble) for _ in least] == [2 * wait for wait in least]
    assert max(2 * wait for wait in least) == WAITS[trouble][1]


def test_every_trouble_has_its_waits() -> None:
    assert set(WAITS) == set(Trouble)
    assert set(BY_STATUS.values()) < set(Trouble)


ENDS = [
    ("something was taken over it", Trouble.CLOSED, 0.1, True, 1),
    ("it stood for a while", Trouble.CLOSED, STEADY_S, False, 1),
    ("accepted and closed at once: no good bind", Trouble.CLOSED, 0.1, False, 4),
    ("suspended: standing idle is no use", Trouble.SUSPENDED, 3600.0, False, 240),
    ("suspended: but a submit that was taken is", Trouble.SUSPENDED, 0.1, True, 60),
]


@pytest.mark.parametrize(("why", "trouble", "lasted_s", "is_useful", "then"), ENDS)
def test_what_starts_the_waits_anew(
    why: str, trouble: Trouble, lasted_s: float, is_useful: bool, then: float
) -> None:
    backoff = Backoff(lambda: 0.0)
    backoff.wait_s(trouble)
    backoff.wait_s(trouble)
    backoff.ended(lasted_s, is_useful=is_useful)
    assert backoff.wait_s(trouble) == then, why


def test_another_trouble_starts_anew() -> None:
    backoff = Backoff(lambda: 0.0)
    backoff.wait_s(Trouble.CLOSED)
    assert backoff.wait_s(Trouble.CLOSED) == 2
    assert backoff.wait_s(Trouble.REFUSED) == 5
    assert backoff.wait_s(Trouble.CLOSED) == 1


def test_years_of_failing_do_not_overflow() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [backoff.wait_s(Trouble.CONNECT) for _ in range(5000)][-1] == 30


@pytest.mark.parametrize(("trouble", "most"), [(Trouble.ALREADY_BOUND, 5.0), (Trouble.CLOSED, 8.0)])
def test_a_hundred_binds_that_fall_together_do_not_come_back_together(
    trouble: Trouble, most: float
) -> None:
    """`most` tries a second, on the mean over ten minutes, and never all at once again."""
    tries: Counter[int] = Counter()
    for seed in range(100):
        backoff, at = Backoff(random.Random(seed).random), 0.0
        while (at := at + backoff.wait_s(trouble)) < 600:
            tries[int(at)] += 1
    assert sum(tries.values()) / 600 < most
    late = [count for second, count in tries.items() if second > 60]
    assert max(late) < 20
