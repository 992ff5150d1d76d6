"""One port a process: `/metrics`, `/healthz`, `/readyz`.

Rules: healthy means that the process answers; ready means that it has joined its group
(an empty assignment counts; the bind is a metric, since restarting mends no carrier).
"""

import os
import socket
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from agents.metrics import Metrics


class PortInUse(Exception):  # noqa: N818
    """The metrics port is taken; the text names the setting."""

    def __init__(self, port: int, error: OSError) -> None:
        super().__init__(
            f"CHAPPE_METRICS_PORT: port {port} can't be listened on ({why(error)}); "
            "choose another, or 0 for any free one"
        )


def why(error: OSError) -> str:
    """The system's own words: asyncio's repeat the address."""
    number = error.errno or 0
    return os.strerror(number).lower() if number > 0 else str(error)


def listening(port: int) -> socket.socket:
    """On every address, with one port for IPv4 and IPv6: where that is 0, asyncio would take two,
    of which one would be told. Raises PortInUse."""
    both = socket.has_dualstack_ipv6()
    try:
        return socket.create_server(
            ("", port), family=socket.AF_INET6 if both else socket.AF_INET, dualstack_ipv6=both
        )
    except OSError as error:
        raise PortInUse(port, error) from None


class Http:
    """`ready` is asked at each `/readyz`. `port` 0 takes a free one."""

    def __init__(self, metrics: Metrics, ready: Callable[[], bool], port: int) -> None:
        self._metrics, self._ready, self._port = metrics, ready, port
        self._runner: web.AppRunner | None = None
        self.port = port

    async def start(self) -> None:
        """Raises PortInUse."""
        server = listening(self._port)
        self.port = int(server.getsockname()[1])
        app = web.Application()
        app.router.add_get("/metrics", self._scrape)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, server).start()

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _scrape(self, _: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(self._metrics.registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
        )

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        ready = self._ready()
        return web.Response(
            text="ready\n" if ready else "not ready\n", status=200 if ready else 503
        )
