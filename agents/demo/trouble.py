"""Trouble on purpose: the SMSC throttles, the link is cut, the gateway is killed.

Rules: one at a time; it is over when messages go out again, and that is seen at the phones;
what is in doubt then is settled as an operator would, by asking who has it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Literal

from agents.demo.board import Board
from agents.demo.stage import DemoFailure, Stage
from agents.in_doubt import Doubts
from agents.simulator.actions import Actions
from agents.simulator.operator import Operator

Kind = Literal["throttle", "cut", "kill"]
THROTTLE_S = 6.0
AWAY_S = 2.0
"""How long the port of the SMSC stays closed after a cut."""
BACK_S = 40.0
LOOK_S = 0.05
OPERATE_S = 0.5
SETTLE_S = 2.0
"""Receipts settle what they can before an operator does the rest."""
SEEN: Final = "as the phones show"
_SHORT: Final[dict[Kind, str]] = {
    "throttle": "SMSC throttled", "cut": "link cut", "kill": "gateway killed",
}  # fmt: skip


class Troubles:
    """`line` is what is going on, in words; empty: nothing; `short`: the same where there is
    little room. `had`: those that are over; `tried`: those that began. `say` gets the words, and
    which trouble they are about.
    """

    def __init__(self, stage: Stage, board: Board, say: Callable[[str, str], None]) -> None:
        self.line = self.short = ""
        self.had: list[Kind] = []
        self.tried: list[Kind] = []
        self.killed = ""
        self._base, self._resent = "before any trouble", 0
        self._stage, self._board, self._tell = stage, board, say
        self._operator = Operator(stage.simulator, lambda line: say(line, self._about))
        self._lock = asyncio.Lock()

    @property
    def on(self) -> bool:
        """One is going on."""
        return self._lock.locked()

    async def make(self, kind: Kind) -> None:
        """One of them, from its beginning to its end. Raises DemoFailure."""
        async with self._lock:
            self.tried.append(kind)
            await _MAKE[kind](self)
            self.had.append(kind)

    def _say(self, line: str, result: str = "") -> None:
        """`result`: how it ended, so far."""
        self.line = line
        what = _SHORT[self.tried[-1]] if self.tried else "in doubt"
        self.short = f"{what}: {result}" if result else f"{what} …"
        self._tell(line, self._about)

    @property
    def _about(self) -> str:
        return f"trouble {len(self.tried)}"

    async def _throttle(self) -> None:
        per_s = max(1, self._stage.rate_per_s * 2 // 5)
        self._say(f"the SMSC throttles: over {per_s} segments a second it answers 0x58")
        self._stage.simulator.options.throttle_per_s = per_s
        await asyncio.sleep(THROTTLE_S)
        self._stage.simulator.options.throttle_per_s = None
        self._over(
            f"the SMSC takes all again after {THROTTLE_S:g} s, the gateway speeds up by itself"
        )

    async def _cut(self) -> None:
        began = time.monotonic()
        self._say(f"the link is cut, and the SMSC's port is closed for {AWAY_S:g} s …")
        before = self._stage.simulator.binds
        self._operator.perform(Actions(stop_listening=AWAY_S, cut=None))
        await self._until(lambda: self._stage.simulator.binds > before)
        await self._until_sending()
        back = f"bound again, and sending after {time.monotonic() - began:.1f} s"
        self._over(f"the link was cut: {back}")

    async def _kill(self) -> None:
        began = time.monotonic()
        self._say("the gateway is killed (SIGKILL) …")
        self.killed = "gateway"
        await self._stage.children.kill("gateway")
        await self._stage.children.start("gateway")
        self._say("the gateway is killed, and started again: recovering, reads what was open …")
        async for _ in self._stage.readiness.waits("gateway"):
            self._in_time(began)
        self.killed = ""
        await self._until_sending()
        back = f"recovered, sending again after {time.monotonic() - began:.1f} s"
        self._over(f"the gateway was killed: {back}")

    def _over(self, said: str) -> None:
        self._base, self._resent = said, 0
        self._say(f"{said}; {self._result()}, {SEEN}", self._result())

    async def operate(self) -> None:
        """As an operator does, until cancelled: what receipts leave in doubt, and is on no
        phone, is sent again."""
        since: dict[str, float] = {}
        while True:
            await asyncio.sleep(OPERATE_S)
            now = time.monotonic()
            since = {row.due.key: since.get(row.due.key, now) for row in self._board.doubtful}
            ripe = {key for key, began in since.items() if now - began > SETTLE_S}
            if not ripe:
                continue
            async with Doubts(self._stage.settings) as doubts:
                chosen = [one for one in doubts.found if one.message.id in ripe]
                await doubts.resend(chosen)
            self._resent += len(chosen)
            since = {key: began for key, began in since.items() if key not in ripe}
            if not self.on and chosen:
                self._say(
                    f"{self._base}; {self._resent} were in doubt and on no phone: sent again, as "
                    f"by `chappe in-doubt resend`; {self._result()}, {SEEN}",
                    self._result(),
                )

    def _result(self) -> str:
        """Checked against what the phones show."""
        return f"lost {len(self._board.lost)}, doubled {self._board.unexpected.total()}"

    async def _until_sending(self) -> None:
        """Something arrives, or nothing more is to."""
        board, before = self._board, self._board.phones.total()
        await self._until(lambda: board.phones.total() > before or board.all_over)

    async def _until(self, condition: Callable[[], bool]) -> None:
        began = time.monotonic()
        while not condition():
            self._in_time(began)
            await asyncio.sleep(LOOK_S)

    @staticmethod
    def _in_time(began: float) -> None:
        if time.monotonic() - began > BACK_S:
            raise DemoFailure(f"nothing was sent for {BACK_S:g} s after trouble made on purpose")


_MAKE: Final[dict[Kind, Callable[[Troubles], Awaitable[None]]]] = {
    "throttle": Troubles._throttle,
    "cut": Troubles._cut,
    "kill": Troubles._kill,
}
