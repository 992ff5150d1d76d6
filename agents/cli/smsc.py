"""`chappe smsc`: the simulator as a process of its own."""

import sys
from pathlib import Path
from typing import Any

import click

from agents.process import run, set_up_logs
from agents.simulator.options import SimulatorOptions
from agents.simulator.server import serve

SHARE = click.FloatRange(0.0, 1.0)
SECONDS = click.FloatRange(0.0, 3600.0)


class Status(click.ParamType):
    """A command_status, 0x58 or 88."""

    name = "status"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            number = int(value, 0) if isinstance(value, str) else int(value)
        except ValueError:
            number = -1
        if not 0 <= number <= 0xFFFFFFFF:
            self.fail(f"{value!r} is no command_status, such as 0x58", param, ctx)
        return number


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=2775, show_default=True, type=click.IntRange(0, 65535))
@click.option("--system-id", help="Let in only this system_id.")
@click.option("--password", help="Let in only with this password.")
@click.option("--answer-delay-s", default=0.0, type=SECONDS, help="From a submit to its answer.")
@click.option("--receipt-delay-s", default=0.0, type=SECONDS, help="From an answer to its receipt.")
@click.option("--no-receipts", is_flag=True, help="Send no receipts.")
@click.option("--throttle-share", default=0.0, type=SHARE, help="Submits answered 0x58.")
@click.option("--throttle-per-s", type=click.IntRange(1), help="More a second are answered 0x58.")
@click.option("--refuse-share", default=0.0, type=SHARE, help="Submits refused.")
@click.option("--refuse-status", default="0x08", type=Status(), help="What they are refused with.")
@click.option("--bind-status", default="0", type=Status(), help="Refuse all binds with it.")
@click.option("--silent-share", default=0.0, type=SHARE, help="Submits taken, never answered.")
@click.option("--drop-after", type=click.IntRange(1), help="Cut the link at the n-th submit.")
@click.option("--window-limit", type=click.IntRange(1), help="More unanswered are answered 0x58.")
@click.option("--inbox-file", type=click.Path(dir_okay=False, path_type=Path),
              help="Append each message as it arrives, a JSON object a line.")  # fmt: skip
@click.option("--submit-log", type=click.Path(dir_okay=False, path_type=Path),
              help="Append each submit, also refused ones, a JSON object a line.")  # fmt: skip
@click.option("--inbox-limit", default=10_000, show_default=True, type=click.IntRange(0),
              help="Messages kept in memory.")  # fmt: skip
@click.option("--seed", default=0, help="Of what is decided by chance.")
def smsc(no_receipts: bool, **chosen: Any) -> None:
    """Run an SMSC to try things on: real SMPP 3.4 over TCP, no phones behind it.

    \b
    Example:  chappe smsc --port 2775 --throttle-share 0.1 --inbox-file inbox.jsonl
    """
    set_up_logs("info")
    options = SimulatorOptions(**chosen)
    if no_receipts:
        options.receipt_delay_s = None
    click.echo(f"listening on {options.host}:{options.port}, Ctrl-C ends it", err=True)
    sys.exit(run(lambda stop: serve(options, stop)))
