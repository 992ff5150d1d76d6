"""Every command there is, from the table of contents on: what tests and the page walk.

Rule: a command that is added to a table is in here without a line being written.
"""

from collections.abc import Iterator
from typing import NamedTuple

import click

from agents.cli.main import main

COLUMNS = 80


class Place(NamedTuple):
    """A command where it stands; `context` is one to ask it things in."""

    path: str
    command: click.Command
    context: click.Context

    @property
    def help(self) -> str:
        """As `--help` prints it in a terminal of COLUMNS."""
        return "\n".join(line.rstrip() for line in self.context.get_help().splitlines()) + "\n"


def tree() -> list[Place]:
    """Groups before what is in them."""
    return list(_below(main, "chappe", None))


def _below(command: click.Command, name: str, parent: click.Context | None) -> Iterator[Place]:
    settings = command.context_settings
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=COLUMNS, **settings
    )
    yield Place(context.command_path, command, context)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None, f"{context.command_path} {below}"
            yield from _below(found, below, context)
