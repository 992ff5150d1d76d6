"""`chappe preview`: a text as on a phone, before anybody gets it."""

import asyncio
import json
import random
import re
import sys
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from typing import NamedTuple

import click

from agents.catalog import SHIPPED, load_catalog
from agents.cli.common import confirm
from agents.cli.completing import locales, templates
from agents.cli.previewing import Outcome, as_object, examples, lines, of_event, outcomes
from agents.cli.watching import LOOK_S, stamps, watch
from agents.exits import Ended, Exit, by_signal
from agents.settings import Settings, load_settings
from agents.smpp.config import SmscConfig
from schemas.reason import Refusal
from streams.catalog.catalog import CatalogError
from streams.catalog.template import Template
from streams.events.address import e164
from streams.text.default_alphabet import payloads_in
from streams.text.segment import Payload
from streams.text.texts import suggestion

LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*([.@].*)?")
"""As people and systems write them: fr, fr-CA, fr_CA.UTF-8."""


def _locale(_: click.Context, __: click.Parameter, said: str | None) -> str | None:
    """An event may ask for anything and gets the default text; here it is a slip."""
    if said is not None and not LOCALE.fullmatch(said):
        raise click.BadParameter(f"{said!r} is no locale, such as fr or fr-CA")
    return said


@click.command()
@click.argument("template", shell_complete=templates)
@click.option("--event", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Values from an event: a CloudEvent as JSON, or its data alone.")  # fmt: skip
@click.option("--locale", callback=_locale, shell_complete=locales,
              help="The text that somebody with this locale gets.")  # fmt: skip
@click.option("--without", multiple=True, metavar="VARIABLE",
              help="As if the event lacked it. May be repeated.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, one for each text.")
@click.option("--watch", "again", is_flag=True, help="Again at each change, until Ctrl-C.")
@click.option("--send-to", metavar="NUMBER", help="Send this one message for real.")
@click.option("--yes", is_flag=True, help="With --send-to: do not ask.")
def preview(
    template: str,
    file: Path | None,
    locale: str | None,
    without: tuple[str, ...],
    as_json: bool,
    again: bool,
    send_to: str | None,
    yes: bool,
) -> None:
    """Show a text as on a phone, with its encoding and segments.

    Values are the template's examples, or those of --event. Shows each locale one after the
    other; with --event the one that the event names. Consent, duplicates and deadlines are
    not looked at. A refusal is shown as what it is: no SMS. To see which templates answer an
    event, and what becomes of it, use `chappe try`.

    --send-to sends the message through CHAPPE_SMSC, on a bind of its own, and needs the
    number to be in CHAPPE_TEST_NUMBERS unless CHAPPE_MODE is live. Exit status 0 only where
    the SMSC accepted every segment.

    \b
    Example:  chappe preview otp-requested --locale fr
              chappe preview otp-requested --json | jq .segments
              chappe preview package-arrived --event event.json
    """
    if send_to is not None and again:
        raise click.UsageError("--send-to sends once; leave out --watch")
    if as_json and (again or send_to is not None):
        raise click.UsageError("--json is for looking once; leave out --watch and --send-to")
    if yes and send_to is None:
        raise click.UsageError("--yes answers the question of --send-to")
    settings = load_settings()
    asked = _Asked(settings, template, file, locale, without)
    if again:
        _watch(asked)
        return
    found, shown = asked.found()
    if as_json:
        for outcome in shown:
            click.echo(json.dumps(as_object(found, outcome), ensure_ascii=False))
        return
    to = _addressed(settings, found, send_to) if send_to is not None else None
    _show(found, shown)
    if to is not None:
        sys.exit(_send(to, found, shown, yes))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be shown; looked up anew each time."""

    settings: Settings
    name: str
    file: Path | None
    locale: str | None
    without: tuple[str, ...]

    def found(self) -> tuple[Template, list[Outcome]]:
        """Raises ClickException with what is to be mended."""
        try:
            known = load_catalog(self.settings.catalog).templates
        except CatalogError as error:
            raise click.ClickException(f"the catalog has faults\n{error}") from None
        template = known.get(self.name)
        if template is None:
            there, said = _named(self.settings.catalog), suggestion(self.name, frozenset(known))
            raise click.ClickException(f"no template `{self.name}` in {there}{said}")
        for name in self.without:
            if name not in template.variables:
                said = suggestion(name, frozenset(template.variables))
                raise click.ClickException(f"--without: no variable `{name}`{said}")
        return template, self._outcomes(template)

    def _outcomes(self, template: Template) -> list[Outcome]:
        if self.file is None:
            return outcomes(template, examples(template), self.locale, self.without)
        plain = self.settings.sources.get(template.topic)
        try:
            raw = self.file.read_bytes()
            values = of_event(template, raw, plain, int(time.time() * 1000))
        except OSError as error:
            raise click.ClickException(f"{self.file}: {error.strerror}") from None
        except ValueError as error:
            raise click.ClickException(f"{self.file}: {error}") from None
        if values.note:
            click.echo(f"{self.file}: {values.note}\n", err=True)
        return outcomes(template, values, self.locale, self.without)


def _named(folder: Path) -> str:
    shipped = "the catalog that comes with Chappe (CHAPPE_CATALOG names yours)"
    return shipped if folder == SHIPPED else str(folder)


def _show(template: Template, shown: Iterable[Outcome]) -> None:
    drawn = ["\n".join(lines(template, outcome)) for outcome in shown]
    click.echo("\n\n".join(drawn))


def _watch(asked: _Asked) -> None:
    files = [asked.file] if asked.file else []
    folder = asked.settings.catalog

    def show() -> None:
        click.clear()  # nothing where no terminal is
        try:
            _show(*asked.found())
        except click.ClickException as error:
            error.show(sys.stdout)
        click.echo(f"\n{folder}: shown again at each change, Ctrl-C ends it\n")

    watch(lambda: stamps(folder, *files), show, lambda: time.sleep(LOOK_S))


class _To(NamedTuple):
    """`phone` is E.164."""

    phone: str
    smsc: SmscConfig


def _addressed(settings: Settings, template: Template, written: str) -> _To:
    """Raises ClickException where it is not to be texted."""
    try:
        phone = e164(written)
    except Refusal as refusal:
        raise click.ClickException(f"--send-to: {refusal.sentence}") from None
    if not settings.smscs:
        raise click.ClickException(
            "--send-to needs CHAPPE_SMSC, as smpp://system_id:password@host:port; "
            "the built-in simulator has no phones behind it"
        )
    if not settings.live and not settings.test_numbers.allow(phone):
        raise click.ClickException(
            f"{phone} is not in CHAPPE_TEST_NUMBERS, and in test mode nobody else is texted; "
            "add it there, or say CHAPPE_MODE=live"
        )
    routes = settings.routes.candidates(phone, template.lane, template.sender)
    if not routes:
        raise click.ClickException(f"no [[route]] of the settings takes {template.name} to {phone}")
    return _To(phone, next(smsc for smsc in settings.smscs if smsc.label == routes[0]))


def _send(to: _To, template: Template, shown: list[Outcome], yes: bool) -> int:
    """The exit status."""
    if len(shown) > 1:
        there = ", ".join(template.texts)
        raise click.ClickException(f"--send-to sends one text; say which with --locale ({there})")
    rendered = shown[0].rendered
    if isinstance(rendered, Refusal):
        raise click.ClickException("there is nothing to send")
    bits = template.reference_bits
    reference = random.randrange(1 << bits)
    segments = payloads_in(to.smsc.default_alphabet, rendered.text, reference, bits)
    click.echo()
    if not yes:
        _confirm(to, len(segments))
    return _submitted(to, template, segments)


def _confirm(to: _To, segments: int) -> None:
    count = "1 segment" if segments == 1 else f"{segments} segments"
    confirm(f"Send {count} to {to.phone} through {to.smsc.name}?")


def _submitted(to: _To, template: Template, segments: list[Payload]) -> int:
    # They bring Kafka's client and the event loop along: not for somebody who only looks.
    from agents.by_hand import NotSentError, send
    from agents.gateway.submits import submit_of
    from agents.process import run, set_up_logs

    set_up_logs("error")
    name, now_ms = str(uuid.uuid4()), int(time.time() * 1000)
    deadline = now_ms + template.deliver_within_ms
    submits = [
        submit_of(
            payload, template.sender, to.phone, name, deadline, now_ms, to.smsc.short_code_ton
        )
        for payload in segments
    ]
    accepted: list[bool] = []

    async def sent(stop: asyncio.Event) -> None:
        try:
            accepted.append(await send(to.smsc, submits, click.echo, stop))
        except NotSentError as error:
            why = by_signal(SIGINT) if stop.is_set() else Exit.UNAVAILABLE
            raise Ended(str(error), why) from None

    return run(sent) or (Exit.OK if accepted == [True] else Exit.NO)
