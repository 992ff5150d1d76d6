"""How soon an OTP reaches the SMSC, idle and while a campaign drains at a fixed rate.

Rules: from the moment before the record is produced to the SMSC's log of its submit; every
OTP counts, those of the start apart; the campaign is in outbound, ahead of them all.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.installation import Place, Smsc, end, place_of, wait
from schemas.lane import Lane

CODES = 500
WARM_UP = 20
"""The first, which also meet a process that was never asked before: not counted."""
EVERY_S = (0.03, 0.09)
BACKLOG = 100_000
DELAY_S = 0.02
RATE = 500
"""Segments a second at which the campaign drains."""
WAYS: dict[str, tuple[int, dict[str, Any]]] = {
    "idle": (0, {"window": 100}),
    f"bulk, {RATE}/s by rate": (BACKLOG, {"window": 100, "rate_segments_per_s": RATE}),
    f"bulk, {RATE}/s by window": (BACKLOG, {"window": int(RATE * DELAY_S)}),
}
"""By name: the backlog, and what the SMSC's settings say."""


@dataclass(slots=True)
class Codes:
    """When each was produced, and when the SMSC had it (s since 1970), by phone."""

    sent: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    bulk: int = 0

    def read(self, smsc: Smsc) -> bool:
        """Read the log on; whether all are there."""
        for line in smsc.new_lines():
            phone = f"+{line['destination']}"
            if phone.startswith("+337"):
                self.seen.setdefault(phone, line["at"])
            else:
                self.bulk += 1
        return len(self.seen) == len(self.sent)

    def delays_ms(self) -> list[float]:
        """Sorted; without those of the start."""
        counted = list(self.sent)[WARM_UP:]
        return sorted((self.seen[phone] - self.sent[phone]) * 1000 for phone in counted)


async def one_way(place: Place, folder: Path, backlog: int, options: dict[str, Any]) -> Codes:
    """Codes at uneven intervals while what there is drains."""
    await place.backlog(Lane.BULK, backlog)
    smsc, codes, chance = Smsc(folder, DELAY_S, logged=True), Codes(), random.Random(1)
    gateway = place.gateway(smsc.url(**options))
    try:
        for number in range(WARM_UP + CODES):
            phone = f"+3371{number:07d}"
            codes.sent[phone] = time.time()
            place.one(Lane.URGENT, phone)
            if not number:
                wait(lambda: codes.read(smsc), "the first code reaches the SMSC")
            await asyncio.sleep(chance.uniform(*EVERY_S))
        await place.producer.flush(10)
        wait(lambda: codes.read(smsc), "all codes reach the SMSC")
    finally:
        end(gateway)
        smsc.stop()
    return codes


async def run(bootstrap: str, folder: Path) -> None:
    """Print the table."""
    print(f"{CODES} OTPs, answers after {DELAY_S * 1000:g} ms, from produce to submit_sm")
    print(f"{'':<24} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'bulk sent meanwhile':>28}")
    for number, (name, (backlog, options)) in enumerate(WAYS.items()):
        async with Place(bootstrap, f"latency-{number}") as place:
            codes = await one_way(place, folder, backlog, options)
        delays = codes.delays_ms()
        drained = f"{codes.bulk:,} of {backlog:,}" if backlog else "–"
        print(f"{name:<24} {place_of(delays, 0.5):>8.1f} {place_of(delays, 0.99):>8.1f} "
              f"{delays[-1]:>8.1f} {drained:>28}", flush=True)  # fmt: skip
