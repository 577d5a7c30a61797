"""Who stays logged in where. Of a refresh token only the hash of its secret is kept.

`network` is a mark of where a session was last used from, or '' where that is not known. A session
that is over is kept for as long as that is of use, and for the person's own export.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from bakureserve.domain.accounts.account import Session
from bakureserve.store.codec import NO_LIMIT, from_us, to_us
from bakureserve.store.transaction import Row, Transaction

_COLUMNS = "id, user_id, device, created_at, last_used_at, expires_at, revoked_at"
# Ended now, so that what is over and what was ended are one range of the index on expires_at.
_END = "update user_session set revoked_at = ?, expires_at = ? where expires_at > ?"


class KeptSession(NamedTuple):
    """A session with the hash its next refresh must match, and that of the token used last."""

    session: Session
    present_hash: bytes
    previous_hash: bytes | None = None


def create(
    transaction: Transaction, session: Session, refresh_hash: bytes, *, network: str = ""
) -> None:
    """Add a session."""
    transaction.execute(
        "insert into user_session (id, user_id, refresh_hash, device, created_at, last_used_at,"
        " expires_at, network) values (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            session.id,
            session.user_id,
            refresh_hash,
            session.device,
            to_us(session.created_at),
            to_us(session.last_used_at),
            to_us(session.expires_at),
            network or None,
        ),
    )


def find(transaction: Transaction, session_id: str) -> KeptSession | None:
    """The session, over or not, and its hashes; or None."""
    row = transaction.one(
        f"select {_COLUMNS}, refresh_hash, previous_hash from user_session where id = ?",
        (session_id,),
    )
    return KeptSession(_session(row), row[7], row[8]) if row else None


def was_used(
    transaction: Transaction, session_id: str, user_id: str, *, since: dt.datetime
) -> bool:
    """Whether it is a session of the person's that was in use since then, over or not."""
    query = "select 1 from user_session where id = ? and user_id = ? and last_used_at >= ?"
    return transaction.one(query, (session_id, user_id, to_us(since))) is not None


def was_used_from(
    transaction: Transaction, user_id: str, network: str, *, since: dt.datetime
) -> bool:
    """Whether the person has had a session in use there since then, over or not."""
    query = "select 1 from user_session where user_id = ? and network = ? and last_used_at >= ?"
    return transaction.one(f"{query} limit 1", (user_id, network, to_us(since))) is not None


def rotate(
    transaction: Transaction,
    session_id: str,
    *,
    old_hash: bytes,
    new_hash: bytes,
    now: dt.datetime,
    expires_at: dt.datetime,
    network: str = "",
) -> bool:
    """Use the session's token and put another in its place.

    False when the token is not its present one or the session is over: of two uses of one token
    the row lets one win, whichever process it comes to.
    """
    changed = transaction.execute(
        "update user_session set refresh_hash = ?, previous_hash = refresh_hash, last_used_at = ?,"
        " expires_at = ?, network = coalesce(?, network)"
        " where id = ? and refresh_hash = ? and expires_at > ?",
        (
            new_hash,
            to_us(now),
            to_us(expires_at),
            network or None,
            session_id,
            old_hash,
            to_us(now),
        ),
    )
    return changed == 1


def end(transaction: Transaction, session_id: str, now: dt.datetime) -> bool:
    """End a session; False when it was over."""
    return transaction.execute(f"{_END} and id = ?", (*[to_us(now)] * 3, session_id)) == 1


def drop_all(transaction: Transaction, user_id: str, now: dt.datetime, *, but: str = "") -> int:
    """Forget every session of the person, save one; how many were live.

    Where they were, and on which devices, counts for nothing from then on.
    """
    rows = transaction.all(
        "delete from user_session where user_id = ? and id <> ? returning expires_at",
        (user_id, but),
    )
    return sum(row[0] > to_us(now) for row in rows)


def live(transaction: Transaction, user_id: str, now: dt.datetime) -> list[Session]:
    """The person's sessions that are not over, the last used first."""
    rows = transaction.all(
        f"select {_COLUMNS} from user_session where user_id = ? and expires_at > ?"
        " order by last_used_at desc, id desc",
        (user_id, to_us(now)),
    )
    return [_session(row) for row in rows]


def all_of(transaction: Transaction, user_id: str) -> list[Session]:
    """Every session of the person that is not forgotten yet, the oldest first."""
    rows = transaction.all(
        f"select {_COLUMNS} from user_session where user_id = ? order by created_at, id", (user_id,)
    )
    return [_session(row) for row in rows]


def drop_beyond(transaction: Transaction, user_id: str, most: int, now: dt.datetime) -> list[str]:
    """Forget all but the person's `most` last used; the ids of those that were still live."""
    rows = transaction.all(
        "delete from user_session where id in (select id from user_session where user_id = ?"
        " order by last_used_at desc, id desc limit ? offset ?) returning id, expires_at",
        (user_id, NO_LIMIT, most),
    )
    return [row[0] for row in rows if row[1] > to_us(now)]


def sweep(transaction: Transaction, over: dt.datetime, unused: dt.datetime, *, limit: int) -> int:
    """Forget sessions that were over before one moment and not used since another, at most `limit`;
    how many."""
    return transaction.execute(
        "delete from user_session where id in (select id from user_session"
        " where expires_at < ? and last_used_at < ? limit ?)",
        (to_us(over), to_us(unused), limit),
    )


def _session(row: Row) -> Session:
    return Session(
        id=row[0],
        user_id=row[1],
        device=row[2],
        created_at=from_us(row[3]),
        last_used_at=from_us(row[4]),
        expires_at=from_us(row[5]),
        revoked_at=from_us(row[6]) if row[6] is not None else None,
    )
