"""Accounts over HTTP, with the server's own way to tell who calls."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from aiohttp import ClientResponse

from bakureserve.auth.keys import KeyRing
from bakureserve.runtime import Runtime
from bakureserve.settings import Settings
from tests.kit.browser import Browser, browser_of, open_browser
from tests.kit.calls import a_wish, problem
from tests.kit.cast import bearing
from tests.kit.houses import SetClock
from tests.kit.people import OPERATOR, PASSWORD, a_newcomer

Json = dict[str, Any]

AYSEL = a_newcomer()


@pytest.fixture
async def door(runtime: Runtime) -> AsyncIterator[Browser]:
    """A client of the application that reads real tokens."""
    async with browser_of(runtime, identify=None) as opened:
        yield opened


async def call(
    door: Browser, method: str, path: str, token: str | None = None, **more: Any
) -> ClientResponse:
    headers = bearing(token) | more.pop("headers", {})
    return await door.request(method, f"/v1{path}", headers=headers, **more)


async def proofs(answer: ClientResponse, status: int = 200) -> Json:
    found: Json = await answer.json()
    assert answer.status == status, found
    assert answer.headers["Cache-Control"] == "no-store"
    return found


async def sign_up(door: Browser, **fields: str) -> Json:
    return await proofs(await call(door, "POST", "/auth/signup", json=AYSEL | fields), 201)


async def log_in(door: Browser, password: str = PASSWORD, **more: Any) -> ClientResponse:
    body = {"email": AYSEL["email"], "password": password}
    return await call(door, "POST", "/auth/login", json=body, **more)


async def test_who_signs_up_is_logged_in_with_an_account(door: Browser) -> None:
    entered = await sign_up(door)

    user = entered["user"]
    assert (user["email"], user["phone"], user["role"]) == (
        AYSEL["email"],
        "+994501234567",
        "guest",
    )
    assert (entered["token_type"], entered["expires_in"]) == ("Bearer", 900)
    session = await call(door, "GET", "/auth/session", entered["access_token"])
    assert await session.json() == {
        "user": {"sub": user["id"], "email": AYSEL["email"], "name": "Aysel"},
        "kind": "guest",
        "scopes": [],
        "restaurant_ids": [],
    }


async def test_who_logs_in_gets_proofs_under_the_devices_name(
    door: Browser, clock: SetClock
) -> None:
    await sign_up(door)
    clock.pass_minutes(1)
    entered = await proofs(await log_in(door, headers={"User-Agent": "Phone of Aysel"}))

    listed = await call(door, "GET", "/auth/sessions", entered["access_token"])
    devices = await listed.json()
    assert (devices[0]["device"], devices[0]["current"]) == ("Phone of Aysel", True)
    assert [each["current"] for each in devices] == [True, False]


async def test_what_breaks_a_rule_is_named_and_not_repeated(door: Browser) -> None:
    for fields, field in (
        ({"email": "aysel"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "p" * 129}, "password"),
    ):
        answer = await call(door, "POST", "/auth/signup", json=AYSEL | fields)

        document = await problem(answer, 422)
        assert [error["field"] for error in document["errors"]] == [field]
        assert AYSEL["password"] not in json.dumps(document)
        assert "p" * 129 not in json.dumps(document)


async def test_a_stale_access_token_does_not_stand_in_the_way(
    door: Browser, clock: SetClock
) -> None:
    entered = await sign_up(door)
    clock.pass_minutes(16)
    stale = entered["access_token"]

    await problem(await call(door, "GET", "/auth/session", stale), 401, "token_expired")
    assert (await refresh(door, entered["refresh_token"], stale)).status == 200
    assert (await log_in(door, token=stale)).status == 200


async def test_what_is_stored_is_handed_over(door: Browser) -> None:
    entered = await sign_up(door)
    token = entered["access_token"]
    booked = await (await call(door, "POST", "/reservations", token, json=a_wish())).json()

    answer = await call(door, "GET", "/auth/export", token)
    data = await proofs(answer)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert data["account"]["email"] == AYSEL["email"]
    assert [each["id"] for each in data["reservations"]] == [booked["id"]]
    assert len(data["sessions"]) == 1
    assert "argon2" not in json.dumps(data)


@pytest.fixture
async def unlimited(house_settings: Settings, clock: SetClock) -> AsyncIterator[Browser]:
    """The server with its rate limiter off."""
    settings = dataclasses.replace(house_settings, rate_limit_enabled=False)
    async with open_browser(settings, clock, identify=None) as opened:
        yield opened


async def test_a_device_that_was_here_does_not_wait_for_others_at_its_address(
    unlimited: Browser,
) -> None:
    device_token = (await sign_up(unlimited))["device_token"]
    for _ in range(5):
        assert (await log_in(unlimited, "wrong password")).status == 401
    await problem(await log_in(unlimited), 429, "too_many_attempts")

    body = {"email": AYSEL["email"], "password": PASSWORD}
    for sent, status in (("x" * 300, 429), (None, 429), (device_token, 200)):
        body = {"email": AYSEL["email"], "password": PASSWORD, "device_token": sent}
        answer = await call(unlimited, "POST", "/auth/login", json=body)
        assert answer.status == status


async def test_a_refused_token_says_so_and_a_missing_one_does_not(door: Browser) -> None:
    missing = await call(door, "GET", "/auth/session")
    refused = await call(door, "GET", "/auth/session", "no.such.token")

    assert missing.headers["WWW-Authenticate"] == 'Bearer realm="bakureserve"'
    assert refused.headers["WWW-Authenticate"].endswith(', error="invalid_token"')
    await problem(missing, 401, "token_missing")
    document = await problem(refused, 401, "token_bad")
    assert "no.such.token" not in json.dumps(document)


async def test_two_headers_are_no_proof(door: Browser) -> None:
    token = (await sign_up(door))["access_token"]
    twice = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]

    answer = await door.get("/v1/auth/session", headers=twice)  # type: ignore[arg-type]
    await problem(answer, 401, "authorization_repeated")


async def test_security_events_are_logged_with_facts_and_without_persons(door: Browser) -> None:
    with structlog.testing.capture_logs() as logs:
        await sign_up(door)
        await log_in(door, "wrong password")

    (failed,) = [line for line in logs if line.get("security")]
    assert failed.keys() == {"event", "log_level", "security", "account", "client", "user"}
    assert (failed["event"], failed["client"]) == ("login_failed", "127.0.0.1")
    assert "aysel" not in json.dumps(failed)


async def test_no_log_line_has_a_proof_in_it(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    stream = io.BytesIO()
    monkeypatch.setattr("sys.stderr", io.TextIOWrapper(stream, write_through=True))
    async with browser_of(runtime, identify=None) as door:
        entered = await sign_up(door)
        token = entered["access_token"]
        await call(door, "GET", "/auth/session", token)
        await call(door, "GET", f"/reservations/{token}", token)
        await call(door, "GET", f"/restaurants?q={token}", token)
        again = await proofs(await refresh(door, entered["refresh_token"]))
        await log_in(door, "wrong password")
    said = stream.getvalue().decode() + capsys.readouterr().out

    assert '"route":"/v1/auth/refresh"' in said
    for secret in (token, again["access_token"], PASSWORD, "wrong password"):
        assert secret not in said
    for refresh_token in (entered["refresh_token"], again["refresh_token"]):
        assert refresh_token.partition(".")[2] not in said


async def test_the_old_scope_words_see_everything(door: Browser, runtime: Runtime) -> None:
    token = (await sign_up(door))["access_token"]
    booked = await (await call(door, "POST", "/reservations", token, json=a_wish())).json()
    orxan = "orxan@example.az"
    await runtime.users.add(OPERATOR, name="Orxan", email=orxan, password=PASSWORD)

    for scope in ("reservations:admin", "reservations:all", "admin"):
        scoped = await runtime.tokens.issue(
            OPERATOR, orxan, lifetime=dt.timedelta(hours=1), scopes=[scope]
        )
        listed = await (await call(door, "GET", "/reservations", scoped)).json()
        assert [each["id"] for each in listed] == [booked["id"]]
        assert (await call(door, "GET", f"/reservations/{booked['id']}", scoped)).status == 200


async def refresh(door: Browser, refresh_token: str, token: str | None = None) -> ClientResponse:
    return await call(door, "POST", "/auth/refresh", token, json={"refresh_token": refresh_token})


async def test_a_server_refuses_a_token_within_a_second_after_its_key_was_dropped_elsewhere(
    door: Browser, runtime: Runtime, clock: SetClock
) -> None:
    token = (await sign_up(door))["access_token"]
    assert (await call(door, "GET", "/reservations", token)).status == 200
    KeyRing(runtime.settings.signing_keys_path, clock).rotate(clock(), dt.timedelta(0))
    async with asyncio.timeout(10):
        while (await call(door, "GET", "/reservations", token)).status == 200:
            await asyncio.sleep(0.02)
    await problem(await call(door, "GET", "/reservations", token), 401, "token_bad")
    fresh = (await proofs(await log_in(door)))["access_token"]
    assert (await call(door, "GET", "/reservations", fresh)).status == 200
