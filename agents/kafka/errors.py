"""One error for all that Kafka refuses: its message names the record or topic, and what to do."""


class KafkaFailure(RuntimeError):  # noqa: N818 (the name that is used in the runbook)
    """Kafka does not do what the worker needs; the worker stops, nothing is committed after."""


class WrongSetting(KafkaFailure):
    """Kafka, or its client, can't do as a setting of ours says; the text names the setting."""
