"""Finds out on whose behalf a request is made. Whether they may is the endpoint's question."""

from __future__ import annotations

import msgspec
from aiohttp import web

from bakureserve.server.exchange import Exchange
from bakureserve.server.identity import Identify


async def note_actor(request: web.Request, exchange: Exchange, identify: Identify) -> None:
    """Note the actor, under this request's id. Probes are served whoever asks.

    Raises Unauthenticated for a proof that does not hold.
    """
    if exchange.route.weight == 0:
        return
    actor = await identify(request)
    if actor is not None:
        exchange.actor = msgspec.structs.replace(actor, request_id=exchange.request_id)
