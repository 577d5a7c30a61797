"""Accounts, the staff of each restaurant, and the links in letters that prove an address.

An erased account leaves a row with its id alone, so that importing an old file again does not bring
the person back. No function here finds it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from bakureserve.domain.accounts.account import Purpose, User
from bakureserve.domain.accounts.actor import LOCAL_SUBJECT, Actor, outside_subject
from bakureserve.domain.errors import Conflict, Unauthenticated
from bakureserve.store.codec import NO_LIMIT, dumps, from_us, loads, to_us
from bakureserve.store.transaction import EMAIL_IS_UNIQUE, BrokenRule, Row, Transaction

_SELECT = (
    "select id, name, email, phone, role, verified_email, verified_phone, disabled_at, created_at,"
    " updated_at, rights, self_made from user_account"
)
# No address: it has no @. Unique, since ids are.
_ERASED = "'erased:' || id"
_LIVING = f"email <> {_ERASED}"
_MAILBOX = (
    "select email, extra from user_account where id = ? and disabled_at is null"
    f" and (verified_email or not self_made) and {_LIVING}"
)
_INSERT = (
    "insert into user_account (name, email, phone, role, verified_email, verified_phone,"
    " disabled_at, updated_at, id, password_hash, extra, created_at, self_made)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_UPDATE = (
    "update user_account set name = ?, email = ?, phone = ?, role = ?, verified_email = ?,"
    f" verified_phone = ?, disabled_at = ?, updated_at = ? where id = ? and {_LIVING}"
)
_STANDING = f"select disabled_at, rights from user_account where id = ? and {_LIVING}"
_ERASE = (
    f"update user_account set name = '', email = {_ERASED}, phone = '', password_hash = null,"
    " role = 'guest', verified_email = ?, verified_phone = ?, extra = '{}', disabled_at = ?,"
    f" updated_at = ? where id = ? and {_LIVING}"
)
# A subject with its issuer before it is a URL, a space, and the rest.
# From each owner to the next in the index, past their reservations: every start asks this.
_OWNERS_WITHOUT_ISSUER = (
    "with recursive owners (id) as (select min(owner_id) from reservation union all"
    " select (select min(owner_id) from reservation where owner_id > owners.id) from owners"
    " where owners.id is not null)"
    " select id from owners where id is not null and id <> ? and lower(id) not like 'http% %'"
    " and id not in (select id from user_account)"
)


class Mailbox(NamedTuple):
    """An address that letters go to, and the language the account was opened in, "" if unknown."""

    email: str
    language: str


def get(transaction: Transaction, user_id: str) -> User | None:
    """The account with this id, or None."""
    return _one(transaction, "id", user_id)


def find(transaction: Transaction, email: str) -> User | None:
    """The account with this address, spelt as `contact.email_key` has it, or None."""
    return _one(transaction, "email", email)


def id_of(transaction: Transaction, email: str) -> str | None:
    """The id of the open account with this address. Takes as long when there is none."""
    row = transaction.one(
        "select id from user_account where email = ? and disabled_at is null", (email,)
    )
    return row[0] if row else None


def page(transaction: Transaction, *, after: str = "", limit: int | None = None) -> list[User]:
    """Accounts by e-mail address, beyond that of `after`, at most `limit`."""
    rows = transaction.all(
        f"{_SELECT} where {_LIVING} and email > ? order by email limit ?",
        (after, NO_LIMIT if limit is None else limit),
    )
    links = transaction.all("select user_id, restaurant_id from venue_staff")
    restaurants: dict[str, set[str]] = defaultdict(set)
    for user_id, restaurant_id in links:
        restaurants[user_id].add(restaurant_id)
    return [_user(row, restaurants[row[0]]) for row in rows]


def has_admin(transaction: Transaction) -> bool:
    """Whether there is an admin whose account is not disabled."""
    query = "select 1 from user_account where role = 'admin' and disabled_at is null limit 1"
    return transaction.one(query) is not None


def insert(
    transaction: Transaction, user: User, password_hash: str | None, *, language: str = ""
) -> None:
    """Add an account. `language` is the language of its letters, if known.

    Raises Conflict when another one has its address.
    """
    extra = dumps({"language": language} if language else {})
    created = (user.id, password_hash, extra, to_us(user.created_at), user.self_made)
    _write(transaction, _INSERT, (*_changeable(user), *created))


def update(transaction: Transaction, user: User) -> bool:
    """Write a changed account, but for password and restaurants; False when there is none.

    Raises Conflict when another account has its address.
    """
    return _write(transaction, _UPDATE, (*_changeable(user), user.id)) == 1


def require_standing(transaction: Transaction, actor: Actor) -> None:
    """Raise Unauthenticated unless the actor's rights still hold.

    Refuses an account of ours that was closed (`account_closed`) or lost rights (`rights_changed`).
    Outside subjects have no account here and are not looked up.
    """
    if actor.rights is None:
        return
    row = transaction.one(_STANDING, (actor.subject,))
    if row is None or row[0] is not None:
        raise Unauthenticated("account_closed")
    if row[1] != actor.rights:
        raise Unauthenticated("rights_changed")


def outdate_rights(transaction: Transaction, user_id: str) -> None:
    """Outdate every token issued so far: none can change anything any more."""
    transaction.execute("update user_account set rights = rights + 1 where id = ?", (user_id,))


def password_hash(transaction: Transaction, user_id: str) -> str | None:
    """The hash of the account's password; None without a password or an account."""
    row = transaction.one("select password_hash from user_account where id = ?", (user_id,))
    return row[0] if row else None


def set_password_hash(
    transaction: Transaction, user_id: str, password_hash: str, now: dt.datetime
) -> bool:
    """Give the account another password; False when there is none."""
    changed = transaction.execute(
        f"update user_account set password_hash = ?, updated_at = ? where id = ? and {_LIVING}",
        (password_hash, to_us(now), user_id),
    )
    return changed == 1


def renew_password_hash(transaction: Transaction, user_id: str, *, old: str, new: str) -> bool:
    """Replace the hash of the same password; False when the password was changed since."""
    changed = transaction.execute(
        "update user_account set password_hash = ? where id = ? and password_hash = ?",
        (new, user_id, old),
    )
    return changed == 1


def grant(transaction: Transaction, user_id: str, restaurant_id: str) -> bool:
    """Make the person staff of the restaurant; False when they already were."""
    added = transaction.execute(
        "insert into venue_staff (user_id, restaurant_id) values (?, ?) on conflict do nothing",
        (user_id, restaurant_id),
    )
    return added == 1


def revoke(transaction: Transaction, user_id: str, restaurant_id: str) -> bool:
    """End the person's work for the restaurant; False when they were not staff."""
    removed = transaction.execute(
        "delete from venue_staff where user_id = ? and restaurant_id = ?", (user_id, restaurant_id)
    )
    return removed == 1


def mailbox_of(transaction: Transaction, user_id: str) -> Mailbox | None:
    """Where the account's letters go; None when it is closed or its address is unproven.

    One statement, since every booking asks.
    """
    row = transaction.one(_MAILBOX, (user_id,))
    return Mailbox(row[0], _language(row[1])) if row else None


def _language(extra: str) -> str:
    if '"language"' not in extra:
        return ""
    return str(loads(extra, dict[str, Any]).get("language", ""))


def add_proof(
    transaction: Transaction,
    token_hash: bytes,
    user_id: str,
    purpose: Purpose,
    expires_at: dt.datetime,
) -> None:
    """Add a link that was written to the account's address. Only the hash of its token is kept."""
    transaction.execute(
        "insert into account_proof (token_hash, user_id, purpose, expires_at) values (?, ?, ?, ?)",
        (token_hash, user_id, purpose, to_us(expires_at)),
    )


def proof_holder(
    transaction: Transaction, token_hash: bytes, purpose: Purpose, now: dt.datetime
) -> str | None:
    """The account that a link for this purpose belongs to; None for one that is used or over."""
    row = transaction.one(
        "select user_id from account_proof where token_hash = ? and purpose = ? and expires_at > ?",
        (token_hash, purpose, to_us(now)),
    )
    return row[0] if row else None


def use_up_proofs(transaction: Transaction, user_id: str) -> None:
    """Make every link of the account void."""
    transaction.execute("delete from account_proof where user_id = ?", (user_id,))


def sweep_proofs(transaction: Transaction, now: dt.datetime, *, limit: int) -> int:
    """Delete links that are over, at most `limit`; how many."""
    return transaction.execute(
        "delete from account_proof where token_hash in"
        " (select token_hash from account_proof where expires_at <= ? limit ?)",
        (to_us(now), limit),
    )


def other_facts(transaction: Transaction, user_id: str) -> dict[str, Any]:
    """Fields of an imported account that this program does not know."""
    row = transaction.one("select extra from user_account where id = ?", (user_id,))
    return loads(row[0], dict[str, Any]) if row else {}


def erase(transaction: Transaction, user_id: str, now: dt.datetime) -> bool:
    """Erase all of the person but the id, with their work and sessions; False without one."""
    erased = transaction.execute(_ERASE, (False, False, to_us(now), to_us(now), user_id))
    transaction.execute("delete from venue_staff where user_id = ?", (user_id,))
    transaction.execute("delete from user_session where user_id = ?", (user_id,))
    use_up_proofs(transaction, user_id)
    return erased == 1


def _one(transaction: Transaction, column: str, value: str) -> User | None:
    row = transaction.one(f"{_SELECT} where {column} = ? and {_LIVING}", (value,))
    return _user(row, _restaurants(transaction, row[0])) if row else None


def _restaurants(transaction: Transaction, user_id: str) -> list[str]:
    rows = transaction.all("select restaurant_id from venue_staff where user_id = ?", (user_id,))
    return [restaurant_id for (restaurant_id,) in rows]


def _write(transaction: Transaction, statement: str, parameters: tuple[Any, ...]) -> int:
    try:
        return transaction.execute(statement, parameters)
    except BrokenRule as error:
        if error.rule == EMAIL_IS_UNIQUE:
            raise Conflict("email_taken") from error
        raise


def _changeable(user: User) -> tuple[Any, ...]:
    return (
        user.name,
        user.email,
        user.phone,
        user.role,
        user.verified_email,
        user.verified_phone,
        to_us(user.disabled_at) if user.disabled_at else None,
        to_us(user.updated_at),
    )


def _user(row: Row, restaurants: Iterable[str]) -> User:
    return User(
        id=row[0],
        name=row[1],
        email=row[2],
        phone=row[3],
        role=row[4],
        restaurants=tuple(sorted(restaurants)),
        verified_email=bool(row[5]),
        verified_phone=bool(row[6]),
        disabled_at=from_us(row[7]) if row[7] is not None else None,
        created_at=from_us(row[8]),
        updated_at=from_us(row[9]),
        rights=row[10],
        self_made=bool(row[11]),
    )


def adopt_owners(transaction: Transaction, issuer: str) -> int:
    """Put the issuer before every bare outside subject; how many there were.

    Bare ones came from the old server, which knew one issuer, and from versions that did not tell
    issuers apart. Subjects that have or had an account here stay as they are.
    """
    bare = [row[0] for row in transaction.all(_OWNERS_WITHOUT_ISSUER, (LOCAL_SUBJECT,))]
    for subject in bare:
        transaction.execute(
            "update reservation set owner_id = ? where owner_id = ?",
            (outside_subject(issuer, subject), subject),
        )
    return len(bare)
