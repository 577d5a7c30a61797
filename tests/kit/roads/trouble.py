"""What can go wrong with a map service, and a front before OSRM that makes it go wrong.

A trouble is asked before the true answer is given: it answers in its place, or returns None after
whatever it did to the caller.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import cycle
from typing import NamedTuple

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

Trouble = Callable[[web.Request], Awaitable[web.StreamResponse | None]]


def delaying(seconds: float) -> Trouble:
    """Answers the truth, but late."""

    async def trouble(_request: web.Request) -> None:
        await asyncio.sleep(seconds)

    return trouble


def hanging() -> Trouble:
    """Takes the request and says nothing for as long as the server lives."""

    async def trouble(_request: web.Request) -> None:
        await asyncio.Event().wait()

    return trouble


def resetting() -> Trouble:
    """Cuts the connection in the middle of the request."""

    async def trouble(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return trouble


def resetting_once() -> Trouble:
    """Cuts the first connection, as a server does that has closed it while idle."""
    first = iter([True])
    reset = resetting()

    async def trouble(request: web.Request) -> web.StreamResponse | None:
        return await reset(request) if next(first, False) else None

    return trouble


def trickling(byte: bytes = b" ", pause: float = 0.05) -> Trouble:
    """Answers 200 and then one byte at a time, for ever."""

    async def trouble(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        while True:
            await answer.write(byte)
            await asyncio.sleep(pause)

    return trouble


def answering(
    body: bytes | str, *, status: int = 200, content_type: str = "application/json"
) -> Trouble:
    """Answers this, whatever was asked."""
    raw = body.encode() if isinstance(body, str) else body

    async def trouble(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=raw, status=status, headers={"Content-Type": content_type})

    return trouble


def redirecting() -> Trouble:
    """Sends every request on to another path of its own."""

    async def trouble(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    return trouble


def huge(megabytes: int = 5) -> Trouble:
    """Answers valid JSON of that size."""
    return answering(b'{"code": "' + b"x" * (megabytes * 1_000_000) + b'"}')


def any_of(*troubles: Trouble) -> Trouble:
    """One after another, and after the last the first again."""
    turns = cycle(troubles)

    async def trouble(request: web.Request) -> web.StreamResponse | None:
        return await next(turns)(request)

    return trouble


class Case(NamedTuple):
    """A trouble, and how a leg of an estimate tells that it met it."""

    trouble: Trouble
    outcome: str
    detail: str


TROUBLES = {
    "hangs": Case(hanging(), "timeout", ""),
    "trickles": Case(trickling(), "timeout", ""),
    "is slow": Case(delaying(5), "timeout", ""),
    "resets": Case(resetting(), "error", "broken_off"),
    "fails": Case(answering("oops", status=500), "error", "status_500"),
    "sends elsewhere": Case(redirecting(), "error", "status_302"),
    "says nothing": Case(answering(""), "error", "garbled"),
    "talks nonsense": Case(answering("<html>busy</html>"), "error", "garbled"),
    "sends megabytes": Case(huge(5), "error", "too_large"),
}
"""Every trouble of a map service: the engine meets them all (`tests/eta`), others one or two."""


class Front:
    """Stands before a real service: passes every request on, unless it is in trouble.

    `asked` are the paths that were asked for, with their queries.
    """

    def __init__(self, target: str) -> None:
        self.trouble: Trouble | None = None
        self.asked: list[str] = []
        self._target = target
        self._server: TestServer | None = None
        self._http: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.port}"

    async def open(self) -> None:
        self._http = aiohttp.ClientSession()
        self._server = await serve(self.answer)

    async def close(self) -> None:
        assert self._server is not None
        assert self._http is not None
        await self._server.close()
        await self._http.close()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Pass one request on, or be in trouble."""
        self.asked.append(request.path_qs)
        if self.trouble is not None:
            instead = await self.trouble(request)
            if instead is not None:
                return instead
        assert self._http is not None
        async with self._http.get(f"{self._target}{request.path_qs}") as answer:
            body = await answer.read()
            return web.Response(body=body, status=answer.status, content_type=answer.content_type)


async def serve(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> TestServer:
    """Answer every request to a free port of loopback with `handler`; close it without waiting."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(shutdown_timeout=0.0)
    return server
