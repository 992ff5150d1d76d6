"""Replies out of parts: order, repetitions, expiry, bounds; no token is ever lost."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sending.reassembly import Reassembly, Reply
from streams.text.decode import DefaultAlphabet
from streams.text.segment import encode, payloads

PHONE, US = "33612345678", "36111"


def add(
    reassembly: Reassembly,
    token: object,
    message: bytes,
    *,
    now: float = 0.0,
    sender: str = PHONE,
    recipient: str = US,
    esm_class: int = 0,
    data_coding: int = 0,
    tlvs: dict[int, bytes] | None = None,
) -> Reply | None:
    return reassembly.add(
        token,
        sender=sender,
        recipient=recipient,
        esm_class=esm_class,
        data_coding=data_coding,
        message=message,
        tlvs=tlvs or {},
        now=now,
    )


def part(
    reassembly: Reassembly,
    token: object,
    number: int,
    octets: bytes,
    *,
    total: int = 3,
    reference: int = 7,
    now: float = 0.0,
    sender: str = PHONE,
) -> Reply | None:
    header = bytes((5, 0, 3, reference, total, number))
    return add(reassembly, token, header + octets, esm_class=0x40, now=now, sender=sender)


def test_a_reply_of_one_part_comes_out_at_once() -> None:
    assert add(Reassembly(), "t", b"STOP") == Reply(PHONE, US, "STOP", False, ("t",))


def test_an_empty_reply_is_one() -> None:
    assert add(Reassembly(), "t", b"") == Reply(PHONE, US, "", False, ("t",))


def test_the_default_alphabet_is_the_carriers() -> None:
    defaults: list[tuple[DefaultAlphabet, str]] = [("gsm7", "@"), ("latin1", "")]
    for default, text in defaults:
        reply = add(Reassembly(default=default), "t", b"\0")
        assert reply is not None
        assert reply.text == text


def test_the_last_part_brings_the_whole() -> None:
    reassembly = Reassembly()
    assert part(reassembly, "t3", 3, b"c") is None
    assert part(reassembly, "t1", 1, b"a") is None
    assert part(reassembly, "t2", 2, b"b") == Reply(
        PHONE, US, "abc", False, ("t1", "t2", "t3"), total=3, reference=7
    )
    assert (len(reassembly), reassembly.next_due()) == (0, None)


@given(st.permutations(range(1, 13)))
def test_parts_are_ordered_as_numbers(order: list[int]) -> None:
    """As texts, 10 would come before 2."""
    reassembly = Reassembly()
    *_, reply = [part(reassembly, n, n, bytes((64 + n,)), total=12) for n in order]
    assert reply is not None
    assert (reply.text, reply.tokens) == ("ABCDEFGHIJKL", tuple(range(1, 13)))


SAR = [{0x020C: b"\x01\x00", 0x020E: b"\x02", 0x020F: bytes((n,))} for n in (1, 2)]


def test_parts_by_sar_and_by_16_bits() -> None:
    reassembly = Reassembly()
    header = bytes((6, 8, 4, 1, 0, 2))
    assert add(reassembly, "s2", b"d", tlvs=SAR[1]) is None
    assert add(reassembly, "u2", header + b"\2b", esm_class=0x40) is None, "256 of another kind"
    first, second = (
        add(reassembly, "s1", b"c", tlvs=SAR[0]),
        add(reassembly, "u1", header + b"\1a", esm_class=0x40),
    )
    assert first is not None
    assert second is not None
    assert (first.text, second.text) == ("cd", "ab")


OTHERS = [
    ("another phone", {"sender": "44"}),
    ("another reference", {"reference": 8}),
    ("another total", {"total": 4}),
]


@pytest.mark.parametrize(("why", "other"), OTHERS)
def test_messages_do_not_mix(why: str, other: dict[str, object]) -> None:
    reassembly = Reassembly()
    part(reassembly, "t1", 1, b"a")
    part(reassembly, "t2", 2, b"b")
    assert part(reassembly, "x", 3, b"x", **other) is None, why  # type: ignore[arg-type]
    assert len(reassembly) == 2


def test_a_pair_may_lie_across_two_parts() -> None:
    reassembly = Reassembly()
    part(reassembly, 1, 1, b"5\x1b", total=2)
    reply = part(reassembly, 2, 2, b"e", total=2)
    assert reply is not None
    assert reply.text == "5€"


# --- parts that come again ---


def test_a_part_that_comes_again_changes_nothing_and_is_answered() -> None:
    reassembly = Reassembly()
    part(reassembly, "t1", 1, b"a", total=2)
    assert part(reassembly, "t1 again", 1, b"a", total=2) is None
    reply = part(reassembly, "t2", 2, b"b", total=2)
    assert reply is not None
    assert (reply.text, reply.tokens) == ("ab", ("t1", "t1 again", "t2"))


def test_it_does_not_put_off_the_end() -> None:
    reassembly = Reassembly(patience_s=60.0)
    part(reassembly, "t1", 1, b"a", now=0.0)
    part(reassembly, "again", 1, b"a", now=50.0)
    assert reassembly.next_due() == 60.0
    part(reassembly, "t2", 2, b"b", now=50.0)
    assert reassembly.next_due() == 110.0, "a new one does"


def test_a_part_of_what_came_out_brings_it_again_to_be_answered() -> None:
    """The first answer may have been lost on the way, or not be sent yet."""
    reassembly = Reassembly(patience_s=60.0)
    part(reassembly, "t1", 1, b"a", total=2)
    whole = part(reassembly, "t2", 2, b"b", total=2)
    again = part(reassembly, "t1 again", 1, b"a", total=2, now=59.0)
    assert whole is not None
    assert again is not None
    assert (again.text, again.tokens, again.is_repeat) == ("ab", ("t1 again",), True)
    assert (whole.is_repeat, len(reassembly)) == (False, 0)


def test_it_is_forgotten_in_time() -> None:
    reassembly = Reassembly(patience_s=60.0)
    part(reassembly, "t1", 1, b"a", total=2)
    part(reassembly, "t2", 2, b"b", total=2)
    assert part(reassembly, "t3", 1, b"a", total=2, now=60.0) is None
    assert reassembly.expire(61.0) == []
    assert len(reassembly) == 1


def test_other_words_under_the_same_reference_are_a_new_message() -> None:
    """Some phones use one reference for all they send."""
    reassembly = Reassembly()
    part(reassembly, "a1", 1, b"a", total=2)
    part(reassembly, "a2", 2, b"b", total=2)
    assert part(reassembly, "c1", 1, b"c", total=2) is None
    reply = part(reassembly, "d2", 2, b"d", total=2)
    assert reply is not None
    assert (reply.text, reply.tokens, reply.is_repeat) == ("cd", ("c1", "d2"), False)


def test_they_send_the_old_one_out_as_it_is() -> None:
    reassembly = Reassembly()
    part(reassembly, "a1", 1, b"a")
    out = part(reassembly, "c1", 1, b"c")
    assert out is not None
    assert (out.text, out.tokens, out.missing) == ("a", ("a1",), (2, 3))
    late = part(reassembly, "a1 again", 1, b"a")
    assert late is not None
    assert (late.tokens, late.is_repeat) == (("a1 again",), True)
    assert len(reassembly) == 1, "the new one still waits"


# --- what never becomes whole ---


def test_what_is_there_comes_out_in_time_with_what_is_missing() -> None:
    reassembly = Reassembly(patience_s=60.0)
    part(reassembly, "t3", 3, b"c", total=4, now=10.0)
    part(reassembly, "t1", 1, b"a", total=4, now=20.0)
    assert reassembly.expire(79.9) == []
    (reply,) = reassembly.expire(80.0)
    assert (reply.text, reply.missing, reply.is_whole) == ("ac", (2, 4), False)
    assert reply.tokens == ("t1", "t3")
    assert reassembly.next_due() is None


def test_nothing_is_joined_across_a_gap() -> None:
    reassembly = Reassembly()
    part(reassembly, 1, 1, b"a\x1b")
    part(reassembly, 3, 3, b"e")
    (reply,) = reassembly.expire(1e9)
    assert reply.text == "ae", "the escape and the e never stood together"


def test_the_one_that_waited_longest_makes_room() -> None:
    reassembly = Reassembly(most_open=2)
    part(reassembly, "a", 1, b"a", reference=1)
    part(reassembly, "b", 1, b"b", reference=2)
    part(reassembly, "a2", 2, b"A", reference=1)
    out = part(reassembly, "c", 1, b"c", reference=3)
    assert out is not None
    assert (out.text, out.tokens, out.missing) == ("b", ("b",), (2, 3))
    assert len(reassembly) == 2


def test_binary_parts_come_out_as_hexadecimal() -> None:
    reassembly = Reassembly()
    header = bytes((5, 0, 3, 7, 2))
    add(reassembly, 1, header + b"\1\xff\x00", esm_class=0x40, data_coding=4)
    reply = add(reassembly, 2, header + b"\2\x10", esm_class=0x40, data_coding=4)
    assert reply is not None
    assert (reply.text, reply.is_binary) == ("ff0010", True)


# --- whatever comes ---


@given(st.data(), st.text(st.sampled_from("aé€{😀ç @"), min_size=80, max_size=400))
def test_what_a_phone_cuts_is_whole_again(data: st.DataObject, text: str) -> None:
    segments = payloads(encode(text), 9)
    again = data.draw(st.lists(st.sampled_from(segments), max_size=3))
    reassembly = Reassembly()
    out = [
        reply
        for token, each in enumerate(data.draw(st.permutations([*segments, *again])))
        if (
            reply := add(
                reassembly,
                token,
                each.short_message,
                esm_class=each.esm_class,
                data_coding=each.data_coding,
            )
        )
    ]
    assert {reply.text for reply in out} == {text}
    assert tokens_of(out) == list(range(len(segments) + len(again)))


def tokens_of(replies: Iterable[Reply]) -> list[int]:
    return sorted(token for reply in replies for token in reply.tokens)


DELIVERIES = st.lists(
    st.tuples(
        st.integers(1, 4),  # number
        st.integers(1, 4),  # total
        st.integers(0, 2),  # reference
        st.sampled_from([b"a", b"b", b""]),
        st.sampled_from([0.0, 1.0, 30.0, 61.0]),  # seconds since the last one
    ),
    max_size=60,
)


@given(DELIVERIES, st.integers(1, 3))
def test_every_token_comes_out_once(
    deliveries: list[tuple[int, int, int, bytes, float]], most_open: int
) -> None:
    reassembly = Reassembly(patience_s=60.0, most_open=most_open)
    now, out = 0.0, []
    for token, (number, total, reference, octets, seconds) in enumerate(deliveries):
        now += seconds
        out += reassembly.expire(now)
        reply = part(reassembly, token, number, octets, total=total, reference=reference, now=now)
        out += [reply] if reply else []
        assert len(reassembly) <= most_open
    out += reassembly.expire(now + 60.0)
    assert tokens_of(out) == list(range(len(deliveries)))
    assert (len(reassembly), reassembly.next_due()) == (0, None)
