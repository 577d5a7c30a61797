"""Finds out on whose behalf a request is made. Whether they may is the endpoint's question."""

from __future__ import annotations

import msgspec
from aiohttp import web

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Forbidden, Unauthenticated, Unavailable
from bakureserve.server.control import operator_of
from bakureserve.server.exchange import Exchange
from bakureserve.server.identity import Identify


async def note_actor(request: web.Request, exchange: Exchange, identify: Identify) -> None:
    """Note the actor, under this request's id, unless the route serves whoever asks.

    Whoever comes by the control socket is its operator.

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
    """Whose token it is; None without a good one, and while that cannot be told."""
    try:
        return await identify(_authorization(request))
    except (Unauthenticated, Forbidden, Unavailable):
        return None


def _authorization(request: web.Request) -> str | None:
    """The header's value. Of several nobody could say which one whoever passed them on read."""
    given = request.headers.getall("Authorization", ())
    if len(given) > 1:
        raise Unauthenticated("authorization_repeated")
    return given[0] if given else None
