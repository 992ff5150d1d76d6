"""`chappe smsc`: the simulator as a process of its own."""

import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from pydantic import ValidationError

from agents.process import run, set_up_logs
from agents.simulator.options import SimulatorOptions
from agents.simulator.scenario import KNOWN, Scenario, ScenarioError, load_scenario
from agents.simulator.serving import LOOPBACK, serve
from agents.simulator.values import sentences
from streams.catalog.yaml_lines import plain, read_yaml

SHARE = click.FloatRange(0.0, 1.0)
SECONDS = click.FloatRange(0.0, 3600.0)
FILE = click.Path(dir_okay=False, path_type=Path)
USUAL = {"port": 2775, "inbox_limit": 10_000}
"""What the command does unless told otherwise; the rest are the options' own defaults."""


class Status(click.ParamType):
    """A command_status, 0x58 or 88."""

    name = "status"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            number = int(value, 0) if isinstance(value, str) else int(value)
        except ValueError:
            number = -1
        if not 0 <= number <= 0xFFFFFFFF:
            self.fail(f"{value!r} is no command_status, such as 0x58", param, ctx)
        return number


@click.command()
@click.option("--scenario", type=FILE, help="Options and a timeline: docs/simulator.md.")
@click.option("--set", "assigned", multiple=True, metavar="OPTION=VALUE",
              help="Any option of docs/simulator.md; again for another.")  # fmt: skip
@click.option("--admin-port", type=click.IntRange(0, 65535), help="HTTP, to look and to change.")
@click.option("--admin-host", default=LOOPBACK, show_default=True, help="Its address.")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="[default: 2775]")
@click.option("--system-id", help="Let in only this system_id.")
@click.option("--password", help="Let in only with this password.")
@click.option("--answer-delay-s", type=SECONDS, help="From a submit to its answer.")
@click.option("--receipt-delay-s", type=SECONDS, help="From an answer to its receipt.")
@click.option("--no-receipts", is_flag=True, help="Send no receipts.")
@click.option("--throttle-share", type=SHARE, help="Submits answered 0x58.")
@click.option("--throttle-per-s", type=click.IntRange(0), help="More a second are answered 0x58.")
@click.option("--refuse-share", type=SHARE, help="Submits refused.")
@click.option("--refuse-status", type=Status(), help="What they are refused with, else 0x08.")
@click.option("--bind-status", type=Status(), help="Refuse all binds with it.")
@click.option("--silent-share", type=SHARE, help="Submits taken, never answered.")
@click.option("--drop-after", type=click.IntRange(1), help="Cut the link at the n-th submit.")
@click.option("--window-limit", type=click.IntRange(0), help="More unanswered are answered 0x58.")
@click.option("--inbox-file", type=FILE,
              help="Append each message as it arrives, a JSON object a line.")  # fmt: skip
@click.option("--submit-log", type=FILE,
              help="Append each submit, also refused ones, a JSON object a line.")  # fmt: skip
@click.option("--inbox-limit", type=click.IntRange(0), help="Messages kept.  [default: 10000]")
@click.option("--seed", type=int, help="Of what is decided by chance.")
@click.pass_context
def smsc(
    context: click.Context,
    /,
    scenario: Path | None,
    assigned: tuple[str, ...],
    admin_port: int | None,
    admin_host: str,
    no_receipts: bool,
    **chosen: Any,
) -> None:
    """Run an SMSC to try things on: real SMPP 3.4 over TCP, no phones behind it.

    What is said here wins over the scenario's options.

    \b
    Example:  chappe smsc --port 2775 --throttle-share 0.1 --inbox-file in.jsonl
              chappe smsc --scenario rehearsal.yaml --admin-port 2780
    """
    set_up_logs("info")
    try:
        script = load_scenario(scenario) if scenario else Scenario()
    except ScenarioError as error:
        raise click.ClickException(str(error)) from None
    said = {name: value for name, value in chosen.items() if _on_the_line(context, name)}
    if no_receipts:
        said["receipt_delay_s"] = None
    options = SimulatorOptions.model_validate(USUAL)
    options.change(script.options)
    options.change(_options(said))
    options.change(_options(dict(_assignment(each) for each in assigned)))
    sys.exit(run(lambda stop: serve(options, stop, script, admin_port, admin_host)))


def _on_the_line(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is not ParameterSource.DEFAULT


def _assignment(said: str) -> tuple[str, Any]:
    """A list or a mapping is written as in the scenario: receipt_steps=[ENROUTE]."""
    name, equals, value = said.partition("=")
    name = name.strip().replace("-", "_")
    if not equals:
        raise click.BadParameter(f"{said!r}: expected OPTION=VALUE", param_hint="--set")
    if not value.startswith(("[", "{")):
        return name, value
    tree, found = read_yaml("--set", f"{name}: {value}")
    if found:
        raise click.ClickException(str(found[0]))
    return name, plain(tree.entries[name])


def _options(values: dict[str, Any]) -> SimulatorOptions:
    try:
        return SimulatorOptions.model_validate(values)
    except ValidationError as error:
        said = "; ".join(sentences(error, {"": KNOWN["options"]}))
        raise click.ClickException(said) from None
