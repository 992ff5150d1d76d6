"""The table of topics against the rules it states."""

from schemas.topics import Topics

TOPICS = Topics()


def test_every_topic_is_under_one_of_the_two_prefixes() -> None:
    for topic in TOPICS.all():
        assert topic.name.startswith(("sms.", "chappe.")), topic.name


def test_prefixes_move_topics_and_groups_together() -> None:
    moved = Topics("acme.sms.", "acme.chappe.")
    assert all(topic.name.startswith("acme.") for topic in moved.all())
    assert (moved.engine_group, moved.gateway_group) == (
        "acme.chappe-engine",
        "acme.chappe-gateway",
    )


def test_secrets_are_kept_a_day_and_nothing_internal_longer_than_it_is_of_use() -> None:
    for topic in (*TOPICS.requests.values(), *TOPICS.outbound.values()):
        kept = int(topic.config["retention.ms"])
        assert kept == (86_400_000 if topic.personal == "secret" else 8 * 86_400_000)
        assert int(topic.config["segment.ms"]) < kept, "a segment is only deleted when it is closed"


def test_the_memory_of_recipients_is_compacted_and_named_as_its_table() -> None:
    assert TOPICS.recipients.config == {"cleanup.policy": "compact"}
    assert TOPICS.recipients.name == "chappe.recipients.changelog"
