"""Who appears in the tests: guests, a host, an administrator, and the door they come through."""

from __future__ import annotations

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Unauthenticated
from tests.kit.houses import SAHIL

GUEST = Actor(kind="guest", subject="guest-aysel", name="Aysel")
OTHER_GUEST = Actor(kind="guest", subject="guest-rauf", name="Rauf")
HOST = Actor(kind="staff", subject="host-leyla", restaurants=frozenset({SAHIL.id}), name="Leyla")
ADMIN = Actor(kind="admin", subject="admin-orxan", scopes=frozenset({"admin"}), name="Orxan")

BY_TOKEN = {"guest": GUEST, "other-guest": OTHER_GUEST, "host": HOST, "admin": ADMIN}
"""The bearer token with which each of them comes to the server."""


async def by_token(authorization: str | None) -> Actor | None:
    """Tells the cast by their tokens, as an `identify` of the server."""
    if authorization is None:
        return None
    _, _, token = authorization.partition(" ")
    if token not in BY_TOKEN:
        raise Unauthenticated("token_bad")
    return BY_TOKEN[token]


def bearing(token: str | None) -> dict[str, str]:
    """The headers of who has the token; None is a caller without one."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}
