"""Connections to clients, over the network and through the control socket.

How long one may be idle, what a peer that speaks no HTTP is answered, how all of them end when the
server stops, and who is at the other end of the control socket.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, cast

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from bakureserve.control_sockets import control_socket, peer_account
from bakureserve.domain.accounts.actor import Actor, cli_actor
from bakureserve.domain.errors import Unavailable
from bakureserve.server.connection_limits import HEALTH_ONLY, ConnectionLimits
from bakureserve.server.front_cache import FrontCache
from bakureserve.server.pipeline import put_headers
from bakureserve.server.problems import HttpRefusal, problem_response, refusal_of
from bakureserve.server.streams.stream_limits import FrameMeter, MeteredParser

IDLE_SECONDS = 75.0
"""How long a connection may wait between requests, and how long the head of one may take to come.

Longer than the minute for which proxies usually keep theirs, so that the proxy is the one to close.
"""

ABOUT_HEALTH = frozenset(
    f"{version}/{page}" for version in ("", "/v1") for page in ("health", "livez", "readyz")
)
"""Answered even at the limit of connections."""
SOFTLY_SECONDS = 0.25
"""How long a stopping server still answers on open connections. One that is idle for longer is
hardly used at the very moment it is closed."""
FULL_SECONDS = 5
"""When a client that found all connections taken may try again."""

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

MALFORMED: Final = HttpRefusal(status=400, code="request_malformed")

_SETTINGS: Mapping[str, Any] = {
    "access_log": None,
    "keepalive_timeout": IDLE_SECONDS,
    # A compressed megabyte keeps the loop busy for half a second, even where no handler reads it.
    "auto_decompress": False,
}


class HttpConnection(RequestHandler):
    """One connection to the server.

    `frames` counts what comes in once it is a WebSocket. When it `ends_soon`, the next answer is
    its last.
    """

    __slots__ = ("ends_soon", "frames")

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.frames: FrameMeter | None = None
        self.ends_soon = False

    def set_parser(self, parser: Any, data_received_cb: Callable[[], None] | None = None) -> None:
        """Parse what comes in from now on as another protocol."""
        if self.frames is not None:
            parser = MeteredParser(parser, self.frames, self.pause_reading)
        super().set_parser(parser, data_received_cb)

    def data_received(self, data: bytes) -> None:
        """Read a request that is under way to its end, even while the server stops.

        aiohttp would throw away the rest of its body, and wait in vain for its handler.
        """
        stopping = self._close, self._force_close
        if not (any(stopping) and self._request_in_progress):
            self._parse(data)
            return
        self._close = self._force_close = False
        try:
            self._parse(data)
        finally:
            self._close, self._force_close = stopping

    def _parse(self, data: bytes) -> None:
        """Parse what came in; a body whose next part is malformed ends there, as incomplete.

        aiohttp would answer the malformed part after the request whose body it is in, which would
        wait for its rest until it is too late.
        """
        super().data_received(data)
        if not (self._messages and isinstance(self._messages[-1][0], _ErrInfo)):
            return
        if len(self._messages) > 1:
            body = self._messages[-2][1]
        elif self._current_request is not None:
            body = self._current_request.content
        else:
            return
        if not body.is_eof():
            self._messages.pop()
            self.ends_soon = True
            body.set_exception(web.RequestPayloadError("malformed"))

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """When the server stops, announce with the last answer that the connection ends.

        A proxy would otherwise send the next guest's request on it, and get no answer.
        """
        if self.ends_soon:
            resp.force_close()
        return await super().finish_response(request, resp, start_time)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that cannot be parsed, and close the connection.

        aiohttp would send back, and log, what it could not parse: secrets included. An answer that
        has begun is cut off: why is in the log already, with the request's id.
        """
        if request.writer.output_size:
            raise ConnectionAbortedError from exc
        if status != MALFORMED.status:
            return super().handle_error(request, status, exc, message)
        request_id = token_hex(8)
        structlog.get_logger(__name__).info("request_malformed", request_id=request_id)
        response = problem_response(MALFORMED, "en", request_id)
        response.headers["X-Request-ID"] = request_id
        put_headers(response)
        response.force_close()
        return response

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Skip badly encoded bodies: they have their answer, and are no fault of the server."""
        if not isinstance(kw.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **kw)


class GuestConnection(HttpConnection):
    """A connection over the network, within its client's limit.

    What the front cache knows is answered at once, past aiohttp's parser, while the connection is
    `_in_step`: the last request came alone and is answered, and nothing is left in the parser.
    While such a request is under way, `_head` is what came in. `_is_idle` says that none is.
    """

    __slots__ = ("_entered_as", "_front", "_head", "_in_step", "_is_idle", "_limits", "_peer")

    def __init__(
        self, limits: ConnectionLimits, front: FrontCache | None, *args: Any, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self._limits = limits
        self._front = front
        self._head: bytes | None = None
        self._in_step = self._is_idle = True
        self._peer = ""
        self._entered_as: str | None = None

    @property
    def idle_since(self) -> float | None:
        """When it was made or last answered, plus a constant; None while it is in use."""
        if self._request_in_progress or self._messages or self._upgraded:
            return None
        return self._next_keepalive_close_time

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if peer else ""
        self._entered_as = self._limits.enter(self, self._peer)
        if self._entered_as == HEALTH_ONLY and self._request_handler is not None:
            self._request_handler = partial(_tell_of_health, self._request_handler)
            self._front = None
        if self._entered_as is None:
            cast("asyncio.Transport", transport).abort()
        else:
            super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._entered_as is not None:
            self._limits.leave(self, self._entered_as)
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Answer from the front cache, or have it parsed."""
        if self._front is None:
            super().data_received(data)
            return
        if self._in_step and self._may_answer_at_once:
            answer = self._front.answer(data, self._peer)
            if answer is not None:
                cast("asyncio.Transport", self.transport).write(b"".join(answer))
                self._next_keepalive_close_time = self._loop.time() + IDLE_SECONDS
                return
        nothing_under_way = self._is_idle
        self._is_idle = self._in_step = False
        super().data_received(data)
        self._head = data if nothing_under_way and self._was_one_request(data) else None

    @property
    def _may_answer_at_once(self) -> bool:
        """Whether the connection goes on, and its client reads what it is sent."""
        return not (
            self._paused or self._upgraded or self.ends_soon or self._close or self._force_close
        )

    def _was_one_request(self, data: bytes) -> bool:
        """Whether that was one whole request, so that nothing is left of it in the parser.

        It was if what was parsed begins and ends with it, and has as many headers: had the parser
        held anything before, it would have found more, or no sense in it.
        """
        if len(self._messages) != 1:
            return False
        message, body = self._messages[0]
        if isinstance(message, _ErrInfo):
            return False
        first = f"{message.method} {message.path} HTTP/1.1\r\n"
        end = data.find(b"\r\n\r\n")
        return (
            body.is_eof()
            and len(data) == end + 4 + body.total_bytes
            and len(message.raw_headers) == data.count(b"\r\n", 0, end)
            and data.startswith(first.encode("utf-8", "surrogateescape"))
        )

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Offer the answer to the front cache."""
        finished = await super().finish_response(request, resp, start_time)
        head, self._head = self._head, None
        self._is_idle = not self._messages
        if self._front is not None and head is not None and finished[0].keep_alive:
            self._in_step = True
            self._front.keep(head, request, finished[0])
        return finished


async def _tell_of_health(answer: Answer, request: web.BaseRequest) -> web.StreamResponse:
    """Answer health checks although all is full, refuse the rest, and close the connection."""
    if request.path in ABOUT_HEALTH:
        response = await answer(request)
    else:
        refusal = refusal_of(Unavailable("connections_full", retry_after=FULL_SECONDS), request)
        response = problem_response(refusal, "en", token_hex(8))
        put_headers(response)
    response.force_close()
    return response


async def listen(
    runner: web.AppRunner,
    limits: ConnectionLimits,
    host: str,
    port: int,
    *,
    backlog: int,
    front: FrontCache | None = None,
) -> asyncio.Server:
    """Accept connections for an application that is set up. Raises Unavailable."""
    try:
        return await asyncio.get_running_loop().create_server(
            connections_of(runner, partial(GuestConnection, limits, front)),
            host,
            port,
            backlog=backlog,
        )
    except OSError as error:
        raise Unavailable("cannot_listen", host=host, port=port, reason=_reason(error)) from error


async def end_softly(runner: web.AppRunner) -> None:
    """Have each open connection end with its next answer, and wait a moment for that.

    A request sent on a connection as it closes gets no answer, and a proxy may not repeat it.
    """
    open_ones = cast("web.Server", runner.server).connections
    for each in open_ones:
        cast("HttpConnection", each).ends_soon = True
    if open_ones:
        await asyncio.sleep(SOFTLY_SECONDS)


def connections_of(
    runner: web.AppRunner, kind: Callable[..., HttpConnection]
) -> Callable[[], HttpConnection]:
    """A factory of the application's connections, for asyncio's servers."""
    server, loop = cast("web.Server", runner.server), asyncio.get_running_loop()
    return lambda: kind(server, loop=loop, **_SETTINGS)


def _reason(error: OSError) -> str:
    """The system's own words; asyncio wraps them into a sentence."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)  # an unknown host: its numbers are below zero


class ControlConnection(HttpConnection):
    """A connection through the control socket; `operator` is the account that the kernel names."""

    __slots__ = ("operator",)

    operator: Actor

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        handle = transport.get_extra_info("socket").fileno()
        self.operator = cli_actor(peer_account(handle))
        super().connection_made(transport)


@asynccontextmanager
async def listening_for_operators(runner: web.AppRunner, folder: Path) -> AsyncIterator[None]:
    """Serve on a control socket in `folder`; where that fails, log it and serve without."""
    with ExitStack() as opened:
        try:
            listener = opened.enter_context(control_socket(folder))
        except OSError as error:
            structlog.get_logger(__name__).warning("no_control_socket", reason=error.strerror)
            yield
            return
        server = await asyncio.get_running_loop().create_unix_server(
            connections_of(runner, ControlConnection), sock=listener
        )
        try:
            yield
        finally:
            server.close()
