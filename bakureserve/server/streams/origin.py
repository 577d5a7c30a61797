"""Whether the page that opens a WebSocket may.

Browsers let any page open a WebSocket to anywhere (cross-site WebSocket hijacking) and ask nobody,
so it is for the server to look at the Origin that they send along. Other clients send none.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from aiohttp import web

from bakureserve.domain.errors import Forbidden


def require_origin(request: web.Request, allowed: Collection[str]) -> None:
    """Raises Forbidden for a page that is neither the server's own nor of an allowed origin.

    `allowed` are origins, or `*` for any. Of the server's own only the host is compared: a proxy
    that ends TLS in front of it leaves the server with another scheme.
    """
    origin = request.headers.get("Origin")
    if origin is None or "*" in allowed or origin.lower() in allowed:
        return
    if urlsplit(origin).netloc.lower() != request.host.lower():
        raise Forbidden("origin_not_allowed")
