"""Notices from a call of the API to what guests and restaurants get, through the whole server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.notifications import Delivery
from bakureserve.domain.reservations.reservation import BookingRequest
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.notify.webhook import Webhooks
from bakureserve.runtime import Runtime, open_runtime, outbox_policy
from bakureserve.server.deliveries import Attempts, courier_of
from bakureserve.services.notifications.outbox import CALLS_AT_ONCE, Outbox
from bakureserve.settings import Settings
from bakureserve.store.accounts import users
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction
from tests.kit.browser import Browser, browser_of
from tests.kit.builders import utc
from tests.kit.calls import a_wish, book
from tests.kit.cast import bearing, by_token
from tests.kit.houses import CAY_EVI, SAHIL, SetClock, by_another_hand
from tests.kit.people import CHEAP, OPERATOR, Person, a_person
from tests.kit.post_office import PostOffice, open_office
from tests.kit.waiting import until

SECRET = "a master secret of the operator"


async def soon(folder: Path, number: int) -> list[Path]:
    """The files of the outbox, once there are so many."""
    async with asyncio.timeout(5):
        while len(found := sorted(folder.glob("[!.]*"))) < number:
            await asyncio.sleep(0.02)
    return found


def move_in(runtime: Runtime, house: Restaurant, url: str) -> None:
    """Give the restaurant a machine at this address, as an import would beside the server."""

    def unit(transaction: Transaction) -> None:
        (restaurant,) = restaurants.load(transaction, [house.id])
        changed = msgspec.structs.replace(restaurant, webhook_url=url)
        restaurants.replace(transaction, changed, now=runtime.clock())

    by_another_hand(runtime.database.path, unit)


def a_machine(answer: Callable[[web.Request], Awaitable[web.Response]]) -> TestServer:
    """What a restaurant runs at `/hook`, to enter."""
    app = web.Application()
    app.router.add_post("/hook", answer)
    return TestServer(app)


@pytest.fixture
async def served(house_settings: Settings, clock: SetClock) -> AsyncIterator[Runtime]:
    settings = replace(house_settings, webhook_secret=SECRET, webhook_private_addresses=True)
    async with open_runtime(settings, clock=clock, hashing=CHEAP) as runtime:
        yield runtime


@pytest.fixture
async def guest_browser(served: Runtime) -> AsyncIterator[tuple[Browser, Person]]:
    """A guest with an account, and the server they come to."""
    person = await a_person(served, "Aysel")

    async def identify(authorization: str | None) -> Actor | None:
        return person.actor if authorization == "Bearer aysel" else await by_token(authorization)

    async with browser_of(served, identify=identify) as browser:
        yield browser, person


async def journal_of(runtime: Runtime) -> list[dict[str, Any]]:
    """The lines of the journal, once there are any."""
    (file,) = await soon(runtime.settings.data_dir / "outbox", 1)
    while not (written := file.read_bytes()):
        await asyncio.sleep(0.02)
    return [msgspec.json.decode(line) for line in written.splitlines()]


async def test_with_no_configuration_notices_are_lines_of_a_journal_that_name_no_one(
    guest_browser: tuple[Browser, Person], served: Runtime, admin: Actor
) -> None:
    browser, person = guest_browser
    booked = await book(browser, "aysel")

    (line,) = await journal_of(served)

    assert (line["type"], line["reservation_id"]) == ("reservation.booked", booked["id"])
    assert (line["restaurant_id"], line["channels"]) == (SAHIL.id, ["email", "webhook"])
    told = msgspec.json.encode(line).decode()
    assert not any(
        trace in told for trace in (person.user.id, person.user.email, booked["guest_name"])
    )
    assert await served.outbox.list(admin) == []


async def test_a_restaurant_with_an_address_leaves_its_webhooks_out_of_the_journal(
    guest_browser: tuple[Browser, Person], served: Runtime
) -> None:
    move_in(served, SAHIL, "https://sahil.example/hook")
    browser, _ = guest_browser
    booked = await book(browser, "aysel")
    await browser.post(f"/v1/reservations/{booked['id']}/seat", headers=bearing("host"))
    await served.outbox.plan()

    assert [(each["type"], each["channels"]) for each in await journal_of(served)] == [
        ("reservation.booked", ["email"])
    ]


async def test_a_letter_is_in_the_language_that_was_booked_in(
    house_settings: Settings, clock: SetClock
) -> None:
    office = PostOffice()
    with open_office(office) as mail:
        settings = replace(
            house_settings, smtp_host=mail.host, smtp_port=mail.port, smtp_security="none"
        )
        async with open_runtime(settings, clock=clock, hashing=CHEAP) as runtime:
            person = await a_person(runtime, "Aysel")

            async def identify(_authorization: str | None) -> Actor | None:
                return person.actor

            async with browser_of(runtime, identify=identify) as browser:
                for day, (accepted, written_in) in enumerate(
                    (("ru-RU, az;q=0.5", "ru"), ("en", "en"), ("fr, *;q=0.1", "az"), ("", "az")),
                    start=2,
                ):
                    wish = a_wish(start=f"2027-03-0{day}T19:00")
                    headers = {"Authorization": "Bearer aysel", "Accept-Language": accepted}
                    await browser.post("/v1/reservations", json=wish, headers=headers)
                    await until(lambda: office.letters)
                    written = message_from_bytes(
                        office.letters.pop().content, policy=policy.default
                    )
                    assert written["Content-Language"] == written_in
                    assert written["To"] == person.actor.email
                    entry = written.get_body(("calendar",)).get_content()  # type: ignore[union-attr]
                    assert "METHOD:REQUEST" in str(entry)
        assert not (settings.data_dir / "outbox").exists()


async def test_a_restaurant_with_an_address_gets_its_webhooks_there(
    guest_browser: tuple[Browser, Person], served: Runtime
) -> None:
    got: asyncio.Queue[Any] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        got.put_nowait((request.headers["webhook-id"], await request.json()))
        return web.Response()

    async with a_machine(take) as machine:
        move_in(served, SAHIL, str(machine.make_url("/hook")))
        booked = await book(guest_browser[0], "aysel")
        delivery, body = await asyncio.wait_for(got.get(), 5)

    assert body["id"] == delivery
    assert (body["type"], body["data"]["reservation_id"]) == ("reservation.booked", booked["id"])


async def test_a_restaurant_that_does_not_answer_holds_up_no_other(
    guest_browser: tuple[Browser, Person], served: Runtime
) -> None:
    browser, _ = guest_browser
    hanging, told, released = asyncio.Queue[str](), asyncio.Queue[str](), asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        hanging.put_nowait(request.headers["webhook-id"])
        await released.wait()
        return web.Response()

    async def take(request: web.Request) -> web.Response:
        told.put_nowait((await request.json())["type"])
        return web.Response()

    async with a_machine(hang) as silent, a_machine(take) as machine:
        for house, its in ((SAHIL, silent), (CAY_EVI, machine)):
            move_in(served, house, str(its.make_url("/hook")))
        for day in range(2, 10):
            await book(browser, "host", start=f"2027-03-{day:02}T19:00:00+04:00")
        await asyncio.wait_for(hanging.get(), 5)

        there = {"restaurant_id": CAY_EVI.id, "start": "2027-03-05T13:00:00+01:00"}
        await book(browser, "aysel", **there)

        assert await asyncio.wait_for(told.get(), 5) == "reservation.booked"
        assert hanging.qsize() < CALLS_AT_ONCE
        released.set()  # and with room made, the others follow
        await asyncio.wait_for(asyncio.gather(*(hanging.get() for _ in range(7))), 5)


async def test_an_attempt_under_way_is_ended_and_noted_before_the_server_stops(
    served: Runtime, admin: Actor
) -> None:
    """Nobody is told again, after every restart, what they were being told."""
    asked = asyncio.Event()

    async def take_slowly(_request: web.Request) -> web.Response:
        asked.set()
        await asyncio.sleep(0.3)
        return web.Response()

    async with a_machine(take_slowly) as machine:
        move_in(served, SAHIL, str(machine.make_url("/hook")))
        async with browser_of(served) as browser:
            await book(browser, "host")
            await asyncio.wait_for(asked.wait(), 5)

    (delivery,) = await served.outbox.list(admin)
    assert (delivery.status, delivery.attempts) == ("sent", 1)


async def test_an_administrator_sees_how_deliveries_fare(served: Runtime) -> None:
    taken = asyncio.Event()

    async def take(_request: web.Request) -> web.Response:
        taken.set()
        return web.Response()

    async with a_machine(take) as machine:
        move_in(served, SAHIL, str(machine.make_url("/hook")))
        async with browser_of(served) as browser:
            await book(browser, "host")
            await asyncio.wait_for(taken.wait(), 5)
            listed: list[dict[str, Any]] = []
            while not listed:
                answer = await browser.get(
                    "/v1/admin/outbox?status=sent&limit=5", headers=bearing("admin")
                )
                listed = await answer.json()

    assert [each["recipient"] for each in listed] == [SAHIL.id]
    assert all("notice" not in each for each in listed)


async def test_what_is_written_of_a_person_who_is_erased_meanwhile_is_taken_back(
    served: Runtime,
) -> None:
    person = await a_person(served, "Aysel")
    wish = BookingRequest(
        restaurant_id=SAHIL.id, party_size=2, start=utc("2027-03-02 15:00"), guest_name="Aysel"
    )
    await served.booking.create(person.actor, wish)
    with_mail = msgspec.structs.replace(outbox_policy(served.settings), mail=True)
    box = Outbox(served.database, served.directory, served.clock, with_mail)
    await box.plan()  # and then the operator takes the mail server out of the settings
    webhooks = Webhooks(master="", private_addresses=False, timeout=1, clock=served.clock)
    courier = courier_of(served, webhooks)
    deliver = courier.deliver

    async def deliver_late(delivery: Delivery) -> None:
        if await served.database.read(lambda tx: users.get(tx, person.user.id)):
            await served.users.erase(OPERATOR, person.user.id)
        await deliver(delivery)

    courier.deliver = deliver_late  # type: ignore[method-assign]
    attempts = Attempts(box, courier)
    await attempts.begin()
    await attempts.end()
    await courier.close()

    assert await soon(served.settings.data_dir / "outbox", 0) == []
