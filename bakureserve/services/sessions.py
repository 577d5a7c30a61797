"""The life of a login: opened, carried on with a new refresh token each time, and ended.

A refresh token is `<session id>.<secret of 256 bits>` and good for one use. Whoever comes with a
secret that is not the present one holds a copy of a used token, so one of two holders is a thief:
the session ends for both. The same befalls a client that sends one token twice at once: the first
wins, the second ends the session, and its owner logs in again (RFC 9700, section 4.14.2).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from typing import NamedTuple

import msgspec

from bakureserve.domain.account import Session, User
from bakureserve.domain.text import squeeze
from bakureserve.services.clock import new_id
from bakureserve.store import sessions, users
from bakureserve.store.transaction import Transaction

IDLE = dt.timedelta(days=30)
"""A session that is not used for so long is over."""
LONGEST = dt.timedelta(days=180)
"""Nobody stays logged in longer than that, however often they come."""
LONGEST_DEVICE = 200
_SECRET_BYTES = 32


class Opened(NamedTuple):
    """A session that is carried on: whose it is, and the token for its next refresh."""

    user: User
    session: Session
    refresh_token: str


class Reused(NamedTuple):
    """A session that was ended because a used token came back."""

    session: Session


def open_session(transaction: Transaction, user: User, device: str, now: dt.datetime) -> Opened:
    """Log the person in on a device, which is named as it names itself."""
    session = Session(
        id=new_id(now),
        user_id=user.id,
        device=squeeze(device)[:LONGEST_DEVICE],
        created_at=now,
        last_used_at=now,
        expires_at=now + IDLE,
    )
    secret = _new_secret()
    sessions.create(transaction, session, _hash(secret))
    return Opened(user, session, f"{session.id}.{secret}")


def renew(transaction: Transaction, refresh_token: str, now: dt.datetime) -> Opened | Reused | None:
    """Use a refresh token. None when there is no session to carry on, or nobody who may."""
    if not refresh_token.isascii():
        return None
    session_id, _, secret = refresh_token.partition(".")
    found = sessions.find(transaction, session_id)
    if found is None or not found[0].is_live(now):
        return None
    session, present_hash = found
    if not hmac.compare_digest(_hash(secret), present_hash):
        return _end_reused(transaction, session, now)
    user = users.get(transaction, session.user_id)
    if user is None or user.disabled_at is not None:
        return None
    return _carry_on(transaction, user, session, present_hash, now)


def _carry_on(
    transaction: Transaction, user: User, session: Session, old_hash: bytes, now: dt.datetime
) -> Opened | Reused:
    secret = _new_secret()
    expires_at = min(now + IDLE, session.created_at + LONGEST)
    if not sessions.rotate(
        transaction,
        session.id,
        old_hash=old_hash,
        new_hash=_hash(secret),
        now=now,
        expires_at=expires_at,
    ):
        return _end_reused(transaction, session, now)
    renewed = msgspec.structs.replace(session, last_used_at=now, expires_at=expires_at)
    return Opened(user, renewed, f"{session.id}.{secret}")


def _end_reused(transaction: Transaction, session: Session, now: dt.datetime) -> Reused:
    sessions.end(transaction, session.id, now)
    return Reused(session)


def _new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
