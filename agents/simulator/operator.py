"""The hands of an operator on a running simulator.

Rule: what lasts for some time ends by itself; asked for again, the last end counts.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any, Final, TextIO

from agents.simulator.actions import Actions
from agents.simulator.options import SimulatorOptions
from agents.simulator.reply import Reply, deliveries
from agents.simulator.server import Simulator
from agents.smpp import commands as c

FOR_EVER: Final = float("inf")
AGAIN_S: Final = 1.0
"""After so long a port that could not be opened again is tried once more."""


class CannotDo(Exception):  # noqa: N818
    """An action that is right but can't be done now; the text says what is missing."""


class Operator:
    """Does actions. `say` is given what is to be printed."""

    def __init__(self, simulator: Simulator, say: Callable[[str], None] | None = None) -> None:
        self._simulator = simulator
        self._say = say or on_stderr(sys.stderr)
        self._references = 0
        self._speaks_at = 0.0
        self._listens_at = 0.0
        self._opening: asyncio.Task[None] | None = None

    def perform(self, actions: Actions) -> dict[str, int]:
        """All of them, in order: how many links each met, of those that are for links.

        Raises CannotDo before any is done.
        """
        if "reply" in actions.model_fields_set and actions.reply is not None:
            self._accounts(actions.reply)
        met: dict[str, int] = {}
        for name in Actions.model_fields:
            if name in actions.model_fields_set:
                links = PERFORM[name](self, getattr(actions, name))
                if links is not None:
                    met[name] = links
        return met

    def say(self, line: str) -> None:
        """Prints it."""
        self._say(line)

    def set_(self, changes: SimulatorOptions) -> None:
        """Changes options."""
        self._simulator.options.change(changes)

    def accept(self, _: None) -> None:
        """Binds are let in, and all is answered."""
        self._speaks_at = 0.0
        self._simulator.options.bind_status = c.ESME_ROK
        self._simulator.options.mute = False

    def refuse_binds(self, status: int) -> None:
        """Until `accept`."""
        self._simulator.options.bind_status = status

    def silent(self, seconds: float | None) -> None:
        """None: until `accept`."""
        self._simulator.options.mute = True
        self._speaks_at = FOR_EVER if seconds is None else self._now() + seconds
        if seconds is not None:
            self._simulator.later(seconds, self._speak)

    def _speak(self) -> None:
        if self._now() >= self._speaks_at:
            self._simulator.options.mute = False

    def stop_reading(self, seconds: float) -> int:
        """From every link there is now."""
        for link in (links := self._simulator.links()):
            link.stop_reading(seconds)
        return len(links)

    def reply(self, reply: Reply) -> None:
        """To the account named, else to all that have bound to receive."""
        self._references += 1
        self._simulator.deliver(deliveries(reply, self._references), self._accounts(reply))

    def _accounts(self, reply: Reply) -> list[str]:
        accounts = [reply.system_id] if reply.system_id else sorted(self._simulator.receiving)
        if not accounts:
            raise CannotDo(
                "reply: nobody has bound to receive since the start; "
                "name a system_id, and it waits for that one's bind"
            )
        return accounts

    def garbage(self, octets: bytes) -> int:
        """To every link."""
        for link in (links := self._simulator.links()):
            link.send(octets)
        return len(links)

    def enquire(self, system_id: str | None) -> int:
        """None: everybody."""
        return self._met("enquire", system_id, self._simulator.enquire(system_id))

    def unbind(self, system_id: str | None) -> int:
        """None: everybody."""
        return self._met("unbind", system_id, self._simulator.unbind(system_id))

    def cut(self, system_id: str | None) -> int:
        """None: every link."""
        return self._met("cut", system_id, self._simulator.cut(system_id))

    def _met(self, action: str, system_id: str | None, links: int) -> int:
        """Somebody who was named and has no link is misspelt, perhaps."""
        if system_id is not None and not links:
            self._say(f"{action}: no link is bound as {system_id}, nothing was done")
        return links

    def stop_listening(self, seconds: float) -> None:
        """The same port opens again."""
        self._listens_at = self._now() + seconds
        self._simulator.listener.close()
        self._simulator.later(seconds, self._listen)

    def _listen(self) -> None:
        if self._now() >= self._listens_at and not self._simulator.listener.open:
            self._opening = asyncio.create_task(self._open())

    async def _open(self) -> None:
        try:
            await self._simulator.listener.listen()
        except OSError as error:
            self._say(f"{error}; tried again in {AGAIN_S:g} s")
            self._simulator.later(AGAIN_S, self._listen)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


PERFORM: Final[dict[str, Callable[[Operator, Any], int | None]]] = {
    "say": Operator.say,
    "set_": Operator.set_,
    "accept": Operator.accept,
    "refuse_binds": Operator.refuse_binds,
    "stop_listening": Operator.stop_listening,
    "silent": Operator.silent,
    "stop_reading": Operator.stop_reading,
    "reply": Operator.reply,
    "garbage": Operator.garbage,
    "enquire": Operator.enquire,
    "unbind": Operator.unbind,
    "cut": Operator.cut,
}


def on_stderr(stream: TextIO) -> Callable[[str], None]:
    """Prints lines at once."""

    def say(line: str) -> None:
        stream.write(f"{line}\n")
        stream.flush()

    return say
