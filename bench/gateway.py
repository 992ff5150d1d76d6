"""The gateway alone: how fast, how soon an OTP leaves, how long a lost gateway is missed.

Rules: what `installation` says; a part is one module and prints one table.

    python -m bench.gateway [windows | latency | takeover] ...
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from bench import latency, takeover, windows
from tests.kafka.broker import Broker

PARTS = {"windows": windows.run, "latency": latency.run, "takeover": takeover.run}


def main() -> None:
    """Print the tables of the parts named, or of all."""
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        raise SystemExit(f"{unknown[0]!r} is no part; there is: {', '.join(PARTS)}")
    for name in chosen:
        broker = Broker()
        broker.start()
        try:
            with tempfile.TemporaryDirectory() as folder:
                asyncio.run(PARTS[name](broker.bootstrap, Path(folder)))
        finally:
            broker.stop()
        print()


if __name__ == "__main__":
    main()
