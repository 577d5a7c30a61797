"""What a reader says on a WebSocket, and how much of it is listened to."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import WSMsgType, web

from bakureserve.domain.errors import BadRequest, TooMany

OVER = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})
"""The types of what is received once there is nothing more to hear."""
PINGS_AT_MOST, PING_SECONDS = 20, 10.0
"""Pings that are answered within so many seconds. Clients send one in twenty or thirty."""


class Receiver:
    """Receives messages, and answers pings: which aiohttp would do as often as somebody likes."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._pings = 0
        self._since = 0.0

    async def next(self) -> Any:
        """The next message, which may be one of those that are OVER. Raises TooMany."""
        while True:
            message: Any = await self._socket.receive()
            if message.type is WSMsgType.PING:
                self._count_ping()
                await self._socket.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                return message

    def _count_ping(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._since + PING_SECONDS:
            self._since, self._pings = now, 0
        self._pings += 1
        if self._pings > PINGS_AT_MOST:
            raise TooMany("stream_messages", retry_after=PING_SECONDS)


def text_of(message: Any) -> str:
    """What a message says. Raises BadRequest for one that is not text."""
    if message.type is not WSMsgType.TEXT:
        raise BadRequest("stream_message_unexpected")
    text: str = message.data
    return text
