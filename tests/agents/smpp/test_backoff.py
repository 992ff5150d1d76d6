"""Waits between binds, by trouble: both ends of the jitter."""

import pytest

from agents.smpp.backoff import Backoff, Trouble

ROWS = [
    ("a lost link: 1 s to 60 s", Trouble.LOST, [1, 2, 4, 8, 16, 30, 30]),
    ("FACTS 9, ESME_RALYBND: 5 s to 120 s", Trouble.REFUSED, [5, 10, 20, 40, 60, 60]),
    ("FACTS 9, wrong password: 60 s to 10 min", Trouble.CREDENTIALS, [60, 120, 240, 300, 300]),
]


@pytest.mark.parametrize(("why", "trouble", "least"), ROWS)
def test_waits(why: str, trouble: Trouble, least: list[float]) -> None:
    low, high = Backoff(lambda: 0.0), Backoff(lambda: 1.0)
    assert [low.wait_s(trouble) for _ in least] == least
    assert [high.wait_s(trouble) for _ in least] == [2 * wait for wait in least]
    assert max(2 * wait for wait in least) == trouble.value[1]


def test_it_starts_again_after_a_bind_and_for_another_trouble() -> None:
    backoff = Backoff(lambda: 0.0)
    backoff.wait_s(Trouble.LOST)
    assert backoff.wait_s(Trouble.LOST) == 2
    assert backoff.wait_s(Trouble.REFUSED) == 5
    assert backoff.wait_s(Trouble.LOST) == 1
    backoff.wait_s(Trouble.LOST)
    backoff.reset()
    assert backoff.wait_s(Trouble.LOST) == 1


def test_years_of_failing_do_not_overflow() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [backoff.wait_s(Trouble.LOST) for _ in range(5000)][-1] == 30
