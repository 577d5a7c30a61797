"""What a peer gets that speaks no HTTP, or speaks it too slowly."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bakureserve.domain.errors import Unavailable
from bakureserve.server import app_keys, call, connections
from bakureserve.server.connections import listen
from bakureserve.server.pipeline import EXCHANGE, begin
from tests.server.conftest import MakeApp

HEAD = b"POST /v1/maybe HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture
async def runner(make_app: MakeApp) -> AsyncIterator[web.AppRunner]:
    runner = web.AppRunner(make_app())
    await runner.setup()
    yield runner
    await runner.cleanup()


@pytest.fixture
async def port(runner: web.AppRunner) -> AsyncIterator[int]:
    """Where the sample application listens."""
    listener = await listen(
        runner, runner.app[app_keys.CONNECTION_LIMITS], "127.0.0.1", 0, backlog=16
    )
    yield listener.sockets[0].getsockname()[1]
    listener.close()


async def told(port: int, said: bytes) -> bytes:
    """All that is answered to these bytes until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    answer = await reader.read()
    writer.close()
    return answer


async def test_what_is_no_request_is_answered_with_a_problem_and_not_repeated(
    port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    for said in (
        b"GET /livez HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer top-secret\x00\r\n\r\n",
        b"GET /livez HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    ):
        head, _, text = (await told(port, said)).partition(b"\r\n\r\n")
        document = json.loads(text)
        assert (document["status"], document["code"]) == (400, "request_malformed")
        assert head.startswith((b"HTTP/1.0 400 ", b"HTTP/1.1 400 "))
        assert f"X-Request-ID: {document['request_id']}".encode() in head
        assert b"X-API-Version: 1.0" in head
        assert b"Server: bakureserve" in head
        assert b"aiohttp" not in head
        assert b"secret" not in text
        logged = "".join(capfd.readouterr())
        assert "secret" not in logged
        assert "Traceback" not in logged


async def test_an_answer_that_fails_half_way_is_cut_off_and_logged_once(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await begin(response, request, request[EXCHANGE])
        await response.write(b"first")
        raise RuntimeError("half-way")

    app = make_app()
    app.router.add_get("/stream", stream)
    runner = web.AppRunner(app)
    await runner.setup()
    listener = await listen(runner, app[app_keys.CONNECTION_LIMITS], "127.0.0.1", 0, backlog=16)
    port = listener.sockets[0].getsockname()[1]
    with capture_logs() as logs:
        answer = await told(
            port, b"GET /stream HTTP/1.1\r\nHost: x\r\nX-Request-ID: stream-8\r\n\r\n"
        )
    listener.close()
    await runner.cleanup()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"5\r\nfirst\r\n")  # no last chunk: the client knows it is not whole
    assert [(each["event"], each["request_id"]) for each in logs] == [
        ("request_failed", "stream-8")
    ]
    assert not caplog.records


async def test_a_client_that_waits_with_its_body_is_told_to_go_on(port: int) -> None:
    for expected, answers in (
        (b"100-continue", [b"100", b"422"]),
        (b"200-ok", [b"422"]),
        (b"", [b"422"]),
    ):
        head = HEAD.replace(b"maybe", b"orders") + b"Connection: close\r\n"
        said = head + b"Expect: " + expected + b"\r\nContent-Length: 2\r\n\r\n{}"
        assert re.findall(rb"HTTP/1.1 (\d+) ", await told(port, said)) == answers


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "zstd", "identity, gzip", "x"])
async def test_a_compressed_body_is_refused_without_being_unpacked(port: int, coding: str) -> None:
    bomb = gzip.compress(bytes(16 * 1024 * 1024))  # one larger than a body may be, once unpacked
    sent = HEAD + f"Content-Encoding: {coding}\r\nContent-Length: {len(bomb)}\r\n".encode()
    head, _, text = (await told(port, sent + b"Connection: close\r\n\r\n" + bomb)).partition(
        b"\r\n\r\n"
    )
    assert head.startswith(b"HTTP/1.1 415 ")
    assert b"\r\nAccept-Encoding: identity\r\n" in head
    assert json.loads(text)["code"] == "media_type_unsupported"


async def test_a_body_that_came_whole_with_its_head_is_not_too_large_either(port: int) -> None:
    for excess, status in [(0, 422), (1, 413)]:
        text = json.dumps("x" * (65_534 + excess)).encode()
        chunk = f"{len(text):x}\r\n".encode() + text + b"\r\n0\r\n\r\n"
        sent = HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunk
        assert (await told(port, sent)).startswith(f"HTTP/1.1 {status} ".encode())


async def test_a_body_that_goes_on_malformed_is_refused_at_once(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
    await asyncio.sleep(0.05)  # the handler waits for the rest
    writer.write(b"no size\r\n")
    async with asyncio.timeout(5):
        head, _, text = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(text)["code"] == "body_incomplete"


async def test_a_body_that_trickles_in_is_not_waited_for(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call, "SLOWEST_SECONDS", 0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"Content-Length: 9\r\n\r\n{")
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"body_too_slow" in await reader.readuntil(b"}")
    writer.close()


@pytest.mark.parametrize("said", [b"", b"GET /livez HTTP/1.1\r\nX-Slow"])
async def test_a_connection_that_asks_nothing_is_closed(
    runner: web.AppRunner, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        connections, "_SETTINGS", {**connections._SETTINGS, "keepalive_timeout": 0.01}
    )
    listener = await listen(
        runner, runner.app[app_keys.CONNECTION_LIMITS], "127.0.0.1", 0, backlog=16
    )
    assert await told(listener.sockets[0].getsockname()[1], said) == b""
    listener.close()


async def test_an_address_that_is_taken_is_named(runner: web.AppRunner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Unavailable) as refused:
            await listen(
                runner, runner.app[app_keys.CONNECTION_LIMITS], "127.0.0.1", port, backlog=16
            )
    params = {"host": "127.0.0.1", "port": port, "reason": "Address already in use"}
    assert (refused.value.code, refused.value.params) == ("cannot_listen", params)


async def test_a_host_that_does_not_exist_is_named(runner: web.AppRunner) -> None:
    with pytest.raises(Unavailable) as refused:
        await listen(
            runner, runner.app[app_keys.CONNECTION_LIMITS], "no-such-host.invalid", 0, backlog=16
        )
    assert refused.value.params["host"] == "no-such-host.invalid"
    assert refused.value.params["reason"]
