"""Whether processes beside this one are ready: each says so itself, at `/readyz`.

Rules: asked on this machine only; who waits looks again by itself, and decides what is too
long; no answer is an answer.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Self

import aiohttp

LOOK_S = 0.1
ANSWER_S = 2.0
"""A process that is busy answers late; one that stands still does not."""


class Readiness:
    """`ports`: the HTTP port of each process, by its name."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._ports = ports
        self._http: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.close()

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
        try:
            async with self._http.get(f"http://127.0.0.1:{self._ports[name]}/readyz") as answer:
                if answer.status == 200:
                    return ""
                return f"says: {(await answer.text(errors='replace')).strip()}"
        except (aiohttp.ClientError, TimeoutError):
            return "does not answer"
