"""What several commands need: settings, the broker of another terminal, an answer."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import click

from agents.run_file import Running, read_run_file, run_file
from agents.settings import Settings, SettingsError, load_settings, run_file_path


def settings_with_logs() -> Settings:
    """The settings of a command that logs, as they say. Raises SettingsError."""
    from agents.process import set_up_logs  # brings Kafka's client along, which takes its time

    settings = load_settings()
    set_up_logs(settings.log)
    return settings


def kafka_settings() -> Settings:
    """The settings of a command that is of no use without a Kafka.

    Where CHAPPE_KAFKA is unset, the broker in memory of `chappe demo` or `chappe up` is taken.
    Raises SettingsError, which ends the command with its words.
    """
    settings = settings_with_logs()
    if settings.kafka is not None:
        return settings
    running = read_run_file(run_file_path())
    if running is None:
        raise SettingsError(
            "CHAPPE_KAFKA is not set, and neither `chappe demo` nor `chappe up` runs here with a "
            "broker of its own; it takes the bootstrap servers, as localhost:9092"
        )
    click.echo(f"CHAPPE_KAFKA is not set: using the broker of {running}", err=True)
    return replace(
        settings,
        kafka=running.kafka,
        kafka_security={},
        public_prefix=running.public_prefix,
        internal_prefix=running.internal_prefix,
    )


@contextmanager
def announced(mine: Running, say: Callable[[str], None]) -> Iterator[None]:
    """The run file is there meanwhile, and `say` is told how a second terminal gets here."""
    with ExitStack() as stack:
        try:
            before = stack.enter_context(run_file(run_file_path(), mine))
        except OSError as error:
            say(f"no run file ({error}); a second terminal must be told")
        else:
            if before is not None:
                say(f"a second terminal reached the broker of {before}; now it reaches this one")
        say(
            "in a second terminal `chappe tail` and `chappe publish` find this broker; other tools:"
        )
        say(f"  export CHAPPE_KAFKA={mine.kafka}")
        yield


def confirm(question: str) -> None:
    """Asks on stderr. Raises ClickException where the answer is no, or nobody can be asked."""
    if not sys.stdin.isatty():
        raise click.ClickException(
            "nothing was done: stdin is no terminal, so nobody can be asked; add --yes"
        )
    if not click.confirm(question, err=True):
        raise click.ClickException("nothing was done")
