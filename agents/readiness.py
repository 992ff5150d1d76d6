"""Whether processes beside this one are ready: each says so itself, at `/readyz`.

Rules: asked on this machine only; who waits looks again by itself, and decides what is too
long; no answer is an answer.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

import aiohttp

LOOK_S = 0.1
ANSWER_S = 2.0
"""A process that is busy answers late; one that stands still does not."""


class Readiness:
    """`ports`: the HTTP port of each process, by its name; asked by `http`."""

    def __init__(self, ports: Mapping[str, int], http: aiohttp.ClientSession) -> None:
        self._ports, self._http = ports, http

    async def waits(self, *names: str) -> AsyncIterator[str]:
        """Until all of `names` are ready, by default all there are: each LOOK_S what is waited
        for, as `the engine (/readyz on port 9100 says: not ready)`."""
        while waiting := await self._waiting(names or tuple(self._ports)):
            yield waiting
            await asyncio.sleep(LOOK_S)

    async def _waiting(self, names: tuple[str, ...]) -> str:
        """Empty where all are ready."""
        words = await asyncio.gather(*map(self._says, names))
        return ", ".join(
            f"the {name} (/readyz on port {self._ports[name]} {said})"
            for name, said in zip(names, words, strict=True)
            if said
        )

    async def _says(self, name: str) -> str:
        """Empty where it is ready."""
        url, bound = f"http://127.0.0.1:{self._ports[name]}/readyz", aiohttp.ClientTimeout(ANSWER_S)
        try:
            async with self._http.get(url, timeout=bound) as answer:
                if answer.status == 200:
                    return ""
                return f"says: {(await answer.text(errors='replace')).strip()}"
        except (aiohttp.ClientError, TimeoutError):
            return "does not answer"
