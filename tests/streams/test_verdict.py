"""What each command_status means, by FACTS's table and by a carrier's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.reason import Reason
from streams.sending.verdict import (
    FAILED,
    MANY,
    REBIND,
    SENT,
    SLOW,
    STOP,
    VERDICTS,
    Then,
    Verdict,
    Verdicts,
)
from streams.sending.verdict_words import FLAGS, parse, parse_verdicts, words

verdict = Verdicts().of

TABLE = [
    ([0x00], "sent", "never again"),
    ([0x58], "slow", "the rate is lowered, the message waits for nothing else"),
    ([0x14], "retry 60s-180s 5 elsewhere full", "perhaps this recipient's queue only"),
    ([0x08, 0x64], "retry 30s 3 elsewhere breaker", "the SMSC is ill"),
    ([0x45, 0xFF], "retry 60s 2", "it may be the message"),
    ([0x04], "rebind", "and the message again"),
    ([0x05, 0x0D, 0x0E, 0x0F, 0x53], "stop", "the account is not wanted"),
    ([0x0A], "failed alert", "our sender"),
    ([0x0B, 0x65, 0x66], "failed", "the address"),
    (
        [0x01, 0x02, 0x03, 0x06, 0x07, 0x15, 0x43, *range(0x48, 0x52), 0x62, *range(0xC0, 0xC5)],
        "failed alert",
        "our PDU or our settings: the next fails too",
    ),
    ([0x0C, 0x61, 0x100, 0x3FF], "failed", "standard codes that are in no row"),
    ([0x400, 0x4FF, 0x500, 0xDEADBEEF], "retry 60s 2 alert", "vendors' codes"),
]


@pytest.mark.parametrize(("statuses", "text", "why"), TABLE)
def test_the_table(statuses: list[int], text: str, why: str) -> None:
    for status in statuses:
        assert words(verdict(status)) == text, f"0x{status:02X}: {why}"


REASONS = [
    ("sent", None),
    ("failed", Reason.REFUSED_BY_SMSC),
    ("slow", Reason.THROTTLED),
    ("retry 60s 5 full", Reason.QUEUE_FULL),
    ("retry 60s 5", Reason.SMSC_ERROR),
    ("stop", Reason.SMSC_ERROR),
]


@pytest.mark.parametrize(("text", "reason"), REASONS)
def test_reasons(text: str, reason: Reason | None) -> None:
    assert parse(text).reason == reason


def test_no_retry_is_without_a_wait() -> None:
    """It would hammer the SMSC; throttling has its pace besides."""
    retried = [each for each in VERDICTS.values() if each.then is Then.RETRY]
    assert all(each.delay_s >= (0.2 if each.slow else 1) for each in retried)


def test_waits_grow_where_they_say_so() -> None:
    full = verdict(0x14)
    assert [full.wait_s(retry) for retry in (1, 2, 3, 4, 5, 6)] == [60, 90, 120, 150, 180, 180]
    assert [verdict(0x08).wait_s(retry) for retry in (1, 3)] == [30, 30]


PARSED = [
    ("sent", SENT),
    ("failed", FAILED),
    ("failed alert", Verdict(Then.FAILED, alert=True)),
    ("slow", SLOW),
    ("rebind", REBIND),
    ("stop", STOP),
    ("retry 60s 2", Verdict(Then.RETRY, delay_s=60, retries=2)),
    ("retry 2m 2", Verdict(Then.RETRY, delay_s=120, retries=2)),
    ("retry 1.5s", Verdict(Then.RETRY, delay_s=1.5, retries=MANY)),
    ("elsewhere 120s 5", Verdict(Then.RETRY, delay_s=120, retries=5, elsewhere=True)),
    ("retry 60s-3m 5 full", Verdict(Then.RETRY, delay_s=60, most_s=180, retries=5, full=True)),
    (
        "  elsewhere 30s 3 alert  breaker ",
        Verdict(Then.RETRY, delay_s=30, retries=3, elsewhere=True, alert=True, breaker=True),
    ),
]


@pytest.mark.parametrize(("text", "expected"), PARSED)
def test_words_are_read(text: str, expected: Verdict) -> None:
    assert parse(text) == expected


@st.composite
def retries(draw: st.DrawFn) -> Verdict:
    least = draw(st.integers(1000, 86_399_000)) / 1000
    most = draw(st.none() | st.integers(1, 86_400_000 - int(least * 1000)))
    times = draw(st.integers(1, 100)) if most else draw(st.integers(1, 100) | st.just(MANY))
    return Verdict(
        Then.RETRY,
        delay_s=least,
        most_s=(int(least * 1000) + most) / 1000 if most else 0.0,
        retries=times,
        **{flag: draw(st.booleans()) for flag in FLAGS},
    )


@given(st.one_of(st.sampled_from(list(VERDICTS.values())), retries()))
def test_what_is_written_is_read_back(one: Verdict) -> None:
    assert parse(words(one)) == one


WRONG_WORDS = [
    ("", "takes"),
    ("again", "takes"),
    ("Retry 60s", "takes"),
    ("retry", "no wait"),
    ("retry soon", "no wait"),
    ("retry 60", "is no wait"),
    ("retry 0.2s 3", "from 1s"),
    ("retry 2d", "is no wait"),
    ("retry 25h", "to 86400s"),
    ("retry 60s 0", "from 1 to 100"),
    ("retry 60s 101", "from 1 to 100"),
    ("retry 60s 99999999999", "from 1 to 100"),
    ("retry 60s -1", "'-1' is not understood"),
    ("retry 180s-60s 5", "grows"),
    ("retry 60s-60s 5", "grows"),
    ("retry 60s-70s-80s 5", "grows"),
    ("retry 60s-180s", "number of retries"),
    ("retry 60s 2 louder", "'louder' is not understood"),
    ("retry 60s 2 alert alert", "'alert' is not understood"),
    ("retry 60s 2 stop", "'stop' is not understood"),
    ("failed 60s", "'60s' is not understood"),
    ("failed breaker", "'breaker' is not understood"),
    ("slow 5s", "'5s' is not understood"),
]


@pytest.mark.parametrize(("text", "says"), WRONG_WORDS)
def test_what_is_not_understood_is_said(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        parse(text)
    assert repr(text) in str(caught.value)


WRONG_TABLES: list[tuple[dict[str, object], str, str]] = [
    ({"throttled": "slow"}, "'throttled' is no command_status", "a name is no number"),
    ({"0x": "slow"}, "no command_status", "no digits"),
    ({"0x0": "failed"}, "0 is sent", "0 is what it is"),
    ({"0x1FFFFFFFF": "failed"}, "no command_status", "more than 32 bits"),
    ({"4294967296": "failed"}, "0xFFFFFFFF", "the same in decimal"),
    ({"0x14": "failed", "0x0014": "slow"}, "0x0014: 0x00000014 is there twice", "once each"),
    ({"0x0400": "again"}, "0x0400: takes", "the key is named"),
    ({"0x0400": 60}, "0x0400: takes .* got 60", "no text"),
]


@pytest.mark.parametrize(("table", "says", "why"), WRONG_TABLES)
def test_wrong_tables(table: dict[str, object], says: str, why: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_verdicts(table)


def test_a_carriers_table_lies_over_the_default() -> None:
    own = parse_verdicts({"0x0045": "failed", "1025": "elsewhere 120s 5", "0X0400": "sent"})
    assert own.of(0x45) == FAILED
    assert own.of(0x401).elsewhere
    assert own.of(0x400) == SENT
    assert own.of(0x58) == SLOW, "what it does not say is as ever"
    assert own.of(0x402) == verdict(0x402)


def test_labels_are_bounded() -> None:
    own = parse_verdicts({"0x0401": "failed"})
    known = [own.label(each) for each in (0, 0x58, 0x401, 0x402)]
    assert known == ["0x00", "0x58", "0x401", "other"]
    assert Verdicts().label(0x401) == "other"
    assert len({own.label(status) for status in range(0x2000)}) == len(VERDICTS) + 2
