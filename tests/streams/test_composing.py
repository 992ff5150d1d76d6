"""Decide and compose: what each request becomes, and that nothing is said twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.catalog import load_catalog
from schemas.lane import Lane
from schemas.origin import Origin
from schemas.reason import Reason
from schemas.recipient import Recipient, Seen
from schemas.request import Request
from schemas.status import State
from streams.composing import BULK_WAITS_MS, Composed, compose
from streams.decide import SEEN_KEPT_MS, decide
from streams.remembering import REFUSED, pack, unpack

NOW = 1_795_428_000_000
HOUR = 3600_000
CATALOG = load_catalog()
NOBODY = Recipient()
GIVEN: dict[str, dict[str, object]] = {
    "package-arrived": {"parcel_id": "X1"},
    "otp-requested": {"code": "482913", "minutes": 10},
    "private-sale": {"first_name": "Jane"},
    "gone": {},
}


def request(
    template: str = "package-arrived",
    event_time: int = NOW,
    opted_in: bool | None = None,
    identity: str = "11111111-1111-5111-8111-111111111111",
    **given: object,
) -> Request:
    """The template's usual variables, with some changed; None takes one away."""
    known = CATALOG.templates.get(template)
    values = {**GIVEN[template], **given}
    return Request.model_validate(
        {
            "id": identity,
            "lane": known.lane if known else Lane.NORMAL,
            "template": template,
            "phone": "+33612345678",
            "given": {name: value for name, value in values.items() if value is not None},
            "opted_in": opted_in,
            "event_time": event_time,
            "origin": Origin(topic="t", partition=0, offset=0, event_id="e",
                             event_source="/s", event_type="x"),
        }
    )  # fmt: skip


def composed(
    one: Request, recipient: Recipient = NOBODY, offset: int = 7, now: int = NOW
) -> Composed | None:
    template = CATALOG.templates.get(one.template)
    return compose(one, recipient, template, one.lane, offset, now)


@pytest.mark.parametrize(
    ("one", "state", "reason", "why"),
    [
        (request(), State.QUEUED, None, "a parcel"),
        (request("private-sale", opted_in=True), State.QUEUED, None, "opted in"),
        (request("private-sale", opted_in=False), State.REFUSED, Reason.NO_CONSENT, "opted out"),
        (request("private-sale"), State.REFUSED, Reason.NO_CONSENT, "silence is not consent"),
        (request("otp-requested", NOW - HOUR), State.REFUSED, Reason.TOO_LATE, "after 10 minutes"),
        (request("otp-requested", NOW - 599_000), State.QUEUED, None, "just in time"),
        (request("package-arrived", NOW - HOUR), State.QUEUED, None, "worth telling for a day"),
        (
            request("private-sale", NOW - 48 * HOUR),
            State.REFUSED,
            Reason.TOO_LATE,
            "lateness is told before consent",
        ),
        (request("gone"), State.REFUSED, Reason.UNKNOWN_TEMPLATE, "taken out of the catalog"),
        (
            request(parcel_id="X" * 1000),
            State.REFUSED,
            Reason.TOO_LONG,
            "longer than 1,000 characters is refused, never cut",
        ),
        (request(parcel_id=None), State.REFUSED, Reason.MISSING_DATA, "a gap in a text"),
    ],
)
def test_what_a_request_becomes(
    one: Request, state: State, reason: Reason | None, why: str
) -> None:
    found = composed(one)
    assert found is not None
    assert (found.status.state, found.status.reason) == (state, reason), why
    assert (found.message is not None) == (state is State.QUEUED)
    assert found.recipient is not None
    assert found.recipient.seen[-1].refused == reason


@pytest.mark.parametrize(
    ("event_time", "said"),
    [
        (NOW - HOUR, "3000 s past its deadline"),
        (NOW - 24 * HOUR, "85800 s past its deadline"),
        (NOW - 60 * HOUR, "2.5 days past its deadline"),
    ],
)
def test_how_late_it_is(event_time: int, said: str) -> None:
    """With 10 minutes for a code."""
    found = composed(request("otp-requested", event_time))
    assert found is not None
    assert found.status.detail == said


def test_the_same_offset_repeats_the_decision_and_another_is_a_duplicate() -> None:
    first = composed(request())
    assert first is not None
    assert first.recipient is not None
    again = composed(request(), first.recipient, offset=7, now=NOW + 48 * HOUR)
    assert again is not None
    assert again.message is not None, "decided once, whatever the clock says now"
    assert (again.again, again.message.again, again.recipient) == (True, True, None)
    assert again.message.reference == first.recipient.seen[0].reference
    assert composed(request(), first.recipient, offset=8) is None


def test_a_refusal_is_repeated_too() -> None:
    one = request("private-sale")
    first = composed(one)
    assert first is not None
    assert first.recipient is not None
    again = composed(one, first.recipient)
    assert again is not None
    assert (again.message, again.status.reason) == (None, Reason.NO_CONSENT)


def test_the_text_stays_out_of_the_status() -> None:
    found = composed(request())
    assert found is not None
    assert found.status.text is None
    assert b"X1" not in found.status.to_bytes()


def test_references_count_and_wrap_and_a_refusal_takes_none() -> None:
    recipient = Recipient(reference=65_535)
    found = composed(request(), recipient)
    assert found is not None
    assert found.message is not None
    assert found.recipient is not None
    assert (found.message.reference, found.recipient.reference) == (255, 0)
    refused = composed(request("private-sale"), recipient)
    assert refused is not None
    assert refused.recipient is not None
    assert refused.recipient.reference == 65_535


def test_old_ids_are_forgotten() -> None:
    old = composed(request(identity="22222222-2222-5222-8222-222222222222"),
                   now=NOW - SEEN_KEPT_MS - 1)  # fmt: skip
    assert old is not None
    assert old.recipient is not None
    found = composed(request(), old.recipient)
    assert found is not None
    assert found.recipient is not None
    assert [seen.id[0] for seen in found.recipient.seen] == ["1"]


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=40))
def test_whatever_is_read_in_whatever_order_a_message_leaves_once(
    reads: list[tuple[int, bool]],
) -> None:
    """Each read is (message, read again at the same offset). Copies that leave twice say so."""
    recipient = NOBODY
    offsets: dict[int, int] = {}
    fresh: dict[int, int] = {}
    for position, (number, same) in enumerate(reads):
        one = request(identity=f"{number}1111111-1111-5111-8111-111111111111")
        offset = offsets.get(number, position) if same else 100 + position
        decision = decide(
            one, recipient, CATALOG.templates["package-arrived"], Lane.NORMAL, offset, NOW
        )
        if decision is None:
            continue
        if not decision.again:
            fresh[number] = fresh.get(number, 0) + 1
            offsets[number] = offset
        if decision.recipient is not None:
            recipient = unpack(pack(decision.recipient))
    assert all(count == 1 for count in fresh.values())


SEEN = st.builds(
    Seen,
    st.uuids().map(lambda one: one.hex),
    st.sampled_from(Lane),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**53),
    st.integers(0, 65_535),
    st.sampled_from([None, *REFUSED]),
)


@given(st.builds(Recipient, reference=st.integers(0, 65_535), seen=st.lists(SEEN, max_size=20)))
def test_what_is_remembered_round_trips(recipient: Recipient) -> None:
    assert unpack(pack(recipient)) == recipient


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "nothing"),
        (b"\x03\x00\x00", "a version to come"),
        (b"\x02\x00\x00" + b"x" * 35, "cut short"),
        (b"\x01\x00" + b"x" * 16 + b"\x07" + b"\x00" * 18, "a lane that is none"),
    ],
)
def test_what_is_no_memory_is_never_guessed(octets: bytes, why: str) -> None:
    with pytest.raises(ValueError, match="recipient"):
        unpack(octets)


def test_a_memory_of_the_first_version_is_read() -> None:
    """Its references had 8 bits; installations that ran it go on."""
    entry = bytes(15) + b"\x01" + b"\x00" + bytes(7) + b"\x09" + bytes(7) + b"\x05" + b"\x07\x01"
    found = unpack(b"\x01\xff" + entry)
    assert found.reference == 255
    (seen,) = found.seen
    assert (seen.offset, seen.decided_at, seen.reference) == (9, 5, 7)
    assert seen.refused is Reason.NO_CONSENT


def test_codes_of_refusals_are_told_apart() -> None:
    assert len(set(REFUSED.values())) == len(REFUSED)
    assert 0 not in REFUSED.values()


def test_what_a_gateway_gives_back_is_decided_again_once() -> None:
    """A campaign that waited too long; the gateway may give it back twice, where it crashed."""
    first = composed(request("private-sale", opted_in=True), offset=5)
    assert first is not None and first.message is not None and first.recipient is not None
    message = first.message
    assert message.send_before == NOW + BULK_WAITS_MS
    assert message.request is not None and message.request.given_back == 5
    given_back = message.request.model_copy(update={"attempt": 1})
    again = composed(given_back, first.recipient, offset=9)
    assert again is not None and again.message is not None and again.recipient is not None
    assert (again.message.reference, again.message.attempt) == (message.reference, 1)
    assert len(again.recipient.seen) == 1
    assert composed(given_back, again.recipient, offset=10) is None, "the copy is a duplicate"
    same = composed(given_back, again.recipient, offset=9)
    assert same is not None and same.again, "read again after a crash: the same decision"


def test_what_is_given_back_too_late_is_refused() -> None:
    first = composed(request("private-sale", opted_in=True), offset=5)
    assert first is not None and first.message is not None and first.recipient is not None
    assert first.message.request is not None
    late = composed(
        first.message.request, first.recipient, offset=9, now=first.message.deadline + 1
    )
    assert late is not None and late.message is None
    assert late.status.reason is Reason.TOO_LATE
