"""Opens the map services that the settings name, and closes them again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import msgspec

from bakureserve.caching.cache import CacheRegistry, TtlCache
from bakureserve.domain.errors import NotFound
from bakureserve.domain.places.fallback import FallbackSpeeds
from bakureserve.eta.breaker import Breaker, BreakerFigures
from bakureserve.eta.engine import EtaEngine, LastKnown
from bakureserve.eta.http import MapHttp, weigh_answer
from bakureserve.eta.provider import PlaceFinder, Probe, Provider, ProviderKit
from bakureserve.eta.providers import gomap, osrm
from bakureserve.eta.route import weigh_route
from bakureserve.eta.route_choice import EstimateRules
from bakureserve.eta.upstream import CallBudget, Upstream, UpstreamFigures
from bakureserve.settings import Settings

if TYPE_CHECKING:
    from bakureserve.caching.http_store import HttpCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MEGABYTE = 1_000_000
Steady = Callable[[], float]
OpenProvider = Callable[[Settings, ProviderKit], Provider]
"""Sets up a provider from the settings."""

PROVIDERS: tuple[OpenProvider, ...] = (osrm.provider, gomap.provider)
"""The map services, the most trusted last. Their legs are reported in this order."""


class MapServices(msgspec.Struct, frozen=True, kw_only=True):
    """All map services, and the engine that asks them.

    `anonymous_calls` is the budget that callers without a token share. `get_ready` opens what the
    first call would otherwise wait for.
    """

    engine: EtaEngine
    providers: tuple[Provider, ...]
    get_ready: Callable[[], object]
    anonymous_calls: CallBudget

    @property
    def upstreams(self) -> dict[str, Upstream]:
        """The services by name, with their breakers."""
        return {each.name: each for provider in self.providers for each in provider.upstreams()}

    @property
    def probes(self) -> dict[str, Probe]:
        """How to check that a configured provider answers, by its name."""
        return {each.name: each.probe for each in self.providers if each.probe is not None}

    @property
    def places(self) -> PlaceFinder | None:
        """The place finder of the most trusted provider; None without any."""
        offers = (each.places for each in reversed(self.providers) if each.places is not None)
        return next(
            (each.configured.source for each in offers if each.configured is not None), None
        )

    def breakers(self) -> tuple[BreakerFigures, ...]:
        """The state of each breaker."""
        return tuple(each.breaker.figures() for each in self.upstreams.values())

    def calls(self) -> tuple[UpstreamFigures, ...]:
        """The counts of calls to each service."""
        return tuple(each.figures() for each in self.upstreams.values())

    def reset(self, name: str) -> None:
        """Close a breaker. Raises NotFound."""
        if name not in self.upstreams:
            raise NotFound("breaker_unknown", breaker=name, breakers=tuple(self.upstreams))
        self.upstreams[name].breaker.reset()


@asynccontextmanager
async def open_maps(
    settings: Settings,
    caches: CacheRegistry,
    *,
    steady: Steady = monotonic,
    providers: Sequence[OpenProvider] = PROVIDERS,
) -> AsyncIterator[MapServices]:
    """Open the map services, and close them with the block; their caches are added to `caches`.

    `steady` is a clock in seconds for caches and breakers. Deadlines are the event loop's.
    """
    parts = _Parts(settings, caches, steady)
    maps = _assembled(settings, parts, providers)
    try:
        yield maps
    finally:
        for upstream in maps.upstreams.values():
            await upstream.close()
        await parts.http.close()


def eta_rules(settings: Settings) -> EstimateRules:
    """The rules of an estimate, from the settings."""
    return EstimateRules(
        haversine_tolerance=settings.map_haversine_tolerance,
        distance_tolerance=settings.map_distance_tolerance,
        factors=settings.traffic_delay_factors,
        heavy_buffer_minutes=settings.eta_heavy_buffer_minutes,
        speeds=FallbackSpeeds(
            city_kmh=settings.fallback_city_speed_kmh,
            highway_kmh=settings.fallback_highway_speed_kmh,
            detour=settings.fallback_detour_factor,
            city_km=settings.fallback_city_km,
        ),
    )


def _assembled(
    settings: Settings, parts: _Parts, open_providers: Sequence[OpenProvider]
) -> MapServices:
    providers = tuple(opened(settings, parts) for opened in open_providers)
    last_known: LastKnown = parts.cache(
        "last_routes",
        seconds=settings.eta_stale_seconds,
        weigh=lambda base: weigh_route(base.route),
    )
    engine = EtaEngine(
        providers,
        last_known=last_known,
        rules=eta_rules(settings),
        budget=settings.eta_budget_seconds,
    )
    return MapServices(
        engine=engine,
        providers=providers,
        get_ready=parts.http.open,
        anonymous_calls=CallBudget(settings.map_calls_without_token, parts.steady),
    )


class _Parts:
    """Builds caches and upstreams by the settings."""

    def __init__(self, settings: Settings, caches: CacheRegistry, steady: Steady) -> None:
        self._settings = settings
        self._caches = caches
        self.steady = steady
        answers: HttpCache = self.cache(
            "map_answers", seconds=settings.eta_route_fresh_seconds, weigh=weigh_answer
        )
        self.http = MapHttp(answers, connections=settings.eta_max_calls)

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
