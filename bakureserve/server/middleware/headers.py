"""The headers of every answer, errors, redirects and WebSocket handshakes included."""

from __future__ import annotations

from aiohttp import web
from multidict import CIMultiDict

from bakureserve.server.keys import EXCHANGE

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

EVERY_ANSWER = CIMultiDict(
    {
        "X-API-Version": "1.0",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), payment=(), geolocation=(self)",
    }
)


async def write_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put them on when the answer is about to be sent; a page may bring a policy of its own."""
    exchange = request.get(EXCHANGE)
    if exchange is not None:
        exchange.prepared = True
        response.headers.extend(exchange.headers)
    put_headers(response)


def put_headers(response: web.StreamResponse) -> None:
    """Put on what no answer goes without, whatever was asked."""
    headers = response.headers
    headers.extend(EVERY_ANSWER)
    headers["Server"] = "bakureserve"  # in the place of aiohttp's, which names versions
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
