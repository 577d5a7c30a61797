"""The life of a session: opened, continued with a new refresh token each time, and ended.

A refresh token is `<session id>.<secret>` and good for one use. A secret that is used again has two
holders, one of them a thief: the session ends for both (RFC 9700, section 4.14.2). But answers get
lost, and tabs refresh at the same time: for a short while the last used token gets the same
successor again. A secret that was never issued here ends nothing: otherwise a session's id would be
enough to end it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from secrets import token_bytes
from typing import NamedTuple

import msgspec

from bakureserve.auth.tokens import DeviceTokens, RefreshSecrets
from bakureserve.domain.accounts.account import Session, User
from bakureserve.domain.text import squeeze
from bakureserve.services.clock import Clock
from bakureserve.store.accounts import sessions, users
from bakureserve.store.codec import new_id
from bakureserve.store.transaction import Transaction

IDLE = dt.timedelta(days=30)
"""A session that is not used for this long is over."""
LONGEST = dt.timedelta(days=180)
"""No session lasts longer, however often it is used."""
REPEATABLE = dt.timedelta(seconds=10)
"""How long the answer to a refresh can be repeated."""
REMEMBERED = dt.timedelta(days=30)
"""How long a device or client of an account counts as known after its last use."""
MOST_SESSIONS = 50
"""Sessions of one account; beyond that the one not used for longest ends."""
LONGEST_DEVICE = 200


class Opened(NamedTuple):
    """An open session: its user and the token for its next refresh.

    `crowded_out` are the ids of the account's other sessions that were ended to make room.
    """

    user: User
    session: Session
    refresh_token: str
    crowded_out: tuple[str, ...] = ()


class Reused(NamedTuple):
    """A session that was ended because a used token came back."""

    session: Session


def network_mark(user_id: str, client: str) -> str:
    """A client's address as it is stored: a hash per account, '' for none."""
    if not client:
        return ""
    return hashlib.sha256(f"{user_id} {client}".encode()).hexdigest()[:16]


def is_known_device(transaction: Transaction, user_id: str, device: str, now: dt.datetime) -> bool:
    """Whether the person was logged in on this device, a session's id, recently."""
    return sessions.was_used(transaction, device, user_id, since=now - REMEMBERED)


def is_known_from(transaction: Transaction, user_id: str, client: str, now: dt.datetime) -> bool:
    """Whether the person was logged in from this client recently."""
    mark = network_mark(user_id, client)
    return sessions.was_used_from(transaction, user_id, mark, since=now - REMEMBERED)


def remember_device(
    transaction: Transaction, user_id: str, device: str, now: dt.datetime, *, client: str
) -> str:
    """Record the device and client of a person who proved their identity, without logging them in.

    Returns the device's name for `is_known_device`; `is_known_from` knows the client.
    """
    over = Session(
        id=new_id(now),
        user_id=user_id,
        device=squeeze(device)[:LONGEST_DEVICE],
        created_at=now,
        last_used_at=now,
        expires_at=now,
    )
    unusable = token_bytes(32)
    sessions.create(transaction, over, unusable, network=network_mark(user_id, client))
    return over.id


def open_session(
    transaction: Transaction,
    user: User,
    device: str,
    now: dt.datetime,
    secrets: RefreshSecrets,
    *,
    client: str = "",
) -> Opened:
    """Log the person in on a device, under the name that it gives itself."""
    session = Session(
        id=new_id(now),
        user_id=user.id,
        device=squeeze(device)[:LONGEST_DEVICE],
        created_at=now,
        last_used_at=now,
        expires_at=now + IDLE,
    )
    secret = secrets.first(session.id)
    mark = network_mark(user.id, client)
    sessions.create(transaction, session, _hash(secret), network=mark)
    crowded_out = sessions.drop_beyond(transaction, user.id, MOST_SESSIONS, now)
    return Opened(user, session, f"{session.id}.{secret}", tuple(crowded_out))


def renew(
    transaction: Transaction,
    refresh_token: str,
    now: dt.datetime,
    secrets: RefreshSecrets,
    *,
    client: str = "",
) -> Opened | Reused | None:
    """Use a refresh token. None if there is no session to continue, or its user may not."""
    if not refresh_token.isascii():
        return None
    session_id, _, secret = refresh_token.partition(".")
    kept = sessions.find(transaction, session_id)
    if kept is None or not kept.session.is_live(now):
        return None
    successor = _successor(kept, secret, now, secrets)
    if successor is None:
        return _refuse(transaction, kept, secret, now, secrets)
    user = users.get(transaction, kept.session.user_id)
    if user is None or user.disabled_at is not None:
        return None
    session = kept.session
    if _hash(successor) != kept.present_hash:
        session = _carry_on(transaction, kept, successor, now, network_mark(user.id, client))
    return Opened(user, session, f"{session.id}.{successor}")


def _successor(
    kept: sessions.KeptSession, secret: str, now: dt.datetime, secrets: RefreshSecrets
) -> str | None:
    """The secret that replaces this one, or replaced it a moment ago."""
    session, used = kept.session, _hash(secret)
    if hmac.compare_digest(used, kept.present_hash):
        return secrets.successor(session.id, secret)
    is_repeated = kept.previous_hash is not None and hmac.compare_digest(used, kept.previous_hash)
    if is_repeated and now <= session.last_used_at + REPEATABLE:
        told = secrets.successors(session.id, secret)
        return next((each for each in told if _hash(each) == kept.present_hash), None)
    return None


def _carry_on(
    transaction: Transaction,
    kept: sessions.KeptSession,
    successor: str,
    now: dt.datetime,
    network: str,
) -> Session:
    session = kept.session
    expires_at = min(now + IDLE, session.created_at + LONGEST)
    sessions.rotate(
        transaction,
        session.id,
        old_hash=kept.present_hash,
        new_hash=_hash(successor),
        now=now,
        expires_at=expires_at,
        network=network,
    )
    return msgspec.structs.replace(session, last_used_at=now, expires_at=expires_at)


def _refuse(
    transaction: Transaction,
    kept: sessions.KeptSession,
    secret: str,
    now: dt.datetime,
    secrets: RefreshSecrets,
) -> Reused | None:
    """End the session if its secret was used before; an unknown secret is no reason to."""
    session = kept.session
    if _hash(secret) != kept.previous_hash and not secrets.was_issued(session.id, secret):
        return None
    sessions.end(transaction, session.id, now)
    return Reused(session)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


class LoginCandidate(NamedTuple):
    """An address at login, before the password is checked.

    `stored` is the password's hash; None for an account that cannot log in. `device` was logged in
    to it recently; `is_known` says whether this client was.
    """

    user: User | None
    stored: str | None
    device: str
    is_known: bool


class LoginLookup:
    """Finds the account for a login, and whether the device and client are known to it."""

    def __init__(self, devices: DeviceTokens, clock: Clock) -> None:
        self._devices = devices
        self._clock = clock

    def candidate(
        self, transaction: Transaction, address: str, client: str, device_token: str
    ) -> LoginCandidate:
        """The login with this address; a missing account costs the same look-ups."""
        user, stored = account_for_login(transaction, address)
        now, user_id = self._clock(), user.id if user else ""
        device = self._devices.read(device_token, user_id)
        is_known = is_known_device(transaction, user_id, device, now)
        return LoginCandidate(
            user=user,
            stored=stored,
            device=device if is_known else "",
            is_known=is_known_from(transaction, user_id, client, now),
        )


def account_for_login(transaction: Transaction, address: str) -> tuple[User | None, str | None]:
    """The account with this address and its hash; no hash for a disabled one."""
    user = users.find(transaction, address)
    if user is None or user.disabled_at is not None:
        return user, None
    return user, users.password_hash(transaction, user.id)
