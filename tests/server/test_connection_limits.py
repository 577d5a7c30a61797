"""One client's connections, however many it opens, leave room for everybody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from ipaddress import ip_network

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bakureserve.server import app_keys
from bakureserve.server.connection_limits import (
    CLOSED_AT_ONCE,
    FOR_HEALTH,
    HEALTH_ONLY,
    ConnectionLimits,
)
from bakureserve.server.connections import listen
from bakureserve.server.logs import LOG_SECONDS
from bakureserve.settings import Settings
from tests.server.conftest import MakeApp

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial = Callable[..., Awaitable[Wire]]
ALLOWED = 3
ASK = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
BEGIN = (
    b"POST /v1/maybe HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: 2\r\n\r\n{"
)


class Hall:
    """A server that allows three connections to each client, and ways to connect to it."""

    def __init__(self, limits: ConnectionLimits, port: int, opened: AsyncExitStack) -> None:
        self.limits = limits
        self._port = port
        self._opened = opened

    async def dial(self, client: str = "127.0.0.1") -> Wire:
        wire = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(client, 0))
        self._opened.callback(wire[1].close)
        return wire

    async def asked(self, wire: Wire, said: bytes = ASK) -> bytes:
        """The first line of the answer, or nothing when the server has closed the connection."""
        reader, writer = wire
        try:
            writer.write(said)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readuntil(b"}")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        return head.partition(b"\r\n")[0]


@pytest.fixture
def settings() -> Settings:
    return Settings(max_connections_per_client=ALLOWED)


@pytest.fixture
async def hall(make_app: MakeApp, settings: Settings) -> AsyncIterator[Hall]:
    app = make_app(settings=settings)
    runner = web.AppRunner(app)
    await runner.setup()
    listener = await listen(runner, app[app_keys.CONNECTION_LIMITS], "127.0.0.1", 0, backlog=16)
    async with AsyncExitStack() as opened:
        yield Hall(app[app_keys.CONNECTION_LIMITS], listener.sockets[0].getsockname()[1], opened)
    listener.close()
    await runner.cleanup()


async def test_idle_connections_make_room_for_new_ones_the_longest_idle_first(hall: Hall) -> None:
    used, *idle = [await hall.dial() for _ in range(ALLOWED)]
    assert await hall.asked(used) == b"HTTP/1.1 200 OK"
    for _ in range(20):
        newest = await hall.dial()
        assert await hall.asked(newest) == b"HTTP/1.1 200 OK"
    for reader, _ in idle:
        assert await reader.read() == b""
    assert hall.limits.open == ALLOWED
    assert (hall.limits.closed_idle, hall.limits.refused) == (20, 0)


async def test_what_is_in_use_is_never_closed_and_one_more_is_turned_away(hall: Hall) -> None:
    busy = [await hall.dial() for _ in range(ALLOWED)]
    for _, writer in busy:
        writer.write(BEGIN)
    await asyncio.gather(*(_begun(hall, wire) for wire in busy))
    assert await hall.asked(await hall.dial()) == b""
    assert await hall.asked(await hall.dial("127.0.0.2")) == b"HTTP/1.1 200 OK"
    for wire in busy:
        assert await hall.asked(wire, b"}") == b"HTTP/1.1 422 Unprocessable Entity"
    assert (hall.limits.closed_idle, hall.limits.refused) == (0, 1)


async def _begun(hall: Hall, wire: Wire) -> None:
    """Once the server has taken up what came before: it reads connections in turn."""
    del wire
    assert await hall.asked(await hall.dial("127.0.0.3")) == b"HTTP/1.1 200 OK"


async def test_who_leaves_makes_room(hall: Hall) -> None:
    for _ in range(ALLOWED * 3):
        reader, writer = await hall.dial()
        writer.write(ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
    assert (hall.limits.closed_idle, hall.limits.refused) == (0, 0)


class TestBehindAProxy:
    @pytest.fixture
    def settings(self) -> Settings:
        proxy = ip_network("127.0.0.1")
        return Settings(max_connections_per_client=ALLOWED, trusted_proxies=(proxy,))

    async def test_a_trusted_proxy_may_have_as_many_as_it_needs(self, hall: Hall) -> None:
        wires = [await hall.dial() for _ in range(ALLOWED * 3)]
        for wire in wires:
            assert await hall.asked(wire) == b"HTTP/1.1 200 OK"
        assert hall.limits.open == len(wires)


class Sitting:
    """A connection that is in use, or idle since some moment."""

    def __init__(self, idle_since: float | None = None) -> None:
        self.idle_since = idle_since
        self.closed = False

    def force_close(self) -> None:
        self.closed = True


def test_neighbours_in_a_subnet_of_one_subscriber_are_one_client() -> None:
    limits = ConnectionLimits(2, (), lambda: 0.0, total=100)
    names = [limits.enter(Sitting(), f"2001:db8::{number}") for number in range(3)]
    assert names == ["2001:db8::/64", "2001:db8::/64", None]
    assert limits.enter(Sitting(), "2001:db8:0:1::1") == "2001:db8:0:1::/64"
    assert limits.enter(Sitting(), "::ffff:198.51.100.1") == "198.51.100.1"


def test_the_log_is_told_once_a_minute() -> None:
    now = 0.0
    limits = ConnectionLimits(1, (), lambda: now, total=100)
    with capture_logs() as logs:
        for _ in range(5):
            limits.enter(Sitting(), "198.51.100.1")
        now = LOG_SECONDS
        limits.enter(Sitting(), "198.51.100.1")
    assert [(line["event"], line["refused"]) for line in logs] == [
        ("too_many_connections", 1),
        ("too_many_connections", 5),
    ]


def test_those_that_were_idle_the_longest_make_room_whosever_they_are() -> None:
    limits = ConnectionLimits(100, (), lambda: 0.0, total=40)
    guests = [Sitting(float(number)) for number in range(40)]
    for number, guest in enumerate(guests):
        limits.enter(guest, f"198.51.100.{number}")

    assert limits.enter(Sitting(), "203.0.113.1") == "203.0.113.1"

    assert [guest.closed for guest in guests] == [True] * CLOSED_AT_ONCE + [False] * 8
    for number, guest in enumerate(guests[:CLOSED_AT_ONCE]):
        limits.leave(guest, f"198.51.100.{number}")
    assert limits.open == 40 - CLOSED_AT_ONCE + 1


def test_proxied_ones_count_as_well() -> None:
    limits = ConnectionLimits(1, (ip_network("198.51.100.1"),), lambda: 0.0, total=2)
    names = [limits.enter(Sitting(), "198.51.100.1") for _ in range(3)]
    assert names == ["", "", HEALTH_ONLY]


def test_a_few_may_ask_how_the_server_is_and_the_log_is_told() -> None:
    limits = ConnectionLimits(100, (), lambda: 0.0, total=1)
    first = Sitting()
    with capture_logs() as logs:
        names = [
            limits.enter(each, "198.51.100.1")
            for each in (first, *(Sitting() for _ in range(FOR_HEALTH + 1)))
        ]
    assert names == ["198.51.100.1", *[HEALTH_ONLY] * FOR_HEALTH, None]
    assert [(line["event"], line["allowed"]) for line in logs] == [("connections_full", 1)]
    assert limits.full == FOR_HEALTH + 1

    limits.leave(first, "198.51.100.1")
    assert limits.enter(Sitting(), "198.51.100.1") == "198.51.100.1"
