"""What several commands need."""

import sys

import click

from agents.settings import Settings, load_settings


def read_settings() -> Settings:
    """The settings. Raises SettingsError, which ends the command with its words."""
    return load_settings()


def settings_or_exit() -> Settings:
    """The same for a command that logs."""
    from agents.process import set_up_logs  # brings Kafka's client along, which takes its time

    settings = read_settings()
    set_up_logs(settings.log)
    return settings


def kafka_settings() -> Settings:
    """The settings of a command that is of no use without a Kafka."""
    settings = settings_or_exit()
    if settings.kafka is None:
        raise click.ClickException(
            "CHAPPE_KAFKA is not set; it takes the bootstrap servers, as localhost:9092 "
            "(`chappe up` without it starts a broker and prints its address)"
        )
    return settings


def confirm(question: str) -> None:
    """Asks on stderr. Raises ClickException where the answer is no, or nobody can be asked."""
    if not sys.stdin.isatty():
        raise click.ClickException(
            "nothing was done: stdin is no terminal, so nobody can be asked; add --yes"
        )
    if not click.confirm(question, err=True):
        raise click.ClickException("nothing was done")
