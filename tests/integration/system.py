"""Chappe as it runs: engine and gateway as processes of their own, an SMSC, a real Kafka.

Rules: every system has topics, groups and a catalog under a name of its own; all waiting
is for a condition, with a deadline that says what did not come; at the end nothing runs.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from agents.kafka.errors import KafkaFailure
from agents.kafka.group_offsets import GroupOffsets
from agents.kafka.producer import KafkaProducer
from agents.settings import child_environment
from agents.simulator.options import SimulatorOptions
from agents.simulator.server import Simulator
from agents.up import PROCESSES
from schemas.topics import Topics
from tests.integration.follow import PARTITIONS, Followed
from tests.kafka.broker import free_port

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / "catalog"
READY_S = 30.0
STOP_S = 20.0


class System:
    """One installation. Enter it to start the SMSC; `start` the processes then.

    A process is named after its command, further ones `gateway-2` and so on; a gateway binds
    under its name. `smsc` are further keys of its URL; with `toml` (a chappe.toml) there is
    no URL. `catalog` is a folder of templates that ask for topics `domain.…`.
    `statuses` and `dead_letters` are all that was written so far, in the order read.
    """

    def __init__(
        self,
        bootstrap: str,
        name: str,
        folder: Path,
        options: SimulatorOptions | None = None,
        *,
        window: int = 50,
        smsc: str = "",
        toml: str = "",
        catalog: Path = CATALOG,
        **settings: str,
    ) -> None:
        self.bootstrap, self.name, self.folder = bootstrap, name, folder
        self.window, self.keys, self.toml = window, smsc, toml
        if toml:
            (folder / "chappe.toml").write_text(toml)
        self.topics = Topics(f"{name}.sms.", f"{name}.")
        self.options = options or SimulatorOptions()
        self.options.submit_log = folder / "submits.jsonl"
        self.options.port = self.options.port or free_port()
        self.simulator = Simulator(self.options)
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        self.ports: defaultdict[str, int] = defaultdict(free_port)
        self._followed = Followed(bootstrap, self.topics)
        self.statuses, self.dead_letters = self._followed.statuses, self._followed.dead_letters
        self.environment = self._environment(catalog, settings)
        self._stopped: set[str] = set()

    def domain(self, short: str) -> str:
        """The topic that the catalog calls `domain.<short>`."""
        return f"{self.name}.domain.{short}"

    def _smsc(self, system_id: str) -> str:
        if self.toml:
            return ""
        here = f"127.0.0.1:{self.options.port}"
        return f"smpp://{system_id}:secret@{here}?window={self.window}{self.keys}"

    def _environment(self, catalog: Path, settings: dict[str, str]) -> dict[str, str]:
        mine = {
            "CHAPPE_KAFKA": self.bootstrap,
            "CHAPPE_CATALOG": str(self._copy(catalog)),
            "CHAPPE_PARTITIONS": str(PARTITIONS),
            "CHAPPE_PUBLIC_PREFIX": self.topics.public,
            "CHAPPE_INTERNAL_PREFIX": self.topics.internal,
            "CHAPPE_SMSC": self._smsc("chappe"),
            "CHAPPE_TEST_NUMBERS": "+336*,+337*",
            "CHAPPE_DATA": str(self.folder / "data"),
            "PYTHONPATH": str(ROOT),
        }
        return child_environment({**mine, **settings}, inherit=False)

    def _copy(self, catalog: Path) -> Path:
        """The catalog on topics of this system's own."""
        folder = self.folder / "catalog"
        shutil.copytree(catalog, folder, dirs_exist_ok=True)
        for file in folder.glob("*.yaml"):
            mine = file.read_text().replace("topic: domain.", f"topic: {self.name}.domain.")
            file.write_text(mine)
        return folder

    async def __aenter__(self) -> Self:
        await self.simulator.start()
        self.producer = KafkaProducer(
            self.bootstrap, client_id="tests", security={}, on_failure=lambda _: None
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            for name in list(self.processes):
                self._signal(name, signal.SIGTERM)
                self.wake(name)
            ends = {name: await self._ended(name) for name in list(self.processes)}
        finally:
            await self._followed.stop()
            await self.simulator.stop()
            with contextlib.suppress(KafkaFailure):
                await self.producer.close(5.0)
        if kind is None:
            wrong = {name: end for name, end in ends.items() if end != 0}
            assert not wrong, f"exit statuses after SIGTERM: {wrong}\n{self.said()}"

    # -- processes

    async def start(self, *names: str, ready: bool = True) -> None:
        """Start processes (all of them, unless named) and wait until they are ready."""
        for name in names or PROCESSES:
            port, command = str(self.ports[name]), name.partition("-")[0]
            smsc = {"CHAPPE_SMSC": self._smsc(name)} if command == "gateway" else {}
            await self.command(command, name=name, CHAPPE_METRICS_PORT=port, **smsc)
        for name in names or PROCESSES:
            if ready:
                await self.until_ready(name)
        if ready:
            await self._followed.start()

    async def command(self, *arguments: str, name: str, **settings: str) -> None:
        """`chappe <arguments>` as the process `name`; what it says is in `<name>.log`."""
        self._stopped.discard(name)
        with self.log(name).open("ab") as log:
            self.processes[name] = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "agents.cli.main", *arguments,
                env={**self.environment, **settings}, cwd=self.folder, stdout=log, stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
            )  # fmt: skip

    async def until_ready(self, name: str) -> None:
        """Joined its group."""
        deadline = time.monotonic() + READY_S
        while await self._status(name, "readyz") != 200:
            self.check_alive()
            assert time.monotonic() < deadline, f"{name} was not ready\n{self.said()}"
            await asyncio.sleep(0.05)

    def kill(self, name: str) -> None:
        """As when the machine loses its power."""
        self._signal(name, signal.SIGKILL)

    def suspend(self, name: str) -> None:
        """As when its machine stands still: it stays connected, and does nothing."""
        self.processes[name].send_signal(signal.SIGSTOP)

    def wake(self, name: str) -> None:
        """It goes on, and knows of nothing. Nothing where it was not suspended."""
        if self.processes[name].returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.processes[name].send_signal(signal.SIGCONT)

    async def terminate(self, name: str) -> float:
        """SIGTERM; the seconds it took to end."""
        began = time.monotonic()
        self._signal(name, signal.SIGTERM)
        assert await self._ended(name) == 0, self.said()
        return time.monotonic() - began

    def _signal(self, name: str, number: signal.Signals) -> None:
        self._stopped.add(name)
        process = self.processes[name]
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
        if number is signal.SIGKILL:
            del self.processes[name]

    async def _ended(self, name: str) -> int:
        process = self.processes[name]
        try:
            async with asyncio.timeout(STOP_S):
                status = await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise AssertionError(f"{name} did not stop in {STOP_S:g} s\n{self.said()}") from None
        del self.processes[name]
        return status

    def check_alive(self) -> None:
        """No process ended that was not told to, and we still read what they write."""
        self._followed.check()
        for name, process in self.processes.items():
            if name not in self._stopped and process.returncode is not None:
                raise AssertionError(f"{name} ended by itself: {process.returncode}\n{self.said()}")

    def log(self, name: str) -> Path:
        """What a process said, over all of its lives."""
        return self.folder / f"{name}.log"

    def said(self) -> str:
        """The last words of all processes, for a failed assertion."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in logs)

    # -- waiting

    async def until(
        self, condition: Callable[[], Any], timeout_s: float, what: str | Callable[[], Any]
    ) -> None:
        """Waits for a condition. Raises AssertionError that names it."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            self.check_alive()
            if time.monotonic() > deadline:
                words = what if isinstance(what, str) else what()
                raise AssertionError(f"not within {timeout_s:g} s: {words}\n{self.said()}")
            await asyncio.sleep(0.01)

    async def _status(self, name: str, path: str) -> int:
        try:
            async with aiohttp.ClientSession() as http:
                url = f"http://127.0.0.1:{self.ports[name]}/{path}"
                async with http.get(url) as answer:
                    return answer.status
        except aiohttp.ClientError:
            return 0

    async def metric(self, process: str, name: str, *labels: str) -> float:
        """The sum of `chappe_<name>` over the series that have all of `labels` (`lane="bulk"`)."""
        async with aiohttp.ClientSession() as http:
            url = f"http://127.0.0.1:{self.ports[process]}/metrics"
            async with http.get(url) as answer:
                lines = (await answer.text()).splitlines()
        series = [
            line for line in lines if line.startswith((f"chappe_{name}{{", f"chappe_{name} "))
        ]
        return sum(
            float(line.rpartition(" ")[2]) for line in series if all(one in line for one in labels)
        )

    async def until_metric(
        self, process: str, name: str, *labels: str, at_least: float, timeout_s: float
    ) -> None:
        """Waits until a metric has grown to a value."""
        deadline = time.monotonic() + timeout_s
        while (value := await self.metric(process, name, *labels)) < at_least:
            self.check_alive()
            assert time.monotonic() < deadline, (
                f"{name} {labels} is {value:g} after {timeout_s:g} s, not {at_least:g}\n"
                f"{self.said()}"
            )
            await asyncio.sleep(0.05)

    async def until_finished(self, shorts: list[str], timeout_s: float) -> None:
        """Waits until the engine's group has committed every record of these domain topics."""
        topics = [self.domain(short) for short in shorts]
        await self.until_committed(self.topics.engine_group, topics, timeout_s)

    async def until_committed(self, group: str, topics: list[str], timeout_s: float) -> None:
        """Waits until a group has committed every record there is in these topics."""
        offsets = GroupOffsets(self.bootstrap, {}, group)
        places = [(topic, n) for topic in topics for n in range(PARTITIONS)]
        deadline = time.monotonic() + timeout_s
        while open_ := await self._uncommitted(offsets, places):
            self.check_alive()
            assert time.monotonic() < deadline, f"{group}: committed and end of {open_}"
            await asyncio.sleep(0.1)

    @staticmethod
    async def _uncommitted(
        offsets: GroupOffsets, places: list[tuple[str, int]]
    ) -> dict[tuple[str, int], tuple[int, int]]:
        committed, ends = await offsets.committed(places), await offsets.ends(places)
        both = {place: (committed[place] or 0, ends[place]) for place in places}
        return {place: (at, end) for place, (at, end) in both.items() if at != end}


def alive(pid: int) -> bool:
    """Whether a process of this machine still runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
