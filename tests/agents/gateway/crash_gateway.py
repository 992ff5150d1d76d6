"""A gateway of the product's own parts on a Kafka of the model, and an SMSC that is the witness.

Rules: what is put together here is put together as in `gateway.py`; the SMSC counts what it
takes, and what it took it never refuses later; a process that was killed does nothing more.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from agents.beside import Beside
from agents.gateway.answers import Token
from agents.gateway.carrier import Bind, Carrier
from agents.gateway.dispatch import Dispatch
from agents.gateway.intents import Intents
from agents.gateway.item import Item
from agents.gateway.late import LateAnswers
from agents.gateway.lease import Lease
from agents.gateway.outbound import Outbound
from agents.gateway.outcomes import Outcomes
from agents.gateway.recovery import Recovery
from agents.gateway.starting import Starting
from agents.gateway.status_log import StatusLog
from agents.kafka.errors import KafkaFailure
from agents.metrics import Metrics
from agents.smpp.config import BindConfig, SmscConfig
from agents.smpp.submit import Accepted, Doubt, Rejected, Submit, Unsent
from agents.statuses import Statuses
from schemas.message import Message
from streams.sending.route import Routes
from streams.sending.submission import Conclusion
from streams.sending.verdict import Then, Verdict, Verdicts
from tests.agents.fakes import FakeLink
from tests.agents.gateway.crash_group import Group
from tests.agents.gateway.crash_group import Reader as GroupReader
from tests.agents.gateway.crash_kafka import (
    DRAIN_S,
    PARTITIONS,
    Kafka,
    Line,
    LogReader,
    Offsets,
    Producer,
)
from tests.agents.gateway.test_dispatch import TOPICS

STAYS = 0x400
"""A "no" after which the message waits in its batch."""
REFUSALS = (STAYS, 0x14, 0x14, 0x58, 0x0B)
SMSC = SmscConfig(
    "h", 1, BindConfig("me", "secret"), label="a",
    verdicts=Verdicts({STAYS: Verdict(Then.RETRY, delay_s=3, retries=9)}),
)  # fmt: skip
METRICS = Metrics()

Answered = Accepted | Rejected


class Smsc:
    """`taken`: how often, by message and segment. `resent`: copies that operators asked for."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka, self.chance = kafka, kafka.chance
        self.taken: Counter[tuple[str, int]] = Counter()
        self.ids: dict[str, Message] = {}
        self.refused: set[str] = set()
        self.resent: Counter[str] = Counter()

    def judge(self, token: Token) -> Answered:
        """A submit has come."""
        message = token.submission.message
        if self.kafka.fails(0.2):
            self.refused.add(message.id)
            return Rejected(self.chance.choice(REFUSALS))
        self.taken[message.id, token.index] += 1
        again = self.taken[message.id, token.index] - 1 - self.resent[message.id]
        allowed = 0 if message.in_doubt == "hold" else self.kafka.troubles
        assert again <= allowed, f"doubled: {message.text[:4]} ({message.in_doubt})"
        smsc_id = f"{len(self.ids) + 1}"
        self.ids[smsc_id] = message
        return Accepted(smsc_id)


class Out:
    """A submit on its way, and what the SMSC says to it once it has seen it."""

    def __init__(self, token: Token) -> None:
        self.token = token
        self.answer: Answered | None = None


class Watched(LateAnswers):
    """`decided`: what had its outcome when the answer came, which changes nothing then."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.decided: set[Item] = set()

    def conclude(self, token: Token, conclusion: Conclusion) -> None:
        """As the product does."""
        assert token.item not in self.decided, "the first word stands"
        super().conclude(token, conclusion)


class Link(FakeLink):
    """One bind. `unanswered`: timed out; an answer may still come."""

    def __init__(self, smsc: Smsc, window: int, is_owner: Callable[[int], bool]) -> None:
        super().__init__(window)
        self.smsc, self.chance, self._is_owner = smsc, smsc.chance, is_owner
        self.late: Watched
        self.on_answer: Callable[[Token, Any], None]
        self.on_late: Callable[[Token, Any], None]
        self.unanswered: list[Out] = []

    def submit(self, submit: Submit, token: Any) -> None:
        """Written."""
        assert self._is_owner(token.item.partition), "its partition has gone to another"
        super().submit(submit, Out(token))

    def _pick(self, *, seen: bool) -> Out | None:
        found = [out for _, out in self.out if (out.answer is not None) == seen]
        return self.chance.choice(found) if found else None

    def _remove(self, one: Out) -> None:
        self.out = [(submit, out) for submit, out in self.out if out is not one]

    def sees(self) -> None:
        """The SMSC gets a submit."""
        if (one := self._pick(seen=False)) is not None:
            one.answer = self.smsc.judge(one.token)

    def answers(self) -> None:
        """What it says to one comes."""
        if (one := self._pick(seen=True)) is not None:
            self._remove(one)
            self.on_answer(one.token, one.answer)

    def times_out(self) -> None:
        """No answer in 10 s."""
        one = self._pick(seen=self.chance.random() < 0.7)
        if one is not None:
            self.smsc.kafka.troubles += 1
            self._remove(one)
            self.unanswered.append(one)
            self.on_answer(one.token, Doubt("no answer within 10 s", awaited=True))

    def answers_late(self) -> None:
        """After its time-out."""
        if self.unanswered:
            one = self.unanswered.pop(self.chance.randrange(len(self.unanswered)))
            item = one.token.item
            if self.smsc.kafka.decided(item.partition, item.submission.message):
                self.late.decided.add(item)
            self.on_late(one.token, one.answer or self.smsc.judge(one.token))

    def is_lost(self) -> None:
        """What was written may have come there, or not; the last may not have been written."""
        lost, self.out, self.unanswered = self.out, [], []
        self.smsc.kafka.troubles += bool(lost)
        for _, one in lost:
            if one.answer is None and self.chance.random() < 0.3:
                self.on_answer(one.token, Unsent("not bound"))
                continue
            if one.answer is None and self.chance.random() < 0.5:
                self.smsc.judge(one.token)
            self.on_answer(one.token, Doubt("the link was lost"))

    def dies(self) -> None:
        """Its process is killed."""
        self.bound = False
        for _, one in self.out:
            if one.answer is None and self.chance.random() < 0.5:
                self.smsc.judge(one.token)


class Gateway:
    """One process. `octets` and `most_open` are small, so that batches wait."""

    def __init__(self, line: Line, group: Group, smsc: Smsc, window: int, most_open: int) -> None:
        self.line, self.group, self.smsc, self.chance = line, group, smsc, smsc.chance
        self.failed: list[BaseException] = []
        self.gone = False
        beside = self._beside = Beside(self.failed.append)
        loop = line.kafka.loop
        clock = loop.time
        writer: Any = Producer(line)
        self.producer: Producer = writer
        reader: Any = GroupReader(group, line)
        self.reader: GroupReader = reader
        statuses = Statuses(writer, METRICS, TOPICS.status.name, clock)
        outcomes = Outcomes(writer, statuses, TOPICS, PARTITIONS, METRICS, clock, loop.call_soon)
        carrier = Carrier(SMSC)
        self.link = Link(smsc, window, lambda number: group.owners.get(number) is self.reader)
        carrier.binds.append(Bind(self.link))
        self._dispatch = Dispatch(
            [carrier], Routes(("a",)), outcomes, METRICS, clock, clock, lease := Lease()
        )
        outcomes.reaches = self._dispatch.placing.reaches
        log_reader: Any = LogReader(line)
        status_log = StatusLog(TOPICS.status.name, lambda: log_reader)
        late = self.link.late = Watched(self._dispatch, status_log, METRICS, clock, clock, beside)
        self.link.on_answer, self.link.on_late = self._dispatch.on_answer, late.hear
        offsets: Any = Offsets(line)
        self._outbound = Outbound(
            reader, writer, self._dispatch, Recovery(offsets, status_log, statuses.ends),
            lambda *_: None, TOPICS, METRICS, DRAIN_S, beside,
        )  # fmt: skip
        starting = Starting(self._dispatch, outcomes, status_log, METRICS, lambda _: True, beside)
        intents = self._outbound.intents = Intents(
            reader, self._dispatch, lease, window, starting.start, self._outbound.fenced,
            statuses.ends, clock, clock,
        )  # fmt: skip
        intents.most_open = most_open
        starting.on_finished = intents.finished
        self.reader.listener = self._outbound
        group.readers.append(self.reader)
        self._reading = asyncio.ensure_future(self._outbound.run())
        self._opening = asyncio.ensure_future(intents.run())
        self._stopping: asyncio.Task[None] | None = None

    def look(self) -> None:
        """It is assigned partitions, whose intents have little room; none of its tasks failed."""
        for one in self._outbound._partitions.values():
            one.octets = self.line.kafka.octets
        for task in (self._reading, self._opening, self._stopping):
            if task is not None and task.done() and not task.cancelled():
                task.result()
        assert not self.failed

    def stop(self) -> None:
        """SIGTERM."""
        if self._stopping is None:
            self._stopping = asyncio.ensure_future(self._stop())

    async def _stop(self) -> None:
        """As `Gateway.run` does when it is told to."""
        for task in (self._reading, self._opening):
            task.cancel()
        await asyncio.wait((self._reading, self._opening))
        with suppress(KafkaFailure), self.line.kafka.patience():
            await self._outbound.answers()
            self.link.is_lost()
            self.link.bound = False
            await self._outbound.hand_over()
            self._beside.cancel()
            await self.producer.flush(DRAIN_S)
        self.group.leave(self.reader)
        self._end()

    def kill(self) -> None:
        """SIGKILL."""
        self.smsc.kafka.troubles += 1
        self.link.dies()
        self.producer.last_words()
        self._end()
        for task in (self._reading, self._opening, self._stopping):
            if task is not None:
                task.cancel()

    def _end(self) -> None:
        self.gone = self.line.dead = True
        self._beside.cancel()
