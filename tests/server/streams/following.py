"""A client at the end of a stream."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType

from tests.kit.browser import Browser
from tests.kit.cast import bearing

Json = dict[str, Any]
PATIENCE = 5.0


class Follower:
    """Reads messages, and how the stream ends."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> Json:
        """The next message that is no heartbeat."""
        while True:
            message = await self.any()
            if message["type"] != "heartbeat":
                return message

    async def any(self) -> Json:
        message = await self.socket.receive(timeout=PATIENCE)
        assert message.type is WSMsgType.TEXT, message
        read: Json = message.json()
        assert read.keys() == {"id", "type", "data"}
        return read

    async def end(self) -> tuple[int | None, str]:
        """The close code and the reason, after whatever else is said."""
        while True:
            message = await self.socket.receive(timeout=PATIENCE)
            if message.type is not WSMsgType.TEXT:
                return self.socket.close_code, str(message.extra or "")

    async def leave(self) -> None:
        await self.socket.close()


async def follow(
    browser: Browser, path: str, who: str | None = "guest", **options: Any
) -> Follower:
    """Open a stream by one of the cast, who says so in the header; or by nobody yet."""
    headers = bearing(who) | options.pop("headers", {})
    return Follower(await browser.ws_connect(path, headers=headers, **options))


def of_reservation(reservation_id: str) -> str:
    return f"/v1/reservations/{reservation_id}/arrival_intent/stream"


def of_arrivals(restaurant_id: str) -> str:
    return f"/v1/restaurants/{restaurant_id}/arrivals/stream"
