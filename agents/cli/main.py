"""The table of contents: every command of `chappe`, each in a file of its own."""

import click

from agents.cli.root import Root

COMMANDS = {
    "Start here": {
        "demo": ("agents.cli.demo", "Watch domain events turn into SMS, on this machine."),
        "init": ("agents.cli.init", "Start a catalog of your own in a new folder."),
    },
    "Write texts": {
        "text": ("agents.cli.text", "Count a text: encoding, segments, what forces UCS-2."),
        "preview": ("agents.cli.preview", "Show a text as on a phone, or send that one message."),
        "catalog": ("agents.cli.catalog", "Check the texts of a catalog before anything is sent."),
    },
    "Run it": {
        "up": ("agents.cli.run", "Run engine, gateway and receipts on this machine."),
        "engine": ("agents.cli.run", "Turn domain events into messages."),
        "gateway": ("agents.cli.run", "Submit messages to the SMSC."),
        "receipts": ("agents.cli.run", "Join receipts with their messages; read replies."),
    },
    "Look and repair": {
        "tail": ("agents.cli.tail", "Follow what becomes of messages."),
        "in-doubt": ("agents.cli.in_doubt", "Decide about messages that may have been sent."),
        "smsc": ("agents.cli.smsc", "Run an SMSC to try things on, with no phones behind it."),
    },
    "For upstream": {
        "try": ("agents.cli.try_event", "Say what becomes of an event, without Kafka."),
        "publish": ("agents.cli.publish", "Publish events from a file to a topic."),
        "schema": ("agents.cli.schema", "Print JSON Schema and AsyncAPI for events and records."),
    },
}


@click.group(cls=Root, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chappe", prog_name="chappe")
def main() -> None:
    """Domain events in, SMS out.

    Settings come from CHAPPE_… variables or chappe.toml: docs/settings.md. Exit statuses
    and shell completion: docs/cli.md.

    \b
    Example:  chappe demo --once
              chappe text --help
    """


if __name__ == "__main__":
    main(prog_name="chappe")
