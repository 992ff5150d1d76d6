"""`chappe init`: a catalog of one's own to start from.

Rules: nothing that is there is written over, and a folder that has something in it is
left alone; what is written is whole: templates with tests that pass, the schemas for
editors as this version has them.
"""

import shlex
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import click

from streams.catalog.editor_schema import catalog_schema, defaults_schema, printed

STARTER = Path(__file__).parent / "starter"
"""Beside this file, in the checkout and in the wheel."""

EVENT = "events/order-ready.json"
_LEFT_ALONE = (".git",)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Start a catalog of your own in DIR, a new folder (in one that is there) or an empty one.

    A template in two languages with its tests, an event that it answers, the settings that
    make the commands in DIR use it, the schemas by which an editor completes and checks, and
    a workflow that checks it on GitHub. docs/first-notification.md goes on from there.

    \b
    Example:  chappe init texts
    """
    files = starter(version("chappe"))
    _check(folder, files)
    for name, content in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(content)
        except OSError as error:
            raise click.ClickException(f"{path}: not written: {error.strerror}") from None
    click.echo(_next(folder, list(files)))


def _check(folder: Path, files: Iterable[str]) -> None:
    """Raises ClickException where something could be written over, or mixed with."""
    if not folder.exists():
        if not (parent := folder.absolute().parent).exists():
            raise click.ClickException(
                f"{folder}: there is no folder {parent}, and nothing was written; "
                "DIR is a new folder in one that is there, or an empty one"
            )
        return
    try:
        there = sorted(it.name for it in folder.iterdir() if it.name not in _LEFT_ALONE)
    except OSError as error:
        raise click.ClickException(f"{folder}: {error.strerror}; DIR is a folder") from None
    if there:
        first = next((name for name in files if (folder / name).exists()), there[0])
        raise click.ClickException(
            f"{folder / first} is there already, and nothing was written; "
            "name a new folder, or an empty one (.git may be in it)"
        )


def starter(release: str) -> dict[str, str]:
    """File name to content. `release`: the version of Chappe that its workflow installs."""
    paths = sorted(path for path in STARTER.rglob("*") if path.is_file())
    files = {
        path.relative_to(STARTER).as_posix(): path.read_text("utf-8").replace("VERSION", release)
        for path in paths
    }
    schemas = {"template": catalog_schema(), "defaults": defaults_schema()}
    for name, schema in schemas.items():
        files[f"schema/{name}.json"] = f"{printed(schema)}\n"
    return files


def _next(folder: Path, names: list[str]) -> str:
    said = [f"written to {folder}:", *(f"  {name}" for name in names), "", "Next:"]
    go = f"cd {shlex.quote(str(folder))} && " if folder.resolve() != Path.cwd() else ""
    return "\n".join([
        *said,
        f"  {go}chappe catalog check .",
        f"  chappe try {EVENT}",
        "  chappe demo --catalog . --once",
    ])  # fmt: skip
