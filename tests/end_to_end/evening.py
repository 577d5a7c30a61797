"""What an evening takes: a house that is open now, a machine in its kitchen, and who follows."""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import suppress
from typing import Any

import aiohttp
from aiohttp import web

from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.restaurants.restaurant import Restaurant
from tests.kit.builders import a_restaurant
from tests.kit.processes import Server

Json = dict[str, Any]
PATIENCE = 20.0


def an_open_house(webhook_url: str, door: Coordinates) -> Restaurant:
    """A restaurant at `door` where it is noon right now, with a sitting every five minutes."""
    hours_ahead = 12 - dt.datetime.now(dt.UTC).hour
    return a_restaurant(
        timezone=f"Etc/GMT{-hours_ahead:+d}",  # whose sign POSIX turns round
        hours="06:00-22:00",
        slot_minutes=5,
        latitude=door.latitude,
        longitude=door.longitude,
        webhook_url=webhook_url,
    )


def next_sitting(*, hours_later: int = 0) -> str:
    """A start on that grid, some twenty minutes from now, or so many hours after that."""
    about = dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours_later, minutes=25)
    start = about - dt.timedelta(minutes=about.minute % 5)
    return start.replace(second=0, microsecond=0).isoformat()


class Kitchen:
    """The restaurant's machine: what it was called with, by the delivery's id."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Json]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.calls.append((request.headers["webhook-id"], await request.json()))
        return web.Response()

    def told(self, reservation_id: str) -> list[str]:
        """Of what, in order; a call that was made again is the same."""
        first = dict(reversed(self.calls))
        return [
            first[delivery]["type"]
            for delivery in dict.fromkeys(delivery for delivery, _ in self.calls)
            if first[delivery]["data"]["reservation_id"] == reservation_id
        ]


class Listener:
    """Follows a stream across restarts: everything that it was ever told, in order."""

    def __init__(self, path: str, token: str, *, by_message: bool) -> None:
        self._path = path
        self._token = token
        self._by_message = by_message
        self._last: int | None = None
        self._task: asyncio.Task[None] | None = None
        self.messages: list[Json] = []

    @property
    def updates(self) -> list[Json]:
        return [each for each in self.messages if each["type"] == "update"]

    @property
    def ids(self) -> list[int]:
        return [each["id"] for each in self.updates]

    def follow(self, server: Server) -> None:
        """Begin, or go on where the last message left off."""
        self._task = asyncio.create_task(self._follow(server))

    async def hang_up(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def cut_off(self) -> None:
        """Wait until the connection is gone."""
        assert self._task is not None
        await asyncio.wait_for(self._task, PATIENCE)

    async def _follow(self, server: Server) -> None:
        after = "" if self._last is None else f"?after={self._last}"
        headers = {} if self._by_message else {"Authorization": f"Bearer {self._token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{server.url}{self._path}{after}", headers=headers) as socket,
        ):
            if self._by_message:
                await socket.send_json({"type": "auth", "token": self._token})
            async for message in socket:
                told: Json = message.json()
                self._last = told["id"]
                self.messages.append(told)
