"""The simulator with a client that is not ours: smpplib, in a thread of its own."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm

from agents.smpp import commands as c
from tests.agents.simulator.running import running

LONG = "Bonjour, votre colis X289746B est arrivé au relais { 12 rue de l'Église } " * 5
WIDE = "Здравствуйте, ваша посылка прибыла 😀 " * 5


class Phonebook:
    """One smpplib client: its answers and what was delivered to it."""

    def __init__(self, port: int, kind: str = "transceiver", password: str = "secret") -> None:
        self.client = smpplib.client.Client(
            "127.0.0.1", port, timeout=5, allow_unknown_opt_params=True
        )
        self.answers: list[Any] = []
        self.delivered: list[Any] = []
        self.client.set_message_sent_handler(self.answered)
        self.client.set_message_received_handler(self.received)
        self.client.connect()
        getattr(self.client, f"bind_{kind}")(system_id="acme", password=password)

    def answered(self, pdu: Any) -> None:
        self.answers.append(pdu)

    def received(self, pdu: Any) -> int:
        self.delivered.append(pdu)
        return 0

    def send(self, text: str, **fields: Any) -> int:
        parts, coding, esm_class = smpplib.gsm.make_parts(text)
        usual = {
            "source_addr_ton": 5,
            "source_addr": "Chappe",
            "dest_addr_ton": 1,
            "dest_addr_npi": 1,
            "destination_addr": "33612345678",
            "data_coding": coding,
            "esm_class": esm_class,
            "registered_delivery": True,
        }
        for part in parts:
            self.client.send_message(**(usual | {"short_message": part} | fields))
        return len(parts)

    def until(self, condition: Callable[[], object]) -> None:
        for _ in range(200):
            if condition():
                return
            self.client.read_once()
        raise AssertionError("200 PDUs, and not what was waited for")

    def leave(self) -> None:
        self.client.unbind()
        self.client.disconnect()


TEXTS = [
    ("one segment", "Hello @ you: €5 [£4]", 1, "gsm7"),
    ("GSM in three", LONG, 3, "gsm7"),
    ("UCS-2 in one", "Привет 😀", 1, "ucs2"),
    ("UCS-2 in three", WIDE, 3, "ucs2"),
]


@pytest.mark.parametrize(("why", "text", "segments", "encoding"), TEXTS)
async def test_texts_arrive_with_receipts(
    why: str, text: str, segments: int, encoding: str
) -> None:
    def talk(port: int) -> Phonebook:
        book = Phonebook(port)
        count = book.send(text)
        book.until(lambda: len(book.answers) == len(book.delivered) == count)
        book.leave()
        return book

    async with running() as (smsc, port):
        book = await asyncio.to_thread(talk, port)
        (message,) = smsc.inbox
        assert (message.text, message.segments, message.encoding) == (text, segments, encoding)
        assert (message.source, message.destination) == ("Chappe", "33612345678")
        answered = [each.message_id.decode() for each in book.answers]
        assert answered == message.message_ids
        assert [each.receipted_message_id.decode() for each in book.delivered] == answered
        receipt = book.delivered[0]
        assert receipt.short_message.startswith(f"id:{answered[0]} sub:001 dlvrd:001".encode())
        assert (receipt.source_addr, receipt.destination_addr) == (b"33612345678", b"Chappe")
        assert (receipt.esm_class, receipt.message_state) == (4, 2)
        assert smsc.deliveries.answered == segments


async def test_message_payload_and_sar() -> None:
    def talk(port: int) -> None:
        book = Phonebook(port)
        book.send("x", short_message=b"", message_payload=b"y" * 400)
        for number in (2, 1):
            book.send(
                "x",
                short_message=b"%d" % number,
                sar_msg_ref_num=9,
                sar_total_segments=2,
                sar_segment_seqnum=number,
            )
        book.until(lambda: len(book.answers) == 3)
        book.leave()

    async with running(receipt_delay_s=None) as (smsc, port):
        await asyncio.to_thread(talk, port)
        assert [(each.text, each.segments) for each in smsc.inbox] == [("y" * 400, 1), ("12", 2)]


async def test_a_receipt_goes_to_the_receiver_of_the_account() -> None:
    """FACTS 11: on any receiving bind."""

    def talk(port: int) -> tuple[Phonebook, Phonebook]:
        sender = Phonebook(port, "transmitter")
        sender.send("hello")
        sender.until(lambda: sender.answers)
        receiver = Phonebook(port, "receiver")
        receiver.until(lambda: receiver.delivered)
        sender.leave()
        receiver.leave()
        return sender, receiver

    async with running() as (smsc, port):
        sender, receiver = await asyncio.to_thread(talk, port)
        assert (len(sender.delivered), len(receiver.delivered)) == (0, 1)
        assert smsc.deliveries.waiting == 0


STATUSES: list[tuple[str, dict[str, Any], str, int]] = [
    ("wrong password", {"password": "other"}, "transceiver", c.ESME_RINVPASWD),
    ("wrong system id", {"system_id": "other"}, "transceiver", c.ESME_RINVSYSID),
    ("refused", {"bind_status": c.ESME_RBINDFAIL}, "receiver", c.ESME_RBINDFAIL),
]


@pytest.mark.parametrize(("why", "options", "kind", "status"), STATUSES)
async def test_binds_refused(why: str, options: dict[str, Any], kind: str, status: int) -> None:
    async with running(**options) as (_, port):
        with pytest.raises(smpplib.exceptions.PDUError) as caught:
            await asyncio.to_thread(Phonebook, port, kind)
        assert caught.value.args[1] == status


async def test_a_second_bind_is_refused_where_asked_for() -> None:
    async with running(single_bind=True) as (_, port):
        first = await asyncio.to_thread(Phonebook, port)
        with pytest.raises(smpplib.exceptions.PDUError) as caught:
            await asyncio.to_thread(Phonebook, port)
        assert caught.value.args[1] == c.ESME_RALYBND
        await asyncio.to_thread(first.leave)
        again = await asyncio.to_thread(Phonebook, port)
        await asyncio.to_thread(again.leave)


REFUSED: list[tuple[str, dict[str, Any], str, dict[str, Any], int]] = [
    ("throttled", {"throttle_share": 1.0}, "transceiver", {}, c.ESME_RTHROTTLED),
    ("no destination", {}, "transmitter", {"destination_addr": ""}, c.ESME_RINVDSTADR),
    ("a vendor's status", {"refuse_prefixes": {"336": 0x401}}, "transmitter", {}, 0x401),
]


@pytest.mark.parametrize(("why", "options", "kind", "fields", "status"), REFUSED)
async def test_submits_refused(
    why: str, options: dict[str, Any], kind: str, fields: dict[str, Any], status: int
) -> None:
    def talk(port: int) -> int:
        book = Phonebook(port, kind)
        seen: list[int] = []
        book.client.set_error_pdu_handler(lambda pdu: seen.append(pdu.status))
        book.send("hello", **fields)
        book.until(lambda: seen)
        book.leave()
        return seen[0]

    async with running(**options) as (smsc, port):
        assert await asyncio.to_thread(talk, port) == status
        assert len(smsc.inbox) == 0


async def test_the_files(tmp_path: Path) -> None:
    """What tests in other processes read."""
    inbox, submits = tmp_path / "inbox.jsonl", tmp_path / "submits.jsonl"

    def talk(port: int) -> None:
        book = Phonebook(port)
        book.client.set_error_pdu_handler(lambda pdu: None)  # smpplib's would raise
        count = book.send(LONG) + book.send("no", destination_addr="44")
        book.until(lambda: len(book.answers) == count)
        book.leave()

    options = {"inbox_file": inbox, "submit_log": submits, "refuse_prefixes": {"44": 0x0B}}
    async with running(**options, inbox_limit=0) as (smsc, port):
        await asyncio.to_thread(talk, port)
        messages = [json.loads(line) for line in inbox.read_text().splitlines()]
        lines = [json.loads(line) for line in submits.read_text().splitlines()]
        assert (len(smsc.inbox), smsc.inbox.total) == (0, 1)
    assert [each["text"] for each in messages] == [LONG]
    assert [each["command_status"] for each in lines] == [0, 0, 0, 0x0B]
    assert "".join(each["text"] for each in lines[:3]) == LONG
    assert messages[0]["at"] == lines[2]["at"], "the time of the last segment"
    assert [each["message_id"] for each in lines[:3]] == messages[0]["message_ids"]


async def test_other_states(tmp_path: Path) -> None:
    def talk(port: int) -> Any:
        book = Phonebook(port)
        book.send("hello")
        book.until(lambda: book.delivered)
        book.leave()
        return book.delivered[0]

    async with running(receipt_states={"336": "UNDELIV"}) as (_, port):
        receipt = await asyncio.to_thread(talk, port)
        assert receipt.message_state == 5
        assert b"dlvrd:000" in receipt.short_message
        assert b"stat:UNDELIV err:001" in receipt.short_message
