"""A stock Faust agent that only counts: what Faust itself costs on this machine."""

import os
import sys
import time

import faust


def main() -> None:
    """`bootstrap topic count`: prints the records a second between the first and the last."""
    bootstrap, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    app = faust.App(
        "bench-bare",
        broker=f"kafka://{bootstrap}",
        value_serializer="raw",
        key_serializer="raw",
        web_enabled=False,
        topic_disable_leader=True,
    )
    seen = 0
    began = 0.0

    @app.agent(app.topic(topic, value_type=bytes), name="count")  # type: ignore[untyped-decorator]
    async def counting(stream: "faust.Stream[bytes]") -> None:
        nonlocal seen, began
        async for _ in stream:
            if not seen:
                began = time.monotonic()
            seen += 1
            if seen == count:
                os.write(
                    1, f"rate={count / (time.monotonic() - began):.0f}\n".encode()
                )  # Faust takes print away
                os._exit(0)  # Faust's own way out takes seconds, and nothing is left to do

    sys.argv = [sys.argv[0], "worker", "-l", "error"]
    app.main()


if __name__ == "__main__":
    main()
