"""Who asks: by what an Authorization header says, or by the socket that they come through.

Whether they may is the endpoint's question.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from bakureserve.domain.accounts.actor import LOCAL_SUBJECT, Actor
from bakureserve.domain.errors import Forbidden, Unauthenticated, Unavailable
from bakureserve.server.control import operator_of
from bakureserve.server.exchange import Exchange

Identify = Callable[[str | None], Awaitable[Actor | None]]
"""Takes the header's value, None without one, and answers who that is, or None for a stranger.

Raises Unauthenticated for a proof that does not hold.
"""

LOCAL_GUEST = Actor(
    kind="guest",
    subject=LOCAL_SUBJECT,
    scopes=frozenset({"admin", "reservations:admin"}),
    name="Local developer",
)


async def note_actor(request: web.Request, exchange: Exchange, identify: Identify) -> None:
    """Note the actor, under this request's id, unless the route serves all alike.

    A request through the control socket comes from its operator.

    Raises Unauthenticated for a proof that does not hold, and for several.
    """
    if exchange.route.identifies:
        actor = operator_of(request) or await identify(_authorization(request))
    elif exchange.route.recognises:
        actor = operator_of(request) or await _recognised(request, identify)
    else:
        return
    if actor is not None:
        exchange.actor = msgspec.structs.replace(actor, request_id=exchange.request_id)


async def _recognised(request: web.Request, identify: Identify) -> Actor | None:
    """Who holds the token; None without a good one, and while that cannot be told."""
    try:
        return await identify(_authorization(request))
    except (Unauthenticated, Forbidden, Unavailable):
        return None


def _authorization(request: web.Request) -> str | None:
    """The header's value. Of several it is unknown which one a proxy on the way went by."""
    given = request.headers.getall("Authorization", ())
    if len(given) > 1:
        raise Unauthenticated("authorization_repeated")
    return given[0] if given else None


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
    """Everyone is the local guest, who may do everything. Only for a server on loopback."""

    async def identify(_authorization: str | None) -> Actor | None:
        return LOCAL_GUEST

    return identify
