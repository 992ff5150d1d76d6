"""The admin port over real HTTP."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from agents.simulator.admin import Admin
from agents.simulator.operator import Operator
from agents.simulator.server import Simulator
from tests.agents.simulator.esme import esme
from tests.agents.simulator.running import running, until


class Console:
    """An operator's shell. `get` and the like give the status and the JSON."""

    def __init__(self, simulator: Simulator, port: int, http: aiohttp.ClientSession) -> None:
        self.smsc, self.port, self._http = simulator, port, http

    async def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
        async with self._http.request(method, path, data=body) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Any:
        status, body = await self.ask("GET", path)
        assert status == 200, body
        return body


@asynccontextmanager
async def console(**options: Any) -> AsyncIterator[Console]:
    async with running(**options) as (simulator, port):
        admin = Admin(simulator, Operator(simulator, lambda line: None), "127.0.0.1", 0)
        base = f"http://127.0.0.1:{await admin.start()}"
        async with aiohttp.ClientSession(base) as http:
            yield Console(simulator, port, http)
        await admin.stop()


async def test_the_status() -> None:
    async with console(password="secret", silent_from=3) as on, esme(on.port) as client:
        for _ in range(3):
            client.submit()
        await until(lambda: len(client.delivered) == 3)
        client.answer(client.delivered[0])
        await until(lambda: on.smsc.deliveries.answered == 1)
        status = await on.get("/")
    shown = {name: status[name] for name in ("listening", "port", "binds", "submits", "taken")}
    assert shown == {"listening": True, "port": on.port, "binds": 1, "submits": 3, "taken": 3}
    assert (status["answered"], status["messages"], status["most_unanswered"]) == (2, 3, 1)
    assert status["deliveries"] == {"waiting": 0, "unanswered": 2, "sent": 3, "answered": 1}
    (link,) = status["links"]
    assert link == {
        "system_id": "acme",
        "bind": "transceiver",
        "submits": 3,
        "unanswered": 0,
        "delivering": 2,
    }
    assert (status["options"]["silent_from"], status["options"]["password"]) == (3, "***")


async def test_options_change_at_once() -> None:
    async with console() as on, esme(on.port) as client:
        body = '{"refuse_share": 1, "refuse_status": "0x400", "late_s": "2m"}'
        status, options = await on.ask("PATCH", "/options", body)
        assert (status, options["refuse_status"], options["late_s"]) == (200, 0x400, 120.0)
        client.submit()
        await until(lambda: client.answers)
        assert client.answers[0].command_status == 0x400


async def test_actions() -> None:
    async with console() as on, esme(on.port) as client:
        reply = '{"reply": {"from": "336", "to": "Chappe", "text": "STOP"}, "say": "a reply"}'
        assert await on.ask("POST", "/actions", reply) == (
            200,
            {"done": ["say", "reply"], "links": {}},
        )
        await until(lambda: client.delivered, "the reply")
        body = {"done": ["cut"], "links": {"cut": 1}}
        assert await on.ask("POST", "/actions", '{"cut": null}') == (200, body)
        await until(lambda: client.gone)


async def test_the_inbox() -> None:
    async with console() as on, esme(on.port) as client:
        for to, text in (("336", "œuf €"), ("337", "two"), ("336", "three")):
            client.submit(
                destination_addr=to, short_message=text.encode("utf-16-be"), data_coding=8
            )
        await until(lambda: on.smsc.inbox.total == 3)
        rows = [
            ("", ["œuf €", "two", "three"]),
            ("?destination=336", ["œuf €", "three"]),
            ("?destination=336&limit=1", ["three"]),
            ("?text=wo&source=Chappe&system_id=acme", ["two"]),
            ("?destination=33", []),
        ]
        for query, texts in rows:
            found = await on.get(f"/inbox{query}")
            assert [message["text"] for message in found["messages"]] == texts, query
            assert found["total"] == 3
        assert await on.ask("DELETE", "/inbox") == (200, {"total": 0})
        assert (await on.get("/inbox"))["messages"] == []


async def test_how_many_links_an_action_met_is_told() -> None:
    rows = [
        ({"cut": "nobody"}, {"cut": 0}),
        ({"unbind": "nobody"}, {"unbind": 0}),
        ({"enquire": "acme"}, {"enquire": 1}),
        ({"enquire": None, "stop_reading": "1ms"}, {"enquire": 2, "stop_reading": 2}),
        ({"garbage": "nack"}, {"garbage": 2}),
        ({"say": "nothing is done to a link"}, {}),
    ]
    async with console() as on, esme(on.port), esme(on.port, system_id="other"):
        for actions, links in rows:
            _, answer = await on.ask("POST", "/actions", json.dumps(actions))
            assert answer["links"] == links, actions


WRONG: list[tuple[str, str, str | None, str]] = [
    ("PATCH", "/options", '{"throttle_share": 2}', "throttle_share: expected at most 1"),
    ("PATCH", "/options", '{"throtle_share": 1}', "did you mean `throttle_share`?"),
    ("PATCH", "/options", '{"port": 1}', "port can't change while it runs"),
    ("PATCH", "/options", '{"mute": true, "throttle_share": 2}', "throttle_share: expected"),
    ("PATCH", "/options", "mute=true", "not JSON"),
    ("PATCH", "/options", "[]", "expected keys with values"),
    ("PATCH", "/options", '{"receipt_dates": 99999999999999999999}', "expected a smaller number"),
    ("POST", "/actions", "", "not JSON: the body is empty"),
    ("POST", "/actions", '{"cut', "not JSON: EOF while parsing a string"),
    ("POST", "/actions", '{"garbage": null}', "garbage: expected octets in hexadecimal, or one"),
    ("POST", "/actions", '{"garbage": ""}', "garbage: expected octets in hexadecimal, or one"),
    ("POST", "/actions", '{"set": null}', "set: expected keys with values"),
    ("POST", "/actions", '{"stop_listening": true}', "stop_listening: expected a time such as"),
    ("POST", "/actions", "{}", "nothing to do; there is: say, set,"),
    ("POST", "/actions", '{"cutt": null}', "cutt: unknown key; did you mean `cut`?"),
    ("POST", "/actions", '{"cut": null, "set": {"mtue": true}}', "set.mtue: unknown key"),
    ("POST", "/actions", '{"reply": null}', "reply: expected from, to and text"),
    ("POST", "/actions", '{"reply": {"from": "1", "to": "2"}}', "reply.text: missing"),
    ("POST", "/actions", '{"garbage": "xy"}', "garbage: expected octets in hexadecimal"),
    ("GET", "/inbox?limit=0", None, "limit: expected a number from 1 to 1000"),
    ("GET", "/inbox?number=336", None, "number: no filter; there is: destination,"),
]


@pytest.mark.parametrize(("method", "path", "body", "said"), WRONG, ids=[r[3] for r in WRONG])
async def test_wrong_requests_are_told_and_change_nothing(
    method: str, path: str, body: str | None, said: str
) -> None:
    async with console() as on, esme(on.port) as client:
        status, answer = await on.ask(method, path, body)
        assert status == 400
        assert said in answer["error"]
        assert not on.smsc.options.mute
        assert not client.gone


NOT_ALLOWED: list[tuple[str, str, str | None, int, str]] = [
    ("GET", "/nope", None, 404, "there is no /nope; there is: /, /options, /actions, /inbox"),
    ("GET", "/inbox/", None, 404, "there is no /inbox/"),
    ("POST", "/", "{}", 405, "/ takes GET, got POST"),
    ("PUT", "/inbox", "{}", 405, "/inbox takes DELETE or GET, got PUT"),
    ("PATCH", "/options", " " * 2**21, 413, "the body is larger than 1048576 octets"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "said"), NOT_ALLOWED)
async def test_what_http_itself_refuses_is_told_in_json(
    method: str, path: str, body: str | None, status: int, said: str
) -> None:
    async with console() as on:
        told, answer = await on.ask(method, path, body)
        assert (told, said in answer["error"]) == (status, True), answer


async def test_a_port_that_is_taken() -> None:
    async with running() as (simulator, port):
        admin = Admin(simulator, Operator(simulator), "127.0.0.1", port)
        with pytest.raises(OSError, match=f"--admin-port: 127.0.0.1:{port} can't be listened on"):
            await admin.start()
