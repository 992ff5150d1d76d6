"""Gateways that are killed, cut off and joined at any moment, on a model of Kafka and an SMSC.

What must hold for any sequence of steps (docs/decisions/009, 010; DESIGN 3.3):
- every message ends: taken, or a status says why not; and what a status says is true;
- what is in doubt is there for an operator, and what they decide is done, once;
- nobody submits what has gone to another gateway, and a late answer changes nothing that
  was decided when it came;
- under `hold` no segment is taken twice, but once more for each copy that an operator asked
  for; under `resend` once more for each trouble too;
- nobody is in doubt where nothing went wrong;
- all that was read is finished in the end, and nothing stays open.
"""

import asyncio
import random
from collections import defaultdict

from aiokafka import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.message import Message
from schemas.status import OUTCOMES, State, Status
from streams.sending.doubts import RESENT, Ledger
from streams.sending.intent import LONGEST
from streams.sending.submission import RESENDS
from tests.agents.gateway.crash_kafka import PARTITIONS, Loop
from tests.agents.gateway.crash_world import World
from tests.agents.gateway.test_dispatch import TOPICS

STEPS = {
    "event": 4, "flow": 14, "read": 10, "arrive": 8, "hear": 8, "sees": 8, "answers": 8,
    "moment": 8, "wait": 1.5, "long_wait": 0.2, "times_out": 3, "answers_late": 1, "link_lost": 0.5,
    "kill": 1.5, "stop": 1.5, "join": 4, "cut": 0.7, "mend": 2, "doze": 1, "operator": 3,
    "decides": 3, "operator_dies": 0.3, "receipt": 1, "receipts_read": 1,
    "repeat": 1, "decide_again": 1,
}  # fmt: skip
"""How often, each beside the others."""


def check(world: World) -> None:
    """At the end."""
    ledger, said = Ledger(), defaultdict[str, list[Status]](list)
    for number in range(PARTITIONS):
        for record in world.kafka.logs[TopicPartition(TOPICS.in_doubt.name, number)]:
            ledger.keep(number, Message.from_bytes(record.value or b""))
    for number in range(PARTITIONS):
        for record in world.kafka.logs[TopicPartition(TOPICS.status.name, number)]:
            status = Status.from_bytes(record.value or b"")
            said[status.id].append(status)
            ledger.note(status)
    doubts = {found.message.id for found in ledger.found()}
    for one in (one for batch in world.all for one in batch):
        check_one(world, one, said[one.id], one.id in doubts)


def check_one(world: World, one: Message, said: list[Status], in_doubt: bool) -> None:
    states = [status.state for status in said]
    parts = 2 if len(one.text) > 160 else 1
    taken = [world.smsc.taken[one.id, part] for part in range(parts)]
    ends = [state for state in states if state in OUTCOMES - {State.IN_DOUBT}]
    why = f"{one.text[:4]} {one.in_doubt}: {states}, taken {taken}"
    assert ends or in_doubt, f"lost: {why}"
    resent = [status.attempt or 0 for status in said if status.detail == RESENT]
    doubts = [status.attempt or 0 for status in said if status.state is State.IN_DOUBT]
    assert ends or max(resent, default=0) <= max(doubts), f"not sent again: {why}"
    assert 0 not in resent, f"not a copy of its own: {why}"
    if {State.SUBMITTED, State.DELIVERED} & {*ends}:
        assert all(taken), f"not true: {why}"
    if {State.FAILED, State.REFUSED} & {*ends}:
        assert one.id in world.smsc.refused, f"not true: {why}"
    if State.CANCELLED in ends:
        assert one.id in world.dropped, f"not true: {why}"
    if State.IN_DOUBT in states:
        assert world.kafka.troubles, f"nothing went wrong: {why}"
        refused = one.id in world.smsc.refused
        assert one.in_doubt == "hold" or refused or world.kafka.troubles > RESENDS, why
    if ends == [State.FAILED]:
        assert not all(taken), f"not true: {why}"


async def story(loop: Loop, seed: int, size: int, length: int, octets: int) -> None:
    chance = random.Random(seed)
    world = World(loop, chance, size, octets)
    for step in chance.choices(list(STEPS), list(STEPS.values()), k=length):
        done = getattr(world, step)()
        if done is not None:
            await done
        await world.turn(chance.randint(0, 3))
    await world.run_out()
    check(world)


@settings(max_examples=400)
@given(
    st.integers(0, 2**32), st.integers(2, 10), st.integers(0, 300),
    st.sampled_from([42, 45, LONGEST]),
)  # fmt: skip
def test_nothing_is_lost_and_nothing_on_hold_is_taken_twice(
    seed: int, size: int, length: int, octets: int
) -> None:
    """`octets`: an intent has room for one batch, for some, or for all."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, Loop)
        runner.run(story(loop, seed, size, length, octets))
