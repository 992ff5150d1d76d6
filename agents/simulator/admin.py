"""The admin port: what the simulator does, seen and changed over HTTP while it runs.

Rules: all is JSON; a wrong request changes nothing and gets 4xx with a sentence; actions
are those of the scenario. There is no password, so it listens on loopback unless told.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import TypeAdapter, ValidationError

from agents.http import why
from agents.simulator.actions import KEYS, Actions
from agents.simulator.connection import Connection
from agents.simulator.inbox import Received, as_line
from agents.simulator.operator import CannotDo, Operator
from agents.simulator.options import Changes, SimulatorOptions
from agents.simulator.server import Simulator
from agents.simulator.values import sentences

MOST_SHOWN: Final = 1000
CHANGES: Final[TypeAdapter[SimulatorOptions]] = TypeAdapter(Changes)
OPTION_NAMES: Final = {"": tuple(SimulatorOptions.model_fields)}
ACTION_NAMES: Final = {"": KEYS["actions"], "set": OPTION_NAMES[""], "reply": KEYS["reply"]}


class Admin:
    """`port` 0 takes a free one, which `start` returns."""

    def __init__(self, simulator: Simulator, operator: Operator, host: str, port: int) -> None:
        self._simulator, self._operator = simulator, operator
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None

    async def start(self) -> int:
        """The port it listens on. Raises OSError."""
        app = web.Application(middlewares=[_in_json])
        app.router.add_get("/", self._status)
        app.router.add_patch("/options", self._options)
        app.router.add_post("/actions", self._actions)
        app.router.add_get("/inbox", self._inbox)
        app.router.add_delete("/inbox", self._clear)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, reuse_port=False)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise OSError(
                f"--admin-port: {self._host}:{self._port} can't be listened on "
                f"({why(error)}); choose another, or 0 for any free one"
            ) from None
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _status(self, _: web.Request) -> web.Response:
        return _json(status(self._simulator))

    async def _options(self, request: web.Request) -> web.Response:
        try:
            changes = CHANGES.validate_json(await _body(request))
        except ValidationError as error:
            return _refused(*sentences(error, OPTION_NAMES))
        self._simulator.options.change(changes)
        return _json(self._simulator.options.shown())

    async def _actions(self, request: web.Request) -> web.Response:
        try:
            actions = Actions.model_validate_json(await _body(request))
            if not actions.given():
                return _refused(f"nothing to do; there is: {', '.join(KEYS['actions'])}")
            met = self._operator.perform(actions)
        except ValidationError as error:
            return _refused(*sentences(error, ACTION_NAMES))
        except CannotDo as error:
            return _refused(str(error))
        return _json({"done": actions.given(), "links": met})

    async def _inbox(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        limit = query.pop("limit", "100")
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= MOST_SHOWN):
            return _refused(f"limit: expected a number from 1 to {MOST_SHOWN}")
        wanted: dict[str, str] = {key: query.pop(key) for key in FILTERS if key in query}
        if query:
            return _refused(
                f"{next(iter(query))}: no filter; there is: {', '.join(FILTERS)}, limit"
            )
        inbox = self._simulator.inbox
        found = [each for each in inbox if _matches(each, wanted)]
        shown = [as_line(each) for each in found[-int(limit) :]]
        return _json({"total": inbox.total, "found": len(found), "messages": shown})

    async def _clear(self, _: web.Request) -> web.Response:
        self._simulator.inbox.clear()
        return _json({"total": 0})


FILTERS: Final = ("destination", "source", "system_id", "text")


def _matches(message: Received, wanted: dict[str, str]) -> bool:
    """A text is looked for within; all else is the same or not."""
    return all(
        value in message.text if key == "text" else value == getattr(message, key)
        for key, value in wanted.items()
    )


async def _body(request: web.Request) -> bytes:
    """Raises HTTPBadRequest where there is none: the words for broken JSON would puzzle."""
    if not (body := await request.read()).strip():
        raise web.HTTPBadRequest(reason="not JSON: the body is empty")
    return body


@web.middleware
async def _in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Also what aiohttp refuses by itself."""
    try:
        return await handler(request)
    except web.HTTPException as refused:
        answer = _json({"error": _why_not(request, refused)}, refused.status)
        if "Allow" in refused.headers:
            answer.headers["Allow"] = refused.headers["Allow"]
        return answer


def _why_not(request: web.Request, refused: web.HTTPException) -> str:
    if isinstance(refused, web.HTTPMethodNotAllowed):
        takes = " or ".join(sorted(refused.allowed_methods - {"HEAD"}))
        return f"{request.path} takes {takes}, got {refused.method}"
    if isinstance(refused, web.HTTPRequestEntityTooLarge):
        return f"the body is larger than {request.client_max_size} octets"
    if isinstance(refused, web.HTTPNotFound):
        return f"there is no {request.path}; there is: /, /options, /actions, /inbox"
    return refused.reason


def _json(value: Any, status: int = 200) -> web.Response:
    """With an end of line, for who reads it in a shell."""
    text = json.dumps(value, ensure_ascii=False) + "\n"
    return web.Response(text=text, status=status, content_type="application/json")


def _refused(*said: str) -> web.Response:
    return _json({"error": "; ".join(said)}, status=400)


def status(simulator: Simulator) -> dict[str, Any]:
    """As JSON: counts since the start, what waits, the links, and the options."""
    deliveries = simulator.deliveries
    return {
        "listening": simulator.listener.open,
        "port": simulator.listener.port,
        "binds": simulator.binds,
        "submits": simulator.submits,
        "taken": simulator.taken,
        "answered": simulator.answers,
        "most_unanswered": simulator.most_unanswered,
        "enquiries_answered": simulator.enquiries_answered,
        "unbinds_answered": simulator.unbinds_answered,
        "messages": simulator.inbox.total,
        "incomplete": simulator.phones.incomplete,
        "deliveries": {
            "waiting": deliveries.waiting,
            "unanswered": sum(len(each.delivering) for each in simulator.connections),
            "sent": deliveries.sent,
            "answered": deliveries.answered,
        },
        "links": list(_links(simulator)),
        "options": simulator.options.shown(),
    }


def _links(simulator: Simulator) -> Iterator[dict[str, Any]]:
    each: Connection
    for each in simulator.connections:
        mode = ("transmitter", "receiver", "transceiver")[each.transmits + 2 * each.receives - 1]
        yield {
            "system_id": each.system_id,
            "bind": mode if each.bound else None,
            "submits": each.submits,
            "unanswered": each.unanswered,
            "delivering": len(each.delivering),
        }
