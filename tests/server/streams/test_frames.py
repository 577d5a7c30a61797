"""How many frames of whatever kind are listened to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial

import pytest
from aiohttp import ClientSession, web
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.runtime import Runtime
from bakureserve.server.app_keys import CONNECTION_LIMITS, STREAM_LIMITS
from bakureserve.server.connections import listen
from bakureserve.server.serving import application
from bakureserve.server.streams import stream
from bakureserve.server.streams.stream_limits import (
    FRAMES_PER_CLIENT,
    FRAMES_PER_SOCKET,
    FrameBudgets,
    FrameMeter,
)
from tests.kit.cast import bearing, by_token
from tests.kit.clocks import Steady
from tests.kit.houses import SAHIL
from tests.server.streams.following import of_arrivals

MASK = b"\x00" * 4
KINDS = {"pong": 0x8A, "ping": 0x89, "empty continuation": 0x00, "text": 0x81, "binary": 0x82}
HANDSHAKE = (
    f"GET {of_arrivals(SAHIL.id)} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
).encode()
HEARTBEAT = 20.0
ANSWERS = 4
"""What a reader may send in a window on top, with that heartbeat."""


def a_frame(first: int, payload: bytes = b"") -> bytes:
    """A masked frame as a client sends it."""
    size = len(payload)
    if size < 126:
        return bytes((first, 0x80 | size)) + MASK + payload
    if size < 2**16:
        return bytes((first, 0xFE)) + size.to_bytes(2, "big") + MASK + payload
    return bytes((first, 0xFF)) + size.to_bytes(8, "big") + MASK + payload


def budgets(steady: Steady, streams_of_client: int = 0) -> FrameBudgets:
    return FrameBudgets(
        heartbeat=HEARTBEAT,
        streams_of_client=streams_of_client,
        clock=lambda: round(steady.now * 10**9),
    )


@given(
    st.lists(st.sampled_from([0, 1, 125, 126, 127, 300, 65_535, 65_536]), max_size=20),
    st.lists(st.integers(1, 70_000), max_size=40),
)
def test_frames_are_counted_however_their_bytes_come_in(sizes: list[int], cuts: list[int]) -> None:
    meter = budgets(Steady()).meter("client")
    sent = b"".join(a_frame(0x82, b"x" * size) for size in sizes)

    at = 0
    for cut in (*cuts, len(sent)):
        assert meter.admits(sent[at : at + cut])
        at += cut

    assert meter.accepted == len(sizes)


def test_byte_by_byte_a_frame_is_one(steady: Steady) -> None:
    meter = budgets(steady).meter("client")
    for byte in a_frame(0x8A, b"y" * 200) * 3:
        assert meter.admits(bytes((byte,)))

    assert meter.accepted == 3


def test_a_socket_has_so_many_and_is_then_not_heard_any_more(steady: Steady) -> None:
    for first in KINDS.values():
        for at_once in (1, 7, 100_000):
            meter = budgets(steady).meter("client")
            overflows: list[bool] = []
            meter.on_overflow = partial(overflows.append, True)
            for _ in range(100_000 // at_once):
                if not meter.admits(a_frame(first) * at_once):
                    break

            assert meter.accepted <= FRAMES_PER_SOCKET + ANSWERS
            assert meter.accepted > FRAMES_PER_SOCKET + ANSWERS - at_once
            assert (meter.is_over, overflows) == (True, [True])
            steady.now += 3600
            assert not meter.admits(a_frame(first))
            assert overflows == [True]


def test_it_gets_its_frames_back_with_time(steady: Steady) -> None:
    meter = budgets(steady).meter("client")
    for _ in range(20):
        assert meter.admits(a_frame(0x8A) * FRAMES_PER_SOCKET)
        steady.now += 10


def test_many_sockets_of_one_client_share_a_budget(steady: Steady) -> None:
    made = budgets(steady)
    meters = [made.meter("client") for _ in range(50)]
    for meter in meters:
        meter.admits(a_frame(0x8A) * FRAMES_PER_SOCKET)

    assert sum(meter.accepted for meter in meters) == FRAMES_PER_CLIENT
    assert made.meter("another").admits(a_frame(0x8A) * FRAMES_PER_SOCKET)
    assert not made.meter("client").admits(a_frame(0x8A) * FRAMES_PER_SOCKET)


def test_readers_who_answer_heartbeats_are_no_flood(steady: Steady) -> None:
    made = budgets(steady, streams_of_client=5_000)
    meters = [made.meter("proxy") for _ in range(5_000)]
    for _ in range(10):
        steady.now += int(HEARTBEAT)
        assert all(meter.admits(a_frame(0x8A)) for meter in meters)


@pytest.fixture
async def meters(monkeypatch: pytest.MonkeyPatch) -> list[FrameMeter]:
    """The meters of the sockets that are opened."""
    monkeypatch.setattr(stream, "CLOSING_SECONDS", 0.05)
    made: list[FrameMeter] = []
    meter = FrameBudgets.meter

    def noted(self: FrameBudgets, client: str) -> FrameMeter:
        made.append(meter(self, client))
        return made[-1]

    monkeypatch.setattr(FrameBudgets, "meter", noted)
    return made


@pytest.fixture
async def app(runtime: Runtime) -> web.Application:
    return application(runtime, identify=by_token)


@pytest.fixture
async def port(app: web.Application) -> AsyncIterator[int]:
    """Where the application listens as it does when it is served."""
    runner = web.AppRunner(app)
    await runner.setup()
    listener = await listen(runner, app[CONNECTION_LIMITS], "127.0.0.1", 0, backlog=16)
    yield listener.sockets[0].getsockname()[1]
    listener.close()
    await runner.cleanup()


@pytest.mark.parametrize(
    ("first", "begins_with"),
    [
        (KINDS["pong"], HANDSHAKE),
        (KINDS["ping"], HANDSHAKE + a_frame(0x8A) * 100),
        (KINDS["empty continuation"], HANDSHAKE),
    ],
)
async def test_a_stranger_who_floods_is_let_go_and_no_other_reader(
    app: web.Application, port: int, meters: list[FrameMeter], first: int, begins_with: bytes
) -> None:
    url = f"http://127.0.0.1:{port}{of_arrivals(SAHIL.id)}"
    async with ClientSession() as session, session.ws_connect(url, headers=bearing("host")) as good:
        assert (await good.receive_json())["type"] == "snapshot"

        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begins_with)
        await reader.readuntil(b"\r\n\r\n")
        opening = a_frame(0x01) if first == KINDS["empty continuation"] else b""
        writer.write(opening + a_frame(first) * 20_000)
        async with asyncio.timeout(20):
            told = await reader.readuntil(b"too_many_frames")
        with suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()

        assert told.endswith((1008).to_bytes(2, "big") + b"too_many_frames")
        assert meters[-1].is_over
        assert meters[-1].accepted <= FRAMES_PER_SOCKET + ANSWERS
        assert app[STREAM_LIMITS].closed[1008] == 1
        await good.ping()
        await good.send_json({"type": "auth", "token": "host"})
        assert not good.closed
        await good.close()
    assert meters[0].accepted == 3


async def test_a_reader_who_answers_what_is_asked_stays(
    app: web.Application, port: int, meters: list[FrameMeter]
) -> None:
    url = f"http://127.0.0.1:{port}{of_arrivals(SAHIL.id)}"
    async with ClientSession() as session, session.ws_connect(url) as reader:
        await reader.send_json({"type": "auth", "token": "host"})
        assert (await reader.receive_json())["type"] == "snapshot"
        for _ in range(15):
            await reader.ping()
        await reader.close()
    assert meters[0].accepted == 17
    assert not meters[0].is_over
