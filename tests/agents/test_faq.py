"""docs/faq.md names settings, commands, reasons, metrics and topics that there are."""

import re
from pathlib import Path

import pytest

from agents.metrics import TABLE
from agents.settings_table import READERS
from schemas.reason import Reason
from schemas.status import State
from schemas.topics import DAY_MS, INTERNAL_KEPT_MS, Topics
from streams.decide import SEEN_KEPT_MS
from streams.text.measure import measure
from tests.agents.cli.tree import tree

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "faq.md").read_text("utf-8")
TOPICS = Topics()


def code(pattern: str) -> set[str]:
    """What stands in backticks and matches, from its beginning."""
    found = (re.match(pattern, span) for span in re.findall(r"`([^`]+)`", PAGE))
    return {one[0] for one in found if one}


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        (r"CHAPPE_[A-Z_]+", {f"CHAPPE_{name}" for name in READERS}),
        (r"chappe [a-z-]+( (check|list))?", {place.path for place in tree()}),
        (r"(?<!: )chappe_[a-z_]+", {f"chappe_{name}" for name in TABLE}),
        (r"sms\.[a-z-]+", {topic.name for topic in TOPICS.all()}),
    ],
    ids=["settings", "commands", "metrics", "topics"],
)
def test_what_is_named_is_there(pattern: str, known: set[str]) -> None:
    assert code(pattern)
    assert code(pattern) - known == set()


def test_reasons_and_states_are_ours() -> None:
    refused = {span.removeprefix("refused: ") for span in code(r"refused: [a-z_]+")}
    assert refused <= set(Reason)
    assert {"submitted", "delivered", "undelivered", "in_doubt"} <= set(State) & code(r"[a-z_]+")


def test_the_times_are_those_of_the_code() -> None:
    assert SEEN_KEPT_MS == 30 * DAY_MS and INTERNAL_KEPT_MS == 8 * DAY_MS
    kept = {TOPICS.status.kept_ms, TOPICS.inbound.kept_ms, TOPICS.dead_letters.kept_ms}
    assert kept == {30 * DAY_MS}
    assert TOPICS.consents.kept_ms is None and TOPICS.recipients.compacted
    assert {topic.kept_ms for topic in TOPICS.requests.values()} == {DAY_MS, 8 * DAY_MS}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("éèà", "gsm7"), ("ê", "ucs2"), ("ç", "ucs2"), ("’", "ucs2"), ("…", "ucs2")],
)
def test_what_is_in_the_alphabet(text: str, encoding: str) -> None:
    assert measure(text, 8).encoding == encoding
    assert all(f"`{char}`" in PAGE for char in text)
