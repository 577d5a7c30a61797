"""Chooses between the routes that map services found, and makes an estimate of the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import fmean
from typing import NamedTuple, cast

import msgspec

from bakureserve.domain.places.estimate import (
    Choice,
    Diagnosis,
    Estimate,
    Leg,
    RouteSource,
    TrafficCondition,
    TrafficFactors,
)
from bakureserve.domain.places.fallback import FallbackSpeeds, fallback_km, fallback_seconds
from bakureserve.eta.route import Route, fastest_seconds

SHORTEST_ETA_SECONDS = 60.0
"""A guest at the door is a minute away."""

_BUSY: frozenset[TrafficCondition] = frozenset({"heavy", "severe"})


class EstimateRules(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's rules for an estimate.

    The route of the most trusted provider gives way to a shorter one when its length exceeds the
    straight line by more than the share `haversine_tolerance` and the other's does not, or the
    other's by more than `distance_tolerance`. Heavy and severe traffic add `heavy_buffer_minutes`.
    """

    haversine_tolerance: float
    distance_tolerance: float
    factors: TrafficFactors
    heavy_buffer_minutes: float
    speeds: FallbackSpeeds


class FoundRoute(NamedTuple):
    """A route that came in time, and its provider."""

    provider: RouteSource
    route: Route


class BaseRoute(NamedTuple):
    """The route an estimate starts from, its provider, why it was chosen, and its age in
    seconds."""

    route: Route
    provider: RouteSource
    choice: Choice
    age: float = 0.0


def choose_route(
    found: Sequence[FoundRoute], line_km: float, rules: EstimateRules
) -> BaseRoute | None:
    """The base among routes that came in time, the most trusted last; None when none came.

    The most trusted route is used, with the mean of all times, unless the shortest of the others
    shows that it makes a detour.
    """
    if not found:
        return None
    *others, trusted = found
    if not others:
        return _base(trusted, f"{trusted.provider}_alone")
    shortest = min(others, key=_length)
    limit = line_km * (1 + rules.haversine_tolerance)
    if _length(trusted) > limit >= _length(shortest):
        return _base(shortest, f"{trusted.provider}_far_from_line")
    if _length(trusted) > _length(shortest) * (1 + rules.distance_tolerance):
        return _base(shortest, f"{trusted.provider}_longer_than_{shortest.provider}")
    mean = fmean(each.route.seconds for each in found)
    route = msgspec.structs.replace(trusted.route, seconds=mean)
    return BaseRoute(route, trusted.provider, "agreed")


def _length(found: FoundRoute) -> float:
    return found.route.distance_km


def _base(found: FoundRoute, choice: str) -> BaseRoute:
    """A test checks these names against `Choice`, which clients know."""
    return BaseRoute(found.route, found.provider, cast("Choice", choice))


def fallback_route(line_km: float, rules: EstimateRules) -> BaseRoute:
    """The base when no route came and none is cached: the straight line."""
    route = Route(
        distance_km=fallback_km(line_km, rules.speeds),
        seconds=fallback_seconds(line_km, rules.speeds),
    )
    return BaseRoute(route, "fallback", "nothing_came")


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What an estimate reports beside its base: legs, traffic, deadline and time taken."""

    line_km: float
    traffic: TrafficCondition
    legs: tuple[Leg, ...]
    deadline_ms: float
    took_ms: float


def make_estimate(base: BaseRoute, around: Circumstances, rules: EstimateRules) -> Estimate:
    """The estimate, with how it was made: base times traffic, plus a buffer, above the floor."""
    factor = rules.factors.of(around.traffic)
    buffer = rules.heavy_buffer_minutes * 60 if around.traffic in _BUSY else 0.0
    floor = max(fastest_seconds(around.line_km), SHORTEST_ETA_SECONDS)
    total = max(base.route.seconds * factor + buffer, floor)
    typical = max(base.route.seconds, floor)
    seconds = max(_whole(total), ceil(floor))
    return Estimate(
        eta_seconds=seconds,
        eta_minutes=_minutes(seconds),
        distance_km=base.route.distance_km,
        provider=base.provider,
        summary=base.route.summary,
        traffic_condition=around.traffic,
        traffic_delay_minutes=round((total - typical) / 60),
        typical_eta_minutes=_minutes(typical),
        geometry=base.route.geometry,
        stale=base.choice == "last_known",
        age_seconds=int(base.age),
        diagnosis=Diagnosis(
            legs=around.legs,
            base=base.provider,
            choice=base.choice,
            straight_line_km=around.line_km,
            base_seconds=base.route.seconds,
            traffic=around.traffic,
            traffic_factor=factor,
            buffer_seconds=buffer,
            floor_seconds=floor,
            total_seconds=total,
            fallback_km=fallback_km(around.line_km, rules.speeds),
            fallback_seconds=fallback_seconds(around.line_km, rules.speeds),
            deadline_ms=around.deadline_ms,
            took_ms=around.took_ms,
        ),
    )


def _whole(seconds: float) -> int:
    """Whole seconds, rounded up; the tolerance ignores rounding errors of floats."""
    return ceil(seconds - 1e-6)


def _minutes(seconds: float) -> int:
    return ceil(_whole(seconds) / 60)
