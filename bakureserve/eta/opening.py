"""From settings to map services that are ready to be asked, and back to nothing open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from bakureserve.caching.bounded import BoundedCache
from bakureserve.caching.registry import CacheRegistry
from bakureserve.domain.errors import NotFound
from bakureserve.domain.geo import Coordinates
from bakureserve.eta.breaker import Breaker, BreakerFigures
from bakureserve.eta.composition import DelayFactors, Rules
from bakureserve.eta.engine import AskedRouter, AskedTraffic, EtaEngine
from bakureserve.eta.fallback import FallbackSpeeds
from bakureserve.eta.gomap.places import GomapPlaces, PlacesCache, weigh_places
from bakureserve.eta.gomap.routes import GomapRouter
from bakureserve.eta.gomap.service import GomapService
from bakureserve.eta.gomap.traffic import GomapTraffic
from bakureserve.eta.http import MapHttp, weigh_answer
from bakureserve.eta.legs import GOMAP, OSRM, PLACES, TRAFFIC
from bakureserve.eta.osrm import Osrm
from bakureserve.eta.route import weigh_route
from bakureserve.eta.upstream import Upstream, UpstreamFigures
from bakureserve.settings import Settings

if TYPE_CHECKING:
    from bakureserve.caching.http_store import HttpCache

MEGABYTE = 1_000_000
Steady = Callable[[], float]
Probe = Callable[[Coordinates], Awaitable[None]]


class MapServices(msgspec.Struct, frozen=True):
    """Everything that is asked of map services. `places` is None where there is no key.

    `probes` ask a service one cheap question about a point, past cache and breaker, and raise
    NoAnswer; `upstreams` are the services by name, with their breakers. `get_ready` does what the
    first question would otherwise have to wait for.
    """

    engine: EtaEngine
    places: GomapPlaces | None
    upstreams: Mapping[str, Upstream]
    probes: Mapping[str, Probe]
    get_ready: Callable[[], object]

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
    answers: HttpCache = caches.add(
        BoundedCache(
            "map_answers",
            entries=settings.eta_cache_entries,
            largest_bytes=16 * MEGABYTE,
            seconds=settings.eta_route_fresh_seconds,
            weigh=weigh_answer,
            clock=steady,
        )
    )
    http = MapHttp(answers, connections=settings.eta_max_calls)
    maps = _assembled(settings, caches, http, steady)
    try:
        yield maps
    finally:
        for upstream in maps.upstreams.values():
            await upstream.close()
        await http.close()


def _assembled(
    settings: Settings, caches: CacheRegistry, http: MapHttp, steady: Steady
) -> MapServices:
    names = (OSRM, GOMAP, TRAFFIC, PLACES) if settings.gomap_guid else (OSRM,)
    upstreams = {name: _upstream(name, settings, steady) for name in names}
    osrm = Osrm(http, settings.osrm_base_url, snap_metres=settings.osrm_snap_meters)
    probes: dict[str, Probe] = {OSRM: osrm.probe}
    gomap, traffic, places = None, None, None
    if settings.gomap_guid:
        service = GomapService(http, settings.gomap_base_url, settings.gomap_guid)
        gomap = AskedRouter(_gomap_router(service, settings, caches, steady), upstreams[GOMAP])
        source = _traffic(service, settings, caches, steady)
        probes[GOMAP] = source.probe
        traffic = AskedTraffic(source, upstreams[TRAFFIC])
        places = _places(service, upstreams[PLACES], settings, caches, steady)
    engine = EtaEngine(
        osrm=AskedRouter(osrm, upstreams[OSRM]),
        gomap=gomap,
        traffic=traffic,
        last_known=caches.add(
            BoundedCache(
                "last_routes",
                entries=settings.eta_cache_entries,
                largest_bytes=16 * MEGABYTE,
                seconds=settings.eta_stale_seconds,
                weigh=lambda base: weigh_route(base.route),
                clock=steady,
            )
        ),
        rules=eta_rules(settings),
        budget=settings.eta_budget_seconds,
    )
    return MapServices(engine, places, upstreams, probes, http.open)


def eta_rules(settings: Settings) -> Rules:
    """The operator's part in an estimate."""
    factors = settings.traffic_delay_factors
    return Rules(
        haversine_tolerance=settings.map_haversine_tolerance,
        distance_tolerance=settings.map_distance_tolerance,
        factors=DelayFactors(**factors._asdict()),
        heavy_buffer_minutes=settings.eta_heavy_buffer_minutes,
        speeds=FallbackSpeeds(
            city_kmh=settings.fallback_city_speed_kmh,
            highway_kmh=settings.fallback_highway_speed_kmh,
            detour=settings.fallback_detour_factor,
            city_km=settings.fallback_city_km,
        ),
    )


def _upstream(name: str, settings: Settings, steady: Steady) -> Upstream:
    breaker = Breaker(
        name,
        failures=settings.breaker_failures,
        cooldown=settings.breaker_cooldown_seconds,
        clock=steady,
    )
    return Upstream(breaker, most=settings.eta_max_calls, linger=settings.eta_late_seconds)


def _gomap_router(
    service: GomapService, settings: Settings, caches: CacheRegistry, steady: Steady
) -> GomapRouter:
    return GomapRouter(
        service,
        caches.add(
            BoundedCache(
                "gomap_routes",
                entries=settings.eta_cache_entries,
                largest_bytes=16 * MEGABYTE,
                seconds=settings.eta_route_fresh_seconds,
                weigh=weigh_route,
                clock=steady,
            )
        ),
    )


def _traffic(
    service: GomapService, settings: Settings, caches: CacheRegistry, steady: Steady
) -> GomapTraffic:
    return GomapTraffic(
        service,
        caches.add(
            BoundedCache(
                "traffic_tiles",
                entries=settings.eta_cache_entries,
                largest_bytes=4 * MEGABYTE,
                seconds=settings.gomap_traffic_update_interval_seconds,
                weigh=lambda _condition: 100,
                clock=steady,
            )
        ),
        radius_metres=settings.gomap_traffic_radius_meters,
    )


def _places(
    service: GomapService,
    upstream: Upstream,
    settings: Settings,
    caches: CacheRegistry,
    steady: Steady,
) -> GomapPlaces:
    cache: PlacesCache = caches.add(
        BoundedCache(
            "places",
            entries=settings.eta_cache_entries,
            largest_bytes=8 * MEGABYTE,
            seconds=3600.0,
            weigh=weigh_places,
            clock=steady,
        )
    )
    return GomapPlaces(service, upstream, cache, budget=settings.eta_budget_seconds)
