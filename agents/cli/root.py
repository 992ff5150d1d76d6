"""How `chappe` ends, whatever the command: one form of error, one table of statuses.

Rules: what went wrong is on stderr and begins with `Error:`; what was foreseen is a
sentence; a traceback is for a defect of ours alone, which is said.
"""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from signal import SIGINT, SIGPIPE
from typing import Any

import click

from agents.cli.contents import Contents
from agents.exits import Exit, by_signal

DEFECT = """\
Error: this is a defect of Chappe, not of what you typed. Please report it with the lines above;
see that they hold no phone number."""


class Root(Contents):
    """The whole command."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """As click's, but for the ends."""

        def work() -> Any:
            return super(Root, self).main(
                args, prog_name, complete_var, standalone_mode=False, **extra
            )

        if not standalone_mode:
            return work()
        sys.exit(_ended(work))

    def invoke(self, ctx: click.Context) -> Any:
        """Here, since click would end a closed pipe with 1, which means something else."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            with suppress(OSError, ValueError):  # or the interpreter complains at its own flush
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(by_signal(SIGPIPE)) from None


def _ended(work: Callable[[], Any]) -> int:
    """The exit status; what went wrong is said."""
    try:
        status = work()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("Aborted!", err=True)
        return by_signal(SIGINT)
    except Exception as error:
        return _failed(error)
    return status if isinstance(status, int) else Exit.OK


def _failed(error: Exception) -> int:
    from agents.process import failed  # brings Kafka's client along, and is seldom needed

    if (status := failed(error)) is not None:
        return status
    traceback.print_exc()
    click.echo(DEFECT, err=True)
    return Exit.DEFECT
