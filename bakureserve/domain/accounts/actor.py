"""The actor who makes a request; every change in the store has one."""

from __future__ import annotations

from typing import Literal

import msgspec

from bakureserve.domain.errors import Forbidden

ActorKind = Literal["guest", "staff", "admin", "system", "cli"]

ADMIN_SCOPE = "admin"
METRICS_SCOPE = "metrics"
"""Allows reading the server's metrics, and nothing else."""
SEEING_SCOPES = frozenset({ADMIN_SCOPE, "reservations:admin", "reservations:all"})
"""Scopes that see every reservation; older deployments use the last two."""

LOCAL_SUBJECT = "local-dev-user"
"""The one user of a server with `--dev`."""

_SCRAPING = frozenset({METRICS_SCOPE})


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """A person, or a part of the program, that reads or changes things.

    `subject` is a user's id, an `outside_subject`, or the name of a local account. `restaurants`
    are the ids of the restaurants a staff member works for. `session_id` is the device's session,
    if this server issued it. `request_id` ties an audit row to a log line. `rights` is the
    account's `User.rights` when the token was signed; None without an account here.
    """

    kind: ActorKind
    subject: str
    scopes: frozenset[str] = frozenset()
    restaurants: frozenset[str] = frozenset()
    email: str = ""
    name: str = ""
    session_id: str = ""
    request_id: str = ""
    rights: int | None = None

    @property
    def is_admin(self) -> bool:
        return self.kind in {"admin", "system", "cli"} or ADMIN_SCOPE in self.scopes

    @property
    def sees_everything(self) -> bool:
        return self.is_admin or not SEEING_SCOPES.isdisjoint(self.scopes)

    @property
    def sees_others(self) -> bool:
        """Whether the actor may see reservations of other guests."""
        return bool(self.restaurants) or self.sees_everything

    @property
    def only_scrapes(self) -> bool:
        """Whether the actor may read the server's metrics and nothing else."""
        return self.scopes == _SCRAPING

    def is_staff_of(self, restaurant_id: str) -> bool:
        """Whether the actor may act for this restaurant: its staff, or an actor above them."""
        return self.sees_everything or restaurant_id in self.restaurants

    def books_as_staff_of(self, restaurant_id: str) -> bool:
        """Whether the staff's wider booking rules apply.

        A guest books as a guest, whatever scopes come with the account.
        """
        return self.kind != "guest" and self.is_staff_of(restaurant_id)

    def owns(self, owner_id: str | None) -> bool:
        return owner_id is not None and owner_id == self.subject

    def require_staff_of(self, restaurant_id: str) -> None:
        """Raises Forbidden unless the actor may act for this restaurant."""
        if not self.is_staff_of(restaurant_id):
            raise Forbidden("staff_only")

    def require_admin(self) -> None:
        """Raises Forbidden unless the actor administers all restaurants and accounts."""
        if not self.is_admin:
            raise Forbidden("admin_only")


def outside_subject(issuer: str, subject: str) -> str:
    """The subject of a person from an outside issuer: its URL, a space and its own `subject`.

    Alone, an issuer's subject could equal the id of an account here, or another issuer's subject.
    A URL has no space.
    """
    return f"{issuer} {subject}"


def bare_subject(subject: str) -> str:
    """A subject as clients know it: without the URL of an outside issuer."""
    issuer, space, bare = subject.partition(" ")
    return bare if space and "://" in issuer else subject


def system_actor(part: str) -> Actor:
    """The program itself, by the part that acts: seeding, sweeping, migrating."""
    return Actor(kind="system", subject=part)


def cli_actor(account: str) -> Actor:
    """The person at the terminal, by the name of their account on this machine."""
    return Actor(kind="cli", subject=account)
