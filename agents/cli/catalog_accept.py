"""`chappe catalog accept`: expected texts follow the texts, after a look at what changed.

Rules: nothing is rewritten that was not shown; each yes is written at once, so that Ctrl-C
keeps what was said before it; what changed on disk meanwhile is left alone.
"""

import sys
from collections import Counter
from pathlib import Path

import click

from agents.catalog import SHIPPED, load_catalog
from agents.files import replace_content
from agents.settings import load_settings
from streams.catalog.catalog import CatalogError
from streams.proof.accepting import (
    Change,
    Stuck,
    UnwritableError,
    differences,
    marked,
    rewritten,
)

REWRITTEN, LEFT, BY_HAND = "rewritten", "left as they are", "to change by hand"


@click.command()
@click.argument("folder", metavar="[DIR]", required=False,
                type=click.Path(exists=True, file_okay=False, path_type=Path))  # fmt: skip
@click.option("--yes", is_flag=True, help="Rewrite all that differ, without asking.")
def accept(folder: Path | None, yes: bool) -> None:
    """Rewrite expected texts after a look at what changed.

    For each test that expects another text than comes now: shows both, what differs in
    [-…-] and {+…+}, and asks. Comments, order and everything else of the file stay as they
    are. A text where a refusal is expected, or the reverse, is named and left to you. DIR is
    the catalog, CHAPPE_CATALOG without it.

    Exit status 0 where every test gets what it expects in the end.

    \b
    Example:  chappe catalog accept catalog --yes
    """
    folder = folder or _own_catalog()
    try:
        templates = load_catalog(folder).templates
    except CatalogError as error:
        raise click.ClickException(f"mend these first\n{error}") from None
    ask = not yes and sys.stdin.isatty()
    counts: Counter[str] = Counter()
    for name, template in templates.items():
        file = folder / f"{name}.yaml"
        for one in list(differences(template, _content(file))):
            _show(file, one)
            counts[_settle(file, one, yes, ask)] += 1
    _end(counts, unasked=not yes and not ask)


def _own_catalog() -> Path:
    """The one of the settings; never the one that came with the program by default."""
    catalog = load_settings().catalog
    if catalog is SHIPPED:
        raise click.ClickException(
            "say which catalog, as in `chappe catalog accept catalog`, or set CHAPPE_CATALOG; "
            "the catalog that comes with Chappe is not rewritten"
        )
    return catalog


def _content(file: Path) -> str:
    """With an editor's mark and the line ends that it has."""
    try:
        return file.read_bytes().decode()
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None


def _show(file: Path, one: Change | Stuck) -> None:
    click.echo(f"{file.name}:{one.line}: {one.test}, {one.locale}")
    if isinstance(one, Stuck):
        click.echo(f"  {one.said}")
        return
    expected, got = marked(one.expected, one.got)
    click.echo(f"  - {expected}\n  + {got}")


def _settle(file: Path, one: Change | Stuck, yes: bool, ask: bool) -> str:
    """What became of it, as it is counted."""
    if isinstance(one, Stuck):
        return BY_HAND
    if not (yes or (ask and click.confirm("Rewrite it?"))):
        return LEFT
    try:
        content = rewritten(_content(file), one.path, one.expected, one.got)
        replace_content(file, content)
    except UnwritableError as error:
        raise click.ClickException(f"{file}:{one.line}: {error}") from None
    except OSError as error:
        raise click.ClickException(f"{file} can't be written: {error.strerror}") from None
    return REWRITTEN


def _end(counts: Counter[str], *, unasked: bool) -> None:
    if not counts:
        click.echo("every test gets what it expects")
        return
    shown = (REWRITTEN, LEFT, BY_HAND)
    click.echo(", ".join(f"{counts[words]} {words}" for words in shown if counts[words]))
    if unasked and counts[LEFT]:
        raise click.ClickException(
            "stdin is no terminal, so nobody can be asked and nothing was changed; "
            "--yes rewrites all of them"
        )
    sys.exit(1 if counts[LEFT] or counts[BY_HAND] else 0)
