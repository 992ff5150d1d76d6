"""What an ESME sees of the options, over real TCP."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.simulator.server import Simulator
from agents.smpp import commands as c
from agents.smpp import pdu
from tests.agents.simulator.esme import esme
from tests.agents.simulator.running import running, until


async def kinds(options: dict[str, Any], count: int) -> list[int]:
    """The commands that come after one submit, in order."""
    async with running(**options) as (_, port), esme(port) as client:
        client.submit()
        await until(lambda: len(client.pdus) > count, f"{count} PDUs")
        return [each.command_id for each in client.pdus[1:]]


ANSWER, RECEIPT = c.SUBMIT_SM_RESP, c.DELIVER_SM
ORDERS: list[tuple[str, dict[str, Any], list[int]]] = [
    ("as it should be", {}, [ANSWER, RECEIPT]),
    ("the receipt comes first", {"receipt_first": True}, [RECEIPT, ANSWER]),
    ("long before", {"receipt_first": True, "answer_delay_s": 0.05}, [RECEIPT, ANSWER]),
    ("twice", {"receipt_copies": 2}, [ANSWER, RECEIPT, RECEIPT]),
    ("a step before", {"receipt_steps": ["ENROUTE"]}, [ANSWER, RECEIPT, RECEIPT]),
    ("in data_sm", {"receipt_command": "data_sm"}, [ANSWER, c.DATA_SM]),
    ("never answered", {"silent_share": 1.0}, [RECEIPT]),
]


@pytest.mark.parametrize(("why", "options", "commands"), ORDERS, ids=[row[0] for row in ORDERS])
async def test_what_comes_in_which_order(
    why: str, options: dict[str, Any], commands: list[int]
) -> None:
    assert await kinds(options, len(commands)) == commands


ANSWERS: list[tuple[str, dict[str, Any], Callable[[pdu.Pdu], object]]] = [
    ("decimal", {"id_format": "decimal"}, lambda a: a.fields["message_id"].isdigit()),
    ("no id", {"id_format": "empty"}, lambda a: a.complete and a.fields["message_id"] == ""),
    ("no body", {"header_only": True}, lambda a: not a.complete and a.command_status == 0),
    ("a TLV", {"answer_tlvs": {0x1400: b"\x01\x02"}}, lambda a: a.tlvs == {0x1400: b"\1\2"}),
    ("an error", {"refuse_share": 1.0}, lambda a: not a.complete and a.command_status == 8),
    (
        "an error with a body",
        {"refuse_share": 1.0, "error_body": True},
        lambda a: a.complete and a.command_status == 8,
    ),
    (
        "a vendor's own status",
        {"refuse_share": 1.0, "refuse_status": 0x4FF},
        lambda a: a.command_status == 0x4FF,
    ),
    ("a full queue", {"queue_limit": 0}, lambda a: a.command_status == c.ESME_RMSGQFUL),
]


@pytest.mark.parametrize(("why", "options", "right"), ANSWERS, ids=[row[0] for row in ANSWERS])
async def test_answers(
    why: str, options: dict[str, Any], right: Callable[[pdu.Pdu], object]
) -> None:
    async with running(receipt_delay_s=None, **options) as (_, port), esme(port) as client:
        client.submit()
        await until(lambda: client.answers, "the answer")
        assert right(client.answers[0])


async def test_an_answer_without_an_id_has_a_receipt_with_one() -> None:
    """Only the reference joins them."""
    async with running(id_format="empty") as (_, port), esme(port) as client:
        client.submit(tlvs=((c.USER_MESSAGE_REFERENCE, b"\x00\x07"),))
        await until(lambda: client.delivered, "the receipt")
        assert client.delivered[0].tlvs[c.USER_MESSAGE_REFERENCE] == b"\x00\x07"
        assert len(client.delivered[0].tlvs[c.RECEIPTED_MESSAGE_ID]) > 1


async def test_answers_out_of_order() -> None:
    async with (
        running(answer_jitter_s=0.05, receipt_delay_s=None) as (_, port),
        esme(port) as client,
    ):
        sent = [client.submit() for _ in range(50)]
        await until(lambda: len(client.answers) == 50, "50 answers")
        came = [each.sequence for each in client.answers]
        assert sorted(came) == sent
        assert came != sent


async def test_a_late_answer_comes_after_later_ones() -> None:
    async with (
        running(late_share=1.0, late_s=0.1, receipt_delay_s=None) as (smsc, port),
        esme(port) as client,
    ):
        late = client.submit()
        await until(lambda: smsc.submits == 1)
        smsc.options.late_share = 0.0
        soon = client.submit()
        await until(lambda: len(client.answers) == 2, "both")
        assert [each.sequence for each in client.answers] == [soon, late]


@pytest.mark.parametrize(("route", "own"), [("same", 5), ("other", 0)])
async def test_receipts_by_another_bind(route: str, own: int) -> None:
    async with (
        running(receipt_route=route) as (_, port),
        esme(port) as sender,
        esme(port) as other,
        esme(port, system_id="somebody else") as stranger,
    ):
        for _ in range(5):
            sender.submit()
        await until(lambda: len(sender.delivered + other.delivered) == 5, "five receipts")
        assert len(sender.delivered) == own
        assert stranger.delivered == []


async def test_a_receipt_for_another_bind_does_not_wait_for_one() -> None:
    async with running(receipt_route="other") as (_, port), esme(port) as client:
        client.submit()
        await until(lambda: client.delivered, "the receipt on the only bind")


async def test_an_answered_data_sm_does_not_come_again() -> None:
    async with (
        running(receipt_command="data_sm", receipt_retry_s=0.02) as (smsc, port),
        esme(port) as client,
    ):
        client.submit()
        await until(lambda: len(client.delivered) >= 2, "the receipt comes again")
        for each in client.delivered:
            client.answer(each)
        await until(lambda: smsc.deliveries.answered == 1, "answered")


async def test_segments_with_receipts() -> None:
    async with running(receipt_segments="last") as (_, port), esme(port) as client:
        for number in (1, 2, 3):
            header = bytes((5, 0, 3, 7, 3, number))
            client.submit(esm_class=c.ESM_UDHI, short_message=header + b"x")
        await until(lambda: len(client.answers) == 3 and client.delivered)
        ids = [each.fields["message_id"].encode() + b"\0" for each in client.answers]
        assert [each.tlvs[c.RECEIPTED_MESSAGE_ID] for each in client.delivered] == ids[2:]


async def test_a_bind_limit_is_for_each_account() -> None:
    async with (
        running(bind_limit=2) as (smsc, port),
        esme(port),
        esme(port) as second,
        esme(port, command_id=0) as third,
        esme(port, system_id="other"),
    ):
        assert await third.bind() == c.ESME_RALYBND
        await second.close()
        await until(lambda: len(smsc.connections) == 3, "the second is gone")
        assert await third.bind() == 0


async def test_a_bind_answered_late() -> None:
    async with running(bind_delay_s=0.05) as (_, port):
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with esme(port):
            assert loop.time() - began >= 0.05


async def test_whoever_leaves_before_the_bind_is_answered() -> None:
    async with running(bind_delay_s=0.05) as (smsc, port):
        async with esme(port, command_id=0) as client:
            client.send(c.BIND_TRANSCEIVER, system_id="acme", password="secret")
            await until(lambda: smsc.connections)
        await until(lambda: not smsc.connections)
        async with esme(port):
            assert smsc.binds == 1, "only the one that stayed"


async def test_mute_takes_all_and_says_nothing() -> None:
    async with running() as (smsc, port), esme(port) as client:
        smsc.options.mute = True
        client.send(c.ENQUIRE_LINK)
        client.submit()
        client.send(c.UNBIND)
        await until(lambda: smsc.inbox.total == 1)
        smsc.options.mute = False
        enquiry = client.send(c.ENQUIRE_LINK)
        await until(lambda: client.of(c.ENQUIRE_LINK_RESP), "it speaks again")
        assert [each.sequence for each in client.of(c.ENQUIRE_LINK_RESP)] == [enquiry]
        assert (client.answers, client.of(c.UNBIND_RESP), client.gone) == ([], [], False)


async def test_a_slow_reader_answers_all_in_the_end() -> None:
    async with (
        running(read_pause_s=0.01, receipt_delay_s=None) as (smsc, port),
        esme(port) as client,
    ):
        loop = asyncio.get_running_loop()
        began = loop.time()
        for count in range(1, 6):
            client.submit()
            await until(lambda count=count: len(client.answers) == count)  # type: ignore[misc]
        assert loop.time() - began >= 0.04, "a pause after each"
        assert smsc.submits == 5


async def test_no_answer_leaves_before_its_line_is_in_the_file() -> None:
    """A file on a full disk: whoever has no line gets no answer."""
    full = Path("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        async with running(submit_log=full) as (smsc, port), esme(port) as client:
            client.submit()
            await until(lambda: client.gone, "the link to be cut")
            assert (smsc.submits, client.answers) == (1, [])


async def test_every_answer_has_its_line(tmp_path: Path) -> None:
    log = tmp_path / "submits.jsonl"
    async with running(submit_log=log) as (_, port), esme(port) as client:
        for _ in range(200):
            client.submit()
        await until(lambda: len(client.answers) == 200)
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        assert [line["sequence"] for line in lines] == [each.sequence for each in client.answers]
        assert {line["system_id"] for line in lines} == {"acme"}


async def test_a_submit_without_an_answer_is_in_the_log_too(tmp_path: Path) -> None:
    log = tmp_path / "submits.jsonl"
    async with running(submit_log=log, silent_from=1) as (_, port), esme(port) as client:
        header = bytes((5, 0, 3, 7, 2, 1))
        client.submit(
            esm_class=c.ESM_UDHI,
            short_message=header + b"x",
            tlvs=((c.USER_MESSAGE_REFERENCE, b"\x01\x02"),),
        )
        client.submit()
        await until(lambda: log.read_text("utf-8").count("\n") == 2, "both are in the file")
        first, second = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        assert (first["reference"], first["segment"], first["segments"]) == (7, 1, 2)
        assert (first["user_message_reference"], second["user_message_reference"]) == (258, None)
        assert first["fate"] == "silent"


async def test_the_log_knows_more_than_a_killed_client(tmp_path: Path) -> None:
    """A client that goes away without reading: what it wrote and we took is there."""
    log = tmp_path / "submits.jsonl"
    simulator: Simulator
    async with running(submit_log=log) as (simulator, port):
        async with esme(port) as client:
            for _ in range(100):
                client.submit()
        await until(lambda: not simulator.connections)
        assert log.read_text("utf-8").count("\n") == simulator.submits == simulator.inbox.total
