"""`chappe try`: what becomes of an event, for who publishes it; no Kafka, no carrier."""

import json
import sys
import time
from pathlib import Path
from typing import BinaryIO

import click

from agents.catalog import SHIPPED, load_catalog
from agents.cli.completing import topics
from agents.cli.tried_words import as_object, words
from agents.cli.trying import events_in, tried
from agents.exits import Exit
from agents.settings import load_settings
from streams.catalog.catalog import Catalog, CatalogError

LIMIT = 16 * 1024 * 1024
"""Octets of a file: it is held in memory, and who looks at more wants `chappe publish`."""


@click.command("try")
@click.argument("event", type=click.File("rb"))
@click.option("--topic", shell_complete=topics,
              help="The topic it is published to; plain JSON needs it.")  # fmt: skip
@click.option("--catalog", "folder", metavar="DIR",
              type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="A folder of templates, instead of CHAPPE_CATALOG.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each event.")
def try_(event: BinaryIO, topic: str | None, folder: Path | None, as_json: bool) -> None:
    """Say what becomes of an event: which templates answer, and the text, or why there is none.

    EVENT is a file as you publish it, or `-`: a CloudEvent as JSON, or several, one a line;
    or the plain JSON of a topic that has a [[source]] in the settings, with --topic. Nothing
    is published and nothing is sent. Without a time it happens now, to somebody who was told
    nothing before; what the carrier says, and test mode, are not looked at.

    For those who know the event and not the template; `chappe preview` is for those who know
    the template, and needs no event.

    Exit status 0 where each event gives an SMS and no dead letter, else 1.

    \b
    Example:  chappe try event.json
              chappe try events.jsonl --topic domain.parcels --json
    """
    settings = load_settings()
    folder = folder or settings.catalog
    catalog, now_ms = _loaded(folder), int(time.time() * 1000)
    plain = topic is not None and topic in settings.sources
    name = "stdin" if event.name in ("-", "<stdin>") else event.name
    failed, shown = False, []
    for where, raw in events_in(name, _read(event, name)):
        found = tried(where, raw, catalog, settings.sources, topic, now_ms)
        failed |= found.ends != "sms"
        if as_json:
            shown.append(json.dumps(as_object(found, raw, plain), ensure_ascii=False))
        else:
            shown.append(words(found, raw, plain, _named(folder)))
    click.echo(("\n" if as_json else "\n\n").join(shown))
    sys.exit(Exit.NO if failed else Exit.OK)


def _read(event: BinaryIO, name: str) -> bytes:
    try:
        raw = event.read(LIMIT + 1)
    except OSError as error:
        raise click.ClickException(f"{name}: {error.strerror}") from None
    if len(raw) > LIMIT:
        raise click.ClickException(
            f"{name}: more than {LIMIT >> 20} MiB; try the first events of it (head -100)"
        )
    return raw


def _loaded(folder: Path) -> Catalog:
    try:
        return load_catalog(folder)
    except CatalogError as error:
        raise click.ClickException(
            f"the catalog has faults; `chappe catalog check` says more\n{error}"
        ) from None


def _named(folder: Path) -> str:
    if folder == SHIPPED:
        return "the one that comes with Chappe; yours: --catalog DIR, or CHAPPE_CATALOG"
    return str(folder)
