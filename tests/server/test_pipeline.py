from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry

from bakureserve.server.pipeline import EVERY_ANSWER, EXCHANGE, begin
from tests.server.conftest import MakeApp


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await begin(response, request, request[EXCHANGE])
    await response.write(b"first")
    if "fail" in request.query:
        raise RuntimeError("half-way")
    await response.write_eof()
    return response


@pytest.fixture
async def streaming(make_app: MakeApp, aiohttp_client: Any) -> Any:
    """A client of an application with a streamed answer at /stream."""
    app = make_app()
    app.router.add_get("/stream", stream)
    return await aiohttp_client(app)


async def test_a_streamed_answer_has_the_headers_of_every_answer(streaming: Any) -> None:
    answer = await streaming.get("/stream")
    assert await answer.read() == b"first"
    assert set(EVERY_ANSWER) <= set(answer.headers)
    assert answer.headers.getall("X-Request-ID") == [answer.headers["X-Request-ID"]]


async def test_an_answer_that_fails_after_its_beginning_is_cut_off(streaming: Any) -> None:
    answer = await streaming.get("/stream?fail")
    assert answer.status == 200
    with pytest.raises(aiohttp.ClientPayloadError):
        await answer.read()


async def test_a_websocket_that_the_stop_cuts_off_is_noted_as_one_and_times_no_answer(
    make_app: MakeApp, access_stream: io.BytesIO
) -> None:
    async def talk(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await begin(socket, request, request[EXCHANGE])
        await asyncio.Event().wait()
        return socket

    registry = CollectorRegistry()
    app = make_app(registry=registry)
    app.router.add_get("/talk", talk)
    async with TestServer(app, shutdown_timeout=0.01) as server, aiohttp.ClientSession() as session:
        await session.ws_connect(server.make_url("/talk"))

    assert [json.loads(line)["status"] for line in access_stream.getvalue().splitlines()] == [101]
    assert not [
        each for each in registry.collect() if each.name.endswith("_seconds") and each.samples
    ]
