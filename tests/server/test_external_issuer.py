"""A real second issuer on loopback, through the whole server: its tokens, keys and outages."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse

from bakureserve.runtime import prepare_store
from bakureserve.settings import Settings
from bakureserve.store.transaction import Transaction
from tests.kit.browser import Browser, open_browser
from tests.kit.calls import a_wish, problem
from tests.kit.cast import bearing
from tests.kit.houses import NOW, SetClock, by_another_hand
from tests.kit.oidc import AUDIENCE, EC, RSA, Issuer, signed
from tests.kit.people import a_newcomer
from tests.kit.rows import a_reservation, book

SUBJECT = "auth0|5f7c8ec7"
THEN = int(NOW.timestamp())
TODAY = "2027-03-01T19:00:00+04:00"


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer() as opened:
        yield opened


@pytest.fixture
async def door(house_settings: Settings, clock: SetClock, issuer: Issuer) -> AsyncIterator[Browser]:
    """A client of a server that takes the issuer's tokens."""
    settings = dataclasses.replace(house_settings, auth0_domain=issuer.url, auth0_audience=AUDIENCE)
    async with open_browser(settings, clock, identify=None) as opened:
        yield opened


async def session(door: Browser, token: str) -> ClientResponse:
    return await door.get("/v1/auth/session", headers=bearing(token))


async def test_the_subject_owns_what_it_books(door: Browser, issuer: Issuer) -> None:
    token = signed(RSA, issuer.claims(THEN, name="Aysel", email="aysel@example.az"))
    another = signed(EC, issuer.claims(THEN, sub="auth0|another"))

    booked = await (
        await door.post("/v1/reservations", json=a_wish(), headers=bearing(token))
    ).json()
    path = f"/v1/reservations/{booked['id']}"

    assert booked["owner_id"] == SUBJECT
    assert (await door.get(path, headers=bearing(token))).status == 200
    await problem(await door.get(path, headers=bearing(another)), 404)
    assert await (await session(door, token)).json() == {
        "user": {"sub": SUBJECT, "email": "aysel@example.az", "name": "Aysel"},
        "kind": "guest",
        "scopes": ["openid", "reservations:read"],
        "restaurant_ids": [],
    }


async def test_no_subject_is_an_account_of_ours(door: Browser, issuer: Issuer) -> None:
    entered = await (await door.post("/v1/auth/signup", json=a_newcomer())).json()
    ours = bearing(entered["access_token"])
    booked = await (await door.post("/v1/reservations", json=a_wish(), headers=ours)).json()
    impostor = bearing(signed(RSA, issuer.claims(THEN, sub=entered["user"]["id"])))

    path = f"/v1/reservations/{booked['id']}"
    await problem(await door.get(path, headers=impostor), 404)
    assert await (await door.get("/v1/reservations", headers=impostor)).json() == []
    assert (await door.delete("/v1/auth/account", headers=impostor)).status == 204
    assert (await door.get(path, headers=ours)).status == 200


async def test_bookings_of_before_are_their_owner_s_from_the_next_start(
    house_settings: Settings, clock: SetClock, issuer: Issuer
) -> None:
    owners = (SUBJECT, "local-dev-user", "https://elsewhere.example auth0|5f7c8ec7")
    tables = ("t1", "t2", "t3")

    def book_some(transaction: Transaction) -> None:
        for owner, table in zip(owners, tables, strict=True):
            book(transaction, a_reservation(owner, owner_id=owner, table_id=table))

    by_another_hand(house_settings.database_path, book_some)
    settings = dataclasses.replace(house_settings, auth0_domain=issuer.url, auth0_audience=AUDIENCE)
    for _ in range(2):
        prepare_store(settings)
    async with open_browser(settings, clock, identify=None) as door:
        token = signed(RSA, issuer.claims(THEN))
        listed = await (await door.get("/v1/reservations", headers=bearing(token))).json()
        assert [(each["id"], each["owner_id"]) for each in listed] == [(SUBJECT, SUBJECT)]
        local = signed(RSA, issuer.claims(THEN, sub="local-dev-user"))
        assert await (await door.get("/v1/reservations", headers=bearing(local))).json() == []


async def test_an_issuer_that_never_answered_is_no_fault_of_the_guest(
    door: Browser, issuer: Issuer, clock: SetClock
) -> None:
    await issuer.close()
    token = signed(RSA, issuer.claims(THEN))

    asked = await door.get("/v1/restaurants", headers=bearing(token))
    assert asked.status == 200  # where no token is needed

    refused = await session(door, token)
    await problem(refused, 503, "issuer_unreachable")
    assert refused.headers["Retry-After"] == "5"

    await issuer.open()
    clock.pass_minutes(0.1)
    assert (await session(door, token)).status == 200
