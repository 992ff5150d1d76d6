"""What several commands need."""

import click

from agents.settings import Settings, SettingsError, load_settings


def read_settings() -> Settings:
    """The settings; a wrong one ends the command with its words."""
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


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
