"""What the server learns about a request on its way in, and puts on every answer on its way out."""

from __future__ import annotations

from time import perf_counter
from typing import NamedTuple

from aiohttp import web
from multidict import CIMultiDict

from bakureserve.domain.accounts.actor import Actor


class RouteFacts(NamedTuple):
    """A route as the middlewares see it.

    `weight` 0 is a probe, which is never limited. Only one that `identifies` looks at who asks; one
    that `recognises` does so as well, and takes a caller without a good proof for a stranger.
    """

    template: str
    weight: int = 1
    identifies: bool = False
    recognises: bool = False


UNMATCHED = RouteFacts("unmatched")
"""Stands for every address and method that has no route, however many there are."""


class Client(NamedTuple):
    """Who calls: the address, and the key under which its calls are counted together.

    An empty key is not counted.
    """

    address: str
    key: str


class Exchange:
    """One request and its answer. `headers` go onto the answer, whatever becomes of the request.

    `prepared` turns true when the answer's headers are sent: no other answer is possible then.
    `started` is the moment at which the request came in, on `perf_counter`'s clock.
    """

    __slots__ = ("actor", "client", "headers", "prepared", "request_id", "route", "started")

    def __init__(self, request_id: str, route: RouteFacts, client: Client) -> None:
        self.request_id = request_id
        self.route = route
        self.client = client
        self.actor: Actor | None = None
        self.headers: list[tuple[str, str]] = [("X-Request-ID", request_id)]
        self.prepared = False
        self.started = perf_counter()


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
