"""The table of contents: every command of `chappe`, each in a file of its own."""

import click

from agents.cli.demo import demo
from agents.cli.publish import publish
from agents.cli.run import engine, gateway, up
from agents.cli.schema import schema
from agents.cli.smsc import smsc
from agents.cli.tail import tail


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chappe", prog_name="chappe")
def main() -> None:
    """Domain events in, SMS out.

    Settings come from CHAPPE_… variables or chappe.toml; see docs/settings.md.
    """


for command in (demo, up, engine, gateway, smsc, publish, tail, schema):
    main.add_command(command)

if __name__ == "__main__":
    main()
