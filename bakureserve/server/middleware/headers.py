"""The headers of every answer, errors, redirects and WebSocket handshakes included."""

from __future__ import annotations

from aiohttp import web
from multidict import CIMultiDict

from bakureserve.server.exchange import Exchange

EVERY_ANSWER = CIMultiDict(
    {
        "X-API-Version": "1.0",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Server": "bakureserve",  # in the place of aiohttp's, which names versions
    }
)
"""What no answer goes without, unless it brings its own, as pages do: data need load nothing."""


async def begin(response: web.StreamResponse, request: web.Request, exchange: Exchange) -> None:
    """Send the headers of an answer that is more than a Response: a stream, a WebSocket."""
    put_headers(response, exchange)
    exchange.prepared = True
    await response.prepare(request)


def put_headers(response: web.StreamResponse, exchange: Exchange | None = None) -> None:
    """Put on what the middlewares found, and what no answer goes without."""
    if exchange is not None:
        response.headers.extend(exchange.headers)
    response.headers.merge(EVERY_ANSWER)
