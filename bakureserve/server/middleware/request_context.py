"""Opens the exchange: names the request, and finds its route and its client.

The name ties an answer to its log line and its audit rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import count
from secrets import token_hex

from aiohttp import web

from bakureserve.server.exchange import UNMATCHED, Client, Exchange, RouteFacts
from bakureserve.server.middleware.pipeline import Opener

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_context(
    routes: Mapping[web.AbstractRoute, RouteFacts], identified: Callable[[web.Request], Client]
) -> Opener:
    """Every request gets the id its client sent, if that is sane, or one of our own.

    Ours are a random word of this process and a number: unique, and cheap to make.
    """
    process = token_hex(6)
    numbers = count(1)

    def open_exchange(request: web.Request) -> Exchange:
        sent = request.headers.get("X-Request-ID")
        if sent is None or not _SANE.fullmatch(sent):
            sent = f"{process}-{next(numbers):x}"
        route = routes.get(request.match_info.route, UNMATCHED)
        return Exchange(sent, route, identified(request))

    return open_exchange
