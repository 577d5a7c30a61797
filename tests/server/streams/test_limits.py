"""How many may read, how fast they must, and how they are let go."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError
from structlog.testing import capture_logs

from bakureserve.broker import WAITING_AT_MOST
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import TooMany, Unauthenticated, Unavailable
from bakureserve.server.app_keys import RUNTIME, STREAM_LIMITS
from bakureserve.server.streams.stream_limits import (
    CLOSED_PER_SECOND,
    RESTART_SECONDS,
    StreamLimits,
)
from bakureserve.services.arrivals.live import Update
from bakureserve.services.arrivals.live import of_reservation as topic_of
from bakureserve.settings import Settings
from bakureserve.store.transaction import Transaction
from tests.kit.browser import Browser, open_browser
from tests.kit.calls import ask, book
from tests.kit.cast import GUEST, by_token
from tests.kit.houses import SAHIL, SetClock, by_another_hand
from tests.kit.people import OPERATOR, a_person
from tests.server.streams.following import follow, of_arrivals, of_reservation

Open = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def open_with(house_settings: Settings, clock: SetClock) -> AsyncIterator[Open]:
    """A client of an application with other settings, or that knows people in another way."""
    async with AsyncExitStack() as opened:

        async def open_one(identify: Any = by_token, **settings: Any) -> Browser:
            changed = replace(house_settings, **settings)
            return await opened.enter_async_context(open_browser(changed, clock, identify=identify))

        yield open_one


async def test_heartbeats_come_and_carry_the_newest_event(open_with: Open) -> None:
    browser = await open_with(live_heartbeat_seconds=0.1)
    booked = await book(browser)
    follower = await follow(browser, of_reservation(booked["id"]))
    snapshot = await follower.any()
    await book(browser, start="2027-03-02T12:00:00+04:00")

    heartbeat = await follower.any()

    assert heartbeat == {"id": snapshot["id"] + 1, "type": "heartbeat", "data": None}


async def test_a_stream_ends_when_its_token_does(open_with: Open) -> None:
    valid = True

    async def identify(_authorization: str | None) -> Actor:
        if not valid:
            raise Unauthenticated("token_expired")
        return GUEST

    browser = await open_with(identify, live_heartbeat_seconds=0.1)
    booked = await book(browser)
    follower = await follow(browser, of_reservation(booked["id"]))
    await follower.next()
    await follower.any()

    valid = False

    assert await follower.end() == (4401, "token_expired")


@pytest.mark.parametrize("fall", ["disable", "erase"])
async def test_a_stream_ends_when_its_reader_s_account_does(open_with: Open, fall: str) -> None:
    browser = await open_with(None, live_heartbeat_seconds=0.1)
    runtime = browser.server.app[RUNTIME]
    reader = await a_person(runtime, "Leyla", staff_of=SAHIL.id)
    follower = await follow(browser, of_arrivals(SAHIL.id), reader.token)
    await follower.any()

    await getattr(runtime.users, fall)(OPERATOR, reader.user.id)

    async with asyncio.timeout(20):
        assert await follower.end() == (4401, "account_closed")
    with pytest.raises(WSServerHandshakeError) as refused:
        await follow(browser, of_arrivals(SAHIL.id), reader.token)
    assert refused.value.status == 401


async def test_a_client_may_have_so_many_streams_and_more_when_one_is_closed(
    open_with: Open,
) -> None:
    browser = await open_with(live_max_streams_per_client=2)
    path = of_reservation((await book(browser))["id"])
    followers = [await follow(browser, path) for _ in range(2)]

    with pytest.raises(WSServerHandshakeError) as refused:
        await follow(browser, path)
    assert refused.value.status == 429
    await followers[0].leave()
    await follow(browser, path)


async def test_an_account_may_have_so_many_streams_from_wherever(open_with: Open) -> None:
    browser = await open_with(live_max_streams_per_account=2)
    path = of_reservation((await book(browser))["id"])
    first = await follow(browser, path)
    await first.next()
    late = await follow(browser, path, None)
    await late.socket.send_json({"type": "auth", "token": "guest"})
    await late.next()

    with pytest.raises(WSServerHandshakeError) as refused:
        await follow(browser, path)
    assert refused.value.status == 429
    too_late = await follow(browser, path, None)
    await too_late.socket.send_json({"type": "auth", "token": "guest"})
    assert await too_late.end() == (4429, "streams_of_client")
    other = await follow(browser, path, "host")
    await other.next()
    await first.leave()
    await follow(browser, path)


async def test_a_full_server_lets_no_stream_in(open_with: Open) -> None:
    browser = await open_with(live_max_streams=1)
    path = of_reservation((await book(browser))["id"])
    await follow(browser, path)

    with pytest.raises(WSServerHandshakeError) as refused:
        await follow(browser, path)
    assert refused.value.status == 503


def test_places_are_counted_by_client_and_in_total() -> None:
    limits = StreamLimits(total=3, per_client=2, per_account=1)
    with limits.admit("a"), limits.admit("a"):
        with pytest.raises(TooMany), limits.admit("a"):
            pass
        with limits.admit("b"):
            assert limits.open == 3
            with pytest.raises(Unavailable), limits.admit("c"):
                pass
    assert limits.open == 0


async def test_everybody_is_told_when_the_server_stops(open_with: Open) -> None:
    browser = await open_with()
    booked = await book(browser)
    known = await follow(browser, of_reservation(booked["id"]))
    snapshot = await known.next()
    unknown = await follow(browser, of_reservation(booked["id"]), None)

    # A close is answered only by who reads, so both read at once.
    unknown_end = asyncio.create_task(unknown.end())
    stopping = asyncio.create_task(browser.server.close())

    told = await known.next()
    assert (told["id"], told["type"]) == (snapshot["id"], "stopping")
    assert told["data"]["retry_after_seconds"] >= RESTART_SECONDS
    assert await known.end() == (1001, "server_stopping")
    assert await unknown_end == (1001, "server_stopping")
    await stopping


class Leaving:
    """A stream that notes when it was let go, and when it may come back."""

    def __init__(self) -> None:
        self.left_at = self.back_after = 0.0

    async def stop(self, retry_after: float) -> None:
        self.left_at, self.back_after = asyncio.get_running_loop().time(), retry_after


async def test_readers_leave_and_come_back_one_after_the_other() -> None:
    limits = StreamLimits(total=1000, per_client=1000, per_account=1000)
    streams = [Leaving() for _ in range(CLOSED_PER_SECOND // 4)]
    with ExitStack() as held:
        for stream in streams:
            held.enter_context(limits.holding(stream))
        await limits.close(within=60)

    left, back = ([getattr(each, of) for each in streams] for of in ("left_at", "back_after"))
    assert max(left) - min(left) >= (len(streams) - 1) / CLOSED_PER_SECOND - 0.01
    assert len(set(back)) == len(streams)
    assert max(back) - min(back) == pytest.approx((len(streams) - 1) / CLOSED_PER_SECOND)
    assert limits.closed[1001] == len(streams)


async def test_a_stream_that_cannot_be_told_of_the_stop_is_logged_and_the_others_are_told() -> None:
    class Broken:
        async def stop(self, retry_after: float) -> None:
            raise RuntimeError("no way to say it")

    limits = StreamLimits(total=2, per_client=2, per_account=2)
    told = Leaving()
    with limits.holding(Broken()), limits.holding(told), capture_logs() as logs:
        await limits.close(within=1)

    assert told.back_after >= RESTART_SECONDS
    assert [(each["event"], str(each["exc_info"])) for each in logs] == [
        ("stream_not_told", "True")
    ]


async def test_a_stop_does_not_wait_for_one_who_does_not_read(
    open_with: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bakureserve.server.streams.stream.CLOSING_SECONDS", 0.1)
    browser = await open_with(live_heartbeat_seconds=300)
    booked = await book(browser)
    slow = await _who_never_reads(browser, of_reservation(booked["id"]))
    limits = browser.server.app[STREAM_LIMITS]

    async with asyncio.timeout(10):
        await limits.close(within=1)
        while limits.open:
            await asyncio.sleep(0.01)
    slow.close()


async def test_a_reader_who_does_not_read_is_dropped_and_the_others_go_on(open_with: Open) -> None:
    browser = await open_with()
    booked = await book(browser)
    quick = await follow(browser, of_reservation(booked["id"]))
    event_id = (await quick.next())["id"]
    slow = await _who_never_reads(browser, of_reservation(booked["id"]))
    app = browser.server.app
    live, limits = app[RUNTIME].live, app[STREAM_LIMITS]
    reservation = await app[RUNTIME].booking.get(GUEST, booked["id"])

    async with asyncio.timeout(20):
        while not limits.closed[1013]:
            event_id += 1
            live.broker.publish(topic_of(booked["id"]), Update(event_id, booked["id"], reservation))
            assert (await quick.next())["id"] == event_id

    assert live.broker.lost == 1
    while limits.open > 1:  # its connection is cut, since it does not read the code either
        await asyncio.sleep(0.05)
    await ask(browser, "POST", f"/{booked['id']}/cancel")
    slow.close()


async def test_a_reader_who_vanished_is_not_kept(open_with: Open) -> None:
    """Their phone is off: nobody hangs up, and nobody answers pings."""
    browser = await open_with(live_heartbeat_seconds=0.2)
    booked = await book(browser)
    limits = browser.server.app[STREAM_LIMITS]
    silent = await _who_never_reads(browser, of_reservation(booked["id"]))
    assert limits.open == 1
    async with asyncio.timeout(10):
        while limits.open:
            await asyncio.sleep(0.02)
    silent.close()


MANY = 8 * WAITING_AT_MOST


async def test_a_burst_that_is_more_than_may_wait_drops_no_stream_that_reads(
    open_with: Open,
) -> None:
    """A sweep or an import writes more in one transaction than may wait for one reader."""
    browser = await open_with()
    booked = await book(browser)
    follower = await follow(browser, of_reservation(booked["id"]))
    had = (await follower.next())["id"]

    def many(transaction: Transaction) -> None:
        for _ in range(MANY):
            transaction.insert(
                "insert into event (at, kind, restaurant_id, reservation_id, data)"
                " values (0, 'reservation.changed', ?, ?, '{}')",
                (SAHIL.id, booked["id"]),
            )

    by_another_hand(browser.server.app[RUNTIME].database.path, many)

    told = [(await follower.next())["id"] for _ in range(MANY)]
    assert told == list(range(had + 1, had + 1 + len(told)))


async def test_a_reader_who_is_lost_before_the_first_word_is_told_so(open_with: Open) -> None:
    browser = await open_with()
    booked = await book(browser)
    live = browser.server.app[RUNTIME].live
    reservation = await browser.server.app[RUNTIME].booking.get(GUEST, booked["id"])
    begin = live.of_reservation

    async def begin_slowly(*given: Any) -> Any:
        beginning = await begin(*given)
        for number in range(WAITING_AT_MOST + 1):
            update = Update(live.position + number, booked["id"], reservation)
            live.broker.publish(topic_of(booked["id"]), update)
        return beginning

    live.of_reservation = begin_slowly  # type: ignore[method-assign]
    follower = await follow(browser, of_reservation(booked["id"]))
    assert await follower.end() == (1013, "too_slow")


async def _who_never_reads(browser: Browser, path: str) -> socket.socket:
    url = browser.make_url(path)
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    await loop.sock_connect(client, (url.host, url.port))
    await loop.sock_sendall(
        client,
        f"GET {path} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer guest\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode(),
    )
    assert (await loop.sock_recv(client, 12)) == b"HTTP/1.1 101"
    return client
