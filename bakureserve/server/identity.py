"""Ways to tell who is calling. Each takes a request and answers an Actor, or None for nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bakureserve.domain.actor import Actor
from bakureserve.domain.errors import Unauthenticated

Identify = Callable[[web.Request], Awaitable[Actor | None]]
"""Raises Unauthenticated for a proof that does not hold."""

LOCAL_GUEST = Actor(
    kind="guest",
    subject="local-dev-user",
    scopes=frozenset({"admin", "reservations:admin"}),
    name="Local developer",
)


def dev_identity() -> Identify:
    """Everybody is the local guest, who may do everything. Only for a server on loopback."""

    async def identify(_request: web.Request) -> Actor | None:
        return LOCAL_GUEST

    return identify


def no_identity() -> Identify:
    """Nobody can prove anything: a request without a token is anonymous, one with is refused."""

    async def identify(request: web.Request) -> Actor | None:
        if "Authorization" in request.headers:
            raise Unauthenticated("token_bad")
        return None

    return identify
