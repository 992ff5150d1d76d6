"""The table of contents: every command of `chappe`, each in a file of its own."""

import click

from agents.cli.contents import Contents

COMMANDS = {
    "demo": ("agents.cli.demo", "Watch domain events turn into SMS, on this machine."),
    "init": ("agents.cli.init", "Start a catalog of your own in a new folder."),
    "try": ("agents.cli.try_event", "Say what becomes of an event, without Kafka."),
    "text": ("agents.cli.text", "Count a text: encoding, segments, what forces UCS-2."),
    "catalog": ("agents.cli.catalog", "Check the texts of a catalog before anything is sent."),
    "preview": ("agents.cli.preview", "Show a text as on a phone, or send that one message."),
    "up": ("agents.cli.run", "Run all of it on this machine."),
    "engine": ("agents.cli.run", "Turn domain events into messages."),
    "gateway": ("agents.cli.run", "Submit messages to the SMSC."),
    "receipts": ("agents.cli.run", "Join receipts with their messages; read replies."),
    "in-doubt": ("agents.cli.in_doubt", "Decide about messages that may have been sent, or not."),
    "smsc": ("agents.cli.smsc", "Run an SMSC to try things on, with no phones behind it."),
    "publish": ("agents.cli.publish", "Publish events from a file to a topic."),
    "tail": ("agents.cli.tail", "Follow what becomes of messages."),
    "schema": ("agents.cli.schema", "Print JSON Schema and AsyncAPI for events and records."),
}


@click.group(cls=Contents, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chappe", prog_name="chappe")
def main() -> None:
    """Domain events in, SMS out.

    Settings come from CHAPPE_… variables or chappe.toml; see docs/settings.md.
    """


if __name__ == "__main__":
    main()
