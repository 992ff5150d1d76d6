"""A group of commands, each imported when it is called and not before.

So `chappe text` and `chappe catalog check`, which need neither Kafka nor SMPP, answer at
once, and `--help` imports nothing.
"""

from importlib import import_module
from keyword import iskeyword

import click


class Contents(click.Group):
    """A group whose commands are named in a table: name → (module, what it does)."""

    def __init__(self, *args: object, table: dict[str, tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports it."""
        if cmd_name not in self.table:
            return None
        module = import_module(self.table[cmd_name][0])
        function = cmd_name.replace("-", "_")
        command: click.Command = getattr(
            module, f"{function}_" if iskeyword(function) else function
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table, so that help imports nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in self.table.items()])
