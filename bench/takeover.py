"""How long a killed gateway is missed: by another that takes over, and by its own restart.

Rules: product defaults; a steady stream over all partitions, so that each has something to
send at any time; a partition is back at the SMSC's next submit of it.
"""

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from statistics import median

from agents.kafka.partition import partition_of
from bench.installation import PARTITIONS, Place, Smsc, end, phones
from schemas.lane import Lane

RUNS = 5
DELAY_S = 0.02
PER_S = 240
"""Messages a second, 20 a partition."""
LATELY_S = 1.0
STEADY_S = 3.0
"""Between a new assignment and the next kill."""
PATIENCE_S = 60.0
ALL = frozenset(range(PARTITIONS))


class Watch:
    """The SMSC's log: `first` and `last` submit by partition and gateway since `mark`, in s
    since 1970; `silence_s`: the longest time between two submits of a partition."""

    def __init__(self, smsc: Smsc) -> None:
        self._smsc = smsc
        self._at: dict[int, float] = {}
        self.mark()

    def mark(self) -> float:
        """Forget what was seen; the time of now."""
        self.first: dict[tuple[int, str], float] = {}
        self.last: dict[tuple[int, str], float] = {}
        self.silence_s: dict[int, float] = {}
        return time.time()

    def look(self) -> None:
        """Read on."""
        for line in self._smsc.new_lines():
            partition, at = partition_of(f"+{line['destination']}", PARTITIONS), line["at"]
            silent = at - self._at.get(partition, at)
            self.silence_s[partition] = max(silent, self.silence_s.get(partition, 0.0))
            self._at[partition] = at
            key = (partition, line["system_id"])
            self.first.setdefault(key, at)
            self.last[key] = at

    def of(self, name: str) -> set[int]:
        """The partitions that it submits just now."""
        since = time.time() - LATELY_S
        return {place for (place, by), at in self.last.items() if by == name and at > since}

    def seen(self, name: str) -> set[int]:
        """The partitions that it has submitted since `mark`."""
        return {partition for partition, by in self.first if by == name}

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Reads on meanwhile. Ends the benchmark where it does not come."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            self.look()
            if condition():
                return
            if time.monotonic() > deadline:
                raise SystemExit(f"not within {PATIENCE_S:g} s: {what}")
            await asyncio.sleep(0.02)


class Bench:
    """Gateways by the name they bind with, and the seconds measured, by what they are of."""

    def __init__(self, place: Place, smsc: Smsc) -> None:
        self._place, self._smsc, self._watch = place, smsc, Watch(smsc)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.seconds: dict[str, list[float]] = {}

    def start(self, name: str) -> None:
        """A new process."""
        self._running[name] = self._place.gateway(self._smsc.url(name))

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """Until it is gone."""
        end(self._running.pop(name), number)

    def stop_all(self) -> None:
        """What still runs."""
        for name in list(self._running):
            self.stop(name)

    async def share(self, dead: str, other: str) -> set[int]:
        """Returns when both submit, with the partitions of `dead`."""
        watch = self._watch
        both = f"{dead} and {other} share all partitions"
        for _ in range(2):  # and still do after a while
            await watch.until(
                lambda: (
                    bool(watch.of(dead) and watch.of(other))
                    and not watch.of(dead) & watch.of(other)
                    and watch.of(dead) | watch.of(other) == ALL
                ),
                both,
            )
            await asyncio.sleep(STEADY_S)
            watch.look()
        return watch.of(dead)

    async def take_over(self, dead: str, other: str) -> None:
        """`dead` is killed, and started again when `other` has all of its partitions."""
        watch = self._watch
        lost = await self.share(dead, other)
        at = watch.mark()
        self.stop(dead, signal.SIGKILL)
        await watch.until(lambda: lost <= watch.seen(other), f"{other} takes over {sorted(lost)}")
        back = [watch.first[partition, other] - at for partition in lost]
        self._note("taken over: first partition", min(back))
        self._note("taken over: last partition", max(back))
        self._note("silence of the other's own", max(watch.silence_s[own] for own in ALL - lost))
        self.start(dead)

    async def restart(self, name: str, number: signal.Signals) -> None:
        """The only one ends and is started at once."""
        watch = self._watch
        await watch.until(lambda: watch.of(name) == ALL, f"{name} has all partitions")
        await asyncio.sleep(STEADY_S)
        self.stop(name, number)
        watch.look()
        at = watch.mark()
        self.start(name)
        await watch.until(lambda: watch.seen(name) == ALL, f"{name} submits again")
        self._note(f"start after {number.name}: first submit", min(watch.first.values()) - at)
        self._note(f"start after {number.name}: last partition", max(watch.first.values()) - at)

    def _note(self, what: str, seconds: float) -> None:
        self.seconds.setdefault(what, []).append(seconds)


async def stream(place: Place) -> None:
    """Messages until cancelled."""
    numbers, began = phones("+337"), time.monotonic()
    for number in count():
        await asyncio.sleep(max(0.0, began + number / PER_S - time.monotonic()))
        place.one(Lane.NORMAL, next(numbers))


@asynccontextmanager
async def streamed(bootstrap: str, folder: Path, name: str) -> AsyncIterator[Bench]:
    """A steady stream at topics of this name; prints what was measured."""
    async with Place(bootstrap, name) as place:
        smsc = Smsc(folder, DELAY_S, logged=True)
        bench = Bench(place, smsc)
        streaming = asyncio.create_task(stream(place))
        try:
            yield bench
        finally:
            streaming.cancel()
            bench.stop_all()
            smsc.stop()
    report(bench.seconds)


async def restarts(bench: Bench) -> None:
    """One gateway alone is ended and started at once."""
    for number in [signal.SIGKILL, signal.SIGTERM] * RUNS:
        await bench.restart("a", number)


async def run(bootstrap: str, folder: Path) -> None:
    """Print the table."""
    async with streamed(bootstrap, folder, "takeover") as bench:
        for name in ("a", "b"):
            bench.start(name)
        for number in range(RUNS):
            await bench.take_over(*(("a", "b") if number % 2 else ("b", "a")))
        bench.stop("b")
        await restarts(bench)


def report(seconds: dict[str, list[float]]) -> None:
    """A line for each figure."""
    print(f"{RUNS} times each, {PER_S} messages a second over {PARTITIONS} partitions, seconds")
    print(f"{'':<36} {'least':>7} {'median':>7} {'most':>7}")
    for what, values in seconds.items():
        print(f"{what:<36} {min(values):>7.1f} {median(values):>7.1f} {max(values):>7.1f}")
