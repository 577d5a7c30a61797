"""Refuses a body that is announced as too large before any of it is read.

One that does not say how long it is gets cut off by aiohttp while it is read.
"""

from __future__ import annotations

from aiohttp import web

from bakureserve.server.exchange import Exchange
from bakureserve.server.problems import BODY_LIMIT


def limit_body(request: web.Request, _exchange: Exchange) -> None:
    """A guard."""
    if request.body_exists:
        announced = request.content_length or 0
        if announced > BODY_LIMIT:
            raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, announced)
