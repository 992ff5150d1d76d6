"""Whatever comes, in whatever order: each submit gets one answer, and no more."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agents.smpp import commands as c
from agents.smpp.events import Answered, Closed, Event, NeverWritten, Unanswered
from agents.smpp.reader import Reader
from tests.agents.smpp.samples import SUBMIT, answer, bare, bound

WINDOW = 4


class OneAnswerEach(RuleBasedStateMachine):
    """The SMSC here is as odd as hypothesis can make it."""

    def __init__(self) -> None:
        super().__init__()
        self.session = bound(WINDOW)
        self.now = 0.0
        self.given = 0
        self.answers: Counter[int] = Counter()
        self.written: set[int] = set()
        self.seen: list[int] = []
        self.is_closed = False

    def note(self, events: list[Event]) -> None:
        for event in events:
            assert not self.is_closed, "nothing follows Closed"
            if isinstance(event, Answered):
                self.answers[event.token] += 1
                assert event.token in self.written
            elif isinstance(event, Unanswered):
                self.answers.update(event.tokens)
                assert self.written.issuperset(event.tokens)
            elif isinstance(event, NeverWritten):
                self.answers.update(event.tokens)
                assert self.written.isdisjoint(event.tokens)
            elif isinstance(event, Closed):
                self.is_closed = True

    @precondition(lambda self: self.session.free)
    @rule()
    def submit(self) -> None:
        self.session.submit(SUBMIT._replace(source=str(self.given)), self.given, self.now)
        self.given += 1

    @rule()
    def write(self) -> None:
        for pdu in Reader().feed(self.session.outgoing()):
            if pdu.command_id == c.SUBMIT_SM:
                self.written.add(int(pdu.fields["source_addr"]))
                self.seen.append(pdu.sequence)

    @precondition(lambda self: self.seen)
    @rule(data=st.data(), status=st.sampled_from([0, 0x58, 0x14, 0x400]))
    def answer(self, data: st.DataObject, status: int) -> None:
        sequence = data.draw(st.sampled_from(self.seen))
        self.note(self.session.receive(answer(sequence, status=status), self.now))

    @rule(sequence=st.integers(0, 20), command=st.sampled_from([c.GENERIC_NACK, c.SUBMIT_SM_RESP]))
    def answer_anything(self, sequence: int, command: int) -> None:
        self.note(self.session.receive(bare(command, sequence), self.now))

    @rule(seconds=st.sampled_from([0.1, 1.0, 6.0, 11.0, 31.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.note(self.session.tick(self.now))

    @rule(command=st.sampled_from([c.ENQUIRE_LINK, c.ENQUIRE_LINK_RESP, c.DELIVER_SM, 0x99]))
    def the_smsc_says(self, command: int) -> None:
        self.note(self.session.receive(bare(command, 1), self.now))

    @precondition(lambda self: self.given > 3)
    @rule(command=st.sampled_from([c.UNBIND, c.UNBIND_RESP]))
    def the_smsc_leaves(self, command: int) -> None:
        self.note(self.session.receive(bare(command, 1), self.now))

    @precondition(lambda self: self.given > 3)
    @rule()
    def we_leave(self) -> None:
        self.note(self.session.unbind(self.now, 8.0))

    @precondition(lambda self: self.given > 5)
    @rule(garbage=st.binary(max_size=60))
    def garbage(self, garbage: bytes) -> None:
        self.note(self.session.receive(garbage, self.now))

    @precondition(lambda self: self.given > 5)
    @rule()
    def the_link_is_lost(self) -> None:
        self.note(self.session.closed(self.now))

    @invariant()
    def nobody_is_answered_twice(self) -> None:
        assert all(times == 1 for times in self.answers.values())
        assert self.session.in_flight == self.given - len(self.answers)
        assert self.session.in_flight <= WINDOW
        if self.is_closed:
            assert len(self.answers) == self.given

    @invariant()
    def who_waits_has_a_timer(self) -> None:
        if self.session.in_flight or not self.is_closed:
            assert self.session.next_timer() is not None

    def teardown(self) -> None:
        self.note(self.session.closed(self.now))
        assert sorted(self.answers) == list(range(self.given)), "everybody is answered"


TestOneAnswerEach = OneAnswerEach.TestCase
TestOneAnswerEach.settings = settings(max_examples=150, stateful_step_count=40)
