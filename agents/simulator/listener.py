"""The port: opened, closed for a while, opened again; with TLS where asked for.

Rules: links that are up outlive a closed port; a file or a port that can't be used is
said with the option it came from.
"""

import asyncio
import ssl
from collections.abc import Callable

from agents.http import why
from agents.simulator.options import SimulatorOptions


class Listener:
    """Gives each connection a protocol made by `make`."""

    def __init__(self, options: SimulatorOptions, make: Callable[[], asyncio.Protocol]) -> None:
        self._options = options
        self._make = make
        self._server: asyncio.Server | None = None
        self._tls: ssl.SSLContext | None = None
        self._stopped = False
        self.port = options.port

    @property
    def open(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    async def start(self) -> int:
        """The port. Raises OSError."""
        self._stopped = False
        self._tls = _tls(self._options)
        await self.listen()
        return self.port

    async def listen(self) -> None:
        """On the same port as before. Raises OSError."""
        host = self._options.host
        try:
            loop = asyncio.get_running_loop()
            server = await loop.create_server(self._make, host, self.port, ssl=self._tls)
        except OSError as error:
            raise OSError(
                f"port: {host}:{self.port} can't be listened on ({why(error)}); "
                "choose another, or 0 for any free one"
            ) from None
        if self._stopped:
            server.close()
            return
        self._server = server
        self.port = int(server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """No new connections; those that are up stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def stop(self) -> None:
        """Closed, and the port is free again. All connections must be gone."""
        server, self._stopped = self._server, True
        self.close()
        if server is not None:
            await server.wait_closed()


def _tls(options: SimulatorOptions) -> ssl.SSLContext | None:
    if options.tls_cert is None:
        if options.tls_key or options.tls_client_ca:
            raise OSError("tls_cert: missing; TLS needs the certificate that clients are shown")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(options.tls_cert, options.tls_key)
    except OSError as error:
        raise OSError(
            f"tls_cert, tls_key: {error}; expected PEM files with a certificate and its key"
        ) from None
    if options.tls_client_ca is not None:
        try:
            context.load_verify_locations(options.tls_client_ca)
        except OSError as error:
            raise OSError(
                f"tls_client_ca: {error}; expected a PEM file with certificates"
            ) from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context
