"""What a map service may offer: routes, traffic and places. The engine knows no more of one.

A service is a module or folder in `providers/` with a function that opens it (`OpenProvider`), and
a line in `factory.PROVIDERS`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from bakureserve.caching.cache import TtlCache
from bakureserve.domain.places.estimate import RouteSource, TrafficCondition
from bakureserve.domain.places.geo import Coordinates, Place
from bakureserve.eta.breaker import BreakerFigures
from bakureserve.eta.http import MapHttp
from bakureserve.eta.route import Route, RouteQuery
from bakureserve.eta.upstream import CallBudget, Upstream

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
S = TypeVar("S")

Probe = Callable[[Coordinates], Awaitable[None]]
"""One cheap question about a point, past cache and breaker. Raises NoAnswer."""


class Router(Protocol):
    """Knows routes, and remembers for a while what it found."""

    async def known(self, query: RouteQuery) -> Route | None:
        """The route, if it was found a short while ago; asks no service."""

    async def find(self, query: RouteQuery) -> Route:
        """Ask for the route, and remember it. Raises NoAnswer."""


class TrafficSource(Protocol):
    """Knows how the traffic is, tile by tile, and remembers it for a while."""

    def tile_of(self, point: Coordinates) -> Coordinates:
        """The middle of the tile that a point lies in."""

    def known(self, tile: Coordinates) -> TrafficCondition | None:
        """How the traffic was there a short while ago; asks no service."""

    async def look(self, tile: Coordinates) -> TrafficCondition:
        """Ask how the traffic is, and remember it. Raises NoAnswer."""


class PlaceFinder(Protocol):
    """Knows places by name. It never raises, and keeps a deadline of its own."""

    async def find(
        self,
        query: str,
        *,
        language: str,
        near: Coordinates | None,
        limit: int,
        budget: CallBudget | None = None,
    ) -> list[Place]:
        """Up to `limit` places, the likeliest first; none when nothing is found in time."""


class Asked(NamedTuple, Generic[S]):
    """What answers, and the service behind it with its breaker."""

    source: S
    upstream: Upstream


class Offer(NamedTuple, Generic[S]):
    """One thing that a provider knows; `asked` is None where the provider is not set up."""

    service: str
    asked: Asked[S] | None = None


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A map service. None stands for what it does not offer, and for the probe of one that is not
    set up."""

    name: RouteSource
    routes: Offer[Router] | None = None
    traffic: Offer[TrafficSource] | None = None
    places: Offer[PlaceFinder] | None = None
    probe: Probe | None = None

    def upstreams(self) -> list[Upstream]:
        """The services that it asks."""
        offers = (self.routes, self.traffic, self.places)
        return [offer.asked.upstream for offer in offers if offer and offer.asked]

    def breakers(self) -> list[BreakerFigures]:
        """How the breaker of each of them stands."""
        return [each.breaker.figures() for each in self.upstreams()]


class ProviderKit(Protocol):
    """What a provider is made of."""

    http: MapHttp

    def cache(
        self, name: str, *, seconds: float, weigh: Callable[[V], int], megabytes: int = 16
    ) -> TtlCache[K, V]:
        """A bounded cache that is counted; `weigh` tells how many bytes a value takes."""

    def upstream(self, name: str) -> Upstream:
        """A service with a breaker and a cap of its own."""
