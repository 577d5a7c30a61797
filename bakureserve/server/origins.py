"""Which web pages may call: by CORS, over a WebSocket, and on a `--dev` server."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from urllib.parse import urlsplit

from aiohttp import web

from bakureserve.domain.errors import Forbidden
from bakureserve.server.addresses import is_forwarded
from bakureserve.server.caller import operator_of
from bakureserve.server.pipeline import Exchange, Guard
from bakureserve.settings.checks import is_loopback

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
_HOSTS_REMEMBERED = 64
_OF_OUR_OWN_PAGES = {"same-origin", "none"}
"""`Sec-Fetch-Site` of requests by our own pages, and for an address that was typed."""


def cors(origins: Collection[str]) -> Guard:
    """Let the pages of `origins` call (the Fetch standard's CORS protocol); `*` stands for all.

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


def local_only(origins: Collection[str]) -> Guard:
    """Keep a server on which everyone is an admin (`--dev`) to the people at this machine.

    Listening on loopback is not enough: a foreign name may be made to mean 127.0.0.1 (DNS
    rebinding), any page in a browser of this machine may send requests to it, and a proxy passes on
    anyone's requests. Each of these shows in a header. Pages of `origins` are let in; here `*`
    stands for none.
    """
    listed = frozenset(origins)

    def guard(request: web.Request, _exchange: Exchange) -> None:
        if operator_of(request) is not None:
            return
        if is_forwarded(request):
            raise Forbidden("dev_behind_proxy")
        hosts = request.headers.getall("Host", ())
        if len(hosts) != 1 or not _names_this_machine(hosts[0]):
            raise Forbidden("dev_by_another_name")
        if not _is_own_page(request, hosts[0], listed):
            raise Forbidden("origin_not_allowed")

    return guard


@lru_cache(_HOSTS_REMEMBERED)  # to parse it costs 6 µs a request
def _names_this_machine(host: str) -> bool:
    try:
        parts = urlsplit(f"//{host}")
    except ValueError:
        return False
    is_bare = parts.netloc == host and "@" not in host
    return is_bare and is_loopback(parts.hostname or "")


def _is_own_page(request: web.Request, host: str, listed: Collection[str]) -> bool:
    headers = request.headers
    if "Origin" not in headers and "Sec-Fetch-Site" not in headers:
        return True  # no browser
    origins = headers.getall("Origin", ())
    if any(origin.lower() in listed for origin in origins):
        return len(origins) == 1
    return all(origin.lower() == f"http://{host.lower()}" for origin in origins) and all(
        site.lower() in _OF_OUR_OWN_PAGES for site in headers.getall("Sec-Fetch-Site", ())
    )


def require_origin(request: web.Request, allowed: Collection[str]) -> None:
    """Raises Forbidden for a WebSocket's page that is neither the server's own nor allowed.

    Browsers let any page open a WebSocket to anywhere (cross-site WebSocket hijacking), so the
    server must check the Origin that they send. Other clients send none.

    `allowed` are origins, or `*` for any. Of the server's own origin only the host is compared: a
    proxy that ends TLS in front of it leaves the server with another scheme.
    """
    origin = request.headers.get("Origin")
    if origin is None or "*" in allowed or origin.lower() in allowed:
        return
    if urlsplit(origin).netloc.lower() != request.host.lower():
        raise Forbidden("origin_not_allowed")
