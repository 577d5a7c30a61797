"""GoMap (gomap.az): routes, traffic and places in Azerbaijan; needs a key."""

from __future__ import annotations

from bakureserve.eta.provider import (
    Configured,
    Offer,
    PlaceFinder,
    Provider,
    ProviderKit,
    Router,
    TrafficSource,
)
from bakureserve.eta.providers.gomap.places import GomapPlaces, PlacesCache, weigh_places
from bakureserve.eta.providers.gomap.routes import GomapRouter
from bakureserve.eta.providers.gomap.service import GomapService
from bakureserve.eta.providers.gomap.traffic import GomapTraffic, TrafficCache
from bakureserve.eta.route import weigh_route
from bakureserve.settings import Settings

ROUTES, TRAFFIC, PLACES = "gomap", "gomap_traffic", "gomap_places"
"""Its services; each has its own breaker and limit of calls."""
PLACES_SECONDS = 3600.0
"""How long, in seconds, the places found for a search are kept."""


def provider(settings: Settings, kit: ProviderKit) -> Provider:
    """GoMap with the key of the settings; not configured without one."""
    if not settings.gomap_guid:
        return Provider(
            name="gomap", routes=Offer(ROUTES), traffic=Offer(TRAFFIC), places=Offer(PLACES)
        )
    service = GomapService(
        kit.http,
        settings.gomap_base_url,
        settings.gomap_guid,
        as_json=settings.gomap_format == "json",
    )
    routes: Offer[Router] = Offer(
        ROUTES, Configured(_router(service, settings, kit), kit.upstream(ROUTES))
    )
    source = _traffic(service, settings, kit)
    traffic: Offer[TrafficSource] = Offer(TRAFFIC, Configured(source, kit.upstream(TRAFFIC)))
    return Provider(
        name="gomap",
        routes=routes,
        traffic=traffic,
        places=_places(service, settings, kit),
        probe=source.probe,
    )


def _router(service: GomapService, settings: Settings, kit: ProviderKit) -> GomapRouter:
    seconds = settings.eta_route_fresh_seconds
    return GomapRouter(service, kit.cache("gomap_routes", seconds=seconds, weigh=weigh_route))


def _traffic(service: GomapService, settings: Settings, kit: ProviderKit) -> GomapTraffic:
    cache: TrafficCache = kit.cache(
        "traffic_tiles",
        seconds=settings.gomap_traffic_update_interval_seconds,
        weigh=lambda _condition: 100,
        megabytes=4,
    )
    return GomapTraffic(service, cache, radius_metres=settings.gomap_traffic_radius_meters)


def _places(service: GomapService, settings: Settings, kit: ProviderKit) -> Offer[PlaceFinder]:
    cache: PlacesCache = kit.cache(
        "places", seconds=PLACES_SECONDS, weigh=weigh_places, megabytes=8
    )
    upstream = kit.upstream(PLACES)
    finder = GomapPlaces(service, upstream, cache, budget=settings.eta_budget_seconds)
    return Offer(PLACES, Configured(finder, upstream))
