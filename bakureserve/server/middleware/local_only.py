"""Keeps a server on which everybody is an admin (`--dev`) to the people at this machine.

Listening on loopback does not: a name of a stranger's may be made to mean 127.0.0.1 (DNS
rebinding), any page in a browser of this machine may send requests to it, and a proxy brings whom
it likes. Each of these gives itself away by a header.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from aiohttp import web

from bakureserve.domain.errors import Forbidden
from bakureserve.server.control import operator_of
from bakureserve.server.exchange import Exchange
from bakureserve.server.middleware.client import is_forwarded
from bakureserve.server.middleware.pipeline import Guard
from bakureserve.settings.together import is_loopback

_OF_OUR_OWN_PAGES = {"same-origin", "none"}
"""What browsers say in `Sec-Fetch-Site` of our own pages, and of an address that was typed."""


def local_only(origins: Collection[str]) -> Guard:
    """Refuse who comes by another name, from a foreign page or through a proxy.

    Pages of `origins` are let in; here `*` stands for none.
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


def _names_this_machine(host: str) -> bool:
    try:
        parts = urlsplit(f"//{host}")
    except ValueError:
        return False
    is_bare = parts.netloc == host and "@" not in host
    return is_bare and is_loopback(parts.hostname or "")


def _is_own_page(request: web.Request, host: str, listed: Collection[str]) -> bool:
    headers = request.headers
    origins = headers.getall("Origin", ())
    if any(origin.lower() in listed for origin in origins):
        return len(origins) == 1
    return all(origin.lower() == f"http://{host.lower()}" for origin in origins) and all(
        site.lower() in _OF_OUR_OWN_PAGES for site in headers.getall("Sec-Fetch-Site", ())
    )
