"""A caller with a token that has expired by the time the server looks at it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bakureserve.cli.demo.scene import FastClock
from bakureserve.cli.demo.stage import Caller, Refused
from tests.kit.builders import utc

VALID = "token 3"


class Door:
    """A server that takes the third token, and no stream of a stranger's."""

    def __init__(self) -> None:
        self._given = 0

    async def give(self, _request: web.Request) -> web.Response:
        self._given += 1
        tokens = {"access_token": f"token {self._given}", "refresh_token": "x", "expires_in": 900}
        return web.json_response(tokens)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        if request.headers["Authorization"] != f"Bearer {VALID}":
            raise web.HTTPUnauthorized
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"id": 1, "type": "snapshot", "data": {}})
        await socket.close()
        return socket

    async def call(self, request: web.Request) -> web.Response:
        if request.headers["Authorization"] != f"Bearer {VALID}":
            return web.json_response({"code": "token_expired", "detail": "Late."}, status=401)
        return web.json_response("well")


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    door, house = Door(), web.Application()
    house.router.add_post("/v1/auth/{way}", door.give)
    house.router.add_get("/stream", door.stream)
    house.router.add_get("/call", door.call)
    async with TestServer(house) as server, aiohttp.ClientSession() as http:
        caller = Caller(
            http, str(server.make_url("")).rstrip("/"), FastClock(utc("2026-12-04 13:00"), 30)
        )
        await caller.log_in(email="aysel@demo.example", password="correct horse")
        yield caller


@pytest.mark.parametrize("first", ["stream", "call"])
async def test_what_is_refused_to_an_old_token_is_asked_for_again(
    caller: Caller, first: str
) -> None:
    if first == "stream":
        assert [told["id"] async for told in caller.follow("/stream")] == [1]
    assert await caller.get("/call") == "well"
    with pytest.raises(Refused, match="404"):
        _ = [told async for told in caller.follow("/nowhere")]
