"""People and their accounts: coming in, staying, leaving, and who must stay outside."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from typing import Any

import msgspec
import pytest
from argon2 import PasswordHasher

from bakureserve.auth.passwords import Checked, Passwords
from bakureserve.auth.tokens import AccessTokens
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Invalid, NotFound, TooMany, Unauthenticated
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import ArrivalIntent, BookingRequest
from bakureserve.runtime import Runtime
from bakureserve.services.accounts.accounts import Accounts, LoggedIn
from bakureserve.services.accounts.security import mark_of
from bakureserve.services.accounts.users import Users
from bakureserve.store.reservations import idempotency, reservations
from bakureserve.store.reservations.idempotency import Answer
from bakureserve.store.reservations.reservation_lists import Filter
from bakureserve.store.transaction import Row, Transaction
from tests.kit.cast import ADMIN, GUEST, HOST
from tests.kit.houses import NOW, SAHIL, SetClock
from tests.kit.people import PASSWORD, email_of, log_in, sign_up
from tests.kit.rows import a_reservation, book
from tests.services.conftest import Reports

EMAIL = email_of("Aysel")
MARK = mark_of(EMAIL)
MINUTES_A_DAY = 24 * 60


async def fail_to_log_in(accounts: Accounts, **fields: str) -> None:
    with pytest.raises(Unauthenticated, match="credentials_wrong"):
        await log_in(accounts, **fields)


async def refuse_to_refresh(accounts: Accounts, token: str) -> None:
    with pytest.raises(Unauthenticated, match="refresh_refused"):
        await accounts.refresh(token)


async def rows(runtime: Runtime, query: str) -> list[Row]:
    return await runtime.database.read(lambda tx: tx.all(query))


async def everything_stored(runtime: Runtime) -> str:
    """Every value in the store, as text."""

    def dump(transaction: Transaction) -> str:
        names = transaction.all("select name from sqlite_master where type = 'table'")
        tables = [transaction.all(f"select * from {name}") for (name,) in names]
        return repr(tables)

    return await runtime.database.read(dump)


@pytest.fixture
def whoami(tokens: AccessTokens) -> Any:
    """Who the holder of the access token is."""
    return lambda logged_in: tokens.read(logged_in.access_token)


async def too_busy(*_given: Any, **_named: Any) -> None:
    """In place of looking at a password."""
    raise TooMany("logins_busy", retry_after=1)


async def test_a_new_person_is_a_guest_who_is_logged_in_and_can_come_again(
    accounts: Accounts, whoami: Any
) -> None:
    entered = await sign_up(accounts, email=" Aysel@Example.AZ", name=" Aysel  M ")
    user = entered.user
    assert (user.name, user.email, user.phone) == ("Aysel M", EMAIL, "+994501234567")
    assert entered.expires_in == 900
    (session,) = await accounts.sessions(whoami(entered))
    assert whoami(entered) == Actor(
        kind="guest",
        subject=user.id,
        email=EMAIL,
        name="Aysel M",
        session_id=session.id,
        rights=0,
    )
    assert (await log_in(accounts, email="AYSEL@example.az ")).user == user


async def test_a_known_address_is_taken_and_asking_for_it_again_and_again_waits(
    accounts: Accounts, passwords: Passwords
) -> None:
    await sign_up(accounts)
    passwords.close()  # it is refused before a hash is made
    for _ in range(5):
        with pytest.raises(Conflict, match="email_taken"):
            await sign_up(accounts, email="AYSEL@EXAMPLE.AZ", client="client")
    with pytest.raises(TooMany):
        await sign_up(accounts, client="client")


async def test_of_two_at_once_with_one_address_one_gets_it(accounts: Accounts) -> None:
    outcomes = await asyncio.gather(sign_up(accounts), sign_up(accounts), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "LoggedIn"]


async def test_what_breaks_a_rule_of_signing_up_is_named(accounts: Accounts) -> None:
    for field, value, code in (
        ("name", " ", "name_blank"),
        ("email", "aysel", "email_malformed"),
        ("phone", "102", "phone_not_a_number"),
        ("password", "short", "password_too_short"),
        ("password", "AYSEL@example.az", "password_obvious"),
    ):
        with pytest.raises(Invalid, match=code) as caught:
            await sign_up(accounts, **{field: value})
        assert caught.value.field == field


async def test_a_client_that_opens_account_after_account_waits_and_no_other(
    accounts: Accounts, reports: Reports
) -> None:
    for number in range(30):
        await sign_up(accounts, email=f"a{number}@example.az", client="bot")
    with pytest.raises(TooMany):
        await sign_up(accounts, client="bot")
    for number in range(40):  # strangers keep nobody from signing up
        with pytest.raises(Conflict):
            await sign_up(accounts, email="a1@example.az", client=f"client {number}")
    await sign_up(accounts, client="somebody")
    assert reports.noted == [("login_limited", {"account": MARK, "client": "bot"})]


async def test_an_old_account_comes_in_and_its_hash_is_made_anew(
    accounts: Accounts, runtime: Runtime
) -> None:
    entered = await sign_up(accounts)
    old = PasswordHasher(memory_cost=65536, time_cost=3, parallelism=4).hash("köhnə parol")
    await runtime.database.write(
        lambda tx: tx.execute("update user_account set password_hash = ?", (old,))
    )
    for _ in range(2):
        assert (await log_in(accounts, password="köhnə parol")).user.id == entered.user.id
    ((new,),) = await rows(runtime, "select password_hash from user_account")
    assert new.startswith("$argon2id$v=19$m=8,t=1,p=1$")


async def test_every_refused_login_is_told_the_same(
    accounts: Accounts, users: Users, reports: Reports
) -> None:
    aysel = (await sign_up(accounts)).user
    rauf = (await sign_up(accounts, email="rauf@example.az")).user
    await users.disable(ADMIN, rauf.id)
    await fail_to_log_in(accounts, password="wrong", client="1.2.3.4")
    for email in ("rauf@example.az", "nobody@example.az", "no address", "\ud800"):
        await fail_to_log_in(accounts, email=email)
    assert reports.names == ["login_failed"] * 5
    of_rauf = {"account": mark_of("rauf@example.az"), "client": "", "user": rauf.id}
    assert [facts for _, facts in reports.noted[:3]] == [
        {"account": MARK, "client": "1.2.3.4", "user": aysel.id},
        of_rauf,
        {"account": mark_of("nobody@example.az"), "client": ""},
    ]


async def test_an_unknown_and_a_disabled_account_cost_a_hash_as_well(
    accounts: Accounts, users: Users, passwords: Passwords, monkeypatch: Any
) -> None:
    user = (await sign_up(accounts)).user
    verify, checked = passwords.verify, []

    async def slowly(stored: str | None, password: str, **_: str) -> Checked:
        checked.append(stored)
        outcome = await verify(stored, password)
        await users.set_password(ADMIN, user.id, "another password")
        return outcome

    monkeypatch.setattr(passwords, "verify", slowly)
    await fail_to_log_in(accounts)  # the password was changed while it was checked
    await users.disable(ADMIN, user.id)
    await fail_to_log_in(accounts, password="another password")
    await fail_to_log_in(accounts, email="nobody@example.az")
    assert checked[1:] == [None, None]


async def test_guessing_waits_and_who_knows_the_password_waits_with_it(
    accounts: Accounts, reports: Reports, clock: SetClock
) -> None:
    await sign_up(accounts)
    for email in (EMAIL, "nobody@example.az"):
        for _ in range(5):
            await fail_to_log_in(accounts, email=email, password="wrong")
        with pytest.raises(TooMany, match="too_many_attempts") as caught:
            await log_in(accounts, email=email)
        assert caught.value.retry_after == 1
        assert reports.names[-1] == "login_limited"
    clock.pass_minutes(1)
    for _ in range(2):  # a success gives the free failures back
        await log_in(accounts)
        for _ in range(4):
            await fail_to_log_in(accounts, password="wrong")


async def test_a_hundred_guesses_at_once_are_five(accounts: Accounts) -> None:
    outcomes = await asyncio.gather(
        *(log_in(accounts, password=f"guess {number}") for number in range(100)),
        return_exceptions=True,
    )
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds.count(Unauthenticated) == 5
    assert kinds.count(TooMany) == 95


async def test_what_a_person_may_do_is_in_their_next_token(
    accounts: Accounts, users: Users, whoami: Any
) -> None:
    entered = await sign_up(accounts)
    await users.grant(ADMIN, EMAIL, SAHIL.slug, unverified=True)
    for again in (await accounts.refresh(entered.refresh_token), await log_in(accounts)):
        host = whoami(again)
        assert (host.kind, host.restaurants, host.scopes) == ("staff", {SAHIL.id}, frozenset())
    await users.set_role(ADMIN, EMAIL, "admin", unverified=True)
    admin = whoami(await log_in(accounts))
    assert (admin.kind, admin.scopes) == ("admin", {"admin", "reservations:admin"})


class TestBeingLockedOut:
    """An account at which strangers guess from more addresses than anybody could count."""

    @pytest.fixture
    async def aysel(self, accounts: Accounts) -> LoggedIn:
        return await sign_up(accounts, client="home")

    async def besiege(self, accounts: Accounts) -> None:
        for number in range(20):
            await fail_to_log_in(accounts, password="wrong", client=f"address {number}")
        with pytest.raises(TooMany):
            await log_in(accounts, client="another address")

    async def test_where_one_was_logged_in_of_late_one_comes_in_and_not_where_one_was_long_ago(
        self, accounts: Accounts, aysel: LoggedIn, whoami: Any, runtime: Runtime, clock: SetClock
    ) -> None:
        await accounts.log_out(whoami(aysel))
        clock.pass_minutes(29 * MINUTES_A_DAY)
        await runtime.housekeeping.sweep()
        await self.besiege(accounts)
        await log_in(accounts, client="home")
        clock.pass_minutes(30 * MINUTES_A_DAY + 1)
        await self.besiege(accounts)
        with pytest.raises(TooMany):
            await log_in(accounts, client="home")

    async def test_a_known_device_comes_in_from_anywhere_and_guesses_no_more_than_others(
        self, accounts: Accounts, aysel: LoggedIn, whoami: Any
    ) -> None:
        await self.besiege(accounts)
        await accounts.change_password(whoami(aysel), PASSWORD, PASSWORD)
        entered = await log_in(accounts, client="hotel", device_token=aysel.device_token)
        again = await accounts.refresh(entered.refresh_token, client="train")
        device = {"device_token": again.device_token}
        await log_in(accounts, client="train", **device)
        for number in range(5):
            await fail_to_log_in(accounts, password="wrong", client=f"cafe {number}", **device)
        with pytest.raises(TooMany):
            await log_in(accounts, client="another", **device)

    async def test_another_account_s_device_is_a_stranger(
        self, accounts: Accounts, aysel: LoggedIn
    ) -> None:
        rauf = await sign_up(accounts, email="rauf@example.az", client="attacker")
        await self.besiege(accounts)
        with pytest.raises(TooMany):
            await log_in(accounts, client="attacker", device_token=rauf.device_token)

    async def test_with_another_password_the_other_devices_are_strangers(
        self, accounts: Accounts, aysel: LoggedIn, whoami: Any
    ) -> None:
        there = await log_in(accounts, client="work")
        await accounts.change_password(whoami(there), PASSWORD, "a new password")
        await self.besiege(accounts)
        new = {"password": "a new password", "device_token": aysel.device_token}
        for client in ("home", "hotel"):
            with pytest.raises(TooMany):
                await log_in(accounts, client=client, **new)
        await log_in(accounts, password="a new password", client="work")

    async def test_being_too_busy_is_no_failed_guess_and_no_sign_up(
        self, accounts: Accounts, aysel: LoggedIn, passwords: Passwords, monkeypatch: Any
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(passwords, "verify", too_busy)
            patched.setattr(passwords, "hash", too_busy)
            for _ in range(110):
                with pytest.raises(TooMany, match="logins_busy"):
                    await log_in(accounts, client="cafe")
            for _ in range(20):
                with pytest.raises(TooMany, match="logins_busy"):
                    await sign_up(accounts, email="rauf@example.az", client="cafe")
        await log_in(accounts, client="cafe")
        await sign_up(accounts, email="rauf@example.az", client="cafe")


async def test_a_session_goes_on_with_a_new_token_though_the_server_restarts(
    runtime: Runtime,
    accounts: Accounts,
    passwords: Passwords,
    tokens: AccessTokens,
    whoami: Any,
    clock: SetClock,
) -> None:
    first = await sign_up(accounts)
    clock.pass_minutes(60)
    again = Accounts(runtime.database, passwords, tokens, clock, Reports(), files=runtime.files)
    second = await again.refresh(first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert second.user == first.user
    (session,) = await accounts.sessions(whoami(second))
    assert whoami(second).session_id == session.id
    assert (session.created_at, session.last_used_at) == (NOW, clock.now)
    await accounts.refresh(second.refresh_token)


async def test_a_used_refresh_token_ends_the_session_for_all_who_have_it(
    accounts: Accounts, reports: Reports, whoami: Any, runtime: Runtime, clock: SetClock
) -> None:
    stolen = await sign_up(accounts)
    other = await log_in(accounts)
    present = await accounts.refresh(stolen.refresh_token)
    session_id = whoami(stolen).session_id
    clock.now += dt.timedelta(seconds=10, microseconds=1)
    await refuse_to_refresh(accounts, stolen.refresh_token)
    await refuse_to_refresh(accounts, present.refresh_token)
    assert reports.noted == [("refresh_reused", {"user": stolen.user.id, "session": session_id})]
    audited = await rows(
        runtime, "select actor_kind, action, noun_id from audit order by id desc limit 1"
    )
    assert audited == [("system", "session.ended", session_id)]
    await accounts.refresh(other.refresh_token)


async def test_who_lost_the_answer_to_a_refresh_gets_the_same_for_ten_seconds(
    accounts: Accounts, clock: SetClock
) -> None:
    token = (await sign_up(accounts)).refresh_token
    first, second = await asyncio.gather(accounts.refresh(token), accounts.refresh(token))
    clock.now += dt.timedelta(seconds=10)
    third = await accounts.refresh(token)
    assert first.refresh_token == second.refresh_token == third.refresh_token
    await accounts.refresh(third.refresh_token)


async def test_a_token_of_earlier_refreshes_ends_the_session_at_once(
    accounts: Accounts, reports: Reports
) -> None:
    for refreshes in (2, 5):
        first = token = (await sign_up(accounts, email=f"a{refreshes}@example.az")).refresh_token
        for _ in range(refreshes):
            token = (await accounts.refresh(token)).refresh_token
        await refuse_to_refresh(accounts, first)
        await refuse_to_refresh(accounts, token)
    assert reports.names == ["refresh_reused"] * 2


async def test_a_refresh_token_that_was_never_issued_is_refused_and_ends_nothing(
    accounts: Accounts, reports: Reports
) -> None:
    entered = await sign_up(accounts)
    session_id, _, _ = entered.refresh_token.partition(".")
    _, _, of_another = (await log_in(accounts)).refresh_token.partition(".")
    secrets = ("", "guess", "A" * 64, "?" * 64, "?" + "A" * 63, "A" * 65, "ə" * 64, of_another)
    no_tokens = ("", ".", "nonsense", "a.b", "\ud800.\ud800", "x" * 10_000, "x.y.z")
    for token in (*no_tokens, *(f"{session_id}.{secret}" for secret in secrets)):
        await refuse_to_refresh(accounts, token)
    assert reports.noted == []
    await accounts.refresh(entered.refresh_token)


async def test_a_token_of_before_the_seals_works_once(
    accounts: Accounts, runtime: Runtime, clock: SetClock
) -> None:
    session_id, _, _ = (await sign_up(accounts)).refresh_token.partition(".")
    old = hashlib.sha256(b"secret-of-old").digest()
    await runtime.database.write(
        lambda tx: tx.execute("update user_session set refresh_hash = ?", (old,))
    )
    token = f"{session_id}.secret-of-old"
    renewed = await accounts.refresh(token)
    assert (await accounts.refresh(token)).refresh_token == renewed.refresh_token
    clock.pass_minutes(1)
    await refuse_to_refresh(accounts, token)
    await refuse_to_refresh(accounts, renewed.refresh_token)


async def test_an_account_has_so_many_sessions_and_the_oldest_ends(
    accounts: Accounts, runtime: Runtime, whoami: Any, clock: SetClock
) -> None:
    oldest = await sign_up(accounts)
    clock.pass_minutes(0.1)
    second = await log_in(accounts)
    for _ in range(49):
        clock.pass_minutes(0.1)
        await log_in(accounts)
    await refuse_to_refresh(accounts, oldest.refresh_token)
    await accounts.refresh(second.refresh_token)
    assert len(await accounts.sessions(whoami(second))) == 50
    ended = await rows(runtime, "select noun_id from audit where action = 'session.ended'")
    assert ended == [(whoami(oldest).session_id,)]


async def test_a_session_ends_thirty_days_after_its_last_use_and_half_a_year_after_its_first(
    accounts: Accounts, clock: SetClock
) -> None:
    token = (await sign_up(accounts)).refresh_token
    clock.pass_minutes(30 * MINUTES_A_DAY - 1)
    token = (await accounts.refresh(token)).refresh_token
    clock.pass_minutes(30 * MINUTES_A_DAY)
    await refuse_to_refresh(accounts, token)
    token = (await log_in(accounts)).refresh_token
    for minutes in (*[20 * MINUTES_A_DAY] * 8, 20 * MINUTES_A_DAY - 1):
        clock.pass_minutes(minutes)
        token = (await accounts.refresh(token)).refresh_token
    clock.pass_minutes(1)
    await refuse_to_refresh(accounts, token)


async def test_a_person_sees_their_own_devices(
    accounts: Accounts, whoami: Any, clock: SetClock
) -> None:
    await sign_up(accounts, device="  Phone\n of Aysel ")
    await sign_up(accounts, email="rauf@example.az", device="Rauf's")
    clock.pass_minutes(1)
    here = whoami(await log_in(accounts, device="x" * 1000))
    devices = [session.device for session in await accounts.sessions(here)]
    assert devices == ["x" * 200, "Phone of Aysel"]


async def test_logging_out_ends_this_session_and_no_other(
    accounts: Accounts, whoami: Any, reports: Reports, runtime: Runtime
) -> None:
    here, there = await sign_up(accounts), await log_in(accounts)
    me = msgspec.structs.replace(whoami(here), request_id="request-1")
    await accounts.log_out(me)
    await accounts.log_out(me)
    await refuse_to_refresh(accounts, here.refresh_token)
    await accounts.refresh(there.refresh_token)
    assert reports.noted == [("session_ended", {"user": me.subject, "session": me.session_id})]
    audited = await rows(
        runtime,
        "select actor, action, noun_id, changes, request_id from audit order by id desc limit 1",
    )
    assert audited == [(me.subject, "session.ended", me.session_id, "{}", "request-1")]


async def test_who_signed_in_elsewhere_has_no_session_and_no_password_here(
    accounts: Accounts,
) -> None:
    await accounts.log_out(GUEST)
    assert await accounts.sessions(GUEST) == []
    with pytest.raises(NotFound, match="account_elsewhere"):
        await accounts.change_password(GUEST, PASSWORD, "a new password")


async def test_a_device_is_logged_out_from_another_of_its_owner_alone(
    accounts: Accounts, whoami: Any
) -> None:
    lost, here = await sign_up(accounts), await log_in(accounts)
    rauf = whoami(await sign_up(accounts, email="rauf@example.az"))
    lost_id = whoami(lost).session_id
    for somebody in (rauf, ADMIN):
        with pytest.raises(NotFound, match="session_unknown"):
            await accounts.end_session(somebody, lost_id)
    lost = await accounts.refresh(lost.refresh_token)
    await accounts.end_session(whoami(here), lost_id)
    await refuse_to_refresh(accounts, lost.refresh_token)
    with pytest.raises(NotFound, match="session_unknown"):
        await accounts.end_session(whoami(here), lost_id)


async def test_changing_the_password_ends_every_other_session(
    accounts: Accounts, whoami: Any, reports: Reports
) -> None:
    there, here = await sign_up(accounts), await log_in(accounts)
    await accounts.change_password(whoami(here), PASSWORD, "a new password")
    await refuse_to_refresh(accounts, there.refresh_token)
    await accounts.refresh(here.refresh_token)
    await fail_to_log_in(accounts)
    await log_in(accounts, password="a new password")
    assert reports.noted[0] == ("password_changed", {"user": here.user.id})


async def test_the_present_password_must_be_known_and_is_not_to_be_guessed(
    accounts: Accounts, whoami: Any, reports: Reports
) -> None:
    me = whoami(await sign_up(accounts))
    with pytest.raises(Invalid, match="password_obvious") as caught:
        await accounts.change_password(me, PASSWORD, EMAIL)
    assert caught.value.field == "new"
    for _ in range(5):
        with pytest.raises(Invalid, match="password_wrong") as caught:
            await accounts.change_password(me, "wrong", "a new password")
        assert caught.value.field == "current"
    with pytest.raises(TooMany):
        await accounts.change_password(me, PASSWORD, "a new password")
    assert reports.names == [*["login_failed"] * 5, "login_limited"]


async def test_of_two_changes_of_a_password_at_once_one_is_made(
    accounts: Accounts, whoami: Any
) -> None:
    me = whoami(await sign_up(accounts))
    outcomes = await asyncio.gather(
        accounts.change_password(me, PASSWORD, "first password"),
        accounts.change_password(me, PASSWORD, "second password"),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]


class TestPersonalData:
    async def booked_by(self, runtime: Runtime, owner: str) -> str:
        """The id of a booking with all that can be said in one, by that owner."""
        request = BookingRequest(
            restaurant_id=SAHIL.id,
            party_size=2,
            start=NOW + dt.timedelta(hours=6),
            guest_name="Aysel Secret",
            guest_phone="+994 50 123 45 67",
        )
        actor = Actor(kind="guest", subject=owner)
        booked = await runtime.booking.create(actor, request)
        assert not isinstance(booked, Answer)
        telling = msgspec.structs.replace(
            booked,
            arrival_intent=ArrivalIntent(
                status="requested", notes="SECRET", current_location=Coordinates(40.4093, 49.8671)
            ),
        )

        def write(transaction: Transaction) -> None:
            reservations.put_arrival_intent(transaction, telling)
            idempotency.keep(
                transaction,
                Answer(201, b'{"guest_name": "Aysel Secret"}'),
                subject=owner,
                key="k",
                fingerprint=b"",
                now=NOW,
            )

        await runtime.database.write(write)
        return booked.id

    async def test_erasing_leaves_counts_and_no_person(
        self, accounts: Accounts, users: Users, runtime: Runtime, whoami: Any, reports: Reports
    ) -> None:
        entered = await sign_up(accounts, name="Aysel Secret", email=EMAIL, device="Secret phone")
        me = whoami(entered)
        await users.grant(ADMIN, me.subject, SAHIL.id, unverified=True)
        booked = await self.booked_by(runtime, me.subject)
        past = a_reservation("past", owner_id=me.subject, status="completed", table_id="t2")
        await runtime.database.write(lambda tx: book(tx, past))
        stored = await everything_stored(runtime)
        for secret in (PASSWORD, entered.refresh_token.partition(".")[2]):
            assert secret not in stored + repr(entered)
        assert entered.access_token not in repr(entered)
        await accounts.erase(me)
        stored = (await everything_stored(runtime)).lower()
        for telling in ("secret", EMAIL, "123 45 67", "1234567", "40.4093", "argon2"):
            assert telling not in stored
        left = await rows(
            runtime, "select status, owner_id, party_size from reservation order by starts_at"
        )
        assert left == [("completed", None, 2), ("cancelled", None, 2)]
        assert await rows(runtime, "select * from table_occupancy") == []
        assert reports.noted == [("account_erased", {"user": me.subject})]
        await refuse_to_refresh(accounts, entered.refresh_token)
        await fail_to_log_in(accounts)
        found = await runtime.booking.get(HOST, booked)
        assert (found.guest_name, found.status, found.version) == ("", "cancelled", 2)
        told = await rows(runtime, "select data from event where kind = 'reservation.cancelled'")
        assert told == [('{"version":2,"status":"cancelled"}',)]
        audited = await rows(
            runtime, "select action, noun_id, changes from audit order by id desc limit 3"
        )
        assert audited == [
            ("user.erased", me.subject, "{}"),
            ("reservation.cancelled", booked, '{"status":"cancelled"}'),
            ("reservation.erased", "past", "{}"),
        ]

    async def test_erasing_one_person_leaves_others_what_is_theirs(
        self, accounts: Accounts, runtime: Runtime, whoami: Any
    ) -> None:
        rauf = await sign_up(accounts, email="rauf@example.az")
        booked = await self.booked_by(runtime, rauf.user.id)
        before = await accounts.export(whoami(rauf))
        await accounts.erase(whoami(await sign_up(accounts)))
        assert await accounts.export(whoami(rauf)) == before
        assert [each.id for each in before.reservations] == [booked]
        assert len(await rows(runtime, "select * from idempotency_key")) == 1

    async def test_an_export_has_all_that_is_stored_and_no_secrets(
        self, accounts: Accounts, runtime: Runtime, whoami: Any, clock: SetClock
    ) -> None:
        old = await sign_up(accounts, device="old phone")
        await accounts.log_out(whoami(old))
        clock.pass_minutes(1)
        entered = await log_in(accounts, device="new phone")
        me = whoami(entered)
        booked = await self.booked_by(runtime, me.subject)
        await runtime.database.write(
            lambda tx: tx.execute('update user_account set extra = \'{"diet":"vegan"}\'')
        )
        data = await accounts.export(me)
        assert (data.subject, data.exported_at) == (me.subject, clock.now)
        assert data.account == entered.user
        assert data.other == {"diet": "vegan"}
        assert [session.device for session in data.sessions] == ["old phone", "new phone"]
        (reservation,) = data.reservations
        assert (reservation.id, reservation.arrival_intent.notes) == (booked, "SECRET")
        sent = msgspec.json.encode(data)
        assert b"argon2" not in sent
        assert b"hash" not in sent

    async def test_who_signed_in_elsewhere_has_bookings_to_see_and_to_erase(
        self, accounts: Accounts, runtime: Runtime
    ) -> None:
        elsewhere = Actor(kind="guest", subject="auth0|aysel")
        booked = await self.booked_by(runtime, elsewhere.subject)
        data = await accounts.export(elsewhere)
        assert (data.account, [each.id for each in data.reservations]) == (None, [booked])
        await accounts.erase(elsewhere)
        assert (await accounts.export(elsewhere)).reservations == ()
        assert await runtime.booking.count(ADMIN, Filter()) == 1


async def test_what_is_written_down_names_no_person(
    accounts: Accounts, runtime: Runtime, whoami: Any
) -> None:
    me = whoami(await sign_up(accounts, request_id="request-1"))
    await log_in(accounts, request_id="request-2")
    await accounts.change_password(me, PASSWORD, "a new password")
    audited = await rows(
        runtime, "select actor_kind, actor, action, changes, request_id from audit order by id"
    )
    assert audited == [
        ("guest", me.subject, "user.signed_up", "{}", "request-1"),
        ("guest", me.subject, "account.verification_asked", "{}", "request-1"),
        ("guest", me.subject, "session.opened", "{}", "request-1"),
        ("guest", me.subject, "session.opened", "{}", "request-2"),
        ("guest", me.subject, "user.password_changed", "{}", ""),
    ]
    told = {data for (data,) in await rows(runtime, "select data from event")}
    assert told == {"{}", f'{{"user":"{me.subject}","language":""}}'}
