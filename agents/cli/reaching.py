"""What a command that a person typed asks Kafka first: an answer, or patience.

Rule: that there is none yet is said once, on stderr; how it ends is said by what asks.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import click

Answer = TypeVar("Answer")
LATE_S = 2.0


async def reached(kafka: str | None, asking: Awaitable[Answer]) -> Answer:
    """The answer of `asking`, which is the first to speak to `kafka`. Raises what it raises."""
    late = asyncio.get_running_loop().call_later(
        LATE_S, lambda: click.echo(f"still trying to reach Kafka at {kafka} …", err=True)
    )
    try:
        return await asking
    finally:
        late.cancel()
