"""A person's account, and the devices that they stay logged in on."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from bakureserve.domain.accounts.actor import ADMIN_SCOPE, ActorKind

Role = Literal["guest", "admin"]
Purpose = Literal["verify", "reset"]
"""What a link in a letter to somebody's address is for; either proves that they read it."""

_SCOPES_OF_ADMIN = frozenset({ADMIN_SCOPE, "reservations:admin"})


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with an account. Times are UTC.

    `self_made` is an account whose address was typed by whoever opened it, who may be a stranger to
    it until `verified_email` says that they read it.

    `email` is spelt as `domain.contact.email_key` has it. `restaurants` are the ids of the
    restaurants the person works for. A disabled account is kept and cannot be entered. `rights`
    rises whenever a right is taken away: what was signed before says no longer what the person may
    do. The password's hash is not part of it, so that it is never shown or logged by accident.
    """

    id: str
    name: str
    email: str
    phone: str = ""
    role: Role = "guest"
    restaurants: frozenset[str] = msgspec.field(default=frozenset(), name="venues")
    verified_email: bool = False
    verified_phone: bool = False
    disabled_at: dt.datetime | None = None
    rights: int = 0
    self_made: bool = False
    created_at: dt.datetime
    updated_at: dt.datetime

    @property
    def kind(self) -> ActorKind:
        """As whom the person acts: an admin, staff of some restaurant, or a guest."""
        if self.role == "admin":
            return "admin"
        return "staff" if self.restaurants else "guest"

    @property
    def may_be_a_strangers(self) -> bool:
        """Whether the address may be that of somebody who knows nothing of the account."""
        return self.self_made and not self.verified_email

    @property
    def scopes(self) -> frozenset[str]:
        return _SCOPES_OF_ADMIN if self.role == "admin" else frozenset()


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A device that stays logged in until `expires_at`. Times are UTC.

    `revoked_at` is when it was ended before its time, which is then its `expires_at` as well.
    """

    id: str
    user_id: str
    device: str
    created_at: dt.datetime
    last_used_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None = None

    def is_live(self, now: dt.datetime) -> bool:
        return now < self.expires_at
