"""Scenario files: what is read, and how a fault is told."""

from pathlib import Path

import pytest

from agents.simulator.scenario import ScenarioError, load_scenario, read_scenario

GOOD = """\
description: A carrier that has a bad day
options:
  port: 2775
  receipt_states: {"336": UNDELIV}
timeline:
  - at: 10s
    say: half are throttled
    set: {throttle_share: 0.5, receipt_delay_s: none}
  - at: 1m
    cut:
    refuse_binds: 0x0D
    repeat: {every: 30s, times: 3}
  - at: 90
    accept:
    reply: {from: +33612345678, to: 38080, text: no}
"""


def test_what_is_read() -> None:
    scenario = read_scenario("day.yaml", GOOD)
    assert scenario.options.model_fields_set == {"port", "receipt_states"}
    first, second, third = scenario.timeline
    assert (first.at, first.say, first.set_.throttle_share) == (10.0, "half are throttled", 0.5)
    assert first.set_.receipt_delay_s is None
    assert second.given() == ["refuse_binds", "cut"], "in the order of the actions"
    assert (second.refuse_binds, second.cut) == (0x0D, None)
    assert third.reply is not None
    assert (third.reply.from_, third.reply.text) == ("+33612345678", "no"), "as written"


FAULTS: list[tuple[str, str, str, str]] = [
    ("another key", "timeline:", "time_line:", "5: time_line: unknown key; did you mean"),
    ("another option", "port:", "prot:", "3: options.prot: unknown key; did you mean `port`?"),
    ("another action", "accept:", "acept:", "14: timeline[2].acept: unknown key; did you mean"),
    ("no time", "at: 10s", "at: soon", "6: timeline[0].at: expected a time such as 10s"),
    ("no time at all", "at: 90\n", "say: x\n", "13: timeline[2].at: missing"),
    ("a wrong value", "0.5", "5", "8: timeline[0].set.throttle_share: expected at most 1"),
    (
        "an option of the start",
        "{throttle_share: 0.5,",
        "{port: 1,",
        "8: timeline[0].set: port can't change while it runs; give it at the start",
    ),
    ("a wrong status", "0x0D", "none of them", "11: timeline[1].refuse_binds: expected a number"),
    ("never again", "every: 30s", "every: 0", "12: timeline[1].repeat.every: expected more than"),
    ("an action that takes nothing", "accept:", "accept: all", "14: timeline[2].accept: takes"),
    ("a reply without a text", ", text: no", "", "15: timeline[2].reply.text: missing"),
    ("nothing to do", "    cut:\n    refuse_binds: 0x0D\n", "", "9: timeline[1]: nothing to do"),
    (
        "no list",
        'receipt_states: {"336": UNDELIV}',
        "receipt_steps: ENROUTE",
        "4: options.receipt_steps: expected a list",
    ),
    ("a key twice", "say: half", "at: 1\n    say: half", "7: at: said twice, first in line 6"),
    ("no YAML", "{every: 30s,", "{every: 30s]", "12: not YAML"),
]


@pytest.mark.parametrize(("why", "old", "new", "said"), FAULTS, ids=[row[0] for row in FAULTS])
def test_faults(why: str, old: str, new: str, said: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(ScenarioError) as caught:
        read_scenario("day.yaml", GOOD.replace(old, new))
    assert f"day.yaml:{said}" in str(caught.value)


def test_all_faults_in_the_order_of_the_file() -> None:
    content = GOOD.replace("port:", "prot:").replace("0.5", "5").replace("acept", "accept")
    with pytest.raises(ScenarioError) as caught:
        read_scenario("day.yaml", content)
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["3", "8"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"missing\.yaml: can't be read"):
        load_scenario(tmp_path / "missing.yaml")


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("description: caf\xe9".encode("latin-1"))
    with pytest.raises(ScenarioError, match="not UTF-8"):
        load_scenario(path)


def test_an_empty_timeline_is_a_scenario() -> None:
    assert read_scenario("x.yaml", "description: nothing happens").timeline == ()
