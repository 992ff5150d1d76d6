"""`chappe catalog check`: a linter for texts, which needs nothing but a folder of them."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from agents.catalog import read_folder
from agents.garbage import rare_collections
from agents.settings import load_settings, no_colour
from streams.catalog.catalog import Read
from streams.proof.formats import FORMATS, text
from streams.proof.report import report


@click.command()
@click.argument("folder", metavar="[DIR]", required=False,
                type=click.Path(exists=True, file_okay=False, path_type=Path))  # fmt: skip
@click.option("--output-format", type=click.Choice(list(FORMATS)), default="text",
              show_default=True, help="For whom it is printed.")  # fmt: skip
def check(folder: Path | None, output_format: str) -> None:
    """Render every text of a catalog with every value worth fearing, and say all that is wrong.

    DIR, or the folder of CHAPPE_CATALOG, or the catalog that comes with Chappe. Each
    template and locale is rendered with its examples, with each test, without each
    variable, with each at its longest and with all at their longest. Ends with exit status
    1 where there is a fault.

    \b
    Example:  chappe catalog check texts/
              chappe catalog check texts/ --output-format github
    """
    rare_collections()
    folder = folder or load_settings().catalog  # a linter with a DIR does not care for a broker
    shown = _shown(folder)
    found = report(read(folder))
    if output_format == "text":
        click.echo(text(found, shown, colour=_has_colour()))
    else:
        click.echo(FORMATS[output_format](found, shown))
    sys.exit(1 if found.faults else 0)


def read(folder: Path) -> Read:
    """A fault of the folder itself has no file."""
    read = read_folder(folder)
    faults = [replace(one, file="") if one.file == str(folder) else one for one in read.faults]
    return read._replace(faults=faults)


def _shown(folder: Path) -> str:
    """From where the reader stands, which is also what GitHub wants; else the whole path."""
    try:
        return folder.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return folder.resolve().as_posix()


def _has_colour() -> bool:
    return sys.stdout.isatty() and not no_colour()
