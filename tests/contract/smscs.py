"""The SMSCs the contract is tried on: ours and one on another library, both also over TLS.

Rules: a test drives them only through `Smsc`; what one of them can't do stands in
LEFT_OUT with the reason, and nowhere else.
"""

import asyncio
import json
import ssl
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Protocol

import pytest

from agents.simulator.actions import Actions
from agents.simulator.operator import Operator
from agents.simulator.options import SimulatorOptions
from agents.simulator.server import Simulator
from agents.smpp.config import Role
from tests.agents.simulator.running import until
from tests.smpp.foreign import PASSWORD, SYSTEM_ID, ForeignSmsc

Name = Literal["simulator", "simulator-tls", "jsmpp", "jsmpp-tls"]
Mode = Literal["normal", "shuffled", "late", "silent", "refuse"]
"""How submits are answered: at once; out of order, within 0.1 s; after 0.4 s; never, though
taken; with a status."""
Ability = Literal["redelivery"]

NAMES: Final[tuple[Name, ...]] = ("simulator", "simulator-tls", "jsmpp", "jsmpp-tls")

JSMPP_REDELIVERY: Final = (
    "the library reports the time-out and leaves it to its application to send again; "
    "that would be our code on both sides"
)
LEFT_OUT: Final[dict[tuple[Name, Ability], str]] = {
    ("jsmpp", "redelivery"): JSMPP_REDELIVERY,
    ("jsmpp-tls", "redelivery"): JSMPP_REDELIVERY,
}
"""What is not asked of whom, and why."""


class Taken(NamedTuple):
    """A submit as the SMSC read it; `text` is that of the part, decoded there."""

    message_id: str
    sequence: int
    source: str
    destination: str
    reference: int
    part: int
    parts: int
    text: str


class Smsc(Protocol):
    """Lets `acme` with the password `secret` in; all receipts say DELIVRD."""

    @property
    def port(self) -> int: ...

    def roles(self) -> list[Role]:
        """Of the links that are bound now, sorted."""
        ...

    def taken(self) -> list[Taken]: ...

    def acknowledged(self) -> int:
        """Receipts and replies that were answered with status 0."""
        ...

    def answers(self, mode: Mode, status: int = 0) -> None:
        """From now on."""
        ...

    def reply(self, source: str, destination: str, text: str) -> None:
        """A phone writes; in the alphabet and the parts that this SMSC sees fit."""
        ...

    async def enquire(self) -> None:
        """Asks every link whether it is there; returns when all have said so."""
        ...

    async def unbind(self) -> None:
        """Asks every link to leave; returns when all have answered."""
        ...

    async def vanish(self) -> None:
        """Every link is cut, and nobody listens."""
        ...

    async def come_back(self) -> None:
        """On the same port, with answers that are normal."""
        ...


class Ours:
    """agents/simulator. `folder`: for its log of submits."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self._log = folder / "submits.jsonl"
        self._options = options
        self.port = 0

    async def come_back(self) -> None:
        self._simulator = Simulator(
            SimulatorOptions(
                port=self.port, system_id=SYSTEM_ID, password=PASSWORD, submit_log=self._log,
                receipt_retry_s=0.2, **self._options,
            )
        )  # fmt: skip
        self._operator = Operator(self._simulator)
        self.port = await self._simulator.start()

    async def vanish(self) -> None:
        await self._simulator.stop()

    def roles(self) -> list[Role]:
        roles: dict[tuple[bool, bool], Role] = {
            (True, True): "transceiver", (True, False): "transmitter", (False, True): "receiver",
        }  # fmt: skip
        bound = [each for each in self._simulator.connections if each.bound]
        return sorted(roles[each.transmits, each.receives] for each in bound)

    def taken(self) -> list[Taken]:
        lines = [json.loads(line) for line in self._log.open(encoding="utf-8")]
        keys = ("message_id", "sequence", "source", "destination", "reference", "segment",
                "segments", "text")  # fmt: skip
        return [Taken(*(line[key] for key in keys)) for line in lines if line["message_id"]]

    def acknowledged(self) -> int:
        return self._simulator.deliveries.answered

    def answers(self, mode: Mode, status: int = 0) -> None:
        options = self._simulator.options
        options.answer_jitter_s = 0.1 if mode == "shuffled" else 0.0
        options.answer_delay_s = 0.4 if mode == "late" else 0.0
        options.silent_share = float(mode == "silent")
        options.refuse_share, options.refuse_status = float(mode == "refuse"), status

    def reply(self, source: str, destination: str, text: str) -> None:
        self._do(reply={"from": source, "to": destination, "text": text})

    async def enquire(self) -> None:
        simulator = self._simulator
        wanted = simulator.enquiries_answered + len(self.roles())
        self._do(enquire=None)
        await until(lambda: simulator.enquiries_answered == wanted, "enquire_link_resp")

    async def unbind(self) -> None:
        simulator = self._simulator
        wanted = simulator.unbinds_answered + len(self.roles())
        self._do(unbind=None)
        await until(lambda: simulator.unbinds_answered == wanted, "unbind_resp")

    def _do(self, **actions: Any) -> None:
        self._operator.perform(Actions.model_validate(actions))


class Foreign:
    """tests/smpp/Server.java, which serves one test after the other.

    What it tells may be heard later than what it answers on the wire; hence `sync`.
    """

    def __init__(self, server: ForeignSmsc, *, is_tls: bool) -> None:
        self._server = server
        self.port = server.tls_port if is_tls else server.port
        server.tell("answers", "normal")
        server.forget()
        self._earlier: list[Taken] = []

    def roles(self) -> list[Role]:
        roles: dict[str, Role] = {
            "BIND_TRX": "transceiver", "BIND_TX": "transmitter", "BIND_RX": "receiver",
        }  # fmt: skip
        gone = {link for (link,) in self._server.said("closed")}
        return sorted(roles[kind] for link, kind in self._server.said("bound") if link not in gone)

    def taken(self) -> list[Taken]:
        self._server.tell("sync")
        return self._earlier + [
            Taken(
                message_id, int(sequence), source, destination, int(reference), int(part),
                int(parts), bytes.fromhex(text).decode(),
            )
            for message_id, sequence, source, destination, reference, part, parts, text
            in self._server.said("taken")
        ]  # fmt: skip

    def acknowledged(self) -> int:
        self._server.tell("sync")
        assert self._server.said("unanswered") == []
        return len(self._server.said("acknowledged"))

    def answers(self, mode: Mode, status: int = 0) -> None:
        self._server.tell("answers", mode, status)

    def reply(self, source: str, destination: str, text: str) -> None:
        self._server.tell("reply", source, destination, text.encode().hex())

    async def enquire(self) -> None:
        await self._answered("enquire", "alive")

    async def unbind(self) -> None:
        await self._answered("unbind", "unbound")

    async def vanish(self) -> None:
        self._earlier = self.taken()
        self._server.kill()

    async def come_back(self) -> None:
        await asyncio.to_thread(self._server.start)

    async def _answered(self, word: str, heard: str) -> None:
        wanted = len(self._server.said(heard)) + len(self.roles())
        self._server.tell(word)
        await until(lambda: len(self._server.said(heard)) == wanted, heard)


def able(ability: Ability) -> pytest.MarkDecorator:
    """For a test that is only for those that can do this."""
    return each_of([name for name in NAMES if (name, ability) not in LEFT_OUT])


def each_of(names: list[Name]) -> pytest.MarkDecorator:
    """What needs Java is an integration test."""
    java = pytest.mark.integration
    rows = [pytest.param(n, marks=java if n.startswith("jsmpp") else ()) for n in names]
    return pytest.mark.parametrize("smsc", rows, indirect=True)


class Certificate(NamedTuple):
    """Of 127.0.0.1, signed by itself: `pem` with its key, and the same as PKCS12."""

    pem: Path
    key_store: Path
    password: str

    @property
    def trusting(self) -> ssl.SSLContext:
        """Of a client that believes it."""
        return ssl.create_default_context(cafile=self.pem)
