"""Accounts at the terminal. Passwords are hashed as dearly as in earnest, so each test sets few."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bakureserve.cli.exit_status import Status
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Unauthenticated
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.kit.houses import CAY_EVI, SAHIL
from tests.kit.people import CHEAP, OPERATOR, PASSWORD, email_of, log_in, sign_up
from tests.kit.program import COMMAND, environment, typing_at

LEYLA = email_of("Leyla")
STRANGER = email_of("Yad")


def opened(settings: Settings, work: Any) -> Any:
    async def do() -> Any:
        async with open_runtime(settings, hashing=CHEAP) as runtime:
            return await work(runtime)

    return asyncio.run(do())


@pytest.fixture
def leyla(house_settings: Settings) -> str:
    """Her id; her account was opened before."""

    async def add(runtime: Runtime) -> str:
        added = await runtime.users.add(OPERATOR, name="Leyla", email=LEYLA, password=PASSWORD)
        return added.id

    return str(opened(house_settings, add))


@pytest.fixture
def _stranger(house_settings: Settings) -> None:
    """An account that was signed up for, with an address that is not proved."""

    opened(house_settings, lambda runtime: sign_up(runtime.accounts, "Yad"))


@pytest.fixture
def logged_in(house_settings: Settings, leyla: str) -> str:
    """The id of her session."""

    entered = opened(
        house_settings, lambda runtime: log_in(runtime.accounts, email=LEYLA, device="phone")
    )
    return str(entered.refresh_token.partition(".")[0])


def may_log_in(settings: Settings, password: str = PASSWORD) -> bool:
    async def try_it(runtime: Runtime) -> bool:
        try:
            await log_in(runtime.accounts, email=LEYLA, password=password)
        except Unauthenticated:
            return False
        return True

    return bool(opened(settings, try_it))


def holder_of(settings: Settings, token: str) -> Actor:
    async def read(runtime: Runtime) -> Actor | None:
        return await runtime.authenticator.identify(f"Bearer {token}")

    actor = opened(settings, read)
    assert isinstance(actor, Actor)
    return actor


def test_the_first_admin_comes_in_by_a_password_from_a_pipe(
    run: Run, house_settings: Settings
) -> None:
    ran = run("users", "add", "--admin", "--email", LEYLA, "--name", "Leyla", fed=f"{PASSWORD}\n")
    assert ran.status == Status.OK
    assert ["role", "admin"] in ran.cells
    assert PASSWORD not in ran.out + ran.err
    assert may_log_in(house_settings)
    run("users", "add", "--email", LEYLA, "--name", "Leyla", fed=PASSWORD).ends(
        Status.CONFLICT, "already"
    )


@pytest.mark.parametrize(
    ("options", "fed", "said"),
    [
        (f"--email {LEYLA} --name L", "", "No password was given"),
        (f"--email {LEYLA} --name L", "short", "password: A password needs at least"),
        (f"--email {LEYLA}", PASSWORD, "--name"),
        ("--name L", PASSWORD, "--email"),
        ("--email leyla --name L", PASSWORD, "email: This is not an e-mail"),
        (f"--email {LEYLA} --name L --password {PASSWORD}", "", "No such option"),
    ],
)
def test_what_is_missing_or_wrong_of_a_new_account_is_named(
    run: Run, options: str, fed: str, said: str
) -> None:
    run("users", "add", *options.split(), fed=fed).ends(Status.REFUSED, said, out="")


def test_a_terminal_is_asked_for_a_password_and_shows_none(
    run: Run, house_settings: Settings
) -> None:
    environ = environment(TERM="xterm", DATA_DIR=str(run.folder))
    typed = [LEYLA, "Leyla", PASSWORD, PASSWORD]
    status, shown = typing_at([*COMMAND, "users", "add"], typed, cwd=run.folder, environ=environ)
    assert status == Status.OK, shown
    assert "E-mail" in shown
    assert PASSWORD not in shown
    assert may_log_in(house_settings)


def test_accounts_are_listed_in_every_form(run: Run, leyla: str) -> None:
    (listed,) = run("users", "list", "--json").json
    assert run("users", "show", "LEYLA@example.az", "--json").json == listed
    assert (listed["id"], listed["email"], listed["role"]) == (leyla, LEYLA, "guest")
    assert "password" not in str(listed)
    run("users", "grant", LEYLA, SAHIL.slug)
    assert run("users", "list").cells == [[leyla, LEYLA, "Leyla", "staff", SAHIL.slug, ""]]
    assert run("users", "list", "--csv").out.startswith("\ufeffid,email,name,role,")


def test_every_verb_tells_that_an_account_does_not_exist(run: Run) -> None:
    for verb in ("show", "disable", "enable", "passwd", "sessions", "erase"):
        ran = run("users", verb, "nobody@example.az", fed=PASSWORD)
        assert ran.status == Status.NOT_FOUND, verb
        assert ran.err == "There is no account nobody@example.az.\n"


def test_what_a_change_made_is_told_in_words_and_json(run: Run, leyla: str) -> None:
    for line, said, field, told in [
        ("verify", "is verified", "verified_email", True),
        (f"grant {SAHIL.slug}", f"is staff of {SAHIL.slug}, from", "restaurant_ids", [SAHIL.id]),
        ("grant --admin", f"{LEYLA} is admin", "role", "admin"),
        ("revoke --admin", "No account can log in as an administrator", "role", "guest"),
        (f"grant {CAY_EVI.id}", f"{CAY_EVI.slug}, {SAHIL.slug}, from", "email", LEYLA),
        (f"revoke {CAY_EVI.slug}", f"of {SAHIL.slug}, from", "restaurant_ids", [SAHIL.id]),
        ("passwd", "", "email", LEYLA),
        ("erase --yes", f"Erased {leyla}.", "erased", leyla),
    ]:
        verb, *more = line.split()
        ran = run("users", verb, leyla, *more, "--json", fed="another horse")
        assert (ran.status, ran.json[field]) == (Status.OK, told), line
        assert said in ran.err, line
    assert run("users", "list").out == ""


@pytest.mark.usefixtures("leyla")
def test_a_change_that_is_half_said_or_not_agreed_to_is_refused(run: Run) -> None:
    for line, status, said in [
        ("grant", Status.REFUSED, "--admin"),
        ("revoke", Status.REFUSED, "--admin"),
        (f"grant {SAHIL.slug} nowhere", Status.NOT_FOUND, "nowhere"),
        ("erase", Status.REFUSED, "This erases Leyla, leyla@example.az"),
    ]:
        verb, *more = line.split()
        ran = run("users", verb, LEYLA, *more)
        assert (ran.status, said in ran.err) == (status, True), line
    (listed,) = run("users", "list", "--json").json
    assert (listed["role"], listed["restaurant_ids"]) == ("guest", [])


@pytest.mark.usefixtures("_stranger")
def test_an_unproved_address_gets_rights_once_it_is_vouched_for(run: Run) -> None:
    run("users", "grant", STRANGER, SAHIL.slug).ends(Status.CONFLICT, f" users verify {STRANGER}")
    assert run("users", "grant", STRANGER, "--admin", "--unverified").status == Status.OK
    assert "is verified" in run("users", "verify", STRANGER).err
    assert run("users", "grant", STRANGER, SAHIL.slug).status == Status.OK


@pytest.mark.usefixtures("logged_in")
def test_a_new_password_ends_every_session(run: Run, house_settings: Settings) -> None:
    assert run("users", "passwd", LEYLA, fed="another horse\r\n").status == Status.OK
    assert run("users", "sessions", LEYLA).out == ""
    assert may_log_in(house_settings, "another horse")
    assert not may_log_in(house_settings, PASSWORD)


def test_a_disabled_account_stays_out_until_enabled(
    run: Run, house_settings: Settings, leyla: str
) -> None:
    assert run("users", "disable", leyla, "--json").json["disabled_at"] is not None
    assert not may_log_in(house_settings)
    assert run("token", "issue", "--for", LEYLA).status == Status.CONFLICT
    assert run("users", "enable", leyla, "--json").json["disabled_at"] is None
    assert may_log_in(house_settings)


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_sessions_are_listed_and_ended(
    run: Run, leyla: str, logged_in: str, form: list[str]
) -> None:
    (row,) = run("users", "sessions", leyla).cells
    assert row[:2] == [logged_in, "phone"]
    ended = run("users", "sessions", leyla, "--end", *form)
    assert ended.err == "Ended 1 session.\n"
    assert [each["id"] for each in (ended.json if form else [])] == [logged_in] * len(form)
    assert run("users", "sessions", leyla, "--json").json == []


def test_a_script_may_do_what_its_account_may_or_less(
    run: Run, house_settings: Settings, leyla: str
) -> None:
    run("users", "grant", leyla, SAHIL.slug)
    token = run("token", "issue", "--for", LEYLA, "--ttl", "7d").out.strip()
    holder = holder_of(house_settings, token)
    assert (holder.kind, holder.subject, holder.restaurants) == ("staff", leyla, {SAHIL.id})
    run("users", "grant", leyla, "--admin")
    told = run("token", "issue", "--for", LEYLA, "--scope", "reservations:all", "--json").json
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)
    holder = holder_of(house_settings, told["access_token"])
    assert (holder.kind, holder.scopes) == ("guest", {"reservations:all"})
    assert holder.sees_everything
    assert not holder.is_admin


@pytest.mark.usefixtures("leyla")
def test_what_token_cannot_be_issued_is_said(run: Run) -> None:
    for options, status, said in [
        (f"{LEYLA} --ttl 8d", Status.REFUSED, "ttl: A token can last"),
        (f"{LEYLA} --ttl 59s", Status.REFUSED, "ttl: A token can last"),
        (f"{LEYLA} --ttl soon", Status.REFUSED, "ttl: A token can last"),
        (f"{LEYLA} --scope all", Status.REFUSED, "scope: There is no scope all"),
        ("nobody", Status.NOT_FOUND, "There is no account nobody"),
    ]:
        run("token", "issue", "--for", *options.split()).ends(status, said, out="")


def test_a_new_key_leaves_tokens_good_or_voids_them_at_once(
    run: Run, house_settings: Settings, leyla: str
) -> None:
    token = run("token", "issue", "--for", LEYLA).out.strip()
    assert "stay valid until they expire" in run("keys", "rotate").err
    assert holder_of(house_settings, token).subject == leyla
    assert "are void" in run("keys", "rotate", "--at-once").err
    told = run("keys", "rotate", "--json")
    assert told.json["key"] in told.err
    with pytest.raises(Unauthenticated):
        holder_of(house_settings, token)
