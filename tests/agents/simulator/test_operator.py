"""Actions on a running simulator, as its ESMEs feel them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agents.simulator.actions import GARBAGE, Actions
from agents.simulator.alphabet import decode
from agents.simulator.answers import header
from agents.simulator.operator import PERFORM, CannotDo, Operator
from agents.simulator.server import Simulator
from agents.simulator.serving import play
from agents.simulator.timeline import Step, Timeline
from agents.smpp import commands as c
from agents.smpp.backoff import Trouble
from agents.smpp.pdu import TLV
from agents.smpp.reader import Reader
from tests.agents.simulator.esme import Esme, esme
from tests.agents.simulator.running import running, until
from tests.agents.smpp.gateway import Gateway, up

REPLY = {"from": "33612345678", "to": "Chappe", "text": "STOP"}


class Stage:
    """A simulator, who operates it, and what was said."""

    def __init__(self, simulator: Simulator, port: int) -> None:
        self.smsc, self.port = simulator, port
        self.said: list[str] = []
        self.operator = Operator(simulator, self.said.append)

    def do(self, **actions: Any) -> None:
        self.operator.perform(Actions.model_validate(actions))


@asynccontextmanager
async def stage(**options: Any) -> AsyncIterator[Stage]:
    async with running(**options) as (simulator, port):
        yield Stage(simulator, port)


def test_every_action_is_done_by_something() -> None:
    assert list(PERFORM) == list(Actions.model_fields)
    for name, field in Actions.model_fields.items():
        assert (field.description or "").endswith("."), name


async def test_options_and_a_line() -> None:
    async with stage() as on:
        on.do(say="more are throttled", set={"throttle_share": "0.5"})
        assert (on.said, on.smsc.options.throttle_share) == (["more are throttled"], 0.5)


async def test_cut_all_or_one_account() -> None:
    async with (
        stage() as on,
        esme(on.port) as acme,
        esme(on.port, system_id="other") as other,
    ):
        on.do(cut="acme")
        await until(lambda: acme.gone)
        assert not other.gone
        on.do(cut=None)
        await until(lambda: other.gone)


async def test_who_is_named_and_has_no_link_is_told() -> None:
    """A name that is misspelt would make a rehearsal of nothing. `all` may be nobody."""
    async with stage() as on, esme(on.port) as client:
        on.do(cut="acmee")
        assert on.said == ["cut: no link is bound as acmee, nothing was done"]
        assert not client.gone
    async with stage() as on:
        on.do(cut=None, unbind="all")
        assert on.said == []


async def test_enquire_asks_and_counts_the_answers() -> None:
    async with stage() as on, esme(on.port) as client, esme(on.port, system_id="other") as other:
        on.do(enquire="acme")
        await until(lambda: client.of(c.ENQUIRE_LINK), "the enquiry")
        assert on.smsc.enquiries_answered == 0
        client.answer(client.of(c.ENQUIRE_LINK)[0])
        await until(lambda: on.smsc.enquiries_answered == 1, "its answer")
        assert other.pdus[1:] == [], "nothing after the answer to its bind"


async def test_unbind_asks_and_waits() -> None:
    async with stage() as on, esme(on.port) as client:
        on.do(unbind="all")
        await until(lambda: client.of(c.UNBIND), "the unbind")
        assert on.smsc.unbinds_answered == 0
        client.answer(client.of(c.UNBIND)[0])
        await until(lambda: client.gone)
        assert on.smsc.unbinds_answered == 1


async def test_binds_refused_and_let_in_again() -> None:
    async with stage() as on, esme(on.port) as before:
        on.do(refuse_binds="0x0E")
        async with esme(on.port, command_id=0) as client:
            assert await client.bind() == c.ESME_RINVPASWD
            on.do(accept=None)
            assert await client.bind() == 0
        assert not before.gone, "links that are bound stay"


async def answered(client: Esme) -> None:
    """It answers an enquiry that is made now."""
    sequence = client.send(c.ENQUIRE_LINK)
    await until(
        lambda: sequence in [each.sequence for each in client.of(c.ENQUIRE_LINK_RESP)],
        "enquire_link_resp",
    )


async def test_silence_ends_by_itself() -> None:
    async with stage() as on, esme(on.port) as client:
        on.do(silent="50ms")
        client.submit()
        await until(lambda: not on.smsc.options.mute, "it speaks again")
        await answered(client)
        assert (client.answers, on.smsc.submits) == ([], 1)


async def test_silence_asked_for_again_lasts_longer() -> None:
    async with stage() as on:
        loop = asyncio.get_running_loop()
        began = loop.time()
        on.do(silent="20ms")
        on.do(silent="100ms")
        await until(lambda: not on.smsc.options.mute)
        assert loop.time() - began >= 0.1


async def test_silence_without_an_end() -> None:
    async with stage() as on, esme(on.port) as client:
        on.do(silent="10ms")
        on.do(silent=None)
        await asyncio.sleep(0.03)  # past the first one's end
        assert on.smsc.options.mute
        on.do(accept=None)
        await answered(client)


async def test_what_was_not_read_is_answered_later() -> None:
    async with stage(receipt_delay_s=None) as on, esme(on.port) as client:
        loop = asyncio.get_running_loop()
        began = loop.time()
        on.do(stop_reading="20ms")
        on.do(stop_reading="60ms")
        client.submit()
        await until(lambda: client.answers, "the answer")
        assert loop.time() - began >= 0.06


async def test_a_port_that_closes_and_opens() -> None:
    async with stage() as on, esme(on.port) as client:
        on.do(stop_listening="50ms")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", on.port)
        await answered(client)
        await until(lambda: on.smsc.listener.open, "the port to open")
        async with esme(on.port):
            assert on.smsc.listener.port == on.port


async def test_a_port_that_somebody_else_took_is_tried_again() -> None:
    async with stage() as on:
        on.do(stop_listening="10ms")
        thief = await asyncio.start_server(lambda r, w: None, "127.0.0.1", on.port)
        await until(lambda: on.said, "the sentence")
        assert f"port: 127.0.0.1:{on.port} can't be listened on" in on.said[0]
        thief.close()
        await thief.wait_closed()
        await until(lambda: on.smsc.listener.open, "the port to open")


async def test_a_simulator_that_stops_while_its_port_is_closed() -> None:
    async with stage() as on:
        on.do(stop_listening="1h")
    assert not on.smsc.listener.open


async def test_a_reply_in_parts() -> None:
    text = "да " * 50
    async with stage() as on, esme(on.port) as client:
        on.do(reply={**REPLY, "text": text, "reference_bits": 16})
        await until(lambda: len(client.delivered) == 3, "three parts")
        fields = [each.fields for each in client.delivered]
        octets = b"".join(each["short_message"][7:] for each in fields)
        assert decode(octets, fields[0]["data_coding"])[0] == text
        assert (fields[0]["source_addr"], fields[0]["destination_addr"]) == (
            "33612345678",
            "Chappe",
        )
        on.do(reply={**REPLY, "text": text})
        await until(lambda: len(client.delivered) == 6)
        assert client.delivered[3].fields["short_message"][3] == 2, "another reference"


async def test_a_reply_waits_for_who_was_cut_off() -> None:
    async with stage() as on:
        async with esme(on.port):
            pass
        await until(lambda: not on.smsc.connections)
        on.do(reply=REPLY)
        async with esme(on.port, system_id="somebody else") as stranger, esme(on.port) as client:
            await until(lambda: client.delivered, "the reply")
            assert stranger.delivered == []


async def test_a_reply_to_nobody_changes_nothing() -> None:
    async with stage() as on:
        with pytest.raises(CannotDo, match="name a system_id"):
            on.do(reply=REPLY, set={"mute": True})
        assert not on.smsc.options.mute
        on.do(reply={**REPLY, "system_id": "acme"})
        assert on.smsc.deliveries.waiting == 1


UNHARMED = [
    ("unknown_command", "it is refused by generic_nack, as any command that nobody knows"),
    ("stray_answer", "nobody waits for it"),
    ("nack", "it refuses nothing of ours"),
    ("bad_tlv", "its length is a lie, and that of its PDU is not: what follows can be read"),
]
LEFT = [
    ("bad_length", "a PDU shorter than its header: where the next begins is not known"),
    ("huge_length", "a PDU that would never end"),
    ("no_smpp", "its first four letters are a length of a gigabyte"),
]


def test_all_garbage_is_told_of() -> None:
    assert {name for name, _ in UNHARMED + LEFT} == set(GARBAGE)


@pytest.mark.parametrize(("name", "why"), UNHARMED)
async def test_garbage_that_harms_no_link_of_ours(name: str, why: str) -> None:
    async with stage() as on, up(Gateway(on.port)) as gateway:
        await gateway.bound()
        on.do(garbage=name)
        on.do(reply=REPLY)
        await until(lambda: "STOP" in _texts(gateway), "the reply behind it")
        assert (gateway.troubles, on.smsc.binds) == ([], 1), why


@pytest.mark.parametrize(("name", "why"), LEFT)
async def test_garbage_that_ends_a_link_of_ours(name: str, why: str) -> None:
    async with stage() as on, up(Gateway(on.port)) as gateway:
        await gateway.bound()
        on.do(garbage=name)
        await until(lambda: on.smsc.binds == 2, "another bind")
        assert gateway.troubles == [Trouble.GARBAGE], why
        on.do(reply=REPLY)
        await until(lambda: "STOP" in _texts(gateway), "the reply, later")


def _texts(gateway: Gateway) -> list[str]:
    return [decode(each.message, each.data_coding)[0] for each in gateway.delivered]


def test_the_bad_tlv_is_inside_its_pdu_and_runs_over_its_end() -> None:
    """What stands before it is read; it is ignored, and the next PDU is where it should be."""
    reader = Reader()
    broken, whole = reader.feed(GARBAGE["bad_tlv"] + header(c.ENQUIRE_LINK, 7))
    assert (broken.command_id, broken.complete) == (c.DELIVER_SM, True)
    assert broken.tlvs == {c.MESSAGE_STATE: b"\x02"}
    assert TLV.pack(c.RECEIPTED_MESSAGE_ID, 0xFFFF) in GARBAGE["bad_tlv"]
    assert (whole.command_id, whole.sequence, reader.broken) == (c.ENQUIRE_LINK, 7, None)


async def test_garbage_in_hexadecimal_goes_to_any_client() -> None:
    async with stage() as on, esme(on.port) as client:
        before = len(client.octets)
        on.do(garbage="de ad be ef")
        await until(lambda: client.octets[before:] == b"\xde\xad\xbe\xef", "these octets")


async def test_a_port_is_closed_before_the_links_are_cut() -> None:
    """Else a client would be back at once."""
    async with stage() as on, esme(on.port) as client:
        on.do(cut=None, stop_listening="1h")
        await until(lambda: client.gone)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", on.port)


async def test_a_timeline_is_played_to_its_end() -> None:
    steps = [
        {"at": "30ms", "say": "third"},
        {"at": 0, "say": "first", "reply": REPLY},
        {"at": "10ms", "say": "second", "set": {"throttle_share": 1}},
        {"at": "40ms", "say": "again", "repeat": {"every": "10ms", "times": 2}},
    ]
    async with stage() as on:
        await play(Timeline([Step.model_validate(step) for step in steps]), on.operator)
        assert on.said == [
            "at 0 s: reply: nobody has bound to receive since the start; "
            "name a system_id, and it waits for that one's bind",
            "second",
            "third",
            "again",
            "again",
        ]
        assert on.smsc.options.throttle_share == 1.0
