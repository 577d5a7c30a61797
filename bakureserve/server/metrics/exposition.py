"""What Prometheus is told, made at most once a second, and who may ask for it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_network

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

from bakureserve.domain.errors import ReserveError
from bakureserve.server.client import Network, client_of, is_forwarded, is_within
from bakureserve.server.identity import Identify, operator_of
from bakureserve.server.pipeline import Client

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1"))
GOOD_FOR = dt.timedelta(seconds=1)
"""To make the text takes tens of milliseconds of the event loop: no crowd of scrapers may ask for
them again and again."""


class Exposition:
    """The registry's text. What is in `before` is awaited first, for figures that take time."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], dt.datetime]) -> None:
        self.before: list[Callable[[], Awaitable[None]]] = []
        self._registry = registry
        self._clock = clock
        self._making = asyncio.Lock()
        self._made_at: dt.datetime | None = None
        self._text = b""

    async def text(self) -> bytes:
        """The figures of this moment, or of less than a second ago."""
        async with self._making:
            if not self._is_good():
                for look in self.before:
                    await look()
                self._text = generate_latest(self._registry)
                self._made_at = self._clock()
            return self._text

    def _is_good(self) -> bool:
        if self._made_at is None:
            return False
        return dt.timedelta(0) <= self._clock() - self._made_at < GOOD_FOR


class Scrapers:
    """This machine, the named networks, and tokens that are good for this and nothing else.

    What a proxy passes on comes from this machine only by its peer, and from a named network only
    if a proxy that is trusted says so.
    """

    def __init__(self, networks: Sequence[Network], identify: Identify) -> None:
        self._networks = networks
        self._identify = identify

    async def admit(self, request: web.Request, client: Client) -> bool:
        """Whether whoever asks may read the figures."""
        if operator_of(request) is not None:
            return True
        return self._is_near(request, client) or await self._has_token(request)

    def _is_near(self, request: web.Request, client: Client) -> bool:
        peer = client_of(request.remote or "", "", ()).address
        if is_forwarded(request):
            return client.address != peer and is_within(client.address, self._networks)
        return is_within(peer, (*LOOPBACK, *self._networks))

    async def _has_token(self, request: web.Request) -> bool:
        given = request.headers.getall("Authorization", ())
        if len(given) != 1:
            return False
        try:
            actor = await self._identify(given[0])
        except ReserveError:
            return False
        return actor is not None and actor.only_scrapes
