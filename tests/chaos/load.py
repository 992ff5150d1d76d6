"""The load: messages of all lanes, both policies, one segment and several, each with a token.

Rules: the token stands whole in every segment, so that the SMSC's log alone tells them
apart; so many wait in front of the gateway at any time, however fast it is.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from agents.batches import Batches
from agents.catalog import load_catalog
from agents.kafka.partition import partition_of
from schemas.message import Message
from schemas.origin import Origin
from schemas.recipient import Recipient
from schemas.request import Request
from streams.composing import compose
from streams.events.identity import message_id
from streams.text.render import render
from streams.text.segment import encode
from tests.chaos.judge import Asked
from tests.integration.events import envelope, written
from tests.integration.follow import PARTITIONS
from tests.integration.system import System

CATALOG = Path(__file__).with_name("catalog")
MIX = ("code", "notice", "offer", "code", "letter", "notice", "code", "offer")
"""Templates, one after the other, over and over, once the backlog is there."""
PHONES = 400
BACKLOG = 600
"""The first messages: a campaign that waits, so that each lane has something to send."""
AHEAD = 750
"""Messages that wait. Little enough for the rest to be sent in seconds at the end."""
CHUNK = 2 * len(MIX)
"""Made at once: few, so that a window holds a bit of everything, in spite of the lanes."""

Where = Literal["domain", "outbound"]
TOKEN = re.compile(r"#(\d{7})\.")
TEMPLATES = load_catalog(CATALOG).templates


def token_of(number: int) -> str:
    """Of the n-th message: what stands in its text, and the id of its event."""
    return f"{number:07d}"


def template_of(token: str) -> str:
    """Its name."""
    return "offer" if int(token) < BACKLOG else MIX[int(token) % len(MIX)]


def phone_of(token: str) -> str:
    """Each phone gets several messages, of several templates."""
    return f"+3361{int(token) * 7 % PHONES:07d}"


def text_of(token: str) -> str:
    """What the phone shows."""
    return render(TEMPLATES[template_of(token)], None, {"token": token}).text


def asked(token: str) -> Asked:
    """What the judge has to know of it."""
    template = TEMPLATES[template_of(token)]
    segments = len(encode(text_of(token), template.reference_bits).parts)
    return Asked(token, template.in_doubt, segments)


def event(token: str) -> str:
    """As upstream publishes it."""
    data = {"token": token, "phone": phone_of(token), "opted_in": True}
    return written(envelope(template_of(token), token, data))


def composed(token: str, now_ms: int) -> Message:
    """As compose writes it to outbound; by compose itself."""
    template, phone = TEMPLATES[template_of(token)], phone_of(token)
    origin = Origin(topic=template.topic, partition=0, offset=int(token), event_id=token,
                    event_source="/tests", event_type=template.type)  # fmt: skip
    request = Request(
        id=message_id("/tests", token, template.name, phone), lane=template.lane,
        template=template.name, phone=phone, given={"token": token}, opted_in=True,
        event_time=now_ms, origin=origin,
    )  # fmt: skip
    recipient = Recipient(reference=int(token) % 256)
    done = compose(request, recipient, template, template.lane, int(token), now_ms)
    assert done is not None
    assert done.message is not None, done.status
    return done.message


class Load:
    """`where`: to the domain topic, through the engine, or straight to outbound.

    `waiting` says how many of those made so far were not submitted yet.
    """

    def __init__(self, system: System, where: Where, waiting: Callable[[int], int]) -> None:
        self.tokens: list[str] = []
        self._system, self._where, self._waiting = system, where, waiting
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Goes on until `stop`; returns when the first are in Kafka."""
        self._batches = Batches(self._system.producer)
        self._top_up()
        await self._system.producer.flush(60)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Returns when Kafka has every message that was asked for."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.result()
        self._batches.flush()
        await self._system.producer.flush(60)

    def check(self) -> None:
        """Raises what stopped it."""
        if self._task is not None and self._task.done():
            self._task.result()

    async def _run(self) -> None:
        while True:
            self._top_up()
            await asyncio.sleep(0.02)

    def _top_up(self) -> None:
        while self._waiting(len(self.tokens)) < AHEAD:
            self._more()

    def _more(self) -> None:
        for _ in range(CHUNK):
            token = token_of(len(self.tokens))
            if self._where == "domain":
                self._system.producer.produce(self._system.domain("chaos"), event(token).encode())
            else:
                self._to_outbound(token)
            self.tokens.append(token)

    def _to_outbound(self, token: str) -> None:
        message = composed(token, int(time.time() * 1000))
        topic = self._system.topics.outbound[message.lane].name
        partition = partition_of(message.phone, PARTITIONS)
        self._batches.add(topic, partition, message.lane, message, lambda: None)


def mixture(tokens: list[str]) -> Counter[str]:
    """How many of each template, for the record."""
    return Counter(template_of(token) for token in tokens)
