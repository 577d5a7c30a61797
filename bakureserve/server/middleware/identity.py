"""Finds out on whose behalf a request is made. Whether they may is the endpoint's question."""

from __future__ import annotations

import msgspec
from aiohttp import web

from bakureserve.domain.errors import Unauthenticated
from bakureserve.server.control import operator_of
from bakureserve.server.exchange import Exchange
from bakureserve.server.identity import Identify


async def note_actor(request: web.Request, exchange: Exchange, identify: Identify) -> None:
    """Note the actor, under this request's id, unless the route serves whoever asks.

    Whoever comes by the control socket is its operator.

    Raises Unauthenticated for a proof that does not hold, and for several.
    """
    if not exchange.route.identifies:
        return
    actor = operator_of(request) or await identify(_authorization(request))
    if actor is not None:
        exchange.actor = msgspec.structs.replace(actor, request_id=exchange.request_id)


def _authorization(request: web.Request) -> str | None:
    """The header's value. Of several nobody could say which one whoever passed them on read."""
    given = request.headers.getall("Authorization", ())
    if len(given) > 1:
        raise Unauthenticated("authorization_repeated")
    return given[0] if given else None
