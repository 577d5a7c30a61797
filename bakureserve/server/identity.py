"""Ways to tell who is calling, by what an Authorization header says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bakureserve.domain.accounts.actor import LOCAL_SUBJECT, Actor
from bakureserve.domain.errors import Forbidden

Identify = Callable[[str | None], Awaitable[Actor | None]]
"""Takes the header's value, None without one, and answers who that is, or None for nobody.

Raises Unauthenticated for a proof that does not hold.
"""

LOCAL_GUEST = Actor(
    kind="guest",
    subject=LOCAL_SUBJECT,
    scopes=frozenset({"admin", "reservations:admin"}),
    name="Local developer",
)


def people_only(identify: Identify) -> Identify:
    """`identify` for every call but the scrape: raises Forbidden for a token that only scrapes."""

    async def person(authorization: str | None) -> Actor | None:
        actor = await identify(authorization)
        if actor is not None and actor.only_scrapes:
            raise Forbidden("scrapes_only")
        return actor

    return person


def in_standing(identify: Identify, require: Callable[[Actor], Awaitable[None]]) -> Identify:
    """`identify` for what goes on for long: `require` raises for who may less than their token."""

    async def standing(authorization: str | None) -> Actor | None:
        actor = await identify(authorization)
        if actor is not None:
            await require(actor)
        return actor

    return standing


def dev_identity() -> Identify:
    """Everybody is the local guest, who may do everything. Only for a server on loopback."""

    async def identify(_authorization: str | None) -> Actor | None:
        return LOCAL_GUEST

    return identify
