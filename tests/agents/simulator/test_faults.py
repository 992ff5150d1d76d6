"""What becomes of a submit, option by option; chance takes a seed."""

from collections import Counter
from typing import Any

import pytest

from agents.simulator.faults import DROP, QUEUE_FULL, SILENT, TAKE, THROTTLED, Faults, Verdict
from agents.simulator.options import SimulatorOptions

ROWS: list[tuple[str, dict[str, Any], list[Verdict]]] = [
    ("nothing asked for", {}, [TAKE, TAKE, TAKE]),
    ("all throttled", {"throttle_share": 1.0}, [THROTTLED] * 3),
    ("two a second", {"throttle_per_s": 2}, [TAKE, TAKE, THROTTLED]),
    ("refused", {"refuse_share": 1.0, "refuse_status": 0x45}, [Verdict("refuse", 0x45)] * 3),
    ("by destination", {"refuse_prefixes": {"336": 0x0B}}, [Verdict("refuse", 0x0B)] * 3),
    ("another destination", {"refuse_prefixes": {"44": 0x0B}}, [TAKE] * 3),
    ("silent from the second on", {"silent_from": 2}, [TAKE, SILENT, SILENT]),
    ("always silent", {"silent_share": 1.0}, [SILENT] * 3),
    ("cut at the second, once", {"drop_after": 2}, [TAKE, DROP, TAKE]),
    ("cut from the second on", {"drop_after": 2, "drop_once": False}, [TAKE, DROP, DROP]),
    ("a refusal is never silent", {"silent_share": 1.0, "throttle_share": 1.0}, [THROTTLED] * 3),
]


@pytest.mark.parametrize(("why", "options", "verdicts"), ROWS, ids=[row[0] for row in ROWS])
def test_verdicts(why: str, options: dict[str, Any], verdicts: list[Verdict]) -> None:
    faults = Faults(SimulatorOptions(**options))
    assert [faults.judge("33612345678", n, 0, 7.5) for n in (1, 2, 3)] == verdicts


def test_the_window_limit() -> None:
    faults = Faults(SimulatorOptions(window_limit=2))
    assert [faults.judge("336", 1, n, 0.0) for n in (1, 2, 3)] == [TAKE, THROTTLED, THROTTLED]


def test_a_new_second_has_room_again() -> None:
    faults = Faults(SimulatorOptions(throttle_per_s=1))
    times = (5.0, 5.9, 6.0, 6.1)
    assert [faults.judge("336", 1, 0, at) for at in times] == [TAKE, THROTTLED, TAKE, THROTTLED]


def test_options_act_at_once() -> None:
    options = SimulatorOptions()
    faults = Faults(options)
    assert faults.judge("336", 1, 0, 0.0) == TAKE
    options.throttle_share = 1.0
    assert faults.judge("336", 2, 0, 0.0) == THROTTLED


def test_a_share_is_a_share_and_a_seed_repeats_it() -> None:
    def run(seed: int) -> list[Verdict]:
        faults = Faults(SimulatorOptions(throttle_share=0.3, seed=seed))
        return [faults.judge("336", n, 0, 0.0) for n in range(2000)]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert 500 < run(1).count(THROTTLED) < 700


def test_a_queue_is_full_for_one_destination_until_time_has_passed() -> None:
    faults = Faults(SimulatorOptions(queue_limit=2, queue_s=10.0))

    def judge(destination: str, now: float) -> Verdict:
        return faults.judge(destination, 1, 0, now)

    assert [judge("336", at) for at in (0.0, 1.0, 2.0)] == [TAKE, TAKE, QUEUE_FULL]
    assert judge("337", 2.0) == TAKE, "another destination"
    assert judge("336", 9.9) == QUEUE_FULL
    assert judge("336", 10.0) == TAKE, "the first is through"
    assert judge("336", 10.5) == QUEUE_FULL


def test_a_refused_submit_is_in_no_queue() -> None:
    options = SimulatorOptions(queue_limit=1, refuse_share=1.0)
    faults = Faults(options)
    assert faults.judge("336", 1, 0, 0.0).fate == "refuse"
    options.refuse_share = 0.0
    assert faults.judge("336", 2, 0, 0.0) == TAKE


def test_several_refusals_in_their_shares() -> None:
    faults = Faults(SimulatorOptions(refuse_shares={0x400: 0.2, 0x14: 0.3}))
    counted = Counter(faults.judge("336", n, 0, 0.0).command_status for n in range(4000))
    assert 700 < counted[0x400] < 900
    assert 1100 < counted[0x14] < 1300
    assert counted[0] == 4000 - counted[0x400] - counted[0x14]


def test_lateness() -> None:
    faults = Faults(SimulatorOptions(late_share=0.5, late_s=30.0, answer_jitter_s=1.0))
    waits = [faults.judge("336", n, 0, 0.0).late_s for n in range(1000)]
    assert 400 < sum(wait >= 30 for wait in waits) < 600
    assert all(0 <= wait < 1 or 30 <= wait < 31 for wait in waits)


def test_a_mute_smsc_takes_all() -> None:
    """Nobody hears of a refusal, so there is none."""
    faults = Faults(SimulatorOptions(mute=True, refuse_share=1.0, throttle_share=1.0))
    assert faults.judge("336", 1, 0, 0.0) == SILENT
