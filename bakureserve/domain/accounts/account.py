"""A person's account, their devices, and the password hashes that may be stored."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

import msgspec

from bakureserve.domain.accounts.actor import ADMIN_SCOPE, ActorKind
from bakureserve.domain.text import fold

Role = Literal["guest", "admin"]
Purpose = Literal["verify", "reset"]
"""What a link in an e-mail is for; following either proves that the person reads the address."""

_SCOPES_OF_ADMIN = frozenset({ADMIN_SCOPE, "reservations:admin"})


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person's account. Times are UTC.

    `email` is in lower case, with a domain in its own letters. The address of a `self_made` account
    was typed by the person who opened it, and may be a stranger's until `verified_email`.
    `restaurants` are the ids of the restaurants the person works for, sorted. A disabled account
    stays stored and cannot log in. `rights` rises whenever a right is withdrawn: tokens signed
    before no longer say what the person may do. The password hash is not a field, so that it is
    never shown or logged.
    """

    id: str
    name: str
    email: str
    phone: str = ""
    role: Role = "guest"
    restaurants: Annotated[
        tuple[str, ...], msgspec.Meta(extra_json_schema={"uniqueItems": True})
    ] = msgspec.field(default=(), name="venues")
    verified_email: bool = False
    verified_phone: bool = False
    disabled_at: dt.datetime | None = None
    rights: int = 0
    self_made: bool = False
    created_at: dt.datetime
    updated_at: dt.datetime

    @property
    def kind(self) -> ActorKind:
        """What the person acts as: an admin, staff of a restaurant, or a guest."""
        if self.role == "admin":
            return "admin"
        return "staff" if self.restaurants else "guest"

    @property
    def may_be_a_strangers(self) -> bool:
        """Whether the address may belong to a stranger who knows nothing of the account."""
        return self.self_made and not self.verified_email

    @property
    def scopes(self) -> frozenset[str]:
        return _SCOPES_OF_ADMIN if self.role == "admin" else frozenset()


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A device that stays logged in until `expires_at`. Times are UTC.

    `revoked_at` is when it was ended early; `expires_at` is then the same time.
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


_NO_DIGITS = re.compile(r"\D")
_SUBSCRIBER_DIGITS = 9
"""The digits of an Azerbaijani number after its prefix, 994 or 0."""


class Person(msgspec.Struct, frozen=True):
    """A member of staff, by name and telephone number ("" for none).

    Used to recognise bookings that staff make for themselves.
    """

    name: str
    phone: str

    def is_meant_by(self, guest_name: str, guest_phone: str) -> bool:
        """Whether the guest is this person: by number if both are known, else by name.

        A first name alone matches, and so does a longer name; another number does not.
        """
        if guest_phone and self.phone:
            return _subscriber(guest_phone) == _subscriber(self.phone)
        said, own = set(fold(guest_name).split()), set(fold(self.name).split())
        return bool(said and own) and (said <= own or own <= said)


def _subscriber(phone: str) -> str:
    return _NO_DIGITS.sub("", phone)[-_SUBSCRIBER_DIGITS:]


MOST_MEMORY_KIB = 256 * 1024
MOST_WORK_KIB = 1024 * 1024
"""Memory times passes, to which time is proportional: five times the cost of our own hashes."""
MOST_LANES = 16
"""Threads that one check may start."""

# As RFC 9106's reference implementation writes it; salts of 8 to 64 bytes, digests of 4 to 128.
_ARGON2ID = re.compile(
    r"\$argon2id\$v=(?:16|19)\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})"
    r"\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{6,171}"
)


def is_affordable(stored: str) -> bool:
    """Whether checking this password hash, a PHC string of argon2id, costs no more than allowed.

    The hash itself sets its cost, so an imported file of accounts would otherwise decide how
    much memory and time each login takes.
    """
    found = _ARGON2ID.fullmatch(stored)
    if found is None:
        return False
    memory_kib, passes, lanes = map(int, found.groups())
    return (
        memory_kib <= MOST_MEMORY_KIB
        and memory_kib * passes <= MOST_WORK_KIB
        and lanes <= MOST_LANES
    )
