"""Notices from a call of the API to what guests and restaurants get, through the whole server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bakureserve.domain.actor import Actor
from bakureserve.notify.webhook import Webhook
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.server.serving import application
from bakureserve.settings import Settings
from bakureserve.store import venues
from bakureserve.store.transaction import Transaction
from tests.cast import bearing, by_token
from tests.conftest import Browser
from tests.houses import SAHIL, SetClock, by_another_hand
from tests.people import Person, a_person
from tests.server.asking import book

SECRET = "a master secret of the operator"


async def soon(folder: Path, number: int) -> list[Path]:
    """The files of the outbox, once there are so many."""
    async with asyncio.timeout(5):
        while len(found := sorted(folder.glob("[!.]*"))) < number:
            await asyncio.sleep(0.02)
    return found


@pytest.fixture
async def served(house_settings: Settings, clock: SetClock) -> AsyncIterator[Runtime]:
    settings = replace(house_settings, webhook_secret=SECRET, webhook_private_addresses=True)
    async with open_runtime(settings, clock=clock) as runtime:
        yield runtime


@pytest.fixture
async def guest_browser(served: Runtime) -> AsyncIterator[tuple[Browser, Person]]:
    """A guest with an account, and the server they come to."""
    person = await a_person(served, "Aysel")

    async def identify(authorization: str | None) -> Actor | None:
        return person.actor if authorization == "Bearer aysel" else await by_token(authorization)

    async with TestClient(TestServer(application(served, identify=identify))) as browser:
        yield browser, person


async def test_with_no_configuration_notices_are_files(
    guest_browser: tuple[Browser, Person], served: Runtime
) -> None:
    browser, person = guest_browser
    booked = await book(browser, "aysel")

    hook, letter = sorted(
        await soon(served.settings.data_dir / "outbox", 2),
        key=lambda each: each.suffix,
        reverse=True,
    )

    told = msgspec.json.decode(hook.read_bytes(), type=Webhook)
    assert (told.type, told.data.reservation_id) == ("reservation.booked", booked["id"])
    assert told.id == hook.stem
    written = message_from_bytes(letter.read_bytes(), policy=policy.default)
    assert written["To"] == person.actor.email
    assert "METHOD:REQUEST" in str(written.get_body(("calendar",)).get_content())  # type: ignore[union-attr]


async def test_a_restaurant_with_an_address_gets_its_webhooks_there(
    guest_browser: tuple[Browser, Person], served: Runtime
) -> None:
    got: asyncio.Queue[Any] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        got.put_nowait((request.headers["webhook-id"], await request.json()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as machine:

        def move_in(transaction: Transaction) -> None:
            (venue,) = venues.load(transaction, [SAHIL.id])
            changed = msgspec.structs.replace(venue, webhook_url=str(machine.make_url("/hook")))
            venues.replace(transaction, changed, now=served.clock())

        by_another_hand(served.database.path, move_in)
        booked = await book(guest_browser[0], "aysel")
        delivery, body = await asyncio.wait_for(got.get(), 5)

    assert body["id"] == delivery
    assert (body["type"], body["data"]["reservation_id"]) == ("reservation.booked", booked["id"])


async def test_an_administrator_sees_how_deliveries_fare(
    guest_browser: tuple[Browser, Person], served: Runtime
) -> None:
    browser, person = guest_browser
    await book(browser, "aysel")
    await soon(served.settings.data_dir / "outbox", 2)

    answer = await browser.get("/v1/admin/outbox?status=sent&limit=5", headers=bearing("admin"))
    listed = await answer.json()

    assert {each["recipient"] for each in listed} <= {person.actor.email, SAHIL.id}
    assert all("notice" not in each for each in listed)
