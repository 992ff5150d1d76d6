"""`chappe catalog`: what authors do with a folder of templates."""

import click

from agents.cli.contents import Contents

COMMANDS = {
    "Commands": {
        "check": ("agents.cli.catalog_check", "Render every text with every value worth fearing."),
        "accept": ("agents.cli.catalog_accept", "Rewrite expected texts, after a look at each."),
    }
}


@click.group(cls=Contents, table=COMMANDS)
def catalog() -> None:
    """Check the texts of a catalog before anything is sent.

    Needs no Kafka and no SMSC.

    \b
    Example:  chappe catalog check texts/
    """
