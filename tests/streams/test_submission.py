"""One message and its answers: what each sequence of answers adds up to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.message import Message
from schemas.origin import Origin
from schemas.reason import Reason
from schemas.status import State
from streams.sending.submission import RESENDS, Conclusion, Submission
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
        (1, [0x58] * 9 + [0x08] * 3, State.RETRYING, "throttling is no try of another kind"),
        (1, [0x14, 0x14, 0x08, 0x08, 0x08], State.RETRYING, "each kind has its own tries"),
        (1, [0x08, 0x14, 0x08, 0x14, 0x08, 0x08], State.FAILED, "and each its own end"),
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


def doubted(one: Submission) -> int:
    """Segments in doubt."""
    return [segment.state for segment in one.segments()].count(State.IN_DOUBT)


def silence(one: Submission, times: int) -> list[State]:
    """Each copy goes without an answer."""
    states = []
    for _ in range(times):
        index = one.next
        assert index is not None
        one.submitted(index)
        conclusion = one.silent(index, "no answer in 10 s", 10.0)
        assert conclusion is not None
        states.append(conclusion.state)
    return states


def test_resending_ends_in_doubt_after_so_many_copies() -> None:
    one = submission(in_doubt="resend")
    assert silence(one, RESENDS + 1) == [State.RETRYING] * RESENDS + [State.IN_DOUBT]
    assert one.next is None
    assert doubted(one) == 1
    later = one.message.model_copy(update={"unanswered": RESENDS})
    assert silence(Submission(later, one.payloads), 1) == [State.IN_DOUBT], "at another gateway"


def test_what_an_answer_may_come_to_is_sent_again_only_after_a_wait() -> None:
    one = submission(in_doubt="resend")
    one.submitted(0)
    conclusion = one.silent(0, "no answer in 10 s", 10.0)
    assert conclusion is not None
    assert conclusion.after_s == 10.0


@pytest.mark.parametrize("is_out", [False, True])
def test_a_late_yes_to_any_copy_is_a_yes(is_out: bool) -> None:
    one = submission(in_doubt="resend")
    silence(one, 2)
    if is_out:
        one.submitted(0)
    conclusion = one.answered_late(0, 0, verdict(0), "first")
    assert conclusion is not None
    assert conclusion.state is State.SUBMITTED
    assert one.next is None
    assert [segment.smsc_id for segment in one.segments()] == ["first"]
    for after in (
        one.answered(0, 0, verdict(0), "second"),
        one.answered(0, 0x0B, verdict(0x0B)),
        one.silent(0, "the link was lost"),
        one.unsent(0),
        one.answered_late(0, 0, verdict(0), "second"),
    ):
        assert after is None, "what the last copy hears changes nothing"
    assert [segment.smsc_id for segment in one.segments()] == ["first"]


def test_a_segment_that_may_be_answered_is_waited_for_whatever_the_others_hear() -> None:
    one = submission(2, in_doubt="resend")
    one.submitted(0)
    one.submitted(1)
    assert one.silent(0, "no answer in 10 s", 10.0) is None
    conclusion = one.answered(1, 0, verdict(0), "id")
    assert conclusion is not None
    assert (conclusion.state, conclusion.after_s) == (State.RETRYING, 10.0)


@pytest.mark.parametrize(
    ("late", "state", "after_s", "why"),
    [
        (0x08, State.RETRYING, 30.0, "it waits as its verdict says, not for the next copy"),
        (0x58, State.RETRYING, 0.2, "throttled: soon"),
        (0x0B, State.FAILED, 0.0, "and is not sent again where it is refused for ever"),
    ],
)
@pytest.mark.parametrize("in_doubt", ["hold", "resend"])
def test_a_late_no_counts_as_a_no(
    late: int, state: State, after_s: float, why: str, in_doubt: str
) -> None:
    one = submission(in_doubt=in_doubt)
    one.submitted(0)
    one.silent(0, "silence", 1.0)
    hear = one.settled if in_doubt == "hold" else one.answered_late
    conclusion = hear(0, late, verdict(late), "")
    assert conclusion is not None
    assert (conclusion.state, conclusion.after_s) == (state, after_s), why
    assert not one.unsure
    assert one.unanswered == 0
    assert one.tried == ({} if state is State.FAILED else {late: 1})


def test_a_late_no_while_another_copy_is_out_leaves_it_to_that() -> None:
    one = submission(in_doubt="resend")
    silence(one, 1)
    one.submitted(0)
    assert one.answered_late(0, 0x0B, verdict(0x0B), "") is None
    conclusion = one.answered(0, 0x0B, verdict(0x0B))
    assert conclusion is not None
    assert conclusion.state is State.FAILED, "no copy is open"


def test_a_late_no_of_another_smsc_only_says_that_it_has_it_not() -> None:
    one = submission(in_doubt="resend")
    silence(one, 1)
    assert one.answered_late(0, 0x0B, None, "") is None
    assert (one.unsure, one.next) == (False, 0)


def test_a_late_no_while_the_others_are_out_is_no_doubt() -> None:
    one = submission(2)
    one.submitted(0)
    one.submitted(1)
    assert one.silent(0, "silence") is None
    assert one.answered_late(0, 0x08, verdict(0x08), "") is None
    conclusion = one.answered(1, 0, verdict(0), "id")
    assert conclusion is not None
    assert (conclusion.state, one.next) == (State.RETRYING, 0)


@pytest.mark.parametrize(
    ("segments", "silent", "earlier", "statuses", "state", "why"),
    [
        (1, 0, 0, [0x0B], State.FAILED, "it has no copy"),
        (1, 1, 0, [0x0B], State.IN_DOUBT, "its first copy may have been taken"),
        (1, 0, 1, [0x0B], State.IN_DOUBT, "one of another stay may have been"),
        (2, 1, 0, [0, 0x0B], State.FAILED, "the second has no copy: it can't arrive as a whole"),
        (2, 1, 0, [0x0B], State.IN_DOUBT, "the first may have been taken, the second never was"),
    ],
)
def test_refused_for_ever_after_a_copy_without_an_answer(
    segments: int, silent: int, earlier: int, statuses: list[int], state: State, why: str
) -> None:
    fresh = submission(segments, in_doubt="resend")
    one = Submission(fresh.message.model_copy(update={"unanswered": earlier}), fresh.payloads)
    silence(one, silent)
    assert answer(one, *statuses) is state, why
    if state is State.IN_DOUBT and not earlier:
        assert one.settled(0, 0x0B, verdict(0x0B), "") == Conclusion(
            State.FAILED, Reason.REFUSED_BY_SMSC, "0x0000000B (destination address)"
        ), "that one was not taken either"


LATE = Reason.TOO_LATE


@pytest.mark.parametrize(
    ("taken", "silent", "earlier", "state", "reason", "why"),
    [
        (0, 0, 0, State.REFUSED, LATE, "it never left"),
        (1, 0, 0, State.FAILED, LATE, "people may have seen a part"),
        (0, 1, 0, State.IN_DOUBT, Reason.NO_ANSWER, "nobody knows"),
        (1, 1, 0, State.IN_DOUBT, Reason.NO_ANSWER, "nobody knows of the rest"),
        (0, 0, 1, State.IN_DOUBT, Reason.NO_ANSWER, "nobody knows what came of another stay"),
    ],
)
def test_past_its_deadline(
    taken: int, silent: int, earlier: int, state: State, reason: Reason, why: str
) -> None:
    fresh = submission(3, in_doubt="resend")
    message = fresh.message.model_copy(update={"unanswered": earlier})
    one = Submission(message, fresh.payloads)
    answer(one, *[0] * taken)
    silence(one, silent)
    conclusion = one.ends(Reason.TOO_LATE)
    assert (conclusion.state, conclusion.reason) == (state, reason), why
    assert doubted(one) == (3 if earlier else silent)


@pytest.mark.parametrize(
    ("silent", "state", "why"),
    [
        (0, State.FAILED, "each time refused: it was not taken"),
        (1, State.IN_DOUBT, "refused after a copy that was not answered"),
    ],
)
def test_retries_that_are_used_up(silent: int, state: State, why: str) -> None:
    one = submission(in_doubt="resend")
    silence(one, silent)
    assert answer(one, *[0x08] * 4) is state, why
    assert one.next is None


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


@pytest.mark.parametrize("late", [0x0B, 0x45, 0x58])
def test_a_no_that_comes_when_the_next_copy_is_out_allows_no_more_of_them(late: int) -> None:
    """Two time-outs late: each copy is silent, and the one before was not taken."""
    one = submission(in_doubt="resend")
    copies = 0
    while one.next is not None and copies < 10:
        one.submitted(0)
        copies += 1
        if copies > 1:
            assert one.answered_late(0, late, verdict(late), "") is None
        one.silent(0, "silence", 1.0)
    assert copies == RESENDS + 1
    conclusion = one.settled(0, late, verdict(late), "")
    assert conclusion is not None
    assert conclusion.state is (State.FAILED if late == 0x0B else State.RETRYING)
    assert one.unanswered == 0, "none of them was taken"


def both(one: Submission, *heard: int | None) -> Conclusion | None:
    """Both segments are submitted, and hear this; None: nothing."""
    conclusion = None
    for index in (0, 1):
        one.submitted(index)
    for index, status in enumerate(heard):
        if status is None:
            conclusion = one.silent(index, "silence")
        else:
            conclusion = one.answered(index, status, verdict(status), "id")
    return conclusion


@pytest.mark.parametrize(
    ("rounds", "why"),
    [
        ([(None, None), (0x0B, 0x58)], "one is refused for ever, the other for now"),
        ([(None, None)] * 3 + [(None, 0x58)], "one is silent a fourth time"),
    ],
)
def test_each_segment_with_a_copy_is_in_doubt_when_the_message_is(
    rounds: list[tuple[int | None, int | None]], why: str
) -> None:
    """A late yes to any of them counts, or it would be sent again."""
    one = submission(2, in_doubt="resend")
    (*_, conclusion) = [both(one, *heard) for heard in rounds]
    assert conclusion is not None
    assert (conclusion.state, doubted(one)) == (State.IN_DOUBT, 2), why
    assert one.settled(1, 0, verdict(0), "2") is None
    assert one.settled(0, 0, verdict(0), "1") == Conclusion(State.SUBMITTED)


def test_a_retry_is_judged_by_its_own_verdict() -> None:
    """Not by that of another segment, which was refused for ever and taken all the same."""
    one = submission(2, in_doubt="resend")
    both(one, 0x58, None)
    conclusion = both(one, 0x58, 0x0B)
    assert conclusion is not None
    assert conclusion.state is State.IN_DOUBT
    rest = one.settled(1, 0, verdict(0), "2")
    assert rest is not None
    assert (rest.state, rest.reason, one.next) == (State.RETRYING, Reason.THROTTLED, 0)


def test_one_copy_that_was_answered_late_is_one_copy() -> None:
    one = submission(in_doubt="resend")
    silence(one, 1)
    assert one.answered_late(0, 0, verdict(0), "") == Conclusion(State.SUBMITTED)
    assert one.unanswered == 0
    two = submission(in_doubt="resend")
    silence(two, 2)
    assert two.answered_late(0, 0, verdict(0), "") == Conclusion(State.SUBMITTED)
    assert two.unanswered == 2, "the other may have been taken"


def test_a_late_yes_to_what_the_others_waited_for_concludes() -> None:
    one = submission(2, in_doubt="resend")
    one.submitted(0)
    one.submitted(1)
    one.silent(0, "silence")
    assert one.answered(1, 0x08, verdict(0x08)) is not None
    for index in (0, 1):
        one.submitted(index)
    assert one.answered(1, 0x08, verdict(0x08)) is None
    conclusion = one.answered_late(0, 0, verdict(0), "late")
    assert conclusion is not None
    assert (conclusion.state, one.next) == (State.RETRYING, 1)


@settings(max_examples=300)
@given(st.data())
def test_late_answers_end_copies_and_nothing_stands_still(data: st.DataObject) -> None:
    """Copies out, refused, timed out and answered late, in any order, under `resend`."""
    one = submission(data.draw(st.integers(1, 3)), in_doubt="resend")
    silences = [0] * len(one.payloads)
    out: list[int] = []
    late: list[int] = []
    yes: set[int] = set()
    for _ in range(60):
        conclusion, index = None, one.next
        steps = ["submit"] * (index is not None) + ["answer"] * bool(out) + ["late"] * bool(late)
        assert one.next is not None or one.outstanding, "nothing will ever happen to it"
        step = data.draw(st.sampled_from(steps))
        if step == "submit":
            assert index is not None
            assert index not in yes, "sent again after a yes"
            assert silences[index] <= RESENDS
            one.submitted(index)
            out.append(index)
        elif step == "answer":
            number = out.pop(data.draw(st.integers(0, len(out) - 1)))
            status = data.draw(st.sampled_from([0, 0x58, 0x08, None, None]))
            if status is None:
                conclusion = one.silent(number, "silence", 1.0)
                silences[number] += 1
                late.append(number)
            else:
                conclusion = one.answered(number, status, verdict(status), "id")
                yes |= {number} - ({number} if status else set())
        else:
            number = late.pop(data.draw(st.integers(0, len(late) - 1)))
            status = data.draw(st.sampled_from([0, 0x08]))
            silences[number] -= bool(status and one.may_have(number))
            conclusion = one.answered_late(number, status, verdict(status), "late")
            yes |= {number} - ({number} if status else set())
        if conclusion is not None and conclusion.state is not State.RETRYING:
            assert (conclusion.state is State.SUBMITTED) == (len(yes) == len(one.payloads))
            return
