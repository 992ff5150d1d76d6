"""One message and its answers: what each sequence of answers adds up to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.message import Message
from schemas.origin import Origin
from schemas.reason import Reason
from schemas.status import State
from streams.sending.submission import Submission
from streams.sending.verdict import Verdicts
from streams.text.segment import encode, payloads

verdict = Verdicts().of

ORIGIN = Origin(topic="t", partition=0, offset=0, event_id="e", event_source="/s", event_type="x")


def submission(segments: int = 1, in_doubt: str = "hold") -> Submission:
    text = "a" * (10 if segments == 1 else 153 * segments)
    message = Message.model_validate(
        {
            "id": "6f1c9a52-6a7e-5f0b-9c57-2d8f6c1e4b3a", "lane": "normal", "template": "t",
            "version": "v", "phone": "+33612345678", "locale": "en", "sender": "Chappe",
            "text": text, "encoding": "gsm7", "segments": segments, "reference": 0,
            "event_time": 0, "decided_at": 0, "deadline": 1, "in_doubt": in_doubt,
            "origin": ORIGIN,
        }
    )  # fmt: skip
    return Submission(message, payloads(encode(text), 0))


def answer(one: Submission, *statuses: int) -> State | None:
    """Submit as long as it has a segment; answer each at once. The last conclusion's state."""
    state = None
    for status in statuses:
        index = one.next
        assert index is not None
        one.submitted(index)
        conclusion = one.answered(index, status, verdict(status), "id")
        state = conclusion.state if conclusion else None
    return state


@pytest.mark.parametrize(
    ("segments", "statuses", "state", "why"),
    [
        (1, [0x00], State.SUBMITTED, "taken"),
        (3, [0, 0, 0], State.SUBMITTED, "all three taken"),
        (3, [0, 0], None, "one still to be sent"),
        (1, [0x0B], State.FAILED, "a wrong address will not become right"),
        (1, [0x58], State.RETRYING, "throttled: not taken, so sending again can't double"),
        (3, [0, 0x58], State.RETRYING, "the second is sent again, the third waits for it"),
        (3, [0x0B], State.FAILED, "the others would make half a message"),
        (1, [0x08, 0x08, 0x08], State.RETRYING, "three retries for a system error"),
        (1, [0x08, 0x08, 0x08, 0x08], State.FAILED, "and no more"),
        (1, [0x58] * 50, State.RETRYING, "only the deadline ends throttling"),
        (1, [0x400, 0x400, 0x400], State.FAILED, "an unknown vendor code: twice more"),
        (1, [0x103], State.FAILED, "an unknown standard code"),
    ],
)
def test_answers(segments: int, statuses: list[int], state: State | None, why: str) -> None:
    assert answer(submission(segments), *statuses) == state, why


def test_a_segment_that_was_taken_is_never_sent_again() -> None:
    one = submission(3)
    answer(one, 0, 0x58)
    assert one.next == 1
    assert answer(one, 0, 0) is State.SUBMITTED
    assert [segment.smsc_id for segment in one.segments()] == ["id", "id", "id"]


def test_silence_is_doubt_under_hold() -> None:
    one = submission()
    one.submitted(0)
    conclusion = one.silent(0, "no answer in 10 s")
    assert conclusion is not None
    assert (conclusion.state, conclusion.reason) == (State.IN_DOUBT, Reason.NO_ANSWER)
    assert one.next is None


def test_silence_is_sent_again_under_resend() -> None:
    one = submission(in_doubt="resend")
    one.submitted(0)
    conclusion = one.silent(0, "no answer in 10 s")
    assert conclusion is not None
    assert conclusion.state is State.RETRYING
    assert one.next == 0


def test_what_was_never_written_is_as_if_not_submitted() -> None:
    one = submission()
    one.submitted(0)
    assert one.unsent(0) is None
    assert one.untouched
    assert not one.tried


def test_answers_out_of_order() -> None:
    one = submission(2)
    one.submitted(0)
    one.submitted(1)
    assert one.answered(1, 0, verdict(0), "b") is None
    conclusion = one.answered(0, 0, verdict(0), "a")
    assert conclusion is not None
    assert conclusion.state is State.SUBMITTED
    assert [segment.smsc_id for segment in one.segments()] == ["a", "b"]


@given(st.data())
def test_every_round_concludes_once_and_nothing_taken_goes_twice(data: st.DataObject) -> None:
    one = submission(data.draw(st.integers(1, 5)), data.draw(st.sampled_from(["hold", "resend"])))
    taken: set[int] = set()
    for _ in range(60):
        out: list[int] = []
        while (index := one.next) is not None and data.draw(
            st.booleans() if out else st.just(True)
        ):
            assert index not in taken
            one.submitted(index)
            out.append(index)
        conclusion = None
        for index in data.draw(st.permutations(out)):
            assert conclusion is None
            what = data.draw(st.sampled_from([0, 0, 0x58, 0x08, 0x0B, "doubt", "unsent"]))
            if what == "doubt":
                conclusion = one.silent(index, "silence")
            elif what == "unsent":
                conclusion = one.unsent(index)
            else:
                assert isinstance(what, int)
                conclusion = one.answered(index, what, verdict(what), "id")
                if what == 0:
                    taken.add(index)
        if conclusion is not None and conclusion.state is not State.RETRYING:
            assert (conclusion.state is State.SUBMITTED) == (len(taken) == len(one.payloads))
            return
