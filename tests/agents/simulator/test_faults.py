"""What becomes of a submit, option by option; chance takes a seed."""

from typing import Any

import pytest

from agents.simulator.faults import DROP, SILENT, TAKE, THROTTLED, Faults, Verdict
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
