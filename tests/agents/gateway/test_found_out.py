"""What a receipt finds out of a lost answer, beside what that answer would have said."""

from collections.abc import Sequence

import pytest

from agents.smpp.submit import Accepted, Answer, Doubt
from schemas.tracking import TRACKING, Doubted, Expected, Told, doubt_key, id_key
from streams.sending import doubt
from tests.agents.gateway.test_dispatch import NOW, Bench

NOW_MS = int(NOW * 1000)
IDS = ["id1", "id2", "id3"]
LOST = Doubt("no answer within 10 s")
LONG = "a" * 400
ONE = "00000000-0000-0000-0000-000000000001"


def tracked(text: str, attempt: int, answers: Sequence[Answer]) -> list[Expected | Doubted]:
    """What `chappe receipts` is told of a message with these answers."""
    bench = Bench(window=len(answers))
    bench.offer("a", text=text, id=ONE, attempt=attempt)
    for one in answers:
        bench.answer(one)
    found = [TRACKING.validate_python(record) for record in bench.records("chappe.receipts")]
    return [one for one in found if not isinstance(one, Told)]


@pytest.mark.parametrize("attempt", [0, 2])
@pytest.mark.parametrize(
    ("text", "lost", "why"),
    [
        ("text", [1], "the usual case"),
        (LONG, [1, 2, 3], "all of a long one: one receipt for each"),
        (LONG, [2, 3], "of a long one the first was answered"),
        (LONG, [2], "and the third"),
    ],
)
def test_a_receipt_finds_out_what_the_answer_would_have_said(
    text: str, lost: list[int], why: str, attempt: int
) -> None:
    """To the letter, but for how it is joined: by message, and as a guess where several are in
    doubt. What is made of it later is made of this status, with what it says of a
    doubt (the state, its reason and words, the attempt and the segments) where that is left.
    """
    segments = 3 if text == LONG else 1
    answered = tracked(text, attempt, [Accepted(name) for name in IDS[:segments]])
    answers = [LOST if number in lost else Accepted(IDS[number - 1])
               for number in range(1, segments + 1)]  # fmt: skip
    doubted = tracked(text, attempt, answers)[-1]
    assert isinstance(doubted, Doubted)
    known, found = doubt.doubt(None, doubted, NOW_MS).keep, list[Expected | Told]()
    for number in lost:
        told = Told(
            key=doubt_key("a", "33612345678", 0), came_from=id_key("a", f"text:id{number}"),
            smsc="a", smsc_id=f"id{number}", state="delivrd", final=True, at=NOW_MS,
        )  # fmt: skip
        step = doubt.tell(known, told, 0, NOW_MS)
        known, found = step.keep, [*found, *step.found]
    joined = {"several": True, "guessed": len(lost) > 1}
    assert found == [answered[number - 1].model_copy(update=joined) for number in lost], why
