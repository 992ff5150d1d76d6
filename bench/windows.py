"""Segments a second over one bind, by answer delay and window, beside window ÷ delay.

Rules: a full outbound, counted at the SMSC after it has settled; beside each figure a bare
link (no Kafka, no statuses) to the same SMSC, since its timers and our loop cost as well.
"""

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.installation import ROOT, Place, Smsc, cpu_s, end, wait
from schemas.lane import Lane

DELAYS_S = (0.0, 0.005, 0.05)
WINDOWS = (1, 10, 100)
SETTLE_S = 2.0
SECONDS = 6.0
BARE_S = 2.0
FASTEST = 10_000
"""Segments a second that no cell is expected to pass: so much is written for each."""


@dataclass(slots=True)
class Cell:
    """`rate` and `bare` in segments a second; `cores`: processor of the gateway in use."""

    delay_s: float
    window: int
    rate: float
    bare: float
    cores: float

    def line(self) -> str:
        """One row."""
        limit = self.window / self.delay_s if self.delay_s else None
        of_limit = f"{limit:>9,.0f} {self.rate / limit:>8.2f}" if limit else f"{'–':>9} {'–':>8}"
        return (f"{self.delay_s * 1000:>6g} {self.window:>7} {self.rate:>9,.0f} {of_limit} "
                f"{self.bare:>9,.0f} {self.rate / self.bare:>8.2f} {self.cores:>8.2f}")  # fmt: skip


def bare_bind(url: str) -> float:
    """Answers a second of a link with nothing behind it."""
    out = subprocess.run(
        [sys.executable, "-m", "bench.bare_bind", url, str(BARE_S)],
        stdout=subprocess.PIPE, check=True, text=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    return float(out.stdout)


async def measure(place: Place, folder: Path, delay_s: float, window: int) -> Cell:
    """Takes about 15 s. Ends the benchmark where outbound ran dry."""
    limit = min(FASTEST, window / delay_s if delay_s else FASTEST)
    await place.backlog(Lane.NORMAL, int(limit * (SETTLE_S + SECONDS + 2)))
    smsc = Smsc(folder, delay_s)
    try:
        bare = bare_bind(smsc.url(window=window))
        before = smsc.submits
        gateway = place.gateway(smsc.url(window=window))
        try:
            wait(lambda: smsc.submits > before, "the gateway submits")
            await asyncio.sleep(SETTLE_S)
            first, used, began = smsc.submits, cpu_s(gateway), time.monotonic()
            await asyncio.sleep(SECONDS)
            last, took = smsc.submits, time.monotonic() - began
            cores = (cpu_s(gateway) - used) / took
        finally:
            end(gateway)
    finally:
        smsc.stop()
    if last - before >= place.written:
        raise SystemExit("outbound ran dry: FASTEST is too low for this machine")
    return Cell(delay_s, window, (last - first) / took, bare, cores)


async def run(bootstrap: str, folder: Path) -> None:
    """Print the table."""
    print(f"one bind, {SECONDS:g} s a row, segments a second at the SMSC")
    print(f"{'delay':>6} {'window':>7} {'gateway':>9} {'limit':>9} {'of it':>8} "
          f"{'bare':>9} {'of it':>8} {'cores':>8}")  # fmt: skip
    for delay_s in DELAYS_S:
        for window in WINDOWS:
            async with Place(bootstrap, f"windows-{delay_s:g}-{window}") as place:
                print((await measure(place, folder, delay_s, window)).line(), flush=True)
