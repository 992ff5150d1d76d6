"""`chappe in-doubt`: messages of which nobody knows whether the SMSC has them."""

import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import click

from agents.cli.common import confirm, kafka_settings
from agents.cli.contents import InOrder
from agents.in_doubt import Doubts
from agents.process import errand
from schemas.record import rfc3339
from streams.events.address import masked
from streams.sending.doubts import InDoubt


@click.group(name="in-doubt", cls=InOrder)
def in_doubt() -> None:
    """Decide about messages that may have been sent, or not.

    A submit whose answer was lost, or which a gateway that was killed had open, is in doubt.
    Under `in_doubt: hold` Chappe does not send it again; a receipt or a late answer may
    settle it, or you do. What is older than a day is not listed: it is past its deadline.

    \b
    Example:  chappe in-doubt list
    """


@in_doubt.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def show(as_json: bool) -> None:
    """Show what is in doubt, oldest first; phone numbers are masked.

    \b
    Example:  chappe in-doubt list --json | jq -r .id
    """

    async def work(doubts: Doubts) -> None:
        for one in doubts.found:
            click.echo(json.dumps(_object(one)) if as_json else _line(one))
        if not doubts.found and not as_json:
            click.echo("nothing is in doubt", err=True)

    _run(work)


@in_doubt.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="All that are in doubt.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def resend(ids: tuple[str, ...], every: bool, yes: bool) -> None:
    """Send messages again: people may get them twice.

    \b
    Example:  chappe in-doubt resend 5f8b8f0e-6a0c-5d3f-9a43-0b6f1d2c9e55
    """
    _refuse_nothing(ids, every)

    async def work(doubts: Doubts) -> None:
        chosen = _chosen(doubts.found, ids, every)
        now_ms = int(time.time() * 1000)
        late = [one for one in chosen if not one.worth_sending(now_ms)]
        worth = [one for one in chosen if one.worth_sending(now_ms)]
        _ask(f"{len(worth)} messages are sent again; people may get them twice", yes)
        sent = await doubts.resend(worth)
        settled = _settled(len(worth) - sent)
        click.echo(f"{sent} sent again, {len(late)} left: past their deadline{settled}")

    _run(work)


@in_doubt.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="All that are in doubt.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def drop(ids: tuple[str, ...], every: bool, yes: bool) -> None:
    """Give messages up: nobody sends them, and they end as `cancelled`.

    \b
    Example:  chappe in-doubt drop --all
    """
    _refuse_nothing(ids, every)

    async def work(doubts: Doubts) -> None:
        chosen = _chosen(doubts.found, ids, every)
        _ask(f"{len(chosen)} messages are given up; people may not get them", yes)
        given_up = await doubts.drop(chosen)
        click.echo(f"{given_up} given up{_settled(len(chosen) - given_up)}")

    _run(work)


def _run(work: Callable[[Doubts], Awaitable[None]]) -> None:
    settings = kafka_settings()

    async def main() -> None:
        async with Doubts(settings) as doubts:
            await work(doubts)

    sys.exit(errand(main))


def _refuse_nothing(ids: Sequence[str], every: bool) -> None:
    if every == bool(ids):
        raise click.UsageError("name messages by their ids, or say --all")


def _chosen(found: Sequence[InDoubt], ids: Sequence[str], every: bool) -> Sequence[InDoubt]:
    """Raises ClickException for an id that is in no doubt, before anything is done."""
    if every:
        return found
    by_id = {one.message.id: one for one in found}
    if unknown := [name for name in ids if name not in by_id]:
        raise click.ClickException(
            f"not in doubt: {', '.join(unknown)}; nothing was done (see `chappe in-doubt list`)"
        )
    return [by_id[name] for name in ids]


def _ask(what: str, yes: bool) -> None:
    if not yes:
        confirm(f"{what}. Go on?")


def _settled(count: int) -> str:
    return f", {count} left: settled meanwhile" if count else ""


def _object(one: InDoubt) -> dict[str, Any]:
    status, message = one.status, one.message
    return {
        "id": message.id,
        "at": rfc3339(status.at),
        "template": message.template,
        "lane": message.lane,
        "phone": masked(message.phone),
        "smsc": status.smsc,
        "reason": status.reason,
        "detail": status.detail,
        "segments_taken": len(message.taken),
        "deadline": message.deadline,
    }


def _line(one: InDoubt) -> str:
    status, message = one.status, one.message
    why = ": ".join(part for part in (status.reason, status.detail) if part)
    return (
        f"{message.id}  {status.at:%m-%d %H:%M:%S}  {message.template:<18} "
        f"{masked(message.phone):<10} {status.smsc or '':<10} {why}"
    ).rstrip()
