"""What our link and an SMSC may expect of each other, whoever wrote the SMSC.

Rules: each promise is one test, run on every SMSC of `smscs` that declares the ability; a
test speaks of the wire's outcome only, so that it holds for any of them. Text is decoded
there by the SMSC's own tables, and encoded by them on the way back.
"""

import time
import unicodedata
from functools import partial

import pytest

from agents.smpp.backoff import Trouble
from agents.smpp.config import ROLES, Kind
from agents.smpp.submit import Accepted, Doubt, Rejected, Unsent
from schemas.message import ReferenceBits
from streams.sending.reassembly import Reassembly
from streams.sending.receipt import ReceiptState
from streams.text.segment import encode, payloads
from tests.agents.simulator.running import until
from tests.agents.smpp.samples import SUBMIT
from tests.contract.binds import Binds, Up
from tests.contract.smscs import NAMES, Smsc, able, each_of
from tests.texts import ARRIVING

QUIET = SUBMIT._replace(registered_delivery=0)
EVERY = each_of(list(NAMES))
KINDS = pytest.mark.parametrize("kind", list(ROLES))


@EVERY
@KINDS
async def test_bind_in_each_role_and_leave(smsc: Smsc, up: Up, kind: Kind) -> None:
    async with up(kind) as we:
        await we.bound()
        await until(lambda: smsc.roles() == sorted(ROLES[kind]), "the SMSC to know our roles")
    assert [link.last_error.split(": ")[1] for link in we.links.values()] == (
        ["we unbound"] * len(we.links)
    ), "it answered our unbind"
    await until(lambda: smsc.roles() == [], "the SMSC to let us go")


WRONG = [
    ("wrong password", {"password": "guess"}, 0x0E),
    ("wrong system_id", {"system_id": "nobody"}, 0x0F),
]


@EVERY
@pytest.mark.parametrize(("why", "bind", "status"), WRONG)
async def test_a_bind_that_is_refused(
    smsc: Smsc, up: Up, why: str, bind: dict[str, str], status: int
) -> None:
    async with up(**bind) as we:
        await until(lambda: we.waits, "the refusal")
        assert we.troubles[0] is Trouble.WRONG_PASSWORD, "accounts get locked"
        assert f"refused the bind with 0x{status:02X}" in we.errors[0]
        assert not we.sender.bound
        assert smsc.roles() == []


@EVERY
@KINDS
async def test_a_submit_is_taken_as_it_was_meant(smsc: Smsc, up: Up, kind: Kind) -> None:
    async with up(kind) as we:
        await we.bound()
        we.submit(QUIET, "t")
        await we.answered(1)
    (taken,) = smsc.taken()
    assert we.answer("t") == Accepted(taken.message_id)
    assert taken[2:] == ("Chappe", "33612345678", 0, 1, 1, "Hello @ you")


@EVERY
async def test_a_window_of_answers_in_any_order(smsc: Smsc, up: Up) -> None:
    """30 through a window of 10: each gets the id of its own."""
    smsc.answers("shuffled")
    numbers = [f"336123456{number:02d}" for number in range(30)]
    async with up(window=10) as we:
        await we.bound()
        for number in numbers:
            await until(lambda: we.sender.free, "room in the window")
            we.submit(QUIET._replace(destination=number), number)
            assert we.sender.in_flight <= 10
        await we.answered(30)
    assert list(we.answers) != numbers, "in the order they were sent: nothing is shown"
    ids = {taken.destination: taken.message_id for taken in smsc.taken()}
    assert {number: we.answer(number) for number in numbers} == {
        number: Accepted(message_id) for number, message_id in ids.items()
    }


@EVERY
@pytest.mark.parametrize("bits", [8, 16])
async def test_every_text_is_read_as_written(smsc: Smsc, up: Up, bits: ReferenceBits) -> None:
    async with up(window=100) as we:
        await we.bound()
        for number, (_, text, why) in enumerate(ARRIVING):
            reference, before = (1 << bits) - 1 - number, len(smsc.taken())
            parts = payloads(encode(text, bits), reference, bits)
            for at, part in enumerate(parts):
                we.submit(
                    QUIET._replace(
                        esm_class=part.esm_class,
                        data_coding=part.data_coding,
                        short_message=part.short_message,
                    ),
                    (number, at),
                )
            await until(lambda: not we.sender.in_flight, why)
            came = sorted(smsc.taken()[before:], key=lambda taken: taken.part)
            assert "".join(taken.text for taken in came) == unicodedata.normalize("NFC", text), why
            one = [(reference, at, len(parts)) for at in range(1, len(parts) + 1)]
            expected = one if len(parts) > 1 else [(0, 1, 1)]
            assert [(each.reference, each.part, each.parts) for each in came] == expected, why


@EVERY
@KINDS
async def test_receipts_come_for_those_who_ask(smsc: Smsc, up: Up, kind: Kind) -> None:
    async with up(kind) as we:
        await we.bound()
        we.submit(QUIET, "quiet")
        for token in range(5):
            we.submit(SUBMIT, token)
        await we.answered(6)
        await until(lambda: len(we.delivered) == 5, "five receipts")
        await until(lambda: smsc.acknowledged() == 5, "and the SMSC to have our answers")
    receipts = [each.receipt for each in we.delivered if each.receipt]
    assert sorted(Accepted(each.message_id) for each in receipts) == sorted(
        we.answer(token) for token in range(5)
    )
    assert {(each.state, each.final, each.err) for each in receipts} == {
        (ReceiptState.DELIVRD, True, "000")
    }
    assert {(each.source, each.destination) for each in we.delivered} == {
        ("33612345678", "Chappe")
    }, "from the phone, to us"


@EVERY
@pytest.mark.parametrize("reference", [0, 0x1234, 0x8000, 0xFFFF])
async def test_user_message_reference_comes_back(smsc: Smsc, up: Up, reference: int) -> None:
    """0x8000 and above: a server may hold it in a signed number."""
    async with up() as we:
        await we.bound()
        we.submit(SUBMIT._replace(user_message_reference=reference), "t")
        await until(lambda: we.delivered, "the receipt")
        receipt = we.delivered[0].receipt
        assert receipt is not None
        assert receipt.reference == reference
        assert we.answer("t") == Accepted(receipt.message_id)


@able("redelivery")
async def test_a_receipt_comes_until_it_is_acknowledged(smsc: Smsc, up: Up) -> None:
    async with up() as we:
        await we.bound()
        we.acknowledges = False
        we.submit(SUBMIT, "t")
        await until(lambda: len(we.delivered) == 2, "the receipt a second time")
        assert we.delivered[0].receipt == we.delivered[1].receipt
        assert smsc.acknowledged() == 0
        we.acknowledges = True
        await until(lambda: smsc.acknowledged() == 1, "the acknowledgement")


REPLIES = [
    ("STOP", "the usual one"),
    ("Où ça ? 5 € @ [ici]", "what GSM has not, and much that it has"),
    ("5 € @ [hier] £ é ñ Ω", "what GSM has, two octets among it"),
    ("arrêt 😀", "a surrogate pair"),
    ("stop " * 50, "GSM, two parts"),
    ("€" * 100, "an escape pair where an SMSC may cut"),
    ("ça va ? 😀 " * 30, "UCS-2, several parts"),
]


@EVERY
@KINDS
async def test_replies_are_read_as_written(smsc: Smsc, up: Up, kind: Kind) -> None:
    async with up(kind) as we:
        await we.bound()
        for text, why in REPLIES:
            we.delivered.clear()
            before, reassembly, whole = smsc.acknowledged(), Reassembly(), list[str]()
            smsc.reply("33612345678", "Chappe", text)
            add = partial(_add, we, reassembly, whole)
            await until(add, why)
            assert whole == [text], why
            parts = len(we.delivered)
            await until(lambda n=before + parts: smsc.acknowledged() == n, why)  # type: ignore[misc]
            assert {(each.kind, each.source, each.destination) for each in we.delivered} == {
                ("reply", "33612345678", "Chappe")
            }, why


def _add(we: Binds, reassembly: Reassembly, whole: list[str]) -> bool:
    """Joins what has come so far; True where it is a whole reply."""
    whole.clear()
    for token, each in enumerate(we.delivered):
        reply = reassembly.add(
            token, sender=each.source, recipient=each.destination, esm_class=each.esm_class,
            data_coding=each.data_coding, message=each.message, tlvs=each.tlvs,
            now=time.monotonic(),
        )  # fmt: skip
        if reply is not None:
            whole.append(reply.text)
    return bool(whole)


@EVERY
@KINDS
async def test_enquire_link_both_ways(smsc: Smsc, up: Up, kind: Kind) -> None:
    async with up(kind, enquire_link_s=0.02, response_timeout_s=2.0) as we:
        await we.bound()
        await until(
            lambda: all(link._wire.session.sequence >= 4 for link in we.links.values()),  # type: ignore[union-attr]
            "the bind and three enquiries",
        )
        await smsc.enquire()
        assert we.waits == [], "an enquiry without an answer would have ended the link"


@EVERY
@KINDS
async def test_the_smsc_asks_to_unbind(smsc: Smsc, up: Up, kind: Kind) -> None:
    """What is out is still answered; then we leave, and come back."""
    async with up(kind) as we:
        await we.bound()
        smsc.answers("shuffled")
        we.submit(QUIET._replace(destination="33612345670"), "open")
        await until(lambda: len(smsc.taken()) == 1, "the submit to be there")
        await smsc.unbind()
        await until(lambda: len(we.troubles) == len(we.links), "every link to have left")
        assert set(we.troubles) == {Trouble.UNBOUND}
        assert isinstance(we.answer("open"), Accepted)
        await we.bound()
        we.submit(QUIET, "after")
        await we.answered(2)
        assert isinstance(we.answer("after"), Accepted)


REFUSALS = [
    ("throttled", 0x58),
    ("queue full", 0x14),
    ("a vendor's status", 0x4A1),
]


@EVERY
@pytest.mark.parametrize(("why", "status"), REFUSALS)
async def test_refused_submits_harm_no_other(smsc: Smsc, up: Up, why: str, status: int) -> None:
    async with up() as we:
        await we.bound()
        smsc.answers("refuse", status)
        we.submit(QUIET, "refused")
        await we.answered(1)
        smsc.answers("normal")
        we.submit(QUIET, "taken")
        await we.answered(2)
        assert we.answer("refused") == Rejected(status)
        assert we.answer("taken") == Accepted(smsc.taken()[0].message_id)
        assert (len(smsc.taken()), we.waits) == (1, [])


@EVERY
async def test_a_late_answer_settles_the_doubt(smsc: Smsc, up: Up) -> None:
    async with up(window=1, response_timeout_s=0.1) as we:
        await we.bound()
        smsc.answers("late")
        we.submit(QUIET, "t")
        await we.answered(1)
        assert we.answer("t") == Doubt("no answer within 0.1 s", awaited=True)
        assert we.sender.free == 1, "its place in the window is free"
        await until(lambda: we.late, "the late answer")
        assert we.late == {"t": Accepted(smsc.taken()[0].message_id)}
        assert we.waits == []


@EVERY
@KINDS
async def test_an_smsc_that_vanishes_and_comes_back(smsc: Smsc, up: Up, kind: Kind) -> None:
    async with up(kind) as we:
        await we.bound()
        smsc.answers("silent")
        we.submit(QUIET, 0)
        we.submit(QUIET, 1)
        await until(lambda: len(smsc.taken()) == 2, "both to be there")
        await smsc.vanish()
        await we.answered(2)
        assert {type(we.answer(token)) for token in range(2)} == {Doubt}
        we.submit(QUIET, 2)
        await we.answered(3)
        assert we.answer(2) == Unsent("not bound")
        await until(lambda: Trouble.CONNECT in we.troubles, "a try in vain")
        assert Trouble.CLOSED in we.troubles, "how it began"
        await smsc.come_back()
        await we.bound()
        we.submit(QUIET, 3)
        await we.answered(4)
        assert isinstance(we.answer(3), Accepted)
        *before, after = smsc.taken()
        assert we.answer(3) == Accepted(after.message_id)
        assert after.sequence > max(taken.sequence for taken in before), "also over the gap"
