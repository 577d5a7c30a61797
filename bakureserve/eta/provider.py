"""What a map service may offer: routes, traffic and places.

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
"""One cheap call about a point, which bypasses cache and breaker. Raises NoAnswer."""


class Router(Protocol):
    """Finds routes, and caches them for a while."""

    async def known(self, query: RouteQuery) -> Route | None:
        """The cached route; asks no service."""

    async def find(self, query: RouteQuery) -> Route:
        """Ask for the route, and cache it. Raises NoAnswer."""


class TrafficSource(Protocol):
    """Finds the traffic, tile by tile, and caches it for a while."""

    def tile_of(self, point: Coordinates) -> Coordinates:
        """The middle of the tile that a point lies in."""

    def known(self, tile: Coordinates) -> TrafficCondition | None:
        """The cached traffic of a tile; asks no service."""

    async def find(self, tile: Coordinates) -> TrafficCondition:
        """Ask for the traffic, and cache it. Raises NoAnswer."""


class PlaceFinder(Protocol):
    """Finds places by name. Never raises, and keeps its own deadline."""

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


class Configured(NamedTuple, Generic[S]):
    """A source of answers that is set up, and its upstream with the breaker."""

    source: S
    upstream: Upstream


class Offer(NamedTuple, Generic[S]):
    """One thing a provider offers; `configured` is None where the provider lacks its settings."""

    service: str
    configured: Configured[S] | None = None


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A map service. A field is None for what it does not offer; `probe` also if it is not
    configured."""

    name: RouteSource
    routes: Offer[Router] | None = None
    traffic: Offer[TrafficSource] | None = None
    places: Offer[PlaceFinder] | None = None
    probe: Probe | None = None

    def upstreams(self) -> list[Upstream]:
        """The services that it asks."""
        offers = (self.routes, self.traffic, self.places)
        return [offer.configured.upstream for offer in offers if offer and offer.configured]

    def breakers(self) -> list[BreakerFigures]:
        """The state of each breaker."""
        return [each.breaker.figures() for each in self.upstreams()]


class ProviderKit(Protocol):
    """What a provider is built from."""

    http: MapHttp

    def cache(
        self, name: str, *, seconds: float, weigh: Callable[[V], int], megabytes: int = 16
    ) -> TtlCache[K, V]:
        """A bounded cache with metrics; `weigh` gives a value's size in bytes."""

    def upstream(self, name: str) -> Upstream:
        """An upstream with its own breaker and limit of calls."""
