"""A group of commands, each imported when it is called and not before.

So `chappe text` and `chappe catalog check`, which need neither Kafka nor SMPP, answer at
once, and neither `--help` nor the completion of a command's name imports anything.
"""

from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword

import click
from click.shell_completion import CompletionItem

from streams.nearest import nearest

Entry = tuple[str, str]
"""The module, and what the command does."""
Table = Mapping[str, Mapping[str, Entry]]
"""By headings, and below each by the names of commands."""


class Contents(click.Group):
    """A group whose commands stand in a table.

    A command is the function of its name in its module: `in_doubt` for in-doubt, `try_` for
    try.
    """

    def __init__(self, *args: object, table: Table, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.table = table
        self.entries = {name: it for section in table.values() for name, it in section.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports it."""
        if cmd_name not in self.entries:
            return None
        name = cmd_name.replace("-", "_")
        module = import_module(self.entries[cmd_name][0])
        command: click.Command = getattr(module, f"{name}_" if iskeyword(name) else name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Raises UsageError that names the nearest."""
        if args and not args[0].startswith("-") and args[0] not in self.entries:
            close = nearest(args[0], self.entries)
            said = f"did you mean {close}?" if close else "they are listed by --help"
            ctx.fail(f"there is no command {args[0]!r}; {said}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table, so that help imports nothing; one width for all headings."""
        wide = max(map(len, self.entries))
        for heading, section in self.table.items():
            with formatter.section(heading):
                rows = [(name.ljust(wide), words) for name, (_, words) in section.items()]
                formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The same."""
        names = [
            CompletionItem(name, help=words)
            for name, (_, words) in self.entries.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)


class InOrder(click.Group):
    """A group that lists its commands as they were written down, not by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """As written."""
        return list(self.commands)
