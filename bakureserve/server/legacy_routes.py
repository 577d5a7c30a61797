"""The unversioned addresses of old clients: redirected to `/v1`, or answered with 410."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime
from urllib.parse import quote

from aiohttp import web

from bakureserve.server.call import ask_for_body

OLD_ROOTS = ("restaurants", "reservations", "directions", "maps", "config", "auth")
DEPRECATED = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
SUNSET = dt.datetime(2027, 11, 1, tzinfo=dt.UTC)

# RFC 3986's reserved characters and %. Anything else, like > in a Link header, would end early.
_OF_ADDRESSES = "%:/?#[]@!$&'()*+,;="


def add_legacy_routes(app: web.Application, *, redirect: bool) -> None:
    """Route every method of the old addresses; without `redirect` they answer 410."""
    handler = _send_on if redirect else _gone
    for root in OLD_ROOTS:
        for path in (f"/{root}", f"/{root}/{{rest:.*}}"):
            app.router.add_route("*", path, handler, expect_handler=ask_for_body)


async def _send_on(request: web.Request) -> web.StreamResponse:
    """Redirect. 301 may turn a method into GET; 308 keeps it, and has the body sent again."""
    status = 301 if request.method in {"GET", "HEAD"} else 308
    location = _successor(request)
    return web.Response(
        status=status,
        headers={
            "Location": location,
            "Deprecation": f"@{int(DEPRECATED.timestamp())}",
            "Sunset": format_datetime(SUNSET, usegmt=True),
            **_link(location),
        },
    )


async def _gone(request: web.Request) -> web.StreamResponse:
    raise web.HTTPGone(headers=_link(_successor(request)))


def _successor(request: web.Request) -> str:
    """Path and query as they came, still percent-encoded, below /v1 of this server."""
    target = request.rel_url
    query = f"?{target.raw_query_string}" if target.raw_query_string else ""
    return quote(f"/v1{target.raw_path}{query}", safe=_OF_ADDRESSES)


def _link(location: str) -> dict[str, str]:
    return {"Link": f'<{location}>; rel="successor-version"'}
