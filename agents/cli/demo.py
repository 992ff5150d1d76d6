"""`chappe demo`: watch domain events turn into SMS, with nothing installed but Chappe."""

import asyncio
import sys

import click

from agents.demo import Demo, DemoFailure
from agents.process import run, set_up_logs


@click.command()
@click.option("--once", is_flag=True, help="One round; exit status 1 unless all is as expected.")
def demo(once: bool) -> None:
    """Run everything on this machine and watch events turn into SMS.

    A broker in memory, an SMSC simulator, the engine and the gateway; no Kafka, no
    carrier and no phone are needed.

    \b
    Example:  chappe demo --once
    """
    set_up_logs("error")
    failures: list[DemoFailure] = []

    async def shown(stop: asyncio.Event) -> None:
        try:
            await Demo(click.echo).run(once, stop)
        except DemoFailure as failure:
            failures.append(failure)

    status = run(shown)
    if failures:
        raise click.ClickException(str(failures[0]))
    sys.exit(status)
