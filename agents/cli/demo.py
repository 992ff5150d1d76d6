"""`chappe demo`: watch domain events turn into SMS, with nothing installed but Chappe."""

import asyncio
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console

from agents.catalog import SHIPPED, load_catalog
from agents.cli.common import announced
from agents.demo.demo import Demo, Plan
from agents.demo.keys import keys
from agents.demo.own import own_events
from agents.demo.screen import Screen
from agents.demo.show import Lines, Show
from agents.demo.stage import DemoFailure
from agents.demo.trouble import Kind
from agents.process import run, set_up_logs
from agents.run_file import Running
from agents.settings import load_settings
from streams.catalog.catalog import Catalog, CatalogError

KEYS: dict[str, Kind] = {"t": "throttle", "c": "cut", "k": "kill"}


@click.command()
@click.option("--once", is_flag=True, help="One round; exit status 1 unless all is as expected.")
@click.option("--catalog", "folder", metavar="DIR",
              type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="A catalog of your own: its tests become the events.")  # fmt: skip
@click.option("--throttle", is_flag=True, help="The SMSC throttles for some seconds.")
@click.option("--cut", is_flag=True, help="The link to the SMSC is cut.")
@click.option("--kill", is_flag=True, help="The gateway is killed, and started again.")
def demo(once: bool, folder: Path | None, throttle: bool, cut: bool, kill: bool) -> None:
    """Run everything on this machine and watch events turn into SMS.

    A broker in memory, an SMSC simulator, the engine and the gateway; no Kafka, no
    carrier and no phone are needed. In a terminal the keys t, c, k and q do what
    --throttle, --cut, --kill and Ctrl-C do.

    \b
    Example:  chappe demo
              chappe demo --once --kill
              chappe demo --once --catalog my-texts
    """
    set_up_logs("error")
    asked: dict[Kind, bool] = {"throttle": throttle, "cut": cut, "kill": kill}
    troubles = tuple(kind for kind, wanted in asked.items() if wanted)
    plan = _plan(once, folder or load_settings().catalog, troubles)
    failures: list[DemoFailure] = []

    async def shown(stop: asyncio.Event) -> None:
        try:
            await _play(plan, stop)
        except DemoFailure as failure:
            failures.append(failure)

    status = run(shown, waits=True)
    if failures:
        raise click.ClickException(str(failures[0]))
    sys.exit(status)


def _plan(once: bool, folder: Path, troubles: tuple[Kind, ...]) -> Plan:
    """Raises ClickException where the catalog can't be shown."""
    try:
        catalog = load_catalog(folder)
    except CatalogError as error:
        raise click.ClickException(f"the catalog {folder} has faults\n{error}") from None
    shipped = folder.resolve() == SHIPPED.resolve()
    if not shipped:
        _say_left_out(catalog, folder)
    return Plan(once, folder, catalog, shipped, troubles)


def _say_left_out(catalog: Catalog, folder: Path) -> None:
    found = own_events(catalog, 0, "")
    for sentence in found.left_out:
        click.echo(f"left out: {sentence}", err=True)
    if not found.events:
        raise click.ClickException(
            f"{folder}: no test of this catalog can be shown; a template's `tests` say which "
            "values give which text (docs/catalog.md)"
        )


async def _play(plan: Plan, stop: asyncio.Event) -> None:
    console = Console(highlight=False)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chappe-")))
        if plan.once or not (Screen.can(console) and sys.stdin.isatty()):
            await _shown(
                Demo(plan, show := Lines(click.echo), folder, has_screen=False), show, stop
            )
            return
        screen = Screen(console)
        shown = Demo(plan, screen, folder, has_screen=True)
        stack.enter_context(screen.open())
        stack.enter_context(keys(sys.stdin, lambda key: _typed(key, shown, stop)))
        await _shown(shown, screen, stop)


async def _shown(shown: Demo, show: Show, stop: asyncio.Event) -> None:
    with announced(Running("demo", os.getpid(), shown.kafka), show.say):
        await shown.run(stop)


def _typed(key: str, shown: Demo, stop: asyncio.Event) -> None:
    if key in "qQ":
        stop.set()
    elif kind := KEYS.get(key.lower()):
        shown.trouble(kind)
