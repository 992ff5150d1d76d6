"""What is told of a reply: whose it is, what it asks for, and when two are one."""

import pytest

from schemas.inbound import Consent, Inbound
from streams.sending.reassembly import Reply
from streams.sending.replying import REMEMBERED_MS, Names, consent_of, inbound_of, phone_of

AT = 1_795_428_004_250
PHONE, US = "33612345678", "36105"

SENDERS = [
    ("33612345678", "+33612345678", "as SMPP has it: TON 1, no plus"),
    ("+33612345678", "+33612345678", "some SMSCs write it"),
    ("0033612345678", "+33612345678", "others dial it"),
    ("12125550123", "+12125550123", "North America"),
    ("6834001", "+6834001", "Niue: the shortest there is"),
    ("0612345678", "0612345678", "national: which nation?"),
    ("+0612345678", "+0612345678", "no country begins with 0"),
    ("2125550123", "2125550123", "national, without a zero: no number of Morocco is as long"),
    ("36105", "36105", "a short code"),
    ("447700", "447700", "a short code that begins as a country does"),
    ("INFO", "INFO", "a name"),
    ("+INFO", "+INFO", "a name of odd taste"),
    ("٣٣٦١٢٣٤٥٦٧٨", "٣٣٦١٢٣٤٥٦٧٨", "digits, but not E.164's"),
    ("3" * 40, "3" * 40, "too long for any number"),
    ("", "", "nothing"),
]


@pytest.mark.parametrize(("sender", "phone", "why"), SENDERS)
def test_whose_it_is(sender: str, phone: str, why: str) -> None:
    assert phone_of(sender) == phone, why
    assert phone_of(phone) == phone, "as often as you like"


def told(reply: Reply, names: Names | None = None, at: int = AT) -> tuple[Inbound, Consent | None]:
    named = (names or Names()).name(reply, "main", {}, at)
    inbound = inbound_of(reply, "main", named)
    return inbound, consent_of(inbound, at)


def said(text: str, sender: str = PHONE, **more: object) -> Reply:
    return Reply(sender, US, text, tokens=(), **{"is_binary": False, **more})  # type: ignore[arg-type]


# reply, intent, state of the consent, why
ASKED = [
    (said("STOP"), "stop", "opted_out", "the word"),
    (said("Arrêt, merci"), "stop", "opted_out", "in any language"),
    (said("START"), "start", "opted_in", "the way back"),
    (said("HELP"), "help", None, "is answered by people, and changes nothing"),
    (said("Stop by at 5?"), None, None, "a sentence"),
    (said(""), None, None, "nothing"),
    (said("STOP", "0612345678"), "stop", None, "told, but nobody knows whose consent it is"),
    (said("STOP", "+0612345678"), "stop", None, "the same, with a plus"),
    (said("STOP", "INFO"), "stop", None, "a name has no consent"),
    (said("STOP", total=2, reference=7), "stop", "opted_out", "whole, in two parts"),
    (said("stop", total=2, reference=7, missing=(1,)), None, None, "who knows what stood before"),
    (said("53544f50", is_binary=True), None, None, "octets"),
]


@pytest.mark.parametrize(("reply", "intent", "state", "why"), ASKED)
def test_what_is_asked_for(reply: Reply, intent: str | None, state: str | None, why: str) -> None:
    inbound, consent = told(reply)
    assert inbound.intent == intent, why
    assert (consent and consent.state) == state, why


def test_the_reply_is_the_evidence() -> None:
    inbound, consent = told(said("Stop, svp!"))
    assert consent is not None
    assert (consent.evidence, consent.evidence_id) == ("Stop, svp!", inbound.id)
    assert (consent.phone, consent.purpose, consent.source) == (
        "+33612345678",
        "marketing",
        "reply",
    )
    assert consent.at == inbound.at


def test_start_gives_back_what_stop_took() -> None:
    (_, stop), (_, start) = told(said("STOP")), told(said("START"))
    assert stop is not None
    assert start is not None
    assert stop.purpose == start.purpose


def test_a_fragment_says_so() -> None:
    inbound, _ = told(said("bc", total=4, missing=(1, 4), reference=7))
    assert (inbound.parts, inbound.total) == (2, 4)


# --- ids ---

# the second message, milliseconds after the first, the same id, why
SECOND = [
    (said("STOP"), 0, True, "sent again at once"),
    (said("STOP"), 60_000, True, "sent again, as networks do within a minute"),
    (said("STOP"), -500, True, "the clock of another gateway is behind"),
    (said("STOP"), 60_001, False, "a person who says it again"),
    (said("stop"), 0, False, "other letters"),
    (said("STOP", "44612345678"), 0, False, "another person"),
    (said("STOP", total=2, reference=7), 0, False, "in parts"),
]


@pytest.mark.parametrize(("second", "after", "same", "why"), SECOND)
def test_when_two_are_one(second: Reply, after: int, same: bool, why: str) -> None:
    names = Names()
    first, other = told(said("STOP"), names)[0], told(second, names, AT + after)[0]
    assert (first.id == other.id) is same, why
    assert (first == other) is same, "equal ids are equal records"


def test_an_smsc_that_numbers_its_messages_is_believed() -> None:
    names = Names()
    ids = [names.name(said("ok"), "main", {0x1401: b"%d" % n}, AT).id for n in (1, 2, 1)]
    assert len(set(ids)) == 2
    assert ids[0] == ids[2]


def test_another_smsc_is_another_message() -> None:
    names = Names()
    assert len({names.name(said("ok"), smsc, {}, AT).id for smsc in ("a", "b")}) == 2


def test_read_again_after_a_crash_it_has_its_id_again() -> None:
    assert told(said("STOP"))[0] == told(said("STOP"))[0]


def test_parts_under_another_reference_are_another_message() -> None:
    names = Names()
    ids = {told(said("ab", total=2, reference=n), names)[0].id for n in (7, 8)}
    assert len(ids) == 2


def test_a_part_that_comes_late_does_not_make_a_new_message() -> None:
    names = Names()
    first = told(said("ab", total=2, reference=7), names)[0]
    late = told(said("ab", total=2, reference=7, is_repeat=True), names, AT + 2 * REMEMBERED_MS)[0]
    assert late == first


def test_memory_is_bounded() -> None:
    names = Names(most=2)
    first = told(said("0"), names)[0]
    for text in ("1", "2"):
        told(said(text), names)
    assert told(said("0"), names, AT + 1)[0].id != first.id, "forgotten: a new one, not an error"


# what is said when, who has the last word, why
IN_DOUBT = [
    ([("STOP", 0), ("START", 20), ("STOP", 40)], "opted_out", "the last STOP is not the first one"),
    ([("START", 0), ("STOP", 20), ("START", 40)], "opted_out", "START may only be sent again"),
    ([("STOP", 0), ("START", 20)], "opted_in", "they changed their mind"),
    ([("START", 0), ("STOP", 20), ("START", 90)], "opted_in", "too late for the same one"),
]


@pytest.mark.parametrize(("story", "state", "why"), IN_DOUBT)
def test_words_that_may_come_again_end_a_consent_but_give_none(
    story: list[tuple[str, int]], state: str, why: str
) -> None:
    names = Names()
    consents = [told(said(text), names, AT + 1000 * second)[1] for text, second in story]
    assert max((c for c in consents if c), key=lambda consent: consent.at).state == state, why
