"""Following a reservation and a restaurant's arrivals, over real WebSockets."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import msgspec
import pytest
from aiohttp import WSMsgType, WSServerHandshakeError
from structlog.testing import capture_logs

from bakureserve.domain.accounts.actor import system_actor
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import ArrivalStatus
from bakureserve.runtime import Runtime
from bakureserve.server.app_keys import STREAM_LIMITS
from bakureserve.server.streams.session import MOST_PINGS
from bakureserve.store import audit, events
from bakureserve.store.arrivals import trips
from bakureserve.store.reservations import reservations
from bakureserve.store.transaction import Transaction
from tests.kit.browser import Browser
from tests.kit.calls import ask, book, problem
from tests.kit.cast import bearing
from tests.kit.houses import CAY_EVI, SAHIL, SetClock, by_another_process
from tests.server.streams.following import PATIENCE, follow, of_arrivals, of_reservation

Json = dict[str, Any]


@pytest.fixture
async def booked(browser: Browser) -> Json:
    return await book(browser)


async def set_out(
    runtime: Runtime, reservation_id: str, status: ArrivalStatus = "requested", minutes: int = 20
) -> None:
    """Change an arrival intent as another process would: nobody here is told."""

    def unit(transaction: Transaction) -> None:
        found = reservations.get(transaction, reservation_id)
        assert found
        intent = msgspec.structs.replace(
            found.arrival_intent,
            status=status,
            predicted_eta_minutes=minutes,
            current_location=Coordinates(40.3777, 49.8920),
        )
        trip = msgspec.structs.replace(trips.get(transaction, found), intent=intent)
        due = found.held_until if trip.is_under_way else None
        assert trips.save(transaction, found, trip, due_at=due, now=runtime.clock())
        audit.record(
            transaction,
            actor=system_actor("test"),
            now=runtime.clock(),
            action=f"arrival.{status}",
            noun_id=reservation_id,
            restaurant_id=found.restaurant_id,
            reservation_id=reservation_id,
        )

    await by_another_process(runtime.database.path, unit)


async def test_a_guest_sees_a_snapshot_and_then_every_change_in_order(
    browser: Browser, booked: Json
) -> None:
    follower = await follow(browser, of_reservation(booked["id"]))
    snapshot = await follower.next()
    for action in ("cancel", "confirm", "cancel"):
        await ask(browser, "POST", f"/{booked['id']}/{action}")
    updates = [await follower.next() for _ in range(3)]

    assert (snapshot["type"], snapshot["data"]) == ("snapshot", booked)
    assert [each["type"] for each in updates] == ["update"] * 3
    assert [each["data"]["status"] for each in updates] == ["cancelled", "booked", "cancelled"]
    assert [each["id"] for each in updates] == [snapshot["id"] + n for n in (1, 2, 3)]
    shown = await (await ask(browser, "GET", f"/{booked['id']}")).json()
    assert updates[-1]["data"] == shown


async def test_nothing_of_other_reservations_is_told(browser: Browser, booked: Json) -> None:
    other = await book(browser)
    follower = await follow(browser, of_reservation(booked["id"]))
    await follower.next()

    await ask(browser, "POST", f"/{other['id']}/cancel")
    await ask(browser, "PATCH", f"/{booked['id']}", json={"guest_name": "Aysel H."})

    assert (await follower.next())["data"]["guest_name"] == "Aysel H."


async def test_staff_see_who_is_on_the_way_by_stream_and_by_asking(
    browser: Browser, runtime: Runtime, booked: Json
) -> None:
    await book(browser, start="2027-03-02T12:00:00+04:00")  # who has not said anything
    staff = await follow(browser, of_arrivals(SAHIL.slug), "host")
    assert (await staff.next())["data"] == []

    await set_out(runtime, booked["id"], minutes=25)
    update = await staff.next()
    again = await follow(browser, of_arrivals(SAHIL.id), "host")
    asked = await browser.get(
        f"/v1/restaurants/{SAHIL.id}/arrivals", headers={"Authorization": "Bearer host"}
    )

    assert update["data"]["id"] == booked["id"]
    assert update["data"]["arrival_intent"]["predicted_eta_minutes"] == 25
    snapshot = await again.next()
    assert snapshot["id"] == update["id"]
    assert snapshot["data"] == await asked.json() == [update["data"]]


async def test_staff_are_told_of_a_party_that_is_missed_and_when_it_sits(
    browser: Browser, runtime: Runtime, clock: SetClock
) -> None:
    silent = await book(browser, start="2027-03-01T12:30")
    staff = await follow(browser, of_arrivals(SAHIL.id), "host")
    assert (await staff.next())["data"] == []

    clock.pass_minutes(30 + 45)
    await runtime.arrival_watch.look()
    missed = await staff.next()
    again = await (await follow(browser, of_arrivals(SAHIL.id), "host")).next()
    await ask(browser, "POST", f"/{silent['id']}/seat", who="host")

    assert (missed["data"]["id"], missed["data"]["arrival_intent"]["status"]) == (
        silent["id"],
        "idle",
    )
    assert [each["id"] for each in again["data"]] == [silent["id"]]
    assert (await staff.next())["data"]["status"] == "seated"


async def test_only_the_guest_is_sent_where_they_are(
    browser: Browser, runtime: Runtime, booked: Json
) -> None:
    guest = await follow(browser, of_reservation(booked["id"]))
    watching = await follow(browser, of_reservation(booked["id"]), "host")
    arrivals = await follow(browser, of_arrivals(SAHIL.id), "host")
    followers = (guest, watching, arrivals)
    for follower in followers:
        await follower.next()

    await set_out(runtime, booked["id"])

    places = [
        (await follower.next())["data"]["arrival_intent"]["current_location"]
        for follower in followers
    ]
    assert places == [{"latitude": 40.3777, "longitude": 49.892}, None, None]


async def test_a_late_cancellation_that_is_out_of_sight_ends_its_guests_stream_alone(
    browser: Browser, clock: SetClock, booked: Json
) -> None:
    guest = await follow(browser, of_reservation(booked["id"]))
    host = await follow(browser, of_reservation(booked["id"]), "host")
    for each in (guest, host):
        assert (await each.next())["type"] == "snapshot"
    clock.now = dt.datetime.fromisoformat(booked["start"]).astimezone(dt.UTC)
    assert (await ask(browser, "DELETE", f"/{booked['id']}")).status == 200
    assert await guest.end() == (4404, "reservation_unknown")
    assert (await host.next())["data"]["cancelled_late"]


async def test_arrivals_tell_of_a_guest_who_cancels_or_is_removed(
    browser: Browser, runtime: Runtime, booked: Json
) -> None:
    await set_out(runtime, booked["id"])
    staff = await follow(browser, of_arrivals(SAHIL.id), "host")
    await staff.next()

    await ask(browser, "POST", f"/{booked['id']}/cancel")
    assert (await staff.next())["data"]["status"] == "cancelled"
    await ask(browser, "DELETE", f"/{booked['id']}")
    assert (await staff.next())["data"] == {"id": booked["id"], "removed": True}


async def test_a_stream_ends_with_its_reservation(browser: Browser, booked: Json) -> None:
    follower = await follow(browser, of_reservation(booked["id"]))
    await ask(browser, "DELETE", f"/{booked['id']}")

    await follower.next()
    assert (await follower.next())["data"] == {"id": booked["id"], "removed": True}
    assert await follower.end() == (4404, "reservation_unknown")


async def test_what_was_missed_is_told_and_nothing_twice(browser: Browser, booked: Json) -> None:
    first = await follow(browser, of_reservation(booked["id"]))
    had = (await first.next())["id"]
    await first.leave()
    await ask(browser, "POST", f"/{booked['id']}/cancel")
    await book(browser, start="2027-03-02T12:00:00+04:00")
    await ask(browser, "POST", f"/{booked['id']}/confirm")

    second = await follow(browser, f"{of_reservation(booked['id'])}?after={had}")
    missed = [await second.next() for _ in range(2)]
    await ask(browser, "POST", f"/{booked['id']}/cancel")
    live = await second.next()

    assert [each["type"] for each in (*missed, live)] == ["update"] * 3
    assert [each["id"] for each in (*missed, live)] == [had + 1, had + 3, had + 4]
    assert missed[-1]["data"]["status"] == "booked"
    assert live["data"]["status"] == "cancelled"


async def test_an_event_that_is_forgotten_or_never_happened_gives_a_snapshot(
    browser: Browser, runtime: Runtime, clock: SetClock, booked: Json
) -> None:
    await ask(browser, "POST", f"/{booked['id']}/cancel")
    clock.now += dt.timedelta(hours=runtime.settings.event_keep_hours + 1)
    await runtime.outbox.plan()  # events stay until deliveries were made from them
    await runtime.housekeeping.sweep()
    assert await runtime.database.read(events.oldest) > 1

    for after in ("0", "999999"):
        follower = await follow(browser, f"{of_reservation(booked['id'])}?after={after}")
        assert (await follower.next())["type"] == "snapshot"


@pytest.mark.parametrize("error", [RuntimeError("torn"), TimeoutError()], ids=repr)
async def test_an_unexpected_error_closes_the_stream_and_is_logged_with_its_request(
    browser: Browser, booked: Json, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The handshake was the answer: HTTP has no other."""
    follower = await follow(
        browser, of_reservation(booked["id"]), headers={"X-Request-ID": "stream-7"}
    )
    await follower.next()

    def fail(*_: object) -> bytes:
        raise error

    monkeypatch.setattr("bakureserve.server.streams.messages.FollowedReservation.frame", fail)
    with capture_logs() as logs:
        await ask(browser, "POST", f"/{booked['id']}/cancel")
        assert await follower.end() == (1011, "internal_error")
    failures = [each for each in logs if each["event"] == "request_failed"]
    assert [(each["request_id"], each["exc_info"]) for each in failures] == [("stream-7", error)]
    assert browser.server.app[STREAM_LIMITS].closed[1011] == 1


async def test_a_handshake_has_the_headers_of_every_answer(browser: Browser, booked: Json) -> None:
    headers = bearing("guest") | {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    server = browser.server
    reader, writer = await asyncio.open_connection(server.host, server.port)
    lines = [f"GET {of_reservation(booked['id'])} HTTP/1.1", f"Host: {server.host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    assert head.startswith("HTTP/1.1 101 ")
    assert "X-Request-ID: " in head
    assert "\nServer: bakureserve\r" in head


async def test_arrivals_are_for_their_staff(browser: Browser) -> None:
    for path, who, status in (
        (of_arrivals(SAHIL.id), "guest", 403),
        (of_arrivals(SAHIL.id), "nonsense", 401),
        (of_arrivals(CAY_EVI.id), "host", 403),
        (of_arrivals("nowhere"), "admin", 404),
        (of_reservation("nothing"), "admin", 404),
    ):
        with pytest.raises(WSServerHandshakeError) as refused:
            await follow(browser, path, who)
        assert refused.value.status == status

        late = await follow(browser, path, None)
        await late.socket.send_json({"type": "auth", "token": who})
        assert (await late.end())[0] == 4000 + status


async def test_a_first_message_says_who_reads(browser: Browser, booked: Json) -> None:
    follower = await follow(browser, of_reservation(booked["id"]), None)
    await follower.socket.send_json({"type": "auth", "token": "guest"})
    assert (await follower.next())["data"] == booked


async def test_a_first_message_that_says_nothing_good_ends_the_stream(
    browser: Browser, booked: Json
) -> None:
    for message, code in (
        ('{"type": "auth", "token": "nonsense"}', 4401),
        ('{"type": "auth", "token": "other-guest"}', 4404),
        ('{"type": "hello"}', 4400),
        ("hello", 4400),
        ("x" * 20_000, 1009),
    ):
        follower = await follow(browser, of_reservation(booked["id"]), None)
        await follower.socket.send_str(message)
        assert (await follower.end())[0] == code


async def test_who_says_nothing_is_not_waited_for(
    browser: Browser, booked: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bakureserve.server.streams.stream.AUTH_SECONDS", 0.05)
    follower = await follow(browser, of_reservation(booked["id"]), None)
    assert await follower.end() == (4408, "auth_too_late")


async def test_nor_is_one_who_only_pings(
    browser: Browser, booked: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bakureserve.server.streams.stream.AUTH_SECONDS", 0.3)
    follower = await follow(browser, of_reservation(booked["id"]), None)

    async def ping() -> None:
        while True:
            await follower.socket.ping()
            await asyncio.sleep(0.05)

    pinging = asyncio.create_task(ping())
    assert await follower.end() == (4408, "auth_too_late")
    pinging.cancel()


async def test_who_reads_already_may_renew_a_token_but_not_turn_into_another(
    browser: Browser, booked: Json
) -> None:
    follower = await follow(browser, of_reservation(booked["id"]))
    await follower.next()
    await follower.socket.send_json({"type": "auth", "token": "guest"})
    await ask(browser, "POST", f"/{booked['id']}/cancel")
    assert (await follower.next())["data"]["status"] == "cancelled"

    await asyncio.sleep(0.6)
    await follower.socket.send_json({"type": "auth", "token": "admin"})
    assert await follower.end() == (4403, "stream_of_another")


async def test_who_talks_too_much_is_let_go(browser: Browser, booked: Json) -> None:
    follower = await follow(browser, of_reservation(booked["id"]))
    for _ in range(2):
        await follower.socket.send_json({"type": "auth", "token": "guest"})
    assert await follower.end() == (4429, "stream_messages")


async def test_pings_are_answered_but_no_flood_of_them(browser: Browser, booked: Json) -> None:
    follower = await follow(browser, of_reservation(booked["id"]), autoping=False)
    await follower.next()
    for _ in range(MOST_PINGS):
        await follower.socket.ping(b"hello")
    answers = [await follower.socket.receive(timeout=PATIENCE) for _ in range(MOST_PINGS)]
    assert {(each.type, each.data) for each in answers} == {(WSMsgType.PONG, b"hello")}
    await follower.socket.ping()
    assert await follower.end() == (4429, "stream_messages")


async def test_pages_of_the_server_alone_may_open_a_stream(browser: Browser, booked: Json) -> None:
    path = of_reservation(booked["id"])
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        with pytest.raises(WSServerHandshakeError) as refused:
            await follow(browser, path, headers={"Origin": origin})
        assert refused.value.status == 403
    url = browser.make_url("/")
    follower = await follow(browser, path, headers={"Origin": f"https://{url.host}:{url.port}"})
    assert (await follower.next())["type"] == "snapshot"


async def test_a_call_without_a_handshake_is_told_so(browser: Browser, booked: Json) -> None:
    answer = await browser.get(of_reservation(booked["id"]))
    await problem(answer, 426, "upgrade_required")
    assert answer.headers["Upgrade"] == "websocket"
