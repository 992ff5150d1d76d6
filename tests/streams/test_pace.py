"""The pace: the agreed rate is a limit, urgent has its share, throttling is learnt from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.lane import Lane
from streams.sending.pace import BURST_S, Pace

RATES = st.floats(0.5, 2000.0)
SHARES = st.floats(0.0, 0.9)


def busy(
    pace: Pace, lanes: list[Lane], until_s: float, late_s: float = 0.0
) -> list[tuple[float, Lane]]:
    """When what goes out, if each of `lanes` always has something and the first goes first.

    `late_s`: by how much the timer that waits is late.
    """
    now, sent = 0.0, list[tuple[float, Lane]]()
    while now < until_s:
        waits = [(pace.wait_s(now, lane), lane) for lane in lanes]
        lane = next((lane for wait, lane in waits if wait == 0), None)
        if lane is None:
            now += min(wait for wait, _ in waits) + late_s + 1e-9
            continue
        pace.sent(now, lane)
        sent.append((now, lane))
    return sent


def is_all_of(rate: float, count: int, seconds: float) -> bool:
    """No less than the rate, and no more."""
    return rate * seconds * 0.999 - 1 <= count <= rate * (seconds + BURST_S) * 1.0001 + 1


@given(rate=RATES, share=SHARES, steps=st.lists(
    st.tuples(st.floats(0, 0.3), st.sampled_from(Lane)), max_size=300,
))  # fmt: skip
def test_never_faster_than_agreed(
    rate: float, share: float, steps: list[tuple[float, Lane]]
) -> None:
    """Any traffic, idle times too: t seconds hold at most rate × (t + burst) + 1."""
    pace, now = Pace(rate, share), 0.0
    every: list[float] = []
    others: list[float] = []
    for pause, lane in steps:
        now += pause
        if pace.wait_s(now, lane) > 0:
            continue
        pace.sent(now, lane)
        every.append(now)
        if lane is not Lane.URGENT:
            others.append(now)
    for times, limit in ((every, rate), (others, rate * (1 - share))):
        for first, start in enumerate(times):
            for count, end in enumerate(times[first:], start=1):
                assert count <= limit * (end - start + BURST_S) * 1.0001 + 1.0001


@given(rate=st.floats(20.0, 2000.0), late_s=st.floats(0.0, 0.015))
def test_a_timer_that_is_late_costs_no_rate(rate: float, late_s: float) -> None:
    sent = busy(Pace(rate), [Lane.NORMAL], 3.0, late_s)
    assert is_all_of(rate, len(sent), 3.0)


@given(rate=st.floats(1.0, 2000.0))
def test_no_burst_of_a_second(rate: float) -> None:
    """Spread evenly: a tenth of a second has a tenth of the rate."""
    sent = [at for at, _ in busy(Pace(rate), [Lane.BULK], 1.0)]
    for tenth in range(10):
        count = sum(tenth / 10 <= at < (tenth + 1) / 10 for at in sent)
        assert count <= rate * (0.1 + BURST_S) + 1


@given(rate=st.floats(10.0, 1000.0), share=st.floats(0.1, 0.9))
def test_the_other_lanes_keep_to_their_share(rate: float, share: float) -> None:
    sent = busy(Pace(rate, share), [Lane.NORMAL, Lane.BULK], 2.0)
    assert is_all_of(rate * (1 - share), len(sent), 2.0)


@given(rate=st.floats(10.0, 1000.0), share=SHARES)
def test_urgent_may_use_all(rate: float, share: float) -> None:
    sent = busy(Pace(rate, share), [Lane.URGENT, Lane.NORMAL], 2.0)
    assert is_all_of(rate, len(sent), 2.0)
    assert all(lane is Lane.URGENT for _, lane in sent)


@given(rate=st.floats(1.0, 1000.0), share=SHARES, others=st.integers(1, 200))
def test_urgent_waits_for_one_segment_and_no_more(rate: float, share: float, others: int) -> None:
    """However busy the others were."""
    pace = Pace(rate, share)
    sent = busy(pace, [Lane.NORMAL], others / rate)
    assert pace.wait_s(sent[-1][0], Lane.URGENT) <= 1.0001 / rate


def test_without_a_rate_nothing_waits() -> None:
    pace = Pace(None, 0.5)
    for _ in range(1000):
        pace.sent(0.0, Lane.BULK)
    assert pace.wait_s(0.0, Lane.BULK) == 0


def test_no_limit_until_asked_and_then_it_softens() -> None:
    pace = Pace()
    for n in range(100):
        pace.accepted(n / 100)
    assert pace.wait_s(1.0) == 0
    pace.throttled(1.0)
    first = pace.rate_per_s
    assert first is not None
    assert 50 < first < 100
    pace.throttled(1.1)
    assert pace.rate_per_s == first, "answers already on their way cut once"
    assert pace.wait_s(1.0) == pytest.approx(1 / first), "the next one waits already"
    pace.accepted(2.1)
    assert pace.rate_per_s > first
    for n in range(3, 30):
        pace.throttled(float(n))
    assert pace.rate_per_s == 5.0, "never so slow that nothing moves"


def test_throttling_goes_below_the_agreed_rate_and_comes_back_to_it() -> None:
    pace = Pace(100.0)
    pace.throttled(1.0)
    assert pace.rate_per_s == 75.0
    for n in range(1000):
        pace.accepted(1.0 + n / 100)
    assert pace.rate_per_s == 100.0, "and never above"


def test_the_floor_of_a_slow_carrier_is_below_its_rate() -> None:
    pace = Pace(2.0)
    for n in range(30):
        pace.throttled(float(n))
    assert pace.rate_per_s == pytest.approx(0.2)
