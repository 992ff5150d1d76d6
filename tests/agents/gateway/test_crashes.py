"""A gateway that is killed at any moment, again and again, on a model of Kafka and an SMSC.

The model keeps what Kafka would: the partition, one committed offset with its metadata, the
statuses in order. Whatever else a gateway knows is gone with it. What must hold for any
sequence of steps: nothing is lost, and under `hold` nothing is taken twice.
"""

import random
from collections import Counter
from itertools import count, islice

from aiokafka import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.gateway.partition import Assigned, Batch
from schemas.message import Message
from schemas.status import State, Status
from streams.composing import status_of
from streams.sending.intent import LONGEST, Past, Then, read_intent
from tests.agents.gateway.test_dispatch import message
from tests.streams.test_intent import noted

TP = TopicPartition("chappe.outbound.normal", 0)
DUE = 100
"""Due times are below it: few, so that some are the same."""


class World:
    """What survives every crash."""

    def __init__(self, octets: int) -> None:
        self.octets = octets
        self.log: list[list[Message]] = []
        self.committed: tuple[int, str] = (0, "")
        self.statuses: list[Status] = []
        self.taken: Counter[str] = Counter()
        self.crashes = 0

    def tell(self, one: Message, state: State, attempt: int | None = None) -> None:
        self.statuses.append(status_of(one, state, 0, attempt=attempt))


class Gateway:
    """From one start to its end. `in_hand`: opened and not submitted; `answered`: taken by the
    SMSC, and the status not in Kafka yet.
    """

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        position, metadata = world.committed
        self.assigned, self.position = Assigned(TP, octets=world.octets), position
        self.intent, self.log_end = read_intent(metadata), len(world.log)
        self.status_end = len(world.statuses)
        self.in_hand: list[tuple[Batch, Message]] = []
        self.answered: list[tuple[Batch, Message]] = []

    def recover(self) -> None:
        """It takes its time: records are read, and commits are due, before it has ended."""
        if not self.assigned.recovered:
            told = self.world.statuses
            past = noted(told[self.intent.status_from :] if self.intent else [])
            self.assigned.inherit(self.intent, past, len(told), self.log_end)

    def read(self) -> None:
        if self.position < len(self.world.log):
            self.assigned.read(self.position)
            self.assigned.begin(Batch.of(self.position, self.world.log[self.position]))
            self.position += 1

    def open(self, *, to_its_end: bool = True) -> None:
        """One or several; the commit may not be taken. Not `to_its_end`: a crash is to follow."""
        openable = self.assigned.openable(DUE) if self.assigned.recovered else iter(())
        chosen = list(islice(openable, self.chance.randint(1, 2)))
        for batch in chosen:
            self.assigned.opening(batch, self.status_end)
        if self.chance.random() < 0.2:
            for batch in chosen:
                self.assigned.not_opened(batch)
            return
        self.commit()
        for batch in chosen if to_its_end else ():
            self.start(batch)

    def start(self, batch: Batch) -> None:
        said = noted(self.world.statuses)
        for one in batch.messages:
            then = self.assigned.past.judge(one, intended=batch.intended)
            if then is Then.DONE or (one.again and self.is_copy(one, said)):
                batch.unfinished.pop(one.id)
            elif then is Then.DOUBT and one.in_doubt == "hold":
                self.world.tell(one, State.IN_DOUBT)
                batch.unfinished.pop(one.id)
            else:
                self.in_hand.append((batch, one))
        self.maybe_finish(batch)

    def is_copy(self, one: Message, said: Past) -> bool:
        """It was given back, and meanwhile it has an outcome, or is in hand."""
        in_hand = {other.id for _, other in self.in_hand + self.answered}
        return one.id in in_hand or said.judge(one, intended=False) is Then.DONE

    def submit(self) -> None:
        if self.in_hand:
            batch, one = self.in_hand.pop(self.chance.randrange(len(self.in_hand)))
            self.world.taken[one.id] += 1
            self.answered.append((batch, one))

    def refuse(self) -> None:
        """A "no" from the SMSC, or too long a wait: a later copy is the last of the log."""
        if self.in_hand:
            batch, one = self.in_hand.pop(self.chance.randrange(len(self.in_hand)))
            due = self.chance.randrange(1, DUE) if one.due else None
            later = one.model_copy(update={"attempt": one.attempt + 1, "due": due})
            self.world.log.append([later])
            state = self.chance.choice([State.RETRYING, State.HELD])
            self.world.tell(one, state, later.attempt)
            batch.unfinished.pop(one.id)
            self.maybe_finish(batch)

    def write(self) -> None:
        if self.answered:
            batch, one = self.answered.pop(0)
            self.world.tell(one, State.SUBMITTED)
            self.status_end = len(self.world.statuses)
            batch.unfinished.pop(one.id)
            self.maybe_finish(batch)

    def maybe_finish(self, batch: Batch) -> None:
        if not batch.unfinished:
            self.assigned.finish(batch.offset)

    def commit(self) -> None:
        if (to := self.assigned.to_commit()) is not None:
            self.world.committed = to
            assert len(to[1]) <= self.world.octets

    def hand_over(self) -> None:
        """It stops in good order; but Kafka may take only some of what it gives back."""
        while self.answered:
            self.write()
        self.commit()
        messages, position = self.assigned.to_give_back()
        for one in messages:
            if self.chance.random() < 0.2:
                self.world.crashes += 1
                return
            self.world.log.append([one])
        self.assigned.given_back(position)
        self.commit()

    def run_out(self) -> None:
        """Until nothing is left."""
        self.recover()
        turns = count()
        while self.position < len(self.world.log) or self.assigned.batches:
            assert next(turns) < 1_000, "it goes on"
            self.read()
            if self.assigned.waiting:
                self.open()
            self.submit()
            self.write()
            self.commit()


STEPS = {
    "recover": 2, "read": 6, "open": 5, "submit": 6, "write": 6, "refuse": 1, "commit": 3,
    "hand over": 1, "crash": 1, "open and crash": 1,
}  # fmt: skip
"""How often, each beside the others."""


@settings(max_examples=800, deadline=None)
@given(
    st.integers(0, 2**32), st.booleans(), st.integers(2, 8), st.integers(0, 150),
    st.sampled_from([42, 45, LONGEST]),
)  # fmt: skip
def test_nothing_is_lost_and_nothing_on_hold_is_taken_twice(
    seed: int, in_order: bool, size: int, length: int, octets: int
) -> None:
    """`in_order`: as in a lane; else as in `chappe.retries`, where due times decide. A copy that
    is given back is due when its original is, and stands behind it. `octets`: an intent has
    room for one batch, for some, or for all."""
    world, chance = World(octets), random.Random(seed)
    everything = [
        [message(in_doubt=chance.choice(["hold", "resend"]), due=due)
         for _ in range(chance.randint(1, 3))]
        for due in ([None] * size if in_order else chance.choices(range(1, DUE), k=size))
    ]  # fmt: skip
    world.log.extend(everything)
    gateway = Gateway(world, chance)
    for step in chance.choices(list(STEPS), list(STEPS.values()), k=length):
        if step == "open and crash":
            gateway.open(to_its_end=False)
        if step == "hand over":
            gateway.hand_over()
            gateway = Gateway(world, chance)
        elif step.endswith("crash"):
            world.crashes += 1
            gateway = Gateway(world, chance)
        else:
            getattr(gateway, step)()
    gateway.run_out()
    last = {status.id: status.state for status in world.statuses}
    for one in (one for batch in everything for one in batch):
        taken = world.taken[one.id]
        assert last[one.id] in (State.SUBMITTED, State.IN_DOUBT), "every message ends"
        if one.in_doubt == "hold":
            assert taken <= 1
            assert taken == 1 or last[one.id] is State.IN_DOUBT
            assert last[one.id] is State.SUBMITTED or world.crashes, "doubt needs a crash"
        else:
            assert taken >= 1
            assert taken == 1 or world.crashes
