"""`bakureserve users`: accounts, their rights and their sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Annotated

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.context import complete_slug
from bakureserve.cli.output import AsCsv, AsJson, counted, emit, emit_one, say, warn
from bakureserve.cli.prompts import Yes, asked_for, confirm, read_password
from bakureserve.cli.session import CliSession, open_session
from bakureserve.domain.accounts.account import Session, User
from bakureserve.domain.text import canonical_id

app = noun("The people with an account.")

Who = Annotated[
    str,
    typer.Argument(
        metavar="USER", help="Their id or e-mail address.", show_default=False, parser=canonical_id
    ),
]
Restaurants = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RESTAURANT", help="Id or slug.", autocompletion=complete_slug, parser=canonical_id
    ),
]

_PAGE = 1000


@app.command()
def add(
    ctx: typer.Context,
    *,
    email: Annotated[str | None, typer.Option(help="Their e-mail address.")] = None,
    name: Annotated[str | None, typer.Option(help="Their name.")] = None,
    phone: Annotated[str, typer.Option(help="Their telephone number.")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="An administrator.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open an account. The password is asked for, or the first line of a pipe."""
    with open_session(ctx) as session:
        added = session.run(
            session.runtime.users.add(
                session.actor,
                email=asked_for(email, "E-mail", "--email"),
                name=asked_for(name, "Name", "--name"),
                phone=phone,
                password=read_password("Password"),
                role="admin" if admin else "guest",
            )
        )
        _show(session, added, as_json=as_json)


@app.command("list")
def list_some(
    ctx: typer.Context,
    *,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many.")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List accounts by e-mail address."""
    with open_session(ctx) as session:
        found = islice(_all(session), limit)
        if as_json:
            from bakureserve.server.shapes.accounts import account_out

            emit(map(account_out, found), {}, as_json=True)
        else:
            emit(_rows_of(session, found), IN_A_LIST, as_csv=as_csv)


@app.command()
def show(ctx: typer.Context, user: Who, as_json: AsJson = False) -> None:
    """Show one account: all but its password."""
    with open_session(ctx) as session:
        found = session.run(session.runtime.users.get(session.actor, user))
        _show(session, found, as_json=as_json)


@app.command()
def disable(ctx: typer.Context, user: Who, as_json: AsJson = False) -> None:
    """Disable an account: end its sessions, and let none of its tokens change anything."""
    with open_session(ctx) as session:
        changed = session.run(session.runtime.users.disable(session.actor, user))
        _emit_if_wanted(changed, as_json=as_json)
        say(f"{changed.email} is disabled.")
        _warn_without_admin(session)


@app.command()
def enable(ctx: typer.Context, user: Who, as_json: AsJson = False) -> None:
    """Let a disabled account log in again."""
    with open_session(ctx) as session:
        changed = session.run(session.runtime.users.enable(session.actor, user))
        _emit_if_wanted(changed, as_json=as_json)
        say(f"{changed.email} can log in.")


@app.command()
def passwd(ctx: typer.Context, user: Who, as_json: AsJson = False) -> None:
    """Set another password, asked for or piped in, and end their sessions."""
    with open_session(ctx) as session:
        found = session.run(session.runtime.users.get(session.actor, user))
        password = read_password(f"New password of {found.email}")
        changed = session.run(session.runtime.users.set_password(session.actor, found.id, password))
        _emit_if_wanted(changed, as_json=as_json)
        say(f"{changed.email} has a new password.")


@app.command()
def verify(ctx: typer.Context, user: Who, as_json: AsJson = False) -> None:
    """Confirm an account's e-mail address, where an e-mail cannot."""
    with open_session(ctx) as session:
        verified = session.run(session.runtime.users.verify(session.actor, user))
        _emit_if_wanted(verified, as_json=as_json)
        say(f"{verified.email} is verified.")


@app.command()
def grant(
    ctx: typer.Context,
    user: Who,
    ids_or_slugs: Restaurants = None,
    *,
    admin: Annotated[bool, typer.Option("--admin", help="Make them an administrator.")] = False,
    unverified: Annotated[
        bool,
        typer.Option("--unverified", help="Although a stranger may have opened the account."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make an account staff of restaurants, or an administrator: all of what is given, or none."""
    with open_session(ctx) as session:
        _require_something(ids_or_slugs, admin)
        runtime = session.runtime
        restaurants = [
            session.run(runtime.directory.restaurant(each)) for each in ids_or_slugs or ()
        ]
        for restaurant in restaurants:
            session.run(
                runtime.users.grant(session.actor, user, restaurant.id, unverified=unverified)
            )
        if admin:
            session.run(runtime.users.set_role(session.actor, user, "admin", unverified=unverified))
        _finish(session, user, as_json=as_json)


@app.command()
def revoke(
    ctx: typer.Context,
    user: Who,
    restaurants: Restaurants = None,
    admin: Annotated[bool, typer.Option("--admin", help="No administrator any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """End an account's work for restaurants, or as an administrator."""
    with open_session(ctx) as session:
        _require_something(restaurants, admin)
        users = session.runtime.users
        for restaurant in restaurants or ():
            session.run(users.revoke(session.actor, user, restaurant))
        if admin:
            session.run(users.set_role(session.actor, user, "guest"))
        _finish(session, user, as_json=as_json)


@app.command()
def sessions(
    ctx: typer.Context,
    user: Who,
    end: Annotated[bool, typer.Option("--end", help="Log them out everywhere.")] = False,
    as_json: AsJson = False,
) -> None:
    """List where an account is logged in, or log it out."""
    with open_session(ctx) as session:
        users = session.runtime.users
        found = session.run(users.sessions(session.actor, user))
        if end:
            session.run(users.end_sessions(session.actor, user))
            say(f"Ended {counted(len(found), 'session')}.")
        if as_json or not end:
            emit(found, OF_SESSIONS, as_json=as_json)


@app.command()
def erase(ctx: typer.Context, user: Who, yes: Yes = False, as_json: AsJson = False) -> None:
    """Erase an account and every trace of the person; counts stay, bookings to come are cancelled.

    There is no way back but a backup.
    """
    with open_session(ctx) as session:
        found = session.run(session.runtime.users.get(session.actor, user))
        confirm(
            f"This erases {found.name}, {found.email}, and their part in every reservation. Go on?",
            yes=yes,
        )
        session.run(session.runtime.users.erase(session.actor, found.id))
        if as_json:
            emit_one({"erased": found.id}, as_json=True)
        say(f"Erased {found.id}.")
        _warn_without_admin(session)


def _emit_if_wanted(user: User, *, as_json: bool) -> None:
    if as_json:
        from bakureserve.server.shapes.accounts import account_out

        emit_one(account_out(user), as_json=True)


def _require_something(restaurants: list[str] | None, admin: bool) -> None:
    if not restaurants and not admin:
        raise typer.BadParameter("Name a restaurant, or give --admin.")


def _finish(session: CliSession, user: str, *, as_json: bool) -> None:
    """Print the account as it is now."""
    users = session.runtime.users
    row = next(_rows_of(session, [session.run(users.get(session.actor, user))]))
    _emit_if_wanted(row.user, as_json=as_json)
    works_for = f" of {', '.join(row.restaurants)}" if row.user.kind == "staff" else ""
    say(f"{row.user.email} is {row.user.kind}{works_for}, from their next refresh on.")
    _warn_without_admin(session)


def _warn_without_admin(session: CliSession) -> None:
    if not session.run(session.runtime.users.has_admin()):
        warn("No account can log in as an administrator now.")


def _show(session: CliSession, user: User, *, as_json: bool) -> None:
    if as_json:
        _emit_if_wanted(user, as_json=True)
        return
    row = next(_rows_of(session, [user]))
    facts = [
        (title.lower().replace("_", " "), value)
        for title, cell in IN_FULL.items()
        if (value := cell(row)) not in (None, "", ())
    ]
    emit(facts, {"FIELD": lambda fact: fact[0], "VALUE": lambda fact: fact[1]})


def _all(session: CliSession) -> Iterator[User]:
    """Every account, page by page, so that memory stays flat."""
    after = ""
    users = session.runtime.users
    while page := session.run(users.page(session.actor, after=after, limit=_PAGE)):
        yield from page
        after = page[-1].email


def _rows_of(session: CliSession, found: Iterable[User]) -> Iterator[UserRow]:
    """Accounts with the slugs of their restaurants; a retired restaurant by its id."""
    slug_of = session.slugs()
    for user in found:
        yield UserRow(user, tuple(sorted(map(slug_of, user.restaurants))))


@dataclass(frozen=True)
class UserRow:
    """An account, with the slugs of its restaurants."""

    user: User
    restaurants: tuple[str, ...]


IN_A_LIST: Mapping[str, Callable[[UserRow], object]] = {
    "ID": lambda row: row.user.id,
    "EMAIL": lambda row: row.user.email,
    "NAME": lambda row: row.user.name,
    "ROLE": lambda row: row.user.kind,
    "RESTAURANTS": lambda row: row.restaurants,
    "DISABLED": lambda row: _moment(row.user.disabled_at),
}

IN_FULL: Mapping[str, Callable[[UserRow], object]] = {
    "ID": lambda row: row.user.id,
    "EMAIL": lambda row: row.user.email,
    "EMAIL_VERIFIED": lambda row: row.user.verified_email,
    "NAME": lambda row: row.user.name,
    "PHONE": lambda row: row.user.phone,
    "PHONE_VERIFIED": lambda row: row.user.verified_phone,
    "ROLE": lambda row: row.user.kind,
    "RESTAURANTS": lambda row: row.restaurants,
    "DISABLED": lambda row: _moment(row.user.disabled_at),
    "CREATED": lambda row: _moment(row.user.created_at),
    "UPDATED": lambda row: _moment(row.user.updated_at),
}

OF_SESSIONS: Mapping[str, Callable[[Session], object]] = {
    "ID": lambda session: session.id,
    "DEVICE": lambda session: session.device,
    "OPENED": lambda session: _moment(session.created_at),
    "LAST_USED": lambda session: _moment(session.last_used_at),
    "UNTIL": lambda session: _moment(session.expires_at),
}


def _moment(when: object) -> str:
    """In UTC, to the second."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}" if when else ""
