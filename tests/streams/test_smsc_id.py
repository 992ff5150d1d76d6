"""Ids of answers and of receipts: what meets in one key, what must not, what is suspected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sending.smsc_id import (
    FEWEST,
    FEWEST_LOOKS,
    IdForm,
    IdRule,
    look_alike,
    suspicion,
)

SAME, ZEROS = IdRule(), IdRule(ignore_zeros=True)
HEX, DECIMAL = IdRule(IdForm.HEX_IN_RECEIPT), IdRule(IdForm.DECIMAL_IN_RECEIPT)
ALL = [IdRule(form, zeros) for form in IdForm for zeros in (False, True)]
UUID = "0e999f21-81ef-4974-a414-3de98174e3c7"
BIG = "11706271424479826199999"  # 23 digits, as met

MEETING: list[tuple[str, IdRule, str, str]] = [
    ("the same text", SAME, "42", "42"),
    ("case does not count", SAME, UUID, UUID.upper()),
    ("23 digits", SAME, BIG, BIG),
    ("the receipt is padded with spaces", SAME, "42", " 42 \0"),
    ("Jasmin: it loses the zero of an id it passes on", ZEROS, UUID, UUID.upper().lstrip("0")),
    ("a padded answer", ZEROS, "0000000042", "42"),
    ("a padded receipt", ZEROS, "42", "0000000042"),
    ("zero itself", ZEROS, "0000", "0"),
    ("decimal, then hexadecimal", HEX, "305419896", "12345678"),
    ("in capitals and padded", HEX, "12237070", "0000BAB90E"),
    ("the decimal is padded", HEX, "0012237070", "bab90e"),
    ("23 digits in hexadecimal", HEX, BIG, f"{int(BIG):X}"),
    ("Vonage: hexadecimal, then decimal, both padded", DECIMAL, "00BC614E", "0000000012345678"),
    ("64 bits and more", DECIMAL, "812FC7470000001B" * 2, str(int("812FC7470000001B" * 2, 16))),
    ("what is no number stays text", HEX, "a-1", "A-1"),
    ("what is no number stays text", DECIMAL, UUID, UUID.upper()),
    ("an id longer than any number", DECIMAL, "f" * 300, "F" * 300),
]  # fmt: skip


@pytest.mark.parametrize(("why", "rule", "answer", "receipt"), MEETING)
def test_these_meet(why: str, rule: IdRule, answer: str, receipt: str) -> None:
    assert rule.answer_key(answer) == rule.receipt_key(receipt) != "", why


APART: list[tuple[str, IdRule, str, str]] = [
    ("zeros count unless they are said not to", SAME, "042", "42"),
    ("digits only: under this rule the receipt's 10 is 16", HEX, "10", "10"),
    ("and under this one the answer's 10 is 16", DECIMAL, "10", "10"),
    ("a number is not the text that looks like its key", HEX, "number:10", "10"),
    ("hexadecimal with a prefix is text", HEX, "31", "0x1f"),
    ("Python's own forms of numbers are text", HEX, "1_0", "a"),
    ("other scripts' digits are text", HEX, "١٦", "10"),
    ("a sign is text", HEX, "+16", "10"),
    ("two empty ids name nothing", SAME, "-", ""),
]


@pytest.mark.parametrize(("why", "rule", "answer", "receipt"), APART)
def test_these_do_not(why: str, rule: IdRule, answer: str, receipt: str) -> None:
    assert rule.answer_key(answer) != rule.receipt_key(receipt), why


@pytest.mark.parametrize("rule", ALL, ids=str)
@pytest.mark.parametrize("blank", ["", " ", "\0", "\r\n"])
def test_an_empty_id_joins_nothing(rule: IdRule, blank: str) -> None:
    assert rule.answer_key(blank) == rule.receipt_key(blank) == ""


NUMBER = st.integers(0, 10**30)
ZERO = st.integers(0, 12).map("0".__mul__)


@given(NUMBER, ZERO, ZERO, st.sampled_from("xX"))
def test_a_number_meets_itself_in_the_other_base(
    number: int, before: str, behind: str, case: str
) -> None:
    decimal, hexadecimal = f"{before}{number}", f"{behind}{number:{case}}"
    assert HEX.answer_key(decimal) == HEX.receipt_key(hexadecimal)
    assert DECIMAL.answer_key(hexadecimal) == DECIMAL.receipt_key(decimal)


ID = st.text(max_size=30) | st.text("0123456789abcdefABCDEF-", max_size=30) | NUMBER.map(str)


@given(st.sampled_from(ALL), ID)
def test_the_same_text_on_one_side_is_one_key(rule: IdRule, message_id: str) -> None:
    assert rule.answer_key(message_id) == rule.answer_key(message_id.lower())
    assert rule.receipt_key(message_id) == rule.receipt_key(message_id.lower())


def meaning(rule: IdRule, message_id: str, *, is_hex: bool) -> object:
    """What an id is under a rule, told without its keys: a number, or a text."""
    text = message_id.strip(" \t\r\n\0").lower()
    if rule.form is not IdForm.SAME:
        digits = "0123456789abcdef" if is_hex else "0123456789"
        if text and all(char in digits for char in text):
            return int(text, len(digits))
    return text.lstrip("0") or text[:1] if rule.ignore_zeros else text


@given(st.sampled_from(ALL), st.lists(ID, min_size=2, max_size=40))
def test_distinct_ids_never_collide(rule: IdRule, ids: list[str]) -> None:
    sides = [
        (rule.answer_key, IdForm.DECIMAL_IN_RECEIPT),
        (rule.receipt_key, IdForm.HEX_IN_RECEIPT),
    ]
    for key, hexadecimal_form in sides:
        meanings = {meaning(rule, each, is_hex=rule.form is hexadecimal_form) for each in ids}
        assert len({key(each) for each in ids}) == len(meanings)


@given(st.sampled_from(ALL), st.sampled_from("09af-é\0 ").map(lambda char: char * 5_000))
def test_no_length_is_an_error(rule: IdRule, message_id: str) -> None:
    assert rule.answer_key(message_id) == rule.answer_key(message_id.upper())
    assert rule.receipt_key(message_id) == rule.receipt_key(message_id.upper())


# --- what is suspected ---

NUMBERS = [30_541_900 + 977 * n for n in range(8)]
DECIMALS = [str(n) for n in NUMBERS]
HEXES = [f"{n:08X}" for n in NUMBERS]

SEEN: list[tuple[str, IdRule, list[str], list[str], str]] = [
    (
        "decimal answers",
        SAME,
        DECIMALS,
        HEXES,
        "8 of 8 unmatched receipts look like the hexadecimal of the answers' decimal ids "
        "('30541900' came back as '01D2084C'); set message_id = hex_in_receipt",
    ),
    (
        "hexadecimal answers",
        SAME,
        HEXES,
        DECIMALS,
        "8 of 8 unmatched receipts look like the decimal of the answers' hexadecimal ids "
        "('01D2084C' came back as '30541900'); set message_id = decimal_in_receipt",
    ),
    (
        "a rule that should not have been set",
        HEX,
        ["10", "20", "30"],
        ["10", "20", "30"],
        "3 of 3 unmatched receipts look like the answers' ids as they are "
        "('10' came back as '10'); set message_id = same",
    ),
    (
        "zeros",
        SAME,
        ["0a-1", "0a-2", "0a-3"],
        ["a-1", "a-2", "A-3"],
        "3 of 3 unmatched receipts look like the answers' ids as they are but for zeros "
        "('0a-3' came back as 'A-3'); set message_id = same, message_id_zeros = ignored",
    ),
    (
        "a few strangers among them change nothing",
        SAME,
        DECIMALS,
        [*HEXES, "stranger-1", "stranger-2"],
        "8 of 10 unmatched receipts look like the hexadecimal of the answers' decimal ids "
        "('30541900' came back as '01D2084C'); set message_id = hex_in_receipt",
    ),
    (
        "digits only, and both would fit: it says so",
        HEX,
        ["10", "16", "22"],
        ["16", "22", "34", "10"],
        "3 of 4 unmatched receipts look like the answers' ids as they are "
        "('10' came back as '10'); set message_id = same, or message_id = decimal_in_receipt: "
        "these ids fit both",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "rule", "answers", "unmatched", "said"), SEEN)
def test_what_is_seen_is_said(
    why: str, rule: IdRule, answers: list[str], unmatched: list[str], said: str
) -> None:
    assert suspicion(rule, answers, unmatched) == said, why


UNSEEN: list[tuple[str, IdRule, list[str], list[str]]] = [
    ("nothing at all", SAME, [], []),
    ("no receipts", SAME, DECIMALS, []),
    ("no answers: another process submitted", SAME, [], HEXES),
    ("too few to tell", SAME, DECIMALS, HEXES[: FEWEST - 1]),
    ("most are strangers, a few fit by chance", SAME, DECIMALS, [*HEXES[:3], *"ghijklm"]),
    ("the rule is right, and they only came late", HEX, DECIMALS, HEXES),
    ("nothing fits", SAME, DECIMALS, ["x-1", "x-2", "x-3"]),
    ("empty ids fit nothing", SAME, ["", " "], ["", " ", "\0"]),
]


@pytest.mark.parametrize(("why", "rule", "answers", "unmatched"), UNSEEN)
def test_nothing_is_said_without_evidence(
    why: str, rule: IdRule, answers: list[str], unmatched: list[str]
) -> None:
    assert suspicion(rule, answers, unmatched) is None, why


@given(st.sampled_from(ALL), st.lists(ID, max_size=12), st.lists(ID, max_size=12))
def test_a_suspicion_is_a_sentence_or_nothing(
    rule: IdRule, answers: list[str], unmatched: list[str]
) -> None:
    said = suspicion(rule, answers, unmatched)
    assert said is None or "set message_id = " in said


# --- what ids look like, where no two are of one message ---

MANY = [30_541_900 + 977 * n for n in range(60)]
OURS, THEIRS = MANY[:30], MANY[30:]


def decimals(numbers: list[int]) -> list[str]:
    return [f"{n:d}" for n in numbers]


def hexes(numbers: list[int]) -> list[str]:
    return [f"{n:08X}" for n in numbers]


LOOKS: list[tuple[str, IdRule, list[str], list[str], IdForm | None]] = [
    ("decimal answers", SAME, decimals(OURS), hexes(THEIRS), IdForm.HEX_IN_RECEIPT),
    ("hexadecimal answers", SAME, hexes(OURS), decimals(THEIRS), IdForm.DECIMAL_IN_RECEIPT),
    ("the wrong one is set", HEX, hexes(OURS), decimals(THEIRS), IdForm.DECIMAL_IN_RECEIPT),
    ("one is set, and none is needed", HEX, hexes(OURS), hexes(THEIRS), IdForm.SAME),
    ("the right one is set", HEX, decimals(OURS), hexes(THEIRS), None),
    ("both alike, and read as the same", SAME, hexes(OURS), hexes(THEIRS), None),
    ("digits only: that may be either", HEX, decimals(OURS), decimals(THEIRS), None),
    ("too few receipts", SAME, decimals(OURS), hexes(THEIRS[: FEWEST_LOOKS - 1]), None),
    ("too few answers", SAME, decimals(OURS[: FEWEST_LOOKS - 1]), hexes(THEIRS), None),
    ("one receipt, again and again", SAME, decimals(OURS), hexes(THEIRS[:1]) * 50, None),
    ("no numbers", SAME, decimals(OURS), [f"x-{n}" for n in THEIRS], None),
    ("texts among them", SAME, decimals(OURS), [*hexes(THEIRS), "x-1"], None),
    ("nothing", SAME, [], [], None),
]  # fmt: skip


@pytest.mark.parametrize(("why", "rule", "answers", "unmatched", "form"), LOOKS)
def test_what_ids_look_like(
    why: str, rule: IdRule, answers: list[str], unmatched: list[str], form: IdForm | None
) -> None:
    said = look_alike(rule, answers, unmatched)
    assert (said or "").endswith("" if form is None else f"set message_id = {form}"), why
    assert (said is None) == (form is None), why


@given(st.sampled_from(ALL), st.lists(ID, max_size=30), st.lists(ID, max_size=30))
def test_whatever_they_look_like(rule: IdRule, answers: list[str], unmatched: list[str]) -> None:
    said = look_alike(rule, answers, unmatched)
    assert said is None or said.startswith("they look like")
