"""A caller whose token has expired by the time that the server looks at it."""

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


async def test_a_stream_is_asked_for_again_with_another(caller: Caller) -> None:
    assert [told["id"] async for told in caller.follow("/stream")] == [1]


async def test_so_is_a_call(caller: Caller) -> None:
    assert await caller.get("/call") == "well"


async def test_a_stream_that_is_not_theirs_is_refused(caller: Caller) -> None:
    with pytest.raises(Refused, match="404"):
        _ = [told async for told in caller.follow("/nowhere")]
