"""Accounts at the terminal. Passwords are hashed as dearly as in earnest, so each test sets few."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bakureserve.cli.status import Status
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Unauthenticated
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.kit.houses import CAY_EVI, SAHIL
from tests.kit.people import CHEAP, OPERATOR, PASSWORD, email_of
from tests.kit.program import COMMAND, environment, typing_at

LEYLA = email_of("Leyla")


async def opened(settings: Settings, work: Any) -> Any:
    async with open_runtime(settings, hashing=CHEAP) as runtime:
        return await work(runtime)


@pytest.fixture
def leyla(house_settings: Settings) -> str:
    """Her id; her account was opened before."""

    async def add(runtime: Runtime) -> str:
        added = await runtime.users.add(OPERATOR, name="Leyla", email=LEYLA, password=PASSWORD)
        return added.id

    return str(asyncio.run(opened(house_settings, add)))


@pytest.fixture
def stranger(house_settings: Settings) -> str:
    """The address of somebody who signed up by themselves, or of whom they say they are."""

    async def sign_up(runtime: Runtime) -> None:
        await runtime.accounts.sign_up(
            name="Yad", email="yad@example.az", phone="050 123 45 67", password=PASSWORD
        )

    asyncio.run(opened(house_settings, sign_up))
    return "yad@example.az"


@pytest.fixture
def logged_in(house_settings: Settings, leyla: str) -> str:
    """Her refresh token."""

    async def log_in(runtime: Runtime) -> str:
        entered = await runtime.accounts.log_in(email=LEYLA, password=PASSWORD, device="phone")
        return entered.refresh_token

    return str(asyncio.run(opened(house_settings, log_in)))


def may_log_in(settings: Settings, password: str) -> bool:
    async def try_it(runtime: Runtime) -> bool:
        try:
            await runtime.accounts.log_in(email=LEYLA, password=password)
        except Unauthenticated:
            return False
        return True

    return bool(asyncio.run(opened(settings, try_it)))


def holder_of(settings: Settings, token: str) -> Actor:
    async def read(runtime: Runtime) -> Actor | None:
        return await runtime.authenticator.identify(f"Bearer {token}")

    actor = asyncio.run(opened(settings, read))
    assert isinstance(actor, Actor)
    return actor


class TestAdding:
    def test_the_first_admin_comes_in_by_a_password_from_a_pipe(
        self, run: Run, house_settings: Settings
    ) -> None:
        ran = run(
            "users", "add", "--admin", "--email", LEYLA, "--name", "Leyla", fed=f"{PASSWORD}\n"
        )

        assert ran.status == Status.OK
        assert ["role", "admin"] in ran.cells
        assert PASSWORD not in ran.out + ran.err
        assert may_log_in(house_settings, PASSWORD)

    @pytest.mark.parametrize(
        ("arguments", "fed", "said"),
        [
            (("--email", LEYLA, "--name", "Leyla"), "", "No password came in"),
            (("--email", LEYLA, "--name", "Leyla"), "short", "password: A password needs at least"),
            (("--email", LEYLA), PASSWORD, "--name"),
            (("--name", "Leyla"), PASSWORD, "--email"),
            (("--email", "leyla", "--name", "Leyla"), PASSWORD, "email: This is not an e-mail"),
        ],
    )
    def test_what_is_missing_or_wrong_is_named(
        self, run: Run, arguments: tuple[str, ...], fed: str, said: str
    ) -> None:
        ran = run("users", "add", *arguments, fed=fed)

        assert (ran.status, ran.out) == (Status.REFUSED, "")
        assert said in ran.err

    def test_an_address_is_taken_once(self, run: Run, leyla: str) -> None:
        ran = run("users", "add", "--email", LEYLA, "--name", "Leyla", fed=PASSWORD)

        assert ran.status == Status.CONFLICT
        assert "already" in ran.err

    def test_a_terminal_is_asked_and_shows_no_password(self, house_settings: Settings) -> None:
        typed = [LEYLA, "Leyla", PASSWORD, PASSWORD]
        shown = typing(house_settings, typed, "users", "add")

        assert "E-mail" in shown
        assert PASSWORD not in shown
        assert may_log_in(house_settings, PASSWORD)

    def test_a_password_is_no_argument(self, run: Run) -> None:
        ran = run("users", "add", "--email", LEYLA, "--name", "L", "--password", PASSWORD)

        assert ran.status == Status.REFUSED
        assert "No such option" in ran.err


class TestLooking:
    def test_a_pipe_gets_a_line_for_each(self, run: Run, leyla: str) -> None:
        run("users", "grant", LEYLA, SAHIL.slug)

        assert run("users", "list").cells == [[leyla, LEYLA, "Leyla", "staff", SAHIL.slug, ""]]
        assert run("users", "list", "--csv").out.startswith("\ufeffid,email,name,role,")

    def test_json_is_what_the_server_answers(self, run: Run, leyla: str) -> None:
        (listed,) = run("users", "list", "--json").json

        assert run("users", "show", "LEYLA@example.az", "--json").json == listed
        assert (listed["id"], listed["email"], listed["role"]) == (leyla, LEYLA, "guest")
        assert "password" not in str(listed)

    @pytest.mark.parametrize("verb", ["show", "disable", "enable", "passwd", "sessions", "erase"])
    def test_nobody_is_told_apart_from_somebody(self, run: Run, verb: str) -> None:
        ran = run("users", verb, "nobody@example.az", fed=PASSWORD)

        assert (ran.status, ran.err) == (
            Status.NOT_FOUND,
            "There is no account nobody@example.az.\n",
        )


class TestWhatTheyMay:
    def test_staff_of_several_restaurants_until_it_is_taken_back(
        self, run: Run, leyla: str
    ) -> None:
        ran = run("users", "grant", leyla, SAHIL.slug, CAY_EVI.id)
        assert f"{LEYLA} is staff of {CAY_EVI.slug}, {SAHIL.slug}, from" in ran.err

        assert f"is staff of {SAHIL.slug}, from" in run("users", "revoke", leyla, CAY_EVI.slug).err

    def test_one_unknown_restaurant_keeps_all_out(self, run: Run, leyla: str) -> None:
        assert run("users", "grant", leyla, SAHIL.slug, "nowhere").status == Status.NOT_FOUND
        assert run("users", "show", leyla, "--json").json["restaurant_ids"] == []

    def test_an_admin_and_no_longer_one(self, run: Run, leyla: str) -> None:
        assert f"{LEYLA} is admin" in run("users", "grant", leyla, "--admin").err
        ran = run("users", "revoke", leyla, "--admin")
        assert f"{LEYLA} is guest" in ran.err
        assert "Nobody can log in as an administrator" in ran.err

    @pytest.mark.parametrize("verb", ["grant", "revoke"])
    def test_nothing_to_do_is_said(self, run: Run, leyla: str, verb: str) -> None:
        ran = run("users", verb, leyla)
        assert ran.status == Status.REFUSED
        assert "--admin" in ran.err


class TestEndingIt:
    def test_a_new_password_ends_every_session(
        self, run: Run, house_settings: Settings, leyla: str, logged_in: str
    ) -> None:
        assert run("users", "passwd", LEYLA, fed="another horse\r\n").status == Status.OK

        assert run("users", "sessions", LEYLA).out == ""
        assert may_log_in(house_settings, "another horse")
        assert not may_log_in(house_settings, PASSWORD)

    def test_who_is_disabled_stays_out_until_enabled(
        self, run: Run, house_settings: Settings, leyla: str
    ) -> None:
        run("users", "disable", LEYLA)
        assert not may_log_in(house_settings, PASSWORD)

        run("users", "enable", LEYLA)
        assert may_log_in(house_settings, PASSWORD)

    def test_sessions_are_listed_and_ended(self, run: Run, leyla: str, logged_in: str) -> None:
        (row,) = run("users", "sessions", leyla).cells
        assert (row[0], row[1]) == (logged_in.partition(".")[0], "phone")

        assert run("users", "sessions", leyla, "--end").err == "Ended 1 session.\n"
        assert run("users", "sessions", leyla, "--json").json == []

    def test_sessions_that_were_ended_are_json_when_asked_for(
        self, run: Run, leyla: str, logged_in: str
    ) -> None:
        (ended,) = run("users", "sessions", leyla, "--end", "--json").json

        assert ended["id"] == logged_in.partition(".")[0]
        assert run("users", "sessions", leyla, "--json").json == []

    def test_since_when_they_are_kept_out_is_json_when_asked_for(
        self, run: Run, leyla: str
    ) -> None:
        assert run("users", "disable", leyla, "--json").json["disabled_at"] is not None
        assert run("users", "enable", leyla, "--json").json["disabled_at"] is None

    @pytest.mark.parametrize(
        ("verb", "more", "field", "told"),
        [
            ("verify", [], "verified_email", True),
            ("grant", [SAHIL.slug], "restaurant_ids", [SAHIL.id]),
            ("grant", ["--admin"], "role", "admin"),
            ("revoke", ["--admin"], "role", "guest"),
            ("passwd", [], "email", LEYLA),
            ("erase", ["--yes"], "erased", None),
        ],
    )
    def test_what_a_change_made_is_json_when_asked_for(
        self, run: Run, leyla: str, verb: str, more: list[str], field: str, told: object
    ) -> None:
        fed = "another horse" if verb == "passwd" else ""

        ran = run("users", verb, leyla, *more, "--json", fed=fed)

        assert ran.status == Status.OK
        assert ran.json[field] == (leyla if verb == "erase" else told)

    def test_erasing_asks_first(self, run: Run, leyla: str) -> None:
        ran = run("users", "erase", LEYLA)
        assert ran.status == Status.REFUSED
        assert "This erases Leyla, leyla@example.az" in ran.err

        assert f"Erased {leyla}." in run("users", "erase", LEYLA, "--yes").err
        assert run("users", "list").out == ""


class TestUnprovedAddresses:
    def test_they_get_rights_once_somebody_vouched_for_them(self, run: Run, stranger: str) -> None:
        refused = run("users", "grant", stranger, SAHIL.slug)
        assert refused.status == Status.CONFLICT
        assert f" users verify {stranger}" in refused.err

        assert "is verified" in run("users", "verify", stranger).err
        assert run("users", "grant", stranger, SAHIL.slug).status == Status.OK

    def test_or_when_it_is_said_that_they_are_none(self, run: Run, stranger: str) -> None:
        assert run("users", "grant", stranger, "--admin").status == Status.CONFLICT

        assert run("users", "grant", stranger, "--admin", "--unverified").status == Status.OK


class TestTokens:
    def test_a_script_may_do_what_the_account_may(
        self, run: Run, house_settings: Settings, leyla: str
    ) -> None:
        run("users", "grant", leyla, SAHIL.slug)
        ran = run("token", "issue", "--for", LEYLA, "--ttl", "7d")

        holder = holder_of(house_settings, ran.out.strip())
        assert (holder.kind, holder.subject, holder.restaurants) == ("staff", leyla, {SAHIL.id})

    def test_or_less(self, run: Run, house_settings: Settings, leyla: str) -> None:
        run("users", "grant", leyla, "--admin")
        ran = run("token", "issue", "--for", LEYLA, "--scope", "reservations:all", "--json")

        assert (ran.json["token_type"], ran.json["expires_in"]) == ("Bearer", 3600)
        holder = holder_of(house_settings, ran.json["access_token"])
        assert (holder.kind, holder.scopes) == ("guest", {"reservations:all"})
        assert holder.sees_everything
        assert not holder.is_admin

    @pytest.mark.parametrize(
        ("arguments", "status", "said"),
        [
            (("--for", LEYLA, "--ttl", "8d"), Status.REFUSED, "ttl: A token may live"),
            (("--for", LEYLA, "--ttl", "59s"), Status.REFUSED, "ttl: A token may live"),
            (("--for", LEYLA, "--ttl", "soon"), Status.REFUSED, "ttl: A token may live"),
            (("--for", LEYLA, "--scope", "all"), Status.REFUSED, "scope: There is no scope all"),
            (("--for", "nobody"), Status.NOT_FOUND, "There is no account nobody"),
        ],
    )
    def test_what_cannot_be_issued_is_said(
        self, run: Run, leyla: str, arguments: tuple[str, ...], status: Status, said: str
    ) -> None:
        ran = run("token", "issue", *arguments)

        assert (ran.status, ran.out) == (status, "")
        assert said in ran.err

    def test_nothing_is_issued_for_who_is_kept_out(self, run: Run, leyla: str) -> None:
        run("users", "disable", LEYLA)

        assert run("token", "issue", "--for", LEYLA).status == Status.CONFLICT

    def test_a_new_key_leaves_tokens_good_or_voids_them_at_once(
        self, run: Run, house_settings: Settings, leyla: str
    ) -> None:
        token = run("token", "issue", "--for", LEYLA).out.strip()

        assert "stays good until it expires" in run("keys", "rotate").err
        assert holder_of(house_settings, token).subject == leyla
        assert "is void" in run("keys", "rotate", "--at-once").err
        told = run("keys", "rotate", "--json")
        assert told.json["key"] in told.err
        with pytest.raises(Unauthenticated):
            holder_of(house_settings, token)


def typing(settings: Settings, lines: list[str], *arguments: str) -> str:
    """Run a command at a terminal and type a line at each of its questions; what it showed."""
    folder = settings.data_dir
    environ = environment(TERM="xterm", DATA_DIR=str(folder))
    status, shown = typing_at([*COMMAND, *arguments], lines, cwd=folder, environ=environ)
    assert status == Status.OK, shown
    return shown
