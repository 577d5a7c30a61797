"""Administrators look after the accounts of others; who may is in the access table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bakureserve.runtime import Runtime
from tests.kit.browser import Browser, browser_of
from tests.kit.calls import problem
from tests.kit.houses import CAY_EVI, SAHIL
from tests.kit.people import Person, a_person, email_of, sign_up

Json = dict[str, Any]


@pytest.fixture
async def orxan(runtime: Runtime) -> Person:
    """An administrator."""
    return await a_person(runtime, "Orxan", role="admin")


@pytest.fixture
async def leyla(runtime: Runtime) -> Person:
    return await a_person(runtime, "Leyla")


@pytest.fixture
async def admin(runtime: Runtime, orxan: Person) -> AsyncIterator[Browser]:
    """The administrator's browser."""
    async with browser_of(runtime, identify=None, headers=orxan.headers) as opened:
        yield opened


async def test_accounts_are_listed_page_by_page(
    admin: Browser, orxan: Person, leyla: Person
) -> None:
    first = await admin.get("/v1/admin/users?limit=1")
    assert [each["id"] for each in await first.json()] == [leyla.user.id]
    second = await admin.get(str(first.links["next"]["url"].relative()))

    (shown,) = await second.json()
    assert (shown["id"], shown["role"], shown["disabled_at"]) == (orxan.user.id, "admin", None)
    assert "next" not in second.links
    assert "argon2" not in await second.text()


async def test_a_person_is_made_staff_and_is_so_after_the_next_refresh(
    admin: Browser, leyla: Person, runtime: Runtime
) -> None:
    path = f"/v1/admin/users/{leyla.user.id}/restaurants"
    await admin.put(f"{path}/{CAY_EVI.slug}")
    answer = await admin.put(f"{path}/{SAHIL.id}")
    assert (await answer.json())["restaurant_ids"] == sorted([SAHIL.id, CAY_EVI.id])

    renewed = await runtime.accounts.refresh(leyla.refresh_token)
    assert renewed.user.kind == "staff"
    answer = await admin.delete(f"{path}/{CAY_EVI.id}")
    assert (await answer.json())["restaurant_ids"] == [SAHIL.id]
    await problem(await admin.put(f"{path}/nowhere"), 404)


async def test_an_address_that_was_not_proved_gets_rights_only_when_that_is_known(
    admin: Browser, runtime: Runtime
) -> None:
    entered = await sign_up(runtime.accounts, "Yad")
    person = f"/v1/admin/users/{entered.user.id}"
    work = f"{person}/restaurants/{SAHIL.id}"

    await problem(await admin.put(work), 409, "address_unproved")
    await problem(await admin.patch(person, json={"role": "admin"}), 409, "address_unproved")
    known = {"unverified": True}
    assert (await admin.put(work, json=known)).status == 200
    assert (await admin.patch(person, json=known | {"role": "admin"})).status == 200


async def test_a_person_is_kept_out_and_let_in_again(admin: Browser, leyla: Person) -> None:
    path = f"/v1/admin/users/{email_of('Leyla')}"
    body = {"email": email_of("Leyla"), "password": "correct horse"}

    out = await (await admin.patch(path, json={"disabled": True})).json()
    assert out["disabled_at"] is not None
    await problem(await admin.post("/v1/auth/login", json=body), 401, "credentials_wrong")
    back = await (await admin.patch(path, json={"disabled": False, "role": "admin"})).json()
    assert (back["disabled_at"], back["role"]) == (None, "admin")
    assert (await admin.post("/v1/auth/login", json=body)).status == 200


async def test_what_is_no_account_role_or_cursor_is_refused(admin: Browser, leyla: Person) -> None:
    await problem(await admin.get("/v1/admin/users?cursor=x"), 422, "cursor_malformed")
    await problem(await admin.get("/v1/admin/users/nobody"), 404, "user_unknown")
    await problem(await admin.patch("/v1/admin/users/nobody", json={}), 404, "user_unknown")
    answer = await admin.patch(f"/v1/admin/users/{leyla.user.id}", json={"role": "king"})
    assert (await problem(answer, 422))["errors"][0]["field"] == "role"
