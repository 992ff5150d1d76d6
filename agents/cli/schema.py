"""`chappe schema`: what upstream and data teams are given."""

import click

from agents.catalog import load_catalog
from agents.cli.common import settings_with_logs
from streams.catalog.contract import DOCUMENTS, documents
from streams.catalog.editor_schema import printed


@click.command()
@click.argument("name", type=click.Choice(DOCUMENTS), required=False, metavar="[NAME]")
def schema(name: str | None) -> None:
    """Print JSON Schema for the records, and AsyncAPI 3 for the events.

    NAME is one of them, as `status`, `template` or `asyncapi`; without it, all come in one
    JSON object. `asyncapi` is made from the catalog in force (CHAPPE_CATALOG): one operation
    for every event it answers.

    \b
    Example:  chappe schema asyncapi > asyncapi.json
    """
    settings = settings_with_logs()
    found = documents(load_catalog(settings.catalog))
    click.echo(printed(found if name is None else found[name]))
