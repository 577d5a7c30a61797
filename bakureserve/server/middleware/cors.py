"""Lets the pages of listed origins call the API (the Fetch standard's CORS protocol)."""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import web

from bakureserve.server.exchange import Exchange
from bakureserve.server.middleware.pipeline import Guard

EXPOSED = (
    "Deprecation, Device-Token, ETag, Idempotent-Replayed, Ignored-Fields, Link, RateLimit, "
    "RateLimit-Policy, Retry-After, Sunset, X-API-Version, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-ID"
)
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-ID"
    ),
    "Access-Control-Max-Age": "600",
}


def cors(origins: Collection[str]) -> Guard:
    """Answer preflights and mark answers for `origins` alone; `*` stands for every origin.

    Credentials are never allowed: callers prove themselves by bearer tokens, not by cookies.
    """
    listed = frozenset(origins)
    everyone = "*" in listed

    def share(request: web.Request, exchange: Exchange) -> web.Response | None:
        headers = exchange.headers
        headers.append(("Vary", "Origin"))
        origin = request.headers.get("Origin")
        if origin is None or not (everyone or origin in listed):
            return None
        headers.append(("Access-Control-Allow-Origin", "*" if everyone else origin))
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return web.Response(status=204, headers=PREFLIGHT)
        headers.append(("Access-Control-Expose-Headers", EXPOSED))
        return None

    return share
