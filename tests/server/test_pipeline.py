from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import web

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
