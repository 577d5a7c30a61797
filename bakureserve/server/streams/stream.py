"""One WebSocket from its handshake to its close.

Frames go out uncompressed: a compressor for each of thousands of readers would take more memory
than the rest of the server, and make the bytes that they share different for each.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from aiohttp import WSCloseCode, web

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import ReserveError
from bakureserve.server.connections import HttpConnection
from bakureserve.server.pipeline import EXCHANGE, begin, log_failure
from bakureserve.server.problems import INTERNAL_ERROR, status_of
from bakureserve.server.streams.messages import Followed
from bakureserve.server.streams.session import (
    OVER,
    Ended,
    ReaderIdentity,
    Receiver,
    StreamSession,
    subscribed,
    text_of,
)
from bakureserve.server.streams.stream_limits import FrameMeter, StreamLimits
from bakureserve.services.arrivals.live import Live

LONGEST_MESSAGE = 16 * 1024
"""Bytes of a message from a reader: a token, with room to spare."""
AUTH_SECONDS = 10.0
"""How long a reader may take to authenticate."""
CLOSING_SECONDS = 2.0
"""How long a reader may take to answer a close before the connection is cut."""
SEND_BUFFER = 128 * 1024
"""Bytes that the kernel may hold for one reader, so that a slow one is noticed soon."""

AUTH_TOO_LATE = 4408
ERROR_CODES = 4000
"""The close code of an error is this plus its HTTP status; the reason is the error's code."""


class Stream:
    """A reader's WebSocket on a subject; `after` is the last event they received."""

    def __init__(
        self,
        request: web.Request,
        followed: Followed,
        identity: ReaderIdentity,
        *,
        live: Live,
        stream_limits: StreamLimits,
        frames: FrameMeter,
        after: int | None,
        heartbeat: float,
    ) -> None:
        self._request = request
        self._followed = followed
        self._identity = identity
        self._live = live
        self._stream_limits = stream_limits
        self._frames = frames
        self._after = after
        self._heartbeat = heartbeat
        self._socket = web.WebSocketResponse(
            timeout=CLOSING_SECONDS,
            heartbeat=heartbeat,  # pings, which detect that a reader has vanished
            autoping=False,
            max_msg_size=LONGEST_MESSAGE,
            compress=False,
        )
        self._receiver = Receiver(self._socket)
        self._session: StreamSession | None = None
        self._closed = asyncio.Event()
        self._closed.set()

    async def run(self, visitor: Actor | None) -> web.WebSocketResponse:
        """Complete the handshake, and serve the reader until either side ends the stream.

        `visitor` has authenticated by header; None authenticates by the first message. Raises the
        errors of the subject's GET as long as they can be answered over HTTP.
        """
        async with AsyncExitStack() as held:
            if visitor:
                self._session = await self._begin(held, visitor)
            self._count_frames()
            exchange = self._request[EXCHANGE]
            await begin(self._socket, self._request, exchange)
            try:
                await self._talk(held)
            except Ended as end:
                await self._close(end.code, end.reason)
            except ReserveError as error:
                await self._close(ERROR_CODES + status_of(error), error.code)
            except ConnectionError:
                pass  # the reader is gone
            except Exception as error:  # noqa: BLE001 - HTTP has no answer any more
                log_failure(error, self._request, exchange)
                await self._close(WSCloseCode.INTERNAL_ERROR, INTERNAL_ERROR.code)
            await self._closed.wait()  # the connection is closed with the return
        return self._socket

    async def _talk(self, held: AsyncExitStack) -> None:
        """Meet the reader, unless that is known, and send until the stream is over."""
        self._bound_kernel_buffer()
        held.enter_context(self._stream_limits.holding(self))
        async with self._within_budget():
            if self._session is None:
                self._session = await self._begin(held, await self._authenticate())
            await self._session.run()

    async def stop(self, retry_after: float) -> None:
        """Tell the reader that the server stops, and after how many seconds to reconnect; close."""
        self._closed.clear()
        try:
            async with self._cut_off_when_late():
                if self._session is not None:
                    await self._session.announce_end(retry_after)
                await self._socket.close(code=WSCloseCode.GOING_AWAY, message=b"server_stopping")
        except ConnectionError:
            pass  # the reader is gone
        finally:
            self._closed.set()

    async def _begin(self, held: AsyncExitStack, actor: Actor) -> StreamSession:
        """Subscribe this reader for as long as `held` is open."""
        held.enter_context(self._stream_limits.admit_account(actor.subject))
        subscription = await held.enter_async_context(
            subscribed(self._live, self._followed, actor, self._after)
        )
        return StreamSession(
            self._socket,
            self._receiver,
            self._followed,
            self._identity,
            subscription,
            live=self._live,
            heartbeat=self._heartbeat,
            count=self._stream_limits.count_delivery,
        )

    async def _authenticate(self) -> Actor:
        """Wait for the message with a token. Raises Ended, ReserveError, ConnectionError."""
        try:
            async with asyncio.timeout(AUTH_SECONDS):
                message = await self._receiver.next()
        except TimeoutError:
            raise Ended(AUTH_TOO_LATE, "auth_too_late") from None
        if message.type in OVER:
            raise ConnectionResetError
        return await self._identity.renew(text_of(message))

    def _count_frames(self) -> None:
        """Count incoming frames, from the first byte after the handshake."""
        connection = self._request.protocol
        if isinstance(connection, HttpConnection):
            connection.frames = self._frames

    @asynccontextmanager
    async def _within_budget(self) -> AsyncIterator[None]:
        """End the block when too many frames come in. Raises Ended."""
        try:
            async with asyncio.timeout(None) as patience:
                now = asyncio.get_running_loop().time()
                self._frames.on_overflow = lambda: patience.reschedule(now)
                if self._frames.is_over:
                    self._frames.on_overflow()
                yield
        except TimeoutError:
            if not patience.expired():
                raise
            raise Ended(WSCloseCode.POLICY_VIOLATION, "too_many_frames") from None

    def _bound_kernel_buffer(self) -> None:
        connection = self._request.get_extra_info("socket")
        if connection is not None:
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    async def _close(self, code: int, reason: str) -> None:
        """Close with a reason."""
        self._stream_limits.closed[code] += 1
        async with self._cut_off_when_late():
            await self._socket.close(code=code, message=reason.encode())

    @asynccontextmanager
    async def _cut_off_when_late(self) -> AsyncIterator[None]:
        """Cut the connection of a reader that does not even read the close."""
        transport = self._request.transport
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                yield
        except TimeoutError:
            if transport is not None:
                transport.abort()
