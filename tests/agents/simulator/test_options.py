"""Options: typed from JSON, YAML and the command line alike, changed all or none."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from agents.simulator.options import GROUPS, Changes, SimulatorOptions, Start
from agents.simulator.values import sentences

READ: list[tuple[str, str, Any, Any]] = [
    ("a number as text", "throttle_share", "0.5", 0.5),
    ("seconds", "answer_delay_s", "3", 3.0),
    ("a time with its unit", "answer_delay_s", "500ms", 0.5),
    ("minutes", "late_s", "2m", 120.0),
    ("minutes and seconds", "late_s", "1m30s", 90.0),
    ("a status in hexadecimal", "refuse_status", "0x400", 0x400),
    ("a status as a number", "bind_status", 14, 14),
    ("nothing", "receipt_delay_s", "none", None),
    ("null", "silent_from", None, None),
    ("yes", "mute", "yes", True),
    ("statuses as keys", "refuse_shares", {"0x58": "0.1", "8": 0.2}, {0x58: 0.1, 8: 0.2}),
    ("octets", "answer_tlvs", {"0x1400": "00 ff"}, {0x1400: b"\x00\xff"}),
    ("one of some numbers", "receipt_dates", "14", 14),
    ("none at all", "throttle_per_s", 0, 0),
    ("no list", "receipt_omits", None, []),
    ("no list, as a text", "receipt_steps", "none", []),
    ("no mapping", "refuse_shares", None, {}),
]


@pytest.mark.parametrize(("why", "name", "given", "value"), READ, ids=[row[0] for row in READ])
def test_values_are_read(why: str, name: str, given: Any, value: Any) -> None:
    assert getattr(SimulatorOptions.model_validate({name: given}), name) == value


WRONG: list[tuple[str, Any, str]] = [
    ("throttle_share", "1.5", "throttle_share: expected at most 1"),
    ("throttle_share", "much", "throttle_share: expected a number"),
    ("answer_delay_s", "soon", "answer_delay_s: expected a time such as 10s, 500ms"),
    ("answer_delay_s", "1m30", "answer_delay_s: expected a time such as"),
    ("answer_delay_s", "", "answer_delay_s: expected a time such as"),
    ("answer_delay_s", "-1", "answer_delay_s: expected a time such as"),
    ("answer_delay_s", -1, "answer_delay_s: expected at least 0"),
    ("bind_status", "0xZZ", "bind_status: expected a number such as 0x58 or 88"),
    ("id_format", "roman", "id_format: expected 'opaque', 'decimal', 'hex' or 'empty'"),
    ("refuse_shares", {"8": 0.6, "88": 0.6}, "refuse_shares: the shares add up to 1.2"),
    ("answer_tlvs", {"0x1400": "xy"}, "answer_tlvs.0x1400: expected octets in hexadecimal"),
    ("receipt_states", "UNDELIV", "receipt_states: expected keys with values"),
    ("throtle_share", "1", "throtle_share: unknown key; did you mean `throttle_share`?"),
    ("mute", "perhaps", "mute: expected true or false"),
    ("receipt_omits", "id", "receipt_omits: expected a list in brackets, such as [one, another]"),
    ("receipt_omits", [None], "receipt_omits[0]: expected 'id', 'sub'"),
    ("receipt_steps", ["ON ITS WAY"], "receipt_steps[0]: expected 1 to 20 letters"),
    ("receipt_dates", "x", "receipt_dates: expected 10, 12 or 14"),
    ("answer_tlvs", {"8": None}, "answer_tlvs.8: expected octets in hexadecimal"),
    ("answer_delay_s", None, "answer_delay_s: expected a time such as"),
    ("answer_delay_s", True, "answer_delay_s: expected a time such as"),
    ("bind_status", True, "bind_status: expected a number"),
    ("throttle_share", True, "throttle_share: expected a number"),
    ("drop_after", True, "drop_after: expected a number"),
    ("submit_log", 3, "submit_log: expected the path of a file"),
]


@pytest.mark.parametrize(("name", "given", "said"), WRONG, ids=[row[2] for row in WRONG])
def test_wrong_values_are_told(name: str, given: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SimulatorOptions.model_validate({name: given})
    known = {"": tuple(SimulatorOptions.model_fields)}
    assert sentences(caught.value, known)[0].startswith(said)


def test_a_password_is_in_no_error_and_in_no_status() -> None:
    options = SimulatorOptions(password="a-secret")
    assert "a-secret" not in repr(options) + str(options.shown())
    with pytest.raises(ValidationError) as caught:
        SimulatorOptions.model_validate({"password": ["a-secret"]})
    assert "a-secret" not in str(caught.value)


def test_a_change_takes_over_what_was_given() -> None:
    options = SimulatorOptions(throttle_share=0.5, mute=True)
    options.change(SimulatorOptions(mute=False, refuse_share=0.1))
    assert (options.throttle_share, options.mute, options.refuse_share) == (0.5, False, 0.1)


@pytest.mark.parametrize("name", Start.model_fields)
def test_what_is_read_at_the_start_can_not_change(name: str) -> None:
    with pytest.raises(ValidationError, match=f"{name} can't change while it runs"):
        TypeAdapter(Changes).validate_python({name: SimulatorOptions.model_fields[name].default})


def test_an_assignment_is_checked() -> None:
    with pytest.raises(ValidationError):
        SimulatorOptions().throttle_share = 2.0


def test_every_option_is_in_one_group_and_has_a_sentence() -> None:
    names = [name for group in GROUPS for name in group.model_fields]
    assert sorted(names) == sorted(SimulatorOptions.model_fields)
    for name, field in SimulatorOptions.model_fields.items():
        assert (field.description or "").endswith("."), name
