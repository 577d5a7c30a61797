"""What operators do with accounts, what is written down about it, and who may not do it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bakureserve.domain.accounts.account import User
from bakureserve.domain.accounts.actor import Actor, cli_actor
from bakureserve.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from bakureserve.runtime import Runtime
from bakureserve.services.accounts.accounts import Accounts
from bakureserve.services.accounts.users import Users
from bakureserve.store.transaction import Row
from tests.kit.cast import ADMIN, GUEST, HOST
from tests.kit.houses import CAY_EVI, NOW, SAHIL, SetClock
from tests.kit.people import sign_up
from tests.services.conftest import Reports

OPERATOR = cli_actor("nigar")
EMAIL, PASSWORD = "leyla@example.az", "correct horse"


async def add(users: Users, actor: Actor = OPERATOR, **fields: Any) -> User:
    given = {"name": "Leyla", "email": EMAIL, "password": PASSWORD}
    return await users.add(actor, **(given | fields))


async def is_let_in(accounts: Accounts, password: str = PASSWORD) -> bool:
    try:
        await accounts.log_in(email=EMAIL, password=password)
    except Unauthenticated:
        return False
    return True


async def audit(runtime: Runtime) -> list[Row]:
    return await runtime.database.read(
        lambda tx: tx.all("select actor_kind, actor, action, noun_id, changes from audit")
    )


async def test_an_added_person_can_log_in_and_the_first_admin_is_one(
    users: Users, accounts: Accounts
) -> None:
    assert not await users.has_admin()
    for fields, code in (
        ({"name": ""}, "name_blank"),
        ({"email": "leyla"}, "email_malformed"),
        ({"phone": "102"}, "phone_not_a_number"),
        ({"password": EMAIL}, "password_obvious"),
    ):
        with pytest.raises(Invalid, match=code):
            await add(users, **fields)
    added = await add(users, email=" LEYLA@example.az", phone="050 123 45 67", role="admin")
    assert (added.email, added.phone, added.kind) == (EMAIL, "+994501234567", "admin")
    assert (await accounts.log_in(email=EMAIL, password=PASSWORD)).user == added
    assert await users.has_admin()


async def test_an_address_that_is_known_is_not_added_again(users: Users) -> None:
    await add(users)
    with pytest.raises(Conflict, match="email_taken"):
        await add(users)


async def test_a_person_is_named_by_id_or_address_and_all_are_listed_by_that(users: Users) -> None:
    leyla = await add(users)
    assert await users.get(OPERATOR, leyla.id) == leyla
    assert await users.get(OPERATOR, " Leyla@Example.az ") == leyla
    for name in ("c", "a"):
        await add(users, email=f"{name}@x.az")
    listed = await users.page(OPERATOR)
    assert [user.email for user in listed] == ["a@x.az", "c@x.az", EMAIL]
    assert await users.page(OPERATOR, after="a@x.az", limit=1) == listed[1:2]


async def test_a_person_s_sessions_are_listed_and_ended(
    users: Users, accounts: Accounts, runtime: Runtime
) -> None:
    leyla = await add(users)
    tokens = [
        (await accounts.log_in(email=EMAIL, password=PASSWORD, device=device)).refresh_token
        for device in ("phone", "tablet")
    ]
    listed = await users.sessions(OPERATOR, EMAIL)
    assert {session.device for session in listed} == {"phone", "tablet"}
    assert await users.end_sessions(OPERATOR, EMAIL) == 2
    assert await users.sessions(OPERATOR, EMAIL) == []
    for token in tokens:
        with pytest.raises(Unauthenticated):
            await accounts.refresh(token)
    assert await users.end_sessions(OPERATOR, EMAIL) == 0
    assert (await audit(runtime))[3:] == [
        ("cli", "nigar", "user.logged_out", leyla.id, '{"sessions":2}')
    ]


async def test_people_work_where_they_were_granted_until_it_is_revoked(users: Users) -> None:
    await add(users)
    await users.grant(OPERATOR, EMAIL, SAHIL.slug)
    host = await users.grant(OPERATOR, EMAIL, CAY_EVI.id)
    assert (host.kind, host.restaurants) == ("staff", tuple(sorted((SAHIL.id, CAY_EVI.id))))
    for change in (users.grant, users.revoke):
        with pytest.raises(NotFound, match="restaurant_unknown"):
            await change(OPERATOR, EMAIL, "nowhere")
    assert (await users.revoke(OPERATOR, EMAIL, SAHIL.id)).restaurants == (CAY_EVI.id,)
    assert (await users.revoke(OPERATOR, EMAIL, CAY_EVI.slug)).kind == "guest"
    assert (await users.set_role(OPERATOR, EMAIL, "admin")).kind == "admin"
    assert (await users.set_role(OPERATOR, EMAIL, "guest")).kind == "guest"


@pytest.mark.parametrize("scopes", [(), ("admin",)])
async def test_a_script_s_token_ends_with_the_right_of_its_account(
    runtime: Runtime, users: Users, scopes: tuple[str, ...]
) -> None:
    await add(users, role="admin")
    week = timedelta(days=7)
    token = await runtime.tokens.issue(OPERATOR, EMAIL, lifetime=week, scopes=scopes)
    script = await runtime.authenticator.identify(f"Bearer {token}")
    assert script is not None
    await add(users, script, name="Rauf", email="rauf@example.az")
    await users.set_role(OPERATOR, EMAIL, "guest")
    with pytest.raises(Unauthenticated, match="rights_changed"):
        await users.set_role(script, "rauf@example.az", "admin")


class TestUnprovedAddresses:
    """An account may be a stranger's to its address: it gets no rights by mistake."""

    @pytest.fixture
    async def stranger(self, accounts: Accounts) -> User:
        return (await sign_up(accounts, "Yad", email=EMAIL)).user

    async def test_an_unproved_address_becomes_staff_or_admin_only_if_the_operator_vouches_for_it(
        self, users: Users, stranger: User
    ) -> None:
        with pytest.raises(Conflict, match="address_unproved"):
            await users.grant(OPERATOR, EMAIL, SAHIL.id)
        with pytest.raises(Conflict, match="address_unproved"):
            await users.set_role(OPERATOR, EMAIL, "admin")
        assert (await users.get(OPERATOR, EMAIL)).kind == "guest"
        await users.grant(OPERATOR, EMAIL, SAHIL.id, unverified=True)
        admin = await users.set_role(OPERATOR, EMAIL, "admin", unverified=True)
        assert (admin.kind, admin.verified_email) == ("admin", False)
        assert (await users.set_role(OPERATOR, EMAIL, "guest")).kind == "staff"
        assert (await users.verify(OPERATOR, EMAIL)).verified_email
        assert (await users.grant(OPERATOR, EMAIL, CAY_EVI.id)).kind == "staff"


async def test_a_disabled_person_is_out_at_once_until_enabled(
    users: Users, accounts: Accounts, runtime: Runtime, clock: SetClock
) -> None:
    await add(users)
    token = (await accounts.log_in(email=EMAIL, password=PASSWORD)).refresh_token
    for at_the_prompt in (1, None):
        await runtime.database.write(
            lambda tx, at=at_the_prompt: tx.execute(
                "update user_account set disabled_at = ?", (at,)
            )
        )
        if at_the_prompt:
            with pytest.raises(Unauthenticated):
                await accounts.refresh(token)
    clock.pass_minutes(1)
    disabled = await users.disable(OPERATOR, EMAIL)
    assert (disabled.disabled_at, disabled.created_at) == (clock.now, NOW)
    assert not await is_let_in(accounts)
    assert (await users.enable(OPERATOR, EMAIL)).disabled_at is None
    assert await is_let_in(accounts)
    with pytest.raises(Unauthenticated):
        await accounts.refresh(token)


async def test_a_new_password_ends_every_session_and_an_erased_person_has_none(
    users: Users, accounts: Accounts, reports: Reports
) -> None:
    leyla = await add(users)
    token = (await accounts.log_in(email=EMAIL, password=PASSWORD)).refresh_token
    with pytest.raises(Invalid, match="password_obvious"):
        await users.set_password(OPERATOR, EMAIL, EMAIL)
    await users.set_password(OPERATOR, EMAIL, "a new password")
    assert reports.noted == [("password_changed", {"user": leyla.id})]
    with pytest.raises(Unauthenticated):
        await accounts.refresh(token)
    assert not await is_let_in(accounts)
    assert await is_let_in(accounts, "a new password")
    await users.erase(OPERATOR, EMAIL)
    assert await users.page(OPERATOR) == []
    assert not await is_let_in(accounts, "a new password")
    assert ("account_erased", {"user": leyla.id}) in reports.noted


class TestWhoMay:
    @pytest.fixture
    def every_call(self, users: Users) -> list[Callable[[Actor, str], Awaitable[Any]]]:
        return [
            lambda actor, _user: users.page(actor),
            users.get,
            users.sessions,
            lambda actor, user: add(users, actor, email=f"x{user}"),
            lambda actor, user: users.grant(actor, user, SAHIL.id),
            lambda actor, user: users.revoke(actor, user, SAHIL.id),
            lambda actor, user: users.set_role(actor, user, "admin"),
            users.disable,
            users.enable,
            lambda actor, user: users.set_password(actor, user, "a new password"),
            users.end_sessions,
            users.erase,
        ]

    async def test_only_admins_touch_the_accounts_of_others(
        self, users: Users, every_call: list[Callable[[Actor, str], Awaitable[Any]]]
    ) -> None:
        await add(users)
        sees_all = Actor(kind="guest", subject="x", scopes=frozenset({"reservations:admin"}))
        before = await users.page(OPERATOR)
        for number, call in enumerate(every_call):
            for actor in (GUEST, HOST, sees_all):
                with pytest.raises(Forbidden, match="admin_only"):
                    await call(actor, EMAIL)
            if number not in {0, 3}:  # those that are about somebody
                with pytest.raises(NotFound, match="user_unknown"):
                    await call(ADMIN, "nobody@example.az")
        assert await users.page(OPERATOR) == before
        for call in every_call:
            await call(ADMIN, EMAIL)


async def test_each_change_is_written_down_once_and_names_no_person(
    users: Users, runtime: Runtime
) -> None:
    leyla = await add(users)
    for _ in range(2):  # the second time nothing changes
        await users.grant(OPERATOR, EMAIL, SAHIL.slug)
    for _ in range(2):
        await users.revoke(OPERATOR, EMAIL, SAHIL.slug)
    for _ in range(2):
        await users.set_role(OPERATOR, EMAIL, "admin")
    for _ in range(2):
        await users.disable(OPERATOR, EMAIL)
    for _ in range(2):
        await users.enable(OPERATOR, EMAIL)
    await users.set_password(OPERATOR, EMAIL, "a new password")
    await users.erase(ADMIN, EMAIL)
    restaurant = f'{{"restaurant_id":"{SAHIL.id}"}}'
    assert await audit(runtime) == [
        ("cli", "nigar", "user.added", leyla.id, '{"role":"guest"}'),
        ("cli", "nigar", "user.granted", leyla.id, restaurant),
        ("cli", "nigar", "user.revoked", leyla.id, restaurant),
        ("cli", "nigar", "user.role_changed", leyla.id, '{"role":"admin"}'),
        ("cli", "nigar", "user.disabled", leyla.id, "{}"),
        ("cli", "nigar", "user.enabled", leyla.id, "{}"),
        ("cli", "nigar", "user.password_changed", leyla.id, "{}"),
        ("admin", ADMIN.subject, "user.erased", leyla.id, "{}"),
    ]
