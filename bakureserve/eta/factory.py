"""From settings to map services that are ready to be asked, and back to nothing open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import msgspec

from bakureserve.caching.registry import CacheRegistry
from bakureserve.caching.ttl_cache import TtlCache
from bakureserve.domain.errors import NotFound
from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.breaker import Breaker, BreakerFigures
from bakureserve.eta.budget import CallBudget
from bakureserve.eta.composition import DelayFactors, Rules
from bakureserve.eta.engine import AskedRouter, AskedTraffic, EtaEngine, LastKnown
from bakureserve.eta.http import MapHttp, weigh_answer
from bakureserve.eta.legs import GOMAP, OSRM, PLACES, TRAFFIC
from bakureserve.eta.providers.fallback import FallbackSpeeds
from bakureserve.eta.providers.gomap.places import GomapPlaces, PlacesCache, weigh_places
from bakureserve.eta.providers.gomap.routes import GomapRouter
from bakureserve.eta.providers.gomap.service import GomapService
from bakureserve.eta.providers.gomap.traffic import GomapTraffic, TrafficCache
from bakureserve.eta.providers.osrm import Osrm
from bakureserve.eta.route import weigh_route
from bakureserve.eta.upstream import Upstream, UpstreamFigures
from bakureserve.settings import Settings

if TYPE_CHECKING:
    from bakureserve.caching.http_store import HttpCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MEGABYTE = 1_000_000
PLACES_SECONDS = 3600.0
"""How long a search for places holds good."""
Steady = Callable[[], float]
Probe = Callable[[Coordinates], Awaitable[None]]


class MapServices(msgspec.Struct, frozen=True):
    """Everything that is asked of map services. `places` is None where there is no key.

    `strangers` is what callers without a token may have asked. `probes` ask a service one cheap
    question about a point, past cache and breaker, and raise NoAnswer; `upstreams` are the services
    by name, with their breakers. `get_ready` does what the first question would otherwise have to
    wait for.
    """

    engine: EtaEngine
    places: GomapPlaces | None
    upstreams: Mapping[str, Upstream]
    probes: Mapping[str, Probe]
    get_ready: Callable[[], object]
    strangers: CallBudget

    def breakers(self) -> tuple[BreakerFigures, ...]:
        """How each breaker stands."""
        return tuple(each.breaker.figures() for each in self.upstreams.values())

    def calls(self) -> tuple[UpstreamFigures, ...]:
        """How much each service is asked."""
        return tuple(each.figures() for each in self.upstreams.values())

    def reset(self, name: str) -> None:
        """Close a breaker. Raises NotFound."""
        if name not in self.upstreams:
            raise NotFound("breaker_unknown", breaker=name, breakers=tuple(self.upstreams))
        self.upstreams[name].breaker.reset()


@asynccontextmanager
async def open_maps(
    settings: Settings, caches: CacheRegistry, *, steady: Steady = monotonic
) -> AsyncIterator[MapServices]:
    """Map services on connections of their own; their caches are added to `caches`.

    `steady` is a clock in seconds for caches and breakers. Deadlines are the event loop's.
    """
    parts = _Parts(settings, caches, steady)
    answers: HttpCache = parts.cache(
        "map_answers", seconds=settings.eta_route_fresh_seconds, weigh=weigh_answer
    )
    http = MapHttp(answers, connections=settings.eta_max_calls)
    maps = _assembled(settings, parts, http)
    try:
        yield maps
    finally:
        for upstream in maps.upstreams.values():
            await upstream.close()
        await http.close()


def eta_rules(settings: Settings) -> Rules:
    """The operator's part in an estimate."""
    return Rules(
        haversine_tolerance=settings.map_haversine_tolerance,
        distance_tolerance=settings.map_distance_tolerance,
        factors=DelayFactors(**settings.traffic_delay_factors._asdict()),
        heavy_buffer_minutes=settings.eta_heavy_buffer_minutes,
        speeds=FallbackSpeeds(
            city_kmh=settings.fallback_city_speed_kmh,
            highway_kmh=settings.fallback_highway_speed_kmh,
            detour=settings.fallback_detour_factor,
            city_km=settings.fallback_city_km,
        ),
    )


def _assembled(settings: Settings, parts: _Parts, http: MapHttp) -> MapServices:
    names = (OSRM, GOMAP, TRAFFIC, PLACES) if settings.gomap_guid else (OSRM,)
    upstreams = {name: parts.upstream(name) for name in names}
    osrm = Osrm(http, settings.osrm_base_url, snap_metres=settings.osrm_snap_meters)
    probes: dict[str, Probe] = {OSRM: osrm.probe}
    gomap, traffic, places = None, None, None
    if settings.gomap_guid:
        service = GomapService(
            http,
            settings.gomap_base_url,
            settings.gomap_guid,
            as_json=settings.gomap_format == "json",
        )
        gomap = AskedRouter(parts.gomap_router(service), upstreams[GOMAP])
        traffic = AskedTraffic(parts.gomap_traffic(service), upstreams[TRAFFIC])
        places = parts.gomap_places(service, upstreams[PLACES])
        probes[GOMAP] = traffic.source.probe
    last_known: LastKnown = parts.cache(
        "last_routes",
        seconds=settings.eta_stale_seconds,
        weigh=lambda base: weigh_route(base.route),
    )
    engine = EtaEngine(
        osrm=AskedRouter(osrm, upstreams[OSRM]),
        gomap=gomap,
        traffic=traffic,
        last_known=last_known,
        rules=eta_rules(settings),
        budget=settings.eta_budget_seconds,
    )
    strangers = CallBudget(settings.map_calls_without_token, parts.steady)
    return MapServices(engine, places, upstreams, probes, http.open, strangers)


class _Parts:
    """Makes what map services are made of, as the settings want it."""

    def __init__(self, settings: Settings, caches: CacheRegistry, steady: Steady) -> None:
        self._settings = settings
        self._caches = caches
        self.steady = steady

    def cache(
        self, name: str, *, seconds: float, weigh: Callable[[V], int], megabytes: int = 16
    ) -> TtlCache[K, V]:
        return self._caches.add(
            TtlCache(
                name,
                entries=self._settings.eta_cache_entries,
                largest_bytes=megabytes * MEGABYTE,
                seconds=seconds,
                weigh=weigh,
                clock=self.steady,
            )
        )

    def upstream(self, name: str) -> Upstream:
        settings = self._settings
        breaker = Breaker(
            name,
            failures=settings.breaker_failures,
            cooldown=settings.breaker_cooldown_seconds,
            clock=self.steady,
        )
        return Upstream(breaker, most=settings.eta_max_calls, linger=settings.eta_late_seconds)

    def gomap_router(self, service: GomapService) -> GomapRouter:
        seconds = self._settings.eta_route_fresh_seconds
        return GomapRouter(service, self.cache("gomap_routes", seconds=seconds, weigh=weigh_route))

    def gomap_traffic(self, service: GomapService) -> GomapTraffic:
        cache: TrafficCache = self.cache(
            "traffic_tiles",
            seconds=self._settings.gomap_traffic_update_interval_seconds,
            weigh=lambda _condition: 100,
            megabytes=4,
        )
        radius = self._settings.gomap_traffic_radius_meters
        return GomapTraffic(service, cache, radius_metres=radius)

    def gomap_places(self, service: GomapService, upstream: Upstream) -> GomapPlaces:
        cache: PlacesCache = self.cache(
            "places", seconds=PLACES_SECONDS, weigh=weigh_places, megabytes=8
        )
        return GomapPlaces(service, upstream, cache, budget=self._settings.eta_budget_seconds)
