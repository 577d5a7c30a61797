"""A real second issuer on loopback, through the whole server: its tokens, keys and outages."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from joserfc.jwk import RSAKey

from bakureserve.runtime import open_runtime, prepare_store
from bakureserve.server.serving import application
from bakureserve.settings import Settings
from bakureserve.store.transaction import Transaction
from tests.auth.forgery import put_together
from tests.auth.oidc import AUDIENCE, EC, OTHER_EC, RSA, Issuer, signed
from tests.conftest import Browser
from tests.kit.cast import bearing
from tests.kit.houses import NOW, SetClock, by_another_hand
from tests.kit.people import CHEAP, PASSWORD
from tests.server.asking import a_wish, problem
from tests.store.samples import a_reservation, book

SUBJECT = "auth0|5f7c8ec7"
THEN = int(NOW.timestamp())
TODAY = "2027-03-01T19:00:00+04:00"


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def door(house_settings: Settings, clock: SetClock, issuer: Issuer) -> AsyncIterator[Browser]:
    """A client of a server that takes the issuer's tokens."""
    settings = dataclasses.replace(house_settings, auth0_domain=issuer.url, auth0_audience=AUDIENCE)
    async with (
        open_runtime(settings, clock=clock, hashing=CHEAP) as runtime,
        TestClient(TestServer(application(runtime))) as opened,
    ):
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
    aysel = {"name": "A", "email": "a@example.az", "phone": "0501234567", "password": PASSWORD}
    entered = await (await door.post("/v1/auth/signup", json=aysel)).json()
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
    async with (
        open_runtime(settings, clock=clock, hashing=CHEAP) as runtime,
        TestClient(TestServer(application(runtime))) as door,
    ):
        token = signed(RSA, issuer.claims(THEN))
        listed = await (await door.get("/v1/reservations", headers=bearing(token))).json()
        assert [(each["id"], each["owner_id"]) for each in listed] == [(SUBJECT, SUBJECT)]
        local = signed(RSA, issuer.claims(THEN, sub="local-dev-user"))
        assert await (await door.get("/v1/reservations", headers=bearing(local))).json() == []


async def test_the_issuers_scopes_count(door: Browser, issuer: Issuer) -> None:
    owner = bearing(signed(RSA, issuer.claims(THEN)))
    seeing = bearing(signed(RSA, issuer.claims(THEN, sub="x", scope="reservations:all")))
    admin = bearing(signed(RSA, issuer.claims(THEN, sub="y", permissions=["reservations:admin"])))
    booked = await (
        await door.post("/v1/reservations", json=a_wish(start=TODAY), headers=owner)
    ).json()

    for headers in (seeing, admin):
        listed = await (await door.get("/v1/reservations", headers=headers)).json()
        assert [each["id"] for each in listed] == [booked["id"]]
        seat = await door.post(f"/v1/reservations/{booked['id']}/seat", headers=headers)
        assert seat.status == 200
        await door.post(f"/v1/reservations/{booked['id']}/undo", headers=headers)
    refused = await door.post(f"/v1/reservations/{booked['id']}/seat", headers=owner)
    await problem(refused, 403, "staff_only")


async def test_our_own_accounts_work_beside_it(door: Browser, issuer: Issuer) -> None:
    aysel = {"name": "A", "email": "a@example.az", "phone": "0501234567", "password": PASSWORD}
    entered = await (await door.post("/v1/auth/signup", json=aysel)).json()

    assert (await session(door, entered["access_token"])).status == 200
    theirs = signed(RSA, issuer.claims(THEN))
    body = {"current": PASSWORD, "new": "another horse"}
    elsewhere = await door.post("/v1/auth/password", json=body, headers=bearing(theirs))
    await problem(elsewhere, 404, "account_elsewhere")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"aud": "https://another.example"}, "token_bad"),
        ({"aud": None}, "token_bad"),
        ({"iss": "https://another.example/"}, "token_bad"),
        ({"iss": "bakureserve"}, "token_bad"),
        ({"exp": THEN - 61}, "token_expired"),
        ({"exp": None}, "token_bad"),
        ({"nbf": THEN + 61}, "token_bad"),
        ({"sub": ""}, "token_bad"),
    ],
)
async def test_what_was_not_made_for_here_and_now_is_refused(
    door: Browser, issuer: Issuer, changed: dict[str, Any], code: str
) -> None:
    token = signed(RSA, issuer.claims(THEN, **changed))

    await problem(await session(door, token), 401, code)


async def test_the_issuers_clock_may_be_a_minute_off(door: Browser, issuer: Issuer) -> None:
    for changed in ({"exp": THEN - 59}, {"nbf": THEN + 59}):
        assert (await session(door, signed(RSA, issuer.claims(THEN, **changed)))).status == 200


async def test_nobody_chooses_how_a_token_is_checked(door: Browser, issuer: Issuer) -> None:
    claims = issuer.claims(THEN)
    public = RSA.as_pem(private=False)
    forged = [
        put_together({"alg": "none", "kid": RSA.kid}, claims, None),
        put_together({"alg": "HS256", "kid": RSA.kid}, claims, public),
        put_together({"alg": "RS256", "kid": RSA.kid}, claims, public),
        signed(OTHER_EC, claims, kid=EC.kid),
    ]

    for token in forged:
        await problem(await session(door, token), 401, "token_bad")


async def test_new_keys_are_learnt_and_old_ones_are_forgotten(
    door: Browser, issuer: Issuer, clock: SetClock
) -> None:
    old, new = RSA, RSAKey.generate_key(2048, {"kid": "rsa-2", "use": "sig"})
    old_token, new_token = (signed(key, issuer.claims(THEN)) for key in (old, new))
    assert (await session(door, old_token)).status == 200

    issuer.keys = [new]
    await problem(await session(door, new_token), 401)  # asked for just now
    asked_before = len(issuer.requested)
    await problem(await session(door, signed(OTHER_EC, issuer.claims(THEN))), 401)
    assert len(issuer.requested) == asked_before
    clock.pass_minutes(0.5)
    assert (await session(door, new_token)).status == 200
    await problem(await session(door, old_token), 401, "token_bad")


async def test_known_keys_serve_while_the_issuer_is_away(
    door: Browser, issuer: Issuer, clock: SetClock
) -> None:
    token = signed(RSA, issuer.claims(THEN, exp=THEN + 24 * 3600))
    assert (await session(door, token)).status == 200

    await issuer.close()
    for _ in range(3):
        clock.pass_minutes(120)
        assert (await session(door, token)).status == 200
    unknown = signed(OTHER_EC, issuer.claims(THEN, exp=THEN + 24 * 3600))
    await problem(await session(door, unknown), 401, "token_bad")

    await issuer.open()
    issuer.keys = [OTHER_EC]
    clock.pass_minutes(1)
    assert (await session(door, unknown)).status == 200


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
