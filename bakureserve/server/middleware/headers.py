"""The headers of every answer, errors, redirects and WebSocket handshakes included."""

from __future__ import annotations

from aiohttp import web
from multidict import CIMultiDict

from bakureserve.server.exchange import Exchange

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


async def begin(response: web.StreamResponse, request: web.Request, exchange: Exchange) -> None:
    """Send the headers of an answer that is more than a Response: a stream, a WebSocket."""
    put_headers(response, exchange)
    exchange.prepared = True
    await response.prepare(request)


def put_headers(response: web.StreamResponse, exchange: Exchange | None = None) -> None:
    """Put on what no answer goes without; a page may bring a policy of its own."""
    headers = response.headers
    if exchange is not None:
        headers.extend(exchange.headers)
    headers.extend(EVERY_ANSWER)
    headers["Server"] = "bakureserve"  # in the place of aiohttp's, which names versions
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
