"""Accounts and sessions, as their owners and administrators see them."""

from __future__ import annotations

import msgspec

from bakureserve.domain.accounts.account import Role, Session, User
from bakureserve.domain.accounts.actor import Actor, ActorKind, bare_subject
from bakureserve.server.shapes import Moment
from bakureserve.services.accounts.accounts import LoggedIn


class UserOut(msgspec.Struct, frozen=True, kw_only=True):
    """An account. `sub` is its id, as tokens and reservations name it."""

    id: str
    sub: str
    name: str
    email: str
    phone: str
    role: Role
    restaurant_ids: tuple[str, ...]
    verified_email: bool
    verified_phone: bool
    created_at: Moment
    updated_at: Moment


class AccountOut(UserOut, frozen=True, kw_only=True):
    """An account as administrators see it. A disabled account cannot log in."""

    disabled_at: Moment | None


class LoggedInOut(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens of a login. `expires_in` is the access token's life in seconds.

    `device_token` is for the next login on this device, and grants no access.
    """

    access_token: str
    refresh_token: str
    device_token: str
    token_type: str
    expires_in: int
    user: UserOut


class Whoami(msgspec.Struct, frozen=True):
    sub: str
    email: str
    name: str


class SessionOut(msgspec.Struct, frozen=True, kw_only=True):
    """The token's account and what the token allows, read from the token alone."""

    user: Whoami
    kind: ActorKind
    scopes: tuple[str, ...]
    restaurant_ids: tuple[str, ...]


class DeviceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A device that is logged in, as its login named it. `current` marks the caller's."""

    id: str
    device: str
    current: bool
    created_at: Moment
    last_used_at: Moment
    expires_at: Moment


def user_out(user: User) -> UserOut:
    return UserOut(
        id=user.id,
        sub=user.id,
        name=user.name,
        email=user.email,
        phone=user.phone,
        role=user.role,
        restaurant_ids=user.restaurants,
        verified_email=user.verified_email,
        verified_phone=user.verified_phone,
        created_at=user.created_at,
        updated_at=user.updated_at,
    )


def account_out(user: User) -> AccountOut:
    return AccountOut(
        **msgspec.structs.asdict(user_out(user)),
        disabled_at=user.disabled_at,
    )


def logged_in_out(login: LoggedIn) -> LoggedInOut:
    return LoggedInOut(
        access_token=login.access_token,
        refresh_token=login.refresh_token,
        device_token=login.device_token,
        token_type="Bearer",  # noqa: S106 - the name of the scheme (RFC 6750)
        expires_in=login.expires_in,
        user=user_out(login.user),
    )


def session_out(actor: Actor) -> SessionOut:
    return SessionOut(
        user=Whoami(bare_subject(actor.subject), actor.email, actor.name),
        kind=actor.kind,
        scopes=tuple(sorted(actor.scopes)),
        restaurant_ids=tuple(sorted(actor.restaurants)),
    )


def device_out(session: Session, actor: Actor) -> DeviceOut:
    return DeviceOut(
        id=session.id,
        device=session.device,
        current=session.id == actor.session_id,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
    )
