"""How an estimate of arrival is made."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.factors import USUAL, DelayFactors, Factors
from bakureserve.settings.kinds import Number, Seconds, Whole
from bakureserve.settings.row import setting

_SPEED = Number(1, 160, "km/h")


@dataclass(frozen=True, kw_only=True, repr=False)
class Estimates:
    eta_budget_seconds: float = setting(
        "ETA_BUDGET_SECONDS",
        kind=Seconds(0.05, 30),
        default=1.2,
        what="An estimate is given by then, whatever the map services do.",
    )
    eta_late_seconds: float = setting(
        "ETA_LATE_SECONDS",
        kind=Seconds(0, 300),
        default=10.0,
        what="How long a call that missed the budget may run on, to be remembered.",
    )
    eta_max_calls: int = setting(
        "ETA_MAX_CALLS",
        kind=Whole(1, 10_000),
        default=64,
        what="Calls to one map service at the same time; more are answered without it.",
    )
    eta_route_fresh_seconds: float = setting(
        "ETA_ROUTE_FRESH_SECONDS",
        kind=Seconds(0, 86_400),
        default=300.0,
        what="How long a route between two points holds good.",
    )
    eta_stale_seconds: float = setting(
        "ETA_STALE_SECONDS",
        kind=Seconds(0, 86_400),
        default=3600.0,
        what="How old a route may be that is used while no map service answers.",
    )
    eta_cache_entries: int = setting(
        "ETA_CACHE_ENTRIES",
        kind=Whole(1, 1_000_000),
        default=4096,
        what="Entries in each cache of routes, traffic and places; memory is bounded as well.",
    )
    eta_heavy_buffer_minutes: float = setting(
        "ETA_HEAVY_BUFFER_MINUTES",
        kind=Number(0, 120, "minutes"),
        default=2.0,
        what="Added in heavy and severe traffic.",
    )
    traffic_delay_factors: Factors = setting(  # noqa: RUF009 - a tuple, and immutable
        "TRAFFIC_DELAY_FACTORS",
        kind=DelayFactors(),
        default=USUAL,
        what="What a route's time is multiplied by in each condition of the traffic.",
    )
    map_haversine_tolerance: float = setting(
        "MAP_HAVERSINE_TOLERANCE",
        kind=Number(0, 10),
        default=0.35,
        what="Share by which gomap.az's route may exceed the straight line when OSRM's does not.",
    )
    map_distance_tolerance: float = setting(
        "MAP_DISTANCE_TOLERANCE",
        kind=Number(0, 10),
        default=0.25,
        what="Share by which gomap.az's route may exceed OSRM's.",
    )
    fallback_city_speed_kmh: float = setting(
        "FALLBACK_CITY_SPEED_KMH",
        kind=_SPEED,
        default=28.0,
        what="Speed in the city while no map service answers.",
    )
    fallback_highway_speed_kmh: float = setting(
        "FALLBACK_HIGHWAY_SPEED_KMH",
        kind=_SPEED,
        default=60.0,
        what="Speed on the part of such a way that is beyond the city.",
    )
    fallback_detour_factor: float = setting(
        "FALLBACK_DETOUR_FACTOR",
        kind=Number(1, 5),
        default=1.35,
        what="How much longer such a way is than the straight line.",
    )
    fallback_city_km: float = setting(
        "FALLBACK_CITY_KM",
        kind=Number(0, 1000, "kilometres"),
        default=15.0,
        what="How much of such a way is in the city.",
    )
